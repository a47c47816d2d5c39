"""Fields that no source records: each is kept wherever the command line is that it follows from."""

from collections.abc import Iterable, Mapping

from tocsin.columns import Column, Form, named
from tocsin.frozen import replace
from tocsin.schema import Derived, FieldSpec, Part

_FORMS = {Part.OPTIONS: Form.PROGRAM_OPTIONS, Part.SCRIPT: Form.PROGRAM_SCRIPT}

Columns = Mapping[str, Column]
Absent = Mapping[str, str]


def with_derived(
    fields: Iterable[FieldSpec], columns: Columns, absent: Absent
) -> tuple[Columns, Absent]:
    """Add the derived ones of FIELDS to COLUMNS, or to what is ABSENT; what is said stays."""
    kept, lacking = dict(columns), dict(absent)
    for spec in fields:
        if spec.derived and spec.name not in kept and spec.name not in lacking:
            line = columns.get(spec.derived.source)
            if line is None and spec.derived.source in absent:
                lacking[spec.name] = absent[spec.derived.source]
            elif line is not None and _is_text(line):
                kept[spec.name] = _read_in(line, spec.name, spec.derived)
            elif line is not None:
                why = f"{spec.derived.source} is kept as {line.form}, which is not taken apart"
                lacking[spec.name] = why
    return named(kept), lacking


def _is_text(line: Column) -> bool:
    return all(each.form is Form.DIRECT for each in (line, *line.also))


def _read_in(line: Column, name: str, derived: Derived) -> Column:
    return replace(
        line,
        field=name,
        form=_FORMS[derived.part],
        expr=None,
        program=derived.program,
        also=tuple(_read_in(each, name, derived) for each in line.also),
        note=None,
    )
