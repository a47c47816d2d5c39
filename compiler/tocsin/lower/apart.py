"""Command lines that a target takes apart by itself: how its query makes each derived field."""

from functools import cache

from tocsin.backend import Backend, Splitting
from tocsin.columns import Column, Form
from tocsin.frozen import replace
from tocsin.profiles import SourceClass
from tocsin.programs import program


@cache  # a regex over all options of a program, the same for every rule
def apart(place: SourceClass, backend: Backend) -> SourceClass:
    """Say in PLACE how BACKEND makes what a program reads in a command line, if it can."""
    if not isinstance(backend, Splitting):
        return place
    columns = {name: _made(column, backend) for name, column in place.columns.items()}
    return replace(place, columns=columns)


def _made(column: Column, backend: Splitting) -> Column:
    if column.program is None or column.also:
        return column
    split = backend.split(column.name, program(column.program))
    if column.form is Form.PROGRAM_SCRIPT:
        return replace(column, expr=split.script)
    return replace(column, parted=split.options)
