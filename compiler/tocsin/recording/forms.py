r"""A value into its column and back, form by form: the other way round from `lower.forms`."""

import re
from collections.abc import Callable, Mapping

from tocsin.columns import HEX_DIGITS, Column, Form
from tocsin.evaluate import fold
from tocsin.events import base_name, split_command_line
from tocsin.model import Scalar
from tocsin.programs import program
from tocsin.programs import read as read_arguments
from tocsin.schema import Part

Values = tuple[Scalar, ...]
Columns = dict[str, Values]

# Where a path is needed and only its last part is known.
_FOLDER = "C:\\ProgramData\\"


def provable(column: Column) -> bool:
    """Whether a value of COLUMN can be written and read back here, or is never read at all."""
    if column.form is Form.JOIN:
        return True
    forms = {column.form, *(each.form for each in column.also)}
    return forms <= _WRITERS.keys() & _READERS.keys()


def write(column: Column, values: Values, columns: Columns) -> None:
    """Put VALUES into COLUMNS as COLUMN keeps them; what it cannot hold is lost."""
    for each in (column, *column.also):
        if each.form in _WRITERS:
            _WRITERS[each.form](each, values, columns)


def read(column: Column, absent: frozenset[str], columns: Mapping[str, Values]) -> Values:
    """Read the values of COLUMN; ABSENT are texts that mean that there is none."""
    found: dict[Scalar, None] = {}
    for each in (column, *column.also):
        none = frozenset(map(fold, absent | set(each.absent) | {""}))
        raw = _present(columns.get(each.name, ()), none)
        if each.form is Form.COALESCE:
            raw = _first_present(each, none, columns)
        reader = _READERS.get(each.form)
        values = reader(each, raw, columns) if reader else ()
        found |= dict.fromkeys(value for value in values if value != "")
    return tuple(found)


def full_path(path: str, loose: bool = False) -> str:
    """Make a path of PATH: one that is logged has a folder, unless LOOSE, and names a file."""
    folder = "" if loose or path.rpartition("\\")[0] else _FOLDER
    return f"{folder}{path}{'x' if path.endswith(chr(92)) else ''}"


# --- writing


def _as_is(column: Column, values: Values, columns: Columns) -> None:
    columns[column.name] = values[:1]


def _as_list(column: Column, values: Values, columns: Columns) -> None:
    columns[column.name] = values


def _as_list_text(column: Column, values: Values, columns: Columns) -> None:
    columns[column.name] = ((column.separator or "").join(map(str, values)),)


def _in_path(column: Column, values: Values, columns: Columns) -> None:
    bare = column.loose or values[0] in column.bare
    columns.setdefault(column.name, (values[0] if bare else f"{_FOLDER}{values[0]}",))


def _as_directory(column: Column, values: Values, columns: Columns) -> None:
    columns.setdefault(column.name, (f"{values[0]}\\file.bin",))


def _as_extension(column: Column, values: Values, columns: Columns) -> None:
    columns.setdefault(column.name, (f"{_FOLDER}file.{values[0]}",))


def _as_two(column: Column, values: Values, columns: Columns) -> None:
    folder, _, name = full_path(str(values[0])).rpartition("\\")
    folder = folder.rstrip("\\") or _FOLDER.rstrip("\\")
    columns[column.inputs[0]], columns[column.inputs[1]] = (folder,), (name,)


def _in_blob(column: Column, values: Values, columns: Columns) -> None:
    before = columns.get(column.name, ())
    if len(str(values[0])) != HEX_DIGITS[column.algorithm or ""]:
        return
    own = f"{column.algorithm}={values[0]}"
    columns[column.name] = (f"{before[0]},{own}" if before else own,)


def _as_digest(column: Column, values: Values, columns: Columns) -> None:
    """Put a digest beside others, unless it is in a text of several already."""
    before = columns.get(column.name, ())
    if len(str(values[0])) == HEX_DIGITS[column.algorithm or ""] and not _has_names(before):
        columns[column.name] = (*before, values[0])


def _has_names(values: Values) -> bool:
    return any("=" in str(each) for each in values)


def _account(column: Column, values: Values, columns: Columns) -> None:
    before = str(columns.get(column.name, ("" if column.loose else "WORKGROUP\\nobody",))[0])
    domain, _, name = before.partition("\\") if "\\" in before else ("", "", before)
    value = str(values[0])
    if column.part == "domain":
        domain = value.strip("\\") or domain
        name = name or "nobody"
    else:
        name = value.rstrip("\\") or name
    columns[column.name] = (f"{domain}\\{name}" if domain else name,)


def _braced(column: Column, values: Values, columns: Columns) -> None:
    if guid := str(values[0]).strip("{}"):
        columns[column.name] = (f"{{{guid}}}",)


def _as_word(column: Column, values: Values, columns: Columns) -> None:
    word = column.words.get(str(values[0]).lower(), "other" if values[0] is False else None)
    if word is not None:
        columns[column.name] = (word,)


def _as_spelled(column: Column, values: Values, columns: Columns) -> None:
    spelled = {fold(neutral): texts for neutral, texts in column.vocabulary.items()}
    if texts := spelled.get(fold(str(values[0]))):
        columns[column.name] = texts[:1]


def _as_code(column: Column, values: Values, columns: Columns) -> None:
    codes = {fold(neutral): code for neutral, code in column.codes.items()}
    if (code := codes.get(fold(str(values[0])))) is not None:
        columns[column.name] = (code,)


def _as_digits(column: Column, values: Values, columns: Columns) -> None:
    columns[column.name] = (str(values[0]),)


def _as_hex(column: Column, values: Values, columns: Columns) -> None:
    if isinstance(values[0], int) and values[0] >= 0:
        columns[column.name] = (f"{values[0]:#x}",)


def _as_number(column: Column, values: Values, columns: Columns) -> None:
    if (number := _decimal(str(values[0]))) is not None:
        columns[column.name] = (number,)


def _as_line(column: Column, values: Values, columns: Columns) -> None:
    columns.setdefault(column.name, (" ".join(map(_quoted, map(str, values))),))


def _quoted(argument: str) -> str:
    """Quote an argument as Windows programs read it."""
    if argument and not re.search(r'[\s"]', argument):
        return argument
    doubled = re.sub(r'(\\*)"', r'\1\1\\"', argument)
    return '"' + re.sub(r"(\\+)$", r"\1\1", doubled) + '"'


def _as_options(column: Column, values: Values, columns: Columns) -> None:
    """Write options behind a program's name, as far as they are options; a value behind `=`."""
    options = [
        each for each in map(str, values) if each.startswith("-") and each not in {"-", "--"}
    ]
    columns.setdefault(column.name, (" ".join(map(_quoted, ("node.exe", *options))),))


def _as_script(column: Column, values: Values, columns: Columns) -> None:
    behind = ("--",) if str(values[0]).startswith("-") and values[0] != "-" else ()
    arguments = ("node.exe", *behind, str(values[0]))
    columns.setdefault(column.name, (" ".join(map(_quoted, arguments)),))


def _nothing(_column: Column, _values: Values, _columns: Columns) -> None:
    pass


_WRITERS: Mapping[Form, Callable[[Column, Values, Columns], None]] = {
    Form.DIRECT: _as_is,
    Form.ARRAY_ANY: _as_list,
    Form.LIST_TEXT: _as_list_text,
    Form.NT_DEVICE_PATH: _as_is,
    Form.PATH_BASENAME: _in_path,
    Form.PATH_DIRECTORY: _as_directory,
    Form.PATH_EXTENSION: _as_extension,
    Form.JOINED: _as_two,
    Form.HASH_BLOB: _in_blob,
    Form.DIGEST: _as_digest,
    Form.DOMAIN_USER: _account,
    Form.GUID_BRACED: _braced,
    Form.BOOL_WORD: _as_word,
    Form.WORDS: _as_spelled,
    Form.INTEGRITY: _as_spelled,
    Form.CODES: _as_code,
    Form.NUMBER_TEXT: _as_digits,
    Form.PID_HEX: _as_hex,
    Form.NUMBER_TO_TEXT: _as_number,
    Form.ARGS_FROM_CMDLINE: _as_line,
    Form.COUNT_OF_ARGS: _nothing,
    Form.PROGRAM_OPTIONS: _as_options,
    Form.PROGRAM_SCRIPT: _as_script,
    Form.COALESCE: _as_is,
    Form.CONSTANT: _nothing,
}


# --- reading: RAW are the column's values without those that mean that there is none


def _first_present(column: Column, none: frozenset[str], columns: Mapping[str, Values]) -> Values:
    for name in column.inputs:
        if raw := _present(columns.get(name, ()), none):
            return raw
    return ()


def _present(values: Values, none: frozenset[str]) -> Values:
    return tuple(v for v in values if not (isinstance(v, str) and fold(v) in none))


def _read_as_is(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return raw


def _read_list_text(column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return tuple(part for each in raw for part in str(each).split(column.separator))


def _read_name(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return tuple(base_name(str(each)) for each in raw)


def _read_directory(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return tuple(str(each).rpartition("\\")[0] for each in raw)


def _read_extension(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    names = (base_name(str(each)) for each in raw)
    return tuple(name.rpartition(".")[2] for name in names if "." in name)


def _read_two(column: Column, _raw: Values, columns: Mapping[str, Values]) -> Values:
    if not columns.get(column.inputs[0]):
        return ()
    return ("\\".join(str((columns.get(part) or ("",))[0]) for part in column.inputs),)


def _read_blob(column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    pairs = (pair.partition("=") for each in raw for pair in str(each).split(","))
    return tuple(digest for name, _, digest in pairs if name == column.algorithm)


def _read_digest(column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    digits = HEX_DIGITS[column.algorithm or ""]
    return tuple(v for v in raw if re.fullmatch(f"[0-9A-Fa-f]{{{digits}}}", str(v)))


def _read_account(column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    if column.part == "domain":
        parts = (str(each).partition("\\") for each in raw)
        return tuple(domain for domain, separator, _ in parts if separator or not column.loose)
    return tuple(str(each).split("\\")[-1] for each in raw)


def _read_braced(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return tuple(str(each).removeprefix("{").removesuffix("}") for each in raw)


def _read_truth(column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    """Read a word for true, the word for false, or anything else where false has no word."""
    return tuple(each == column.words["true"] for each in raw)


def _read_spelled(column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    neutral = {fold(text): ours for ours, texts in column.vocabulary.items() for text in texts}
    return tuple(neutral[fold(str(each))] for each in raw if fold(str(each)) in neutral)


def _read_code(column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    neutral = {code: ours for ours, code in column.codes.items()}
    return tuple(neutral[each] for each in raw if isinstance(each, int) and each in neutral)


def _decimal(text: str) -> int | None:
    number = int(text) if re.fullmatch(r"-?[0-9]{1,19}", text) else None
    return number if number is not None and -(2**63) <= number < 2**63 else None


def _read_digits(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return tuple(n for each in raw if (n := _decimal(str(each))) is not None)


def _read_hex(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return tuple(int(str(each), 16) for each in raw if re.fullmatch("0x[0-9a-f]+", str(each)))


def _read_number(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return tuple(map(str, raw))


def _read_arguments(_column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    return tuple(arg for each in raw for arg in split_command_line(str(each)))


def _count_arguments(column: Column, raw: Values, columns: Mapping[str, Values]) -> Values:
    return (len(_read_arguments(column, raw, columns)),) if raw else ()


def _read_by_program(column: Column, raw: Values, _columns: Mapping[str, Values]) -> Values:
    part = Part.OPTIONS if column.form is Form.PROGRAM_OPTIONS else Part.SCRIPT
    reader = program(column.program or "")
    lines = (split_command_line(str(each)) for each in raw)
    return tuple(value for args in lines for value in read_arguments(reader, args).part(part))


def _read_constant(column: Column, _raw: Values, _columns: Mapping[str, Values]) -> Values:
    return (column.value or "",)


_READERS: Mapping[Form, Callable[[Column, Values, Mapping[str, Values]], Values]] = {
    Form.DIRECT: _read_as_is,
    Form.ARRAY_ANY: _read_as_is,
    Form.LIST_TEXT: _read_list_text,
    Form.NT_DEVICE_PATH: _read_as_is,
    Form.PATH_BASENAME: _read_name,
    Form.PATH_DIRECTORY: _read_directory,
    Form.PATH_EXTENSION: _read_extension,
    Form.JOINED: _read_two,
    Form.HASH_BLOB: _read_blob,
    Form.DIGEST: _read_digest,
    Form.DOMAIN_USER: _read_account,
    Form.GUID_BRACED: _read_braced,
    Form.BOOL_WORD: _read_truth,
    Form.WORDS: _read_spelled,
    Form.INTEGRITY: _read_spelled,
    Form.CODES: _read_code,
    Form.NUMBER_TEXT: _read_digits,
    Form.PID_HEX: _read_hex,
    Form.NUMBER_TO_TEXT: _read_number,
    Form.ARGS_FROM_CMDLINE: _read_arguments,
    Form.COUNT_OF_ARGS: _count_arguments,
    Form.PROGRAM_OPTIONS: _read_by_program,
    Form.PROGRAM_SCRIPT: _read_by_program,
    Form.COALESCE: _read_as_is,
    Form.CONSTANT: _read_constant,
}
