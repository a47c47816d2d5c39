"""A command line taken apart by Kusto: its arguments, each ended by U+001F, and one regex on them.

`extract()` takes of two ways to match the one that is written first (Microsoft, "Regex syntax"): an
option with a value takes the next argument, and what follows the last of them is the script.
"""

from collections.abc import Iterable
from functools import cache

from tocsin.backend import Split
from tocsin.lower.words import any_name
from tocsin.programs import Program
from tocsin.regex import Alt, OneOf, Regex, Repeat, Start, Text, seq
from tocsin_backends.kql.condition import escaped, quoted, regex_text

_SEPARATOR = "\x1f"
_END = Text(_SEPARATOR)
_SPLIT = "strcat_array(parse_command_line("
ASSUMED = "no U+001F in a command line: the query puts it between the arguments"


def split(column: str, program: Program) -> Split:
    """Say how the options and the script of PROGRAM are taken from the line in COLUMN."""
    separator = escaped(_SEPARATOR)
    joined = f'strcat({_SPLIT}{column}, "windows"), {separator}), {separator})'
    options, script = _patterns(program)
    return Split(f"extract({options}, 1, {joined})", f"extract({script}, 1, {joined})")


@cache  # whatever column the line is in
def _patterns(program: Program) -> tuple[str, str]:
    """Write the regexes that capture the options and the script, as literals."""
    start, options = _text(Start(), _rest(), _END), _text(_options(program))
    script = f"{start}{options}(?:--{_text(_END)})?({_text(_rest())})"
    return quoted(f"{start}({options})"), quoted(script)


def is_split(exprs: Iterable[str]) -> bool:
    """Whether one of EXPRS takes a command line apart so."""
    return any(_SPLIT in expr for expr in exprs)


def _options(program: Program) -> Regex:
    others = (alias for alias, name in program.aliases.items() if name in program.values)
    names = sorted((*program.values, *others))
    value = Repeat(seq(_other_than("-"), _rest()), 0, 1)
    taken = seq(any_name(names, underscores=program.underscores), _END, value, _END)
    long = seq(Text("--"), _other_than())
    option = seq(Alt((seq(Text("-"), _other_than("-")), long)), _rest(), _END)
    return Repeat(Alt((taken, option)), 0, None)


def _other_than(*characters: str) -> Regex:
    return OneOf(tuple((each, each) for each in (*characters, _SEPARATOR)), negated=True)


def _rest() -> Regex:
    return Repeat(_other_than(), 0, None)


def _text(*parts: Regex) -> str:
    return regex_text(seq(*parts), cased=True, strict=False)
