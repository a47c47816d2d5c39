"""Command lines that a target takes apart by itself: how its query makes each derived field."""

from collections.abc import Callable
from functools import cache

from tocsin.backend import Backend, Split
from tocsin.columns import Column, Form
from tocsin.frozen import replace
from tocsin.profiles import SourceClass
from tocsin.programs import Program, program

_Splits = Callable[[str, Program], Split]


def apart(place: SourceClass, backend: Backend) -> SourceClass:
    """Say in PLACE how BACKEND makes what a program reads in a command line, if it can."""
    # Asked for every rule, and `isinstance` of a protocol looks all its members up.
    split: _Splits | None = getattr(backend, "split", None)
    return _apart(place, split) if split else place


@cache  # The way is a regex of all options of a program, the same for every rule.
def _apart(place: SourceClass, split: _Splits) -> SourceClass:
    columns = {name: _made(column, split) for name, column in place.columns.items()}
    return replace(place, columns=columns)


def _made(column: Column, split: _Splits) -> Column:
    if column.program is None or column.also:
        return column
    made = split(column.name, program(column.program))
    if column.form is Form.PROGRAM_SCRIPT:
        return replace(column, expr=made.script)
    return replace(column, parted=made.options)
