"""How events keep a field: in which column, or why in none."""

from collections.abc import Mapping

from tocsin import model
from tocsin.backend import Lowered
from tocsin.columns import Column, Form
from tocsin.lower.place import is_shown, place_of
from tocsin.model import Field
from tocsin.schema import event_class
from tocsin_backends.kql import names

# All before the last separator of a path, which may be nothing.
FOLDER = r'extract(@"(?s)^(.*)\\[^\\]*$", 1, {})'


def field_of(rule: Lowered, name: str) -> Field:
    """Find what NAME means of an event, though the rule may name an output or a step."""
    whole = rule.rule.body
    if isinstance(whole, model.Sequence):
        name = name.removeprefix(f"{whole.steps[-1].name}.")
    for output in model.outputs(whole):
        if output.name == name and output.field:
            return output.field
    spec = event_class(rule.places[0].event_class).fields.get(name)
    return Field(spec.name, spec.type, spec.many) if spec else Field(name)


def placed(rule: Lowered, fields: Mapping[str, Field]) -> tuple[dict[str, Column], dict[str, str]]:
    """Find the one column that keeps each field, or say why there is none."""
    columns: dict[str, Column] = {}
    lacking: dict[str, str] = {}
    for name, field in fields.items():
        place = place_of(field, rule.places)
        one = place.columns[0][0] if len(place.columns) == 1 else None
        if one is None:
            lacking[name] = place.clash[0] if place.clash else unrecorded(rule, field.name)
        elif one.form is Form.CONSTANT:
            lacking[name] = f"always {one.value} there, in no column"
        elif field.many:
            lacking[name] = "a list of values"
        elif not (is_shown(one) or _is_folder(one)):
            lacking[name] = f"kept as {one.form} in {one.name}"
        else:
            columns[name] = one
    return columns, lacking


def value(column: Column) -> str:
    """Write the neutral value: here a folder is one too, though no test reads it so."""
    if _is_folder(column):
        return FOLDER.format(column.name)
    return names.value(column)


def made_of(column: Column) -> str:
    """Write the value by what there is before anything is made of it."""
    return column.expr if column.computed and column.expr else value(column)


def is_named(column: Column) -> bool:
    """Whether the value has a column of its own, or one that is made before it is read."""
    return value(column) in (column.name, column.computed)


def _is_folder(column: Column) -> bool:
    return column.form is Form.PATH_DIRECTORY and not column.computed


def unrecorded(rule: Lowered, field: str) -> str:
    """Say why there is no such field."""
    why = (place.absent[field] for place in rule.places if field in place.absent)
    return next(why, "not recorded there")
