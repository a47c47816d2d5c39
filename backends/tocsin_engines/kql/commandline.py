"""`parse_command_line()`: the arguments of a command line, as CommandLineToArgvW takes it apart."""

_SPACE = " \t"


def arguments(line: str) -> list[str] | None:
    """Return the arguments of LINE, the program first; of an empty one, null."""
    if not line:
        return None
    program, at = _program(line)
    found, at = [program], _skipped(line, at)
    while at < len(line):
        argument, at = _argument(line, at)
        found.append(argument)
        at = _skipped(line, at)
    return found


def _program(line: str) -> tuple[str, int]:
    """Read the first argument: a quote ends at the next one, and backslashes are themselves."""
    if line.startswith('"'):
        end = line.find('"', 1)
        return (line[1:], len(line)) if end < 0 else (line[1:end], end + 1)
    end = next((at for at, char in enumerate(line) if char in _SPACE), len(line))
    return line[:end], end


def _skipped(line: str, at: int) -> int:
    while at < len(line) and line[at] in _SPACE:
        at += 1
    return at


def _argument(line: str, at: int) -> tuple[str, int]:
    """Read an argument up to white space outside quotes."""
    found, quoted = "", False
    while at < len(line) and (quoted or line[at] not in _SPACE):
        slashes = _run(line, at, "\\")
        quotes = _run(line, at + slashes, '"')
        if not quotes:
            step = max(slashes, 1)
            found, at = found + line[at : at + step], at + step
            continue
        # Before a quote two backslashes are one, and one that is left makes the quote a character.
        found, at = found + "\\" * (slashes // 2), at + slashes + quotes
        if slashes % 2:
            found, quotes = found + '"', quotes - 1
        literal, quoted = _quotes(quotes, quoted)
        found += literal
    return found, at


def _run(line: str, at: int, char: str) -> int:
    end = at
    while end < len(line) and line[end] == char:
        end += 1
    return end - at


def _quotes(count: int, quoted: bool) -> tuple[str, bool]:
    """Read quotes in a row: an opening or closing one, and of each three a character."""
    count += quoted
    return '"' * (count // 3), count % 3 == 1
