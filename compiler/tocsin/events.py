"""Events as JSON lines, and Windows command lines, into what the reference meaning reads."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from tocsin.frozen import replace
from tocsin.model import Occurrence, Scalar
from tocsin.programs import program, read
from tocsin.schema import Derived, FieldSpec, FieldType, class_names, event_class, field_specs

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadEvent(ValueError):
    """A line that is no event; the message says why."""


def occurrence(data: object, specs: Mapping[str, FieldSpec] | None = None) -> Occurrence:
    """Read an event: ECS names nested or dotted, `@timestamp` or `timestamp` in ISO 8601 or ms."""
    if not isinstance(data, dict):
        raise BadEvent("not a JSON object")
    flat: dict[str, tuple[object, ...]] = {}
    for name, value in _flat(data, ""):
        flat[name] = flat.get(name, ()) + value
    known = field_specs() if specs is None else specs
    fields = {
        name: typed
        for name, values in flat.items()
        if name in known
        and name != "timestamp"
        and (typed := tuple(v for each in values if (v := _typed(each, known[name])) is not None))
    }
    time = _time((flat.get("@timestamp") or flat.get("timestamp") or (None,))[0])
    return Occurrence(frozenset(_classes(flat)), time, fields)


def _flat(data: Mapping[str, object], prefix: str) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield dotted names and values. Nesting is bounded by the JSON reader's own limit."""
    pending: list[tuple[str, object]] = [(prefix, data)]
    while pending:
        name, value = pending.pop()
        if isinstance(value, dict):
            inside = reversed(value.items())
            pending += [(f"{name}.{key}" if name else str(key), each) for key, each in inside]
        elif isinstance(value, list):
            plain = tuple(each for each in value if not isinstance(each, dict | list))
            pending += [(name, each) for each in value if isinstance(each, dict)]
            yield name, plain
        else:
            yield name, (value,)


def _typed(value: object, spec: FieldSpec) -> Scalar | None:
    """Read a value as Elasticsearch's mapping would: `"443"` in a number field is 443."""
    if value is None or value == "":
        return None
    match spec.type:
        case FieldType.NUMBER:
            return _number(value)
        case FieldType.BOOL:
            words: Mapping[object, bool] = {"true": True, "false": False}
            return value if isinstance(value, bool) else words.get(value)
        case _ if isinstance(value, bool):
            return "true" if value else "false"
        case _:
            return str(value)


_INT64 = range(-(2**63), 2**63)


def _number(value: object) -> int | None:
    """Read a whole number of 64 bits, as all numbers of the taxonomy are; anything else is none."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,19}", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value in _INT64:
        return value
    return None


# Milliseconds since 1970 of the years that a date can be written for, 1 to 9999.
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_800_000


def _time(value: object) -> int:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not _FIRST_MS <= value < _LAST_MS:
            raise BadEvent(f"not a time: {value}")
        return int(value * 1000)
    if not isinstance(value, str):
        raise BadEvent("no `@timestamp`")
    try:
        # More than six digits of a second are cut: `fromisoformat` keeps six.
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise BadEvent(f"not a time: {value[:40]!r}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _classes(flat: Mapping[str, tuple[object, ...]]) -> Iterator[str]:
    for name in class_names():
        for alternative in event_class(name).ecs:
            if all(
                any(str(value) in words for value in flat.get(key, ()))
                for key, words in alternative.items()
            ):
                yield name
                break


def iso(time: int) -> str:
    """Write microseconds since 1970 as ISO 8601, UTC, milliseconds where there are any."""
    moment = datetime.fromtimestamp(time // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    rest = time % 1_000_000
    digits = f".{rest // 1000:03}" if rest % 1000 == 0 else f".{rest:06}"
    return moment + (digits if rest else "") + "Z"


# --- what follows from a path or a command line

# A path, and the name of its file.
NAMES = {
    "process.executable": "process.name",
    "process.parent.executable": "process.parent.name",
    "file.path": "file.name",
    "dll.path": "dll.name",
}
# A command line, and the list of its arguments.
ARGUMENTS = {
    "process.command_line": "process.args",
    "process.parent.command_line": "process.parent.args",
}


def with_derived(event: Occurrence, names: Iterable[str]) -> Occurrence:
    """Add the fields NAMES, which are derived, where the event has what they follow from.

    Where it has no command line, but its arguments, these are read.
    """
    specs = field_specs()
    found = dict(event.fields)
    for name in names:
        derived = specs[name].derived
        if derived and name not in found:
            args = _arguments(event, derived)
            values = derived_values(derived, args) if args else ()
            found |= {name: values} if values else {}
    return replace(event, fields=found)


def derived_values(derived: Derived, args: tuple[str, ...]) -> tuple[str, ...]:
    """Read ARGS, the program's own name first, for the values of a field; an empty one is none."""
    return read(program(derived.program), args).part(derived.part)


def _arguments(event: Occurrence, derived: Derived) -> tuple[str, ...]:
    line = next(iter(event.fields.get(derived.source, ())), "")
    if line:
        return split_command_line(str(line))
    return tuple(map(str, event.fields.get(ARGUMENTS[derived.source], ())))


# --- Windows


def base_name(path: str) -> str:
    """Return what follows the last backslash."""
    return path.rsplit("\\", 1)[-1]


def split_command_line(line: str) -> tuple[str, ...]:
    r"""Split as Windows itself does (Microsoft, "CommandLineToArgvW function").

    Blanks and tabs part arguments outside of quotes; 2n backslashes before a quote are n, and with
    one more the quote is a character. Two quotes inside quotes are a character, and the quotes end.
    The program's own name, the first argument, stands between two quotes or ends at a blank; it
    knows no backslash. Empty arguments are kept.
    """
    program, at = _program(line)
    args = [program]
    while (at := _skip_blanks(line, at)) < len(line):
        argument, at = _argument(line, at)
        args.append(argument)
    return tuple(args)


def _skip_blanks(line: str, at: int) -> int:
    while at < len(line) and line[at] in " \t":
        at += 1
    return at


def _program(line: str) -> tuple[str, int]:
    if line.startswith('"'):
        name, end, _ = line[1:].partition('"')
        return name, len(name) + 1 + len(end)
    name = re.split("[ \t]", line, maxsplit=1)[0]
    return name, len(name)


def _backslashes(line: str, at: int) -> int:
    end = at
    while end < len(line) and line[end] == "\\":
        end += 1
    return end - at


def _argument(line: str, at: int) -> tuple[str, int]:
    quoted, text = False, ""
    while at < len(line) and (quoted or line[at] not in " \t"):
        run = _backslashes(line, at)
        at += run
        if line[at : at + 1] != '"':
            text += "\\" * run
            if run == 0:
                text += line[at]
                at += 1
            continue
        text += "\\" * (run // 2)
        if run % 2:
            text += '"'
        elif quoted and line[at + 1 : at + 2] == '"':
            text += '"'
            quoted = False
            at += 1
        else:
            quoted = not quoted
        at += 1
    return text, at
