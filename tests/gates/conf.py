"""Splunk's `.conf` files, read character by character: written from the documentation alone.

A backslash right before the end of a line stands for a line break in the value; there is no other
escape. `#` begins a comment where a setting could begin. Blanks around names and values are none of
theirs. (Splunk, "How to edit a configuration file"; the reader of splunk-appinspect does the same.)
"""

Stanzas = dict[str, dict[str, str]]


class Bad(ValueError):
    """What Splunk would read otherwise than it is meant, or not at all."""


def read(text: str) -> Stanzas:
    """Read the settings of every stanza."""
    if not text.endswith("\n"):
        raise Bad("the last line does not end")
    stanzas: Stanzas = {}
    at, name = 0, None
    while at < len(text):
        line, at = _logical_line(text, at)
        line = line.strip(" \t\r\n")
        match line[:1]:
            case "" | "#":
                continue
            case "[":
                name = _stanza(line, stanzas)
                stanzas[name] = {}
            case _:
                if name is None:
                    raise Bad(f"a setting outside of a stanza: {line}")
                _set(stanzas[name], line)
    return stanzas


def _logical_line(text: str, at: int) -> tuple[str, int]:
    line = ""
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] == "\n":
            line += "\n"
            at += 2
        elif text[at] == "\n":
            return line, at + 1
        else:
            line += text[at]
            at += 1
    raise Bad("the last line goes on")


def _stanza(line: str, known: Stanzas) -> str:
    name = line[1:-1]
    if line[-1] != "]" or set("[]\n") & set(name) or name in known:
        raise Bad(f"no stanza of its own: {line}")
    return name


def _set(settings: dict[str, str], line: str) -> None:
    key, equals, value = (each.strip(" \t\r\n") for each in line.partition("="))
    if not equals or not key or key in settings or any(each.isspace() for each in key):
        raise Bad(f"no setting of its own: {line}")
    settings[key] = value
