"""How a source keeps one field: in which column, in which form, and what that takes."""

from collections.abc import Iterator, Mapping, Set
from enum import StrEnum
from functools import cache
from string import Formatter

from tocsin.diagnostics import Code
from tocsin.frozen import dataclass, replace
from tocsin.frozen import field as stored
from tocsin.programs import program_names
from tocsin.schema import Table
from tocsin.text import free_name


class Presence(StrEnum):
    """How often a source fills a column on events of the class."""

    ALWAYS = "always"
    CONDITIONAL = "conditional"


class Form(StrEnum):
    """How a column holds the neutral value."""

    DIRECT = "direct"  # as is
    ARRAY_ANY = "array_any"  # as is, in an array
    LIST_TEXT = "list_text"  # several values in one text, with a separator between
    PATH_BASENAME = "path_basename"  # a full path; the value is its last component
    PATH_DIRECTORY = "path_directory"  # a full path; the value is all before its last separator
    PATH_EXTENSION = "path_extension"  # a full path; the value follows the last dot of its name
    JOINED = "joined"  # two columns; the value has a backslash between them
    NT_DEVICE_PATH = "nt_device_path"  # \Device\HarddiskVolumeN\ instead of a drive letter
    HASH_BLOB = "hash_blob"  # SHA1=…,MD5=… in one text
    DIGEST = "digest"  # a digest, alone or among others: its length tells which
    DOMAIN_USER = "domain_user"  # DOMAIN\user; `part` says which half is the value
    NUMBER_TEXT = "number_text"  # a number in a text column
    PID_HEX = "pid_hex"  # a number in a text column, written 0xf84
    NUMBER_TO_TEXT = "number_to_text"  # a text in a numeric column
    INTEGRITY = "integrity"  # an integrity level, written as `styles` say
    ARGS_FROM_CMDLINE = "args_from_cmdline"  # a command line; the values are its arguments
    COUNT_OF_ARGS = "count_of_args"  # a command line; the value is how many arguments it has
    PROGRAM_OPTIONS = "program_options"  # a command line; `program` has these options in it
    PROGRAM_SCRIPT = "program_script"  # a command line; `program` takes this for the script
    GUID_BRACED = "guid_braced"  # {XXXXXXXX-…}; the value has no braces
    BOOL_WORD = "bool_word"  # a text; `words` has the one for "true" and maybe for "false"
    WORDS = "words"  # a closed vocabulary: `words` maps neutral text to the column's
    CODES = "codes"  # a closed vocabulary: `codes` maps neutral text to the column's number
    COALESCE = "coalesce"  # the first column with a value
    EXPRESSION = "expression"  # what `expr` makes of the columns
    CONSTANT = "constant"  # no column: the source implies `value`
    JOIN = "join"  # another table's or event's column; `expr` says how to reach it


# Forms whose column holds a number, whatever the type of the field.
NUMBERS = frozenset({Form.CODES, Form.NUMBER_TO_TEXT})

# Digits of a digest, by algorithm.
HEX_DIGITS: Mapping[str, int] = {"MD5": 32, "SHA1": 40, "SHA256": 64, "IMPHASH": 32}

# An integrity level's word and the RID that ends its SID, S-1-16-RID (Microsoft, "Mandatory
# Integrity Control"). Sysmon and Defender have no word of their own for medium_plus.
INTEGRITY_RIDS: Mapping[str, int] = {
    "untrusted": 0,
    "low": 4096,
    "medium": 8192,
    "medium_plus": 8448,
    "high": 12288,
    "system": 16384,
    "protected": 20480,
    "secure": 28672,
}


@dataclass(frozen=True, slots=True)
class Column:
    """Where, how often and in which form a source holds one field."""

    field: str
    name: str  # the first of `inputs`; empty for a constant
    presence: Presence = Presence.ALWAYS
    form: Form = Form.DIRECT
    inputs: tuple[str, ...] = ()  # every column that the value is made of
    expr: str | None = None  # the neutral value, in the target's own language
    folded: str | None = None  # the same in lower case, for tests without case that need it
    computed: str = ""  # what a query calls the column that it makes of `expr`
    part: str | None = None  # domain_user: "name" or "domain"
    algorithm: str | None = None  # hash_blob: "MD5", "SHA1", "SHA256", "IMPHASH"
    separator: str | None = None  # list_text
    value: str | None = None  # constant
    program: str | None = None  # program_options, program_script: what reads the command line
    parted: str | None = (
        None  # program_options: the options by themselves, in the target's language
    )
    absent: tuple[str, ...] = ()  # texts that mean that there is no value, in this column
    bare: tuple[str, ...] = ()  # path_basename: values that are recorded without a path
    loose: bool = False  # what the form adds (folder, domain, braces) is not always there
    styles: tuple[str, ...] = ()  # integrity: "word", "sid", "rid", "label"
    words: Mapping[str, str] = stored(default_factory=dict, hash=False)
    codes: Mapping[str, int] = stored(default_factory=dict, hash=False)
    also: tuple["Column", ...] = ()  # other columns that hold the field; one is enough
    elsewhere: str | None = None  # what other sources of the target have in a column of this name
    requires: str | None = None  # what must be so for the column to be filled
    note: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Name every column that the value may be read from."""
        return (*self.inputs, *(name for each in self.also for name in each.inputs))

    @property
    def vocabulary(self) -> Mapping[str, tuple[str, ...]]:
        """Map each neutral text of a closed vocabulary to the column's texts for it."""
        if self.form is Form.INTEGRITY:
            return {level: tuple(_spelled(level, self.styles)) for level in INTEGRITY_RIDS}
        return {neutral: (text,) for neutral, text in self.words.items()}


def _spelled(level: str, styles: tuple[str, ...]) -> Iterator[str]:
    """Write an integrity level as STYLES do, the usual one first."""
    rid, word = INTEGRITY_RIDS[level], level.capitalize()
    for style in styles:
        if style == "sid":
            yield f"S-1-16-{rid}"
        elif style == "rid":
            yield str(rid)
        elif style == "word" and "_" not in level:
            yield word
        elif style == "label" and "_" not in level:
            yield f"Mandatory Label\\{word} Mandatory Level"


# --- reading


_KEYS = (
    *("column", "columns", "presence", "form", "expr", "folded", "part", "algorithm", "separator"),
    *("value", "program", "absent", "bare", "loose", "styles", "words", "codes", "true", "false"),
    *("also", "elsewhere", "requires", "note"),
)

_VOCABULARY: Mapping[str, tuple[str, ...]] = {
    "part": ("name", "domain"),
    "algorithm": tuple(HEX_DIGITS),
    "styles": ("word", "sid", "rid", "label"),
}

_OF_SEVERAL = frozenset({Form.JOINED, Form.COALESCE, Form.EXPRESSION, Form.JOIN})

# What each form must carry, one of the alternatives being enough.
_NEEDS: Mapping[Form, tuple[str, ...]] = {
    Form.LIST_TEXT: ("separator",),
    Form.JOINED: ("columns",),
    Form.HASH_BLOB: ("algorithm",),
    Form.DIGEST: ("algorithm",),
    Form.DOMAIN_USER: ("part",),
    Form.INTEGRITY: ("styles",),
    Form.BOOL_WORD: ("true",),
    Form.WORDS: ("words",),
    Form.CODES: ("codes",),
    Form.COALESCE: ("columns",),
    Form.EXPRESSION: ("expr",),
    Form.CONSTANT: ("value",),
    Form.PROGRAM_OPTIONS: ("program",),
    Form.PROGRAM_SCRIPT: ("program",),
    Form.JOIN: ("expr",),
}


def read_columns(table: Table) -> Mapping[str, Column]:
    """Read the table `fields` of a class: field to column."""
    columns: dict[str, Column] = {}
    for name, entry in table.items.items():
        if isinstance(entry, str):
            columns[name] = _same_name(name, table.choice(name, Presence))
        else:
            columns[name] = _column(table.table(name), name)
    return named(columns)


def named(columns: Mapping[str, Column]) -> Mapping[str, Column]:
    """Name what a query makes of columns, as the fields are called, unlike any column."""
    taken = {name for column in columns.values() for name in column.names}
    return {name: _named(column, taken) for name, column in columns.items()}


def _named(column: Column, taken: Set[str]) -> Column:
    if column.expr is None and column.program is None:
        return column
    return replace(column, computed=free_name(column.field.replace(".", "_"), taken))


@cache
def _same_name(name: str, presence: Presence) -> Column:
    return Column(name, name, presence, inputs=(name,))


def _column(table: Table, name: str) -> Column:
    table.only(*_KEYS)
    form = table.choice("form", Form, Form.DIRECT)
    needs = _NEEDS.get(form, ())
    if needs and not any(key in table.items for key in needs):
        message = f"form {form} needs `{'` or `'.join(needs)}`"
        raise table.error(message, "form", word=form)
    inputs = _inputs(table, name, form)
    return Column(
        name,
        inputs[0] if inputs else "",
        table.choice("presence", Presence, Presence.ALWAYS),
        form,
        inputs,
        _expr(table, "expr", inputs, form),
        _expr(table, "folded", inputs, form),
        "",
        _optional(table, "part"),
        _optional(table, "algorithm"),
        _optional(table, "separator"),
        _optional(table, "value"),
        _program(table),
        None,
        table.texts("absent", ()),
        table.texts("bare", ()),
        table.flag("loose"),
        _known(table, "styles", table.texts("styles", ())),
        _words(table),
        table.table("codes").all_numbers(),
        tuple(_column(each, name) for each in table.tables("also", ())),
        _optional(table, "elsewhere"),
        _optional(table, "requires"),
        _optional(table, "note"),
    )


def _inputs(table: Table, name: str, form: Form) -> tuple[str, ...]:
    if "column" in table.items and "columns" in table.items:
        raise table.error("`column` and `columns` exclude each other", "columns")
    if "columns" in table.items:
        inputs = table.texts("columns")
        if form is Form.JOINED and len(inputs) != 2:
            raise table.error("form joined needs two `columns`", "columns")
        if len(inputs) > 1 and form not in _OF_SEVERAL and "expr" not in table.items:
            raise table.error(f"form {form} reads one column", "columns")
    elif form is Form.CONSTANT:
        return ()
    else:
        inputs = (table.text("column", name),)
    for each in inputs:
        if not each or not each.isprintable():
            key = "columns" if "columns" in table.items else "column"
            raise table.error(f"`{key}` must name columns, each on one line", key)
    return inputs


def _expr(table: Table, key: str, inputs: tuple[str, ...], form: Form) -> str | None:
    expr = _optional(table, key)
    if expr is None or form is Form.JOIN:
        return expr
    known = {str(place): name for place, name in enumerate(inputs, 1)}
    if len(inputs) == 1:
        known["column"] = inputs[0]
    return filled(table, key, expr, known)


def filled(table: Table, key: str, template: str, known: Mapping[str, str]) -> str:
    """Put the names of KNOWN into the `{placeholders}` of TEMPLATE; a doubled brace is a brace."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        message = f"`{key}` has a single brace: a placeholder is `{{name}}`, a brace is doubled"
        raise table.error(message, key, Code.MAPPING) from None
    text = ""
    for literal, name, spec, conversion in parts:
        if name is not None and (name not in known or spec or conversion):
            listed = ", ".join(f"{{{each}}}" for each in known) or "none"
            message = f"`{key}` has the placeholder `{{{name}}}`; known: {listed}"
            raise table.error(message, key, Code.MAPPING)
        text += literal + (known[name] if name is not None else "")
    return text


def _optional(table: Table, key: str) -> str | None:
    if key not in table.items:
        return None
    value = table.text(key)
    return _known(table, key, (value,))[0] if key in _VOCABULARY else value


def _program(table: Table) -> str | None:
    name = _optional(table, "program")
    if name is not None and name not in program_names():
        raise table.no_choice("program", name, program_names())
    return name


def _known(table: Table, key: str, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if value not in _VOCABULARY[key]:
            raise table.no_choice(key, value, _VOCABULARY[key])
    return values


def _words(table: Table) -> Mapping[str, str]:
    if "words" in table.items:
        for key in ("true", "false"):
            if key in table.items:
                raise table.error(f"`words` and `{key}` exclude each other", key)
        return table.table("words").all_texts()
    return {key: table.text(key) for key in ("true", "false") if key in table.items}
