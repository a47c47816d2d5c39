r"""How a source records an event, and what a rule can see of it afterwards.

`lower` turns a test of a value into a test of a column; this is the other way round, from the same
profiles and nothing else: a value is put into its column, and the columns are read back. What a
source cannot hold is lost on the way, so the event that is read back is the one that *fidelity*
speaks of.
"""

import json
import re
from collections.abc import Callable, Mapping
from ipaddress import IPv6Address, ip_address

from tocsin.events import base_name, split_command_line
from tocsin.frozen import dataclass, field
from tocsin.model import Occurrence, Scalar
from tocsin.profiles import HEX_DIGITS, Column, Form, Source, SourceClass
from tocsin.schema import FieldType, event_class

Values = tuple[Scalar, ...]

# Where a path is needed and only its last part is known.
_FOLDER = "C:\\ProgramData\\"


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as one source keeps it: its COLUMNS, and what is SEEN of it through them."""

    place: SourceClass
    columns: Mapping[str, Values] = field(hash=False)
    seen: Occurrence


def record(event: Occurrence, source: Source, place: SourceClass) -> Recorded:
    """Write EVENT as SOURCE does, which keeps its class in PLACE, and read it back."""
    specs = event_class(place.event_class).fields
    columns: dict[str, Values] = {}
    by_form = sorted(place.columns.values(), key=lambda column: column.form is not Form.DIRECT)
    for column in by_form:
        values = event.fields.get(column.field, ())
        if source.drops_empty or column.form not in {Form.DIRECT, Form.ARRAY_ANY}:
            values = tuple(each for each in values if each != "")
        if values and column.form in _WRITERS:
            if source.maps_ipv4 and specs[column.field].type is FieldType.IP:
                values = tuple(a for each in values if (a := _unmapped(str(each))))
            _WRITERS[column.form](column, values, columns)
    for name, allowed in _selectors(place).items():
        if not set(columns.get(name, ())) & set(allowed):
            columns[name] = allowed[:1]
    absent = source.absent | {""}
    for name, bare in _paths(place).items():
        if name in columns:
            columns[name] = tuple(
                each if each in bare | absent else _full_path(str(each)) for each in columns[name]
            )
    return Recorded(place, columns, _read_back(event, source, place, columns))


def _paths(place: SourceClass) -> Mapping[str, frozenset[str]]:
    """Name the columns that a part is read from, and what stands there without a folder."""
    parts = {Form.PATH_BASENAME, Form.PATH_DIRECTORY, Form.PATH_EXTENSION}
    return {
        column.name: frozenset(column.bare)
        for column in place.columns.values()
        if column.form in parts
    }


def _read_back(
    event: Occurrence, source: Source, place: SourceClass, columns: Mapping[str, Values]
) -> Occurrence:
    specs = event_class(place.event_class).fields
    fields: dict[str, Values] = {}
    for column in place.columns.values():
        reader = _READERS.get(column.form)
        absent = source.absent | set(column.absent) | {""}
        raw = tuple(v for v in columns.get(column.name, ()) if v not in absent)
        values = reader(column, raw, columns) if reader else ()
        kept = tuple(each for each in values if each != "")
        if kept and column.field != "timestamp":
            fields[column.field] = kept if specs[column.field].many else kept[:1]
    return Occurrence(frozenset({place.event_class}), event.time, fields)


def provable(column: Column) -> bool:
    """Whether a value of COLUMN can be written and read back here, or is never read at all."""
    if column.form is Form.JOIN:
        return True
    if column.form is Form.COALESCE:
        return _key_of(column) is not None or _joint(column) is not None
    return column.form in _WRITERS and column.form in _READERS


# --- what tells the events of a class

_GATE = re.compile(r"^([\w.]+) (?:==|in|:) (.*)$")
_TERM = re.compile(r"(\w+)(?:=| IN )(\S.*)$")
_VALUE = re.compile(r'"([^"]*)"|(\w+)')


def _selectors(place: SourceClass) -> Mapping[str, Values]:
    """Find the columns by which the target's own conditions know the class, and their values."""
    found: dict[str, Values] = dict(place.select)
    matches = [*map(_GATE.match, place.gate), *map(_TERM.search, place.search)]
    for match in matches:
        if match:
            found[match[1]] = tuple(text or word for text, word in _VALUE.findall(match[2]))
    return {name: values for name, values in found.items() if values}


# --- writing


def _as_is(column: Column, values: Values, columns: dict[str, Values]) -> None:
    columns[column.name] = values[:1]


def _as_list(column: Column, values: Values, columns: dict[str, Values]) -> None:
    columns[column.name] = values


def _unmapped(text: str) -> str | None:
    """Write an IPv4-mapped IPv6 address as the IPv4 address; what is no address is not stored."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped) if mapped else text


def _full_path(path: str) -> str:
    """Make a path of PATH: one that is logged has a folder and names a file."""
    folder = "" if path.rpartition("\\")[0] else _FOLDER
    return f"{folder}{path}{'x' if path.endswith(chr(92)) else ''}"


def _in_path(column: Column, values: Values, columns: dict[str, Values]) -> None:
    bare = values[0] in column.bare
    columns.setdefault(column.name, (values[0] if bare else f"{_FOLDER}{values[0]}",))


def _as_directory(column: Column, values: Values, columns: dict[str, Values]) -> None:
    columns.setdefault(column.name, (f"{values[0]}\\file.bin",))


def _as_extension(column: Column, values: Values, columns: dict[str, Values]) -> None:
    columns.setdefault(column.name, (f"{_FOLDER}file.{values[0]}",))


def _in_blob(column: Column, values: Values, columns: dict[str, Values]) -> None:
    before = columns.get(column.name, ())
    if len(str(values[0])) != HEX_DIGITS[column.algorithm or ""]:
        return
    own = f"{column.algorithm}={values[0]}"
    columns[column.name] = (f"{before[0]},{own}" if before else own,)


def _account(column: Column, values: Values, columns: dict[str, Values]) -> None:
    before = str(columns.get(column.name, ("WORKGROUP\\nobody",))[0])
    domain, _, name = before.partition("\\")
    value = str(values[0])
    if column.part == "domain":
        domain = value.strip("\\") or domain
    else:
        name = value.rstrip("\\") or name
    columns[column.name] = (f"{domain}\\{name}",)


def _braced(column: Column, values: Values, columns: dict[str, Values]) -> None:
    columns[column.name] = (f"{{{values[0]}}}",)


def _as_word(column: Column, values: Values, columns: dict[str, Values]) -> None:
    word = column.words.get(str(values[0]).lower(), "other" if values[0] is False else None)
    if word is not None:
        columns[column.name] = (word,)


def _as_line(column: Column, values: Values, columns: dict[str, Values]) -> None:
    columns.setdefault(column.name, (" ".join(map(_quoted, map(str, values))),))


def _quoted(argument: str) -> str:
    """Quote an argument as Windows programs read it."""
    if argument and not re.search(r'[\s"]', argument):
        return argument
    doubled = re.sub(r'(\\*)"', r'\1\1\\"', argument)
    return '"' + re.sub(r"(\\+)$", r"\1\1", doubled) + '"'


def _composed(column: Column, values: Values, columns: dict[str, Values]) -> None:
    """Write what an expression of the target takes apart again."""
    key = _key_of(column)
    if key is not None:
        bag: dict[str, object] = json.loads(str(columns.get(column.name, ("{}",))[0]))
        columns[column.name] = (json.dumps({**bag, key: values[0]}),)
    elif (parts := _joint(column)) is not None:
        folder, _, name = _full_path(str(values[0])).rpartition("\\")
        if column.form is Form.PATH_DIRNAME_PLUS_NAME:
            folder = folder.rstrip("\\") or _FOLDER.rstrip("\\")
        columns[parts[0]], columns[parts[1]] = (folder,), (name,)


def _key_of(column: Column) -> str | None:
    """Name the key of a JSON column that an expression reads."""
    found = re.fullmatch(r"tostring\(parse_json\((\w+)\)\.(\w+)\)", column.expr or "")
    return found[2] if found else None


_JOINED = re.compile(r'strcat\((?:trim_end\(@"\\\\\+", )?(\w+)\)?, @"\\", (\w+)\)')


def _joint(column: Column) -> tuple[str, str] | None:
    """Name the two columns that an expression joins by a backslash."""
    found = _JOINED.search(column.expr or "")
    return (found[1], found[2]) if found else None


_WRITERS: Mapping[Form, Callable[[Column, Values, dict[str, Values]], None]] = {
    Form.DIRECT: _as_is,
    Form.ARRAY_ANY: _as_list,
    Form.NT_DEVICE_PATH: _as_is,
    Form.PATH_BASENAME: _in_path,
    Form.PATH_DIRECTORY: _as_directory,
    Form.PATH_EXTENSION: _as_extension,
    Form.PATH_DIRNAME_PLUS_NAME: _composed,
    Form.HASH_BLOB: _in_blob,
    Form.DOMAIN_USER: _account,
    Form.GUID_BRACED: _braced,
    Form.BOOL_WORD: _as_word,
    Form.WORDS: _as_word,
    Form.ARGS_FROM_CMDLINE: _as_line,
    Form.COALESCE: _composed,
    Form.CONSTANT: lambda _column, _values, _columns: None,
}


# --- reading: RAW are the column's values without those that mean that there is none


def _read_as_is(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return raw


def _read_name(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return tuple(base_name(str(each)) for each in raw)


def _read_directory(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return tuple(str(each).rpartition("\\")[0] for each in raw)


def _read_extension(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return tuple(base_name(str(each)).rpartition(".")[2] for each in raw if "." in str(each))


def _read_blob(column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    pairs = (pair.partition("=") for each in raw for pair in str(each).split(","))
    return tuple(digest for name, _, digest in pairs if name == column.algorithm)


def _read_account(column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    place = 0 if column.part == "domain" else -1
    return tuple(str(each).split("\\")[place] for each in raw)


def _read_braced(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return tuple(str(each).removeprefix("{").removesuffix("}") for each in raw)


def _read_truth(column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    """Read a word for true, the word for false, or anything else where false has no word."""
    return tuple(each == column.words["true"] for each in raw)


def _read_word(column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    neutral = {theirs: ours for ours, theirs in column.words.items()}
    return tuple(neutral[str(each)] for each in raw if str(each) in neutral)


def _read_arguments(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return tuple(arg for each in raw for arg in split_command_line(str(each)))


def _read_composed(column: Column, raw: Values, columns: Mapping[str, Values]) -> Values:
    key = _key_of(column)
    if key is not None:
        bag: dict[str, Scalar] = json.loads(str(raw[0])) if raw else {}
        return (bag[key],) if key in bag else ()
    parts = _joint(column)
    if parts is None or not columns.get(parts[0]):
        return ()
    return ("\\".join(str((columns.get(part) or ("",))[0]) for part in parts),)


def _read_constant(column: Column, _raw: Values, _columns: Mapping[str, Values]) -> Values:
    return (column.value or "",)


_READERS: Mapping[Form, Callable[[Column, Values, Mapping[str, Values]], Values]] = {
    Form.DIRECT: _read_as_is,
    Form.ARRAY_ANY: _read_as_is,
    Form.NT_DEVICE_PATH: _read_as_is,
    Form.PATH_BASENAME: _read_name,
    Form.PATH_DIRECTORY: _read_directory,
    Form.PATH_EXTENSION: _read_extension,
    Form.PATH_DIRNAME_PLUS_NAME: _read_composed,
    Form.HASH_BLOB: _read_blob,
    Form.DOMAIN_USER: _read_account,
    Form.GUID_BRACED: _read_braced,
    Form.BOOL_WORD: _read_truth,
    Form.WORDS: _read_word,
    Form.ARGS_FROM_CMDLINE: _read_arguments,
    Form.COALESCE: _read_composed,
    Form.CONSTANT: _read_constant,
}


def kind_of(column: Column, kind: FieldType) -> FieldType:
    """Say what the column holds, whatever the type of the field that is read from it."""
    return kind if column.form in {Form.DIRECT, Form.ARRAY_ANY} else FieldType.TEXT
