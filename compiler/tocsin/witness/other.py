"""Events with another value in a field, and in what hangs together with it."""

from collections.abc import Mapping
from subprocess import list2cmdline

from tocsin.events import ARGUMENTS, NAMES, base_name
from tocsin.frozen import replace
from tocsin.model import Field, Occurrence, Scalar
from tocsin.schema import FieldType, field_specs
from tocsin.witness.groups import completed, root
from tocsin.witness.values import USUAL, Values, moved

_BY_NAME = (FieldType.TEXT, FieldType.PATH)  # what may be called as its field is


def changed(event: Occurrence, fields: Mapping[str, Values]) -> Occurrence:
    """Put FIELDS into EVENT: a name changes the path that it is of, a path its name."""
    (name,) = event.classes
    found = dict(event.fields)
    for field, values in fields.items():
        whole = root(field, name)
        before = found.get(whole, ())
        if field_specs()[field].derived:  # follows from others, which stay
            continue
        found = {each: held for each, held in found.items() if root(each, name) != whole}
        if field == whole or not before:
            found[field] = values
        elif whole in NAMES:
            folder = str(before[0]).removesuffix(base_name(str(before[0])))
            found[whole] = tuple(f"{folder}{value}" for value in values)
        else:
            found[whole] = (list2cmdline(map(str, values)),)
    return completed(replace(event, fields=found), name)


def without(event: Occurrence, field: str) -> Occurrence:
    """Take FIELD out of EVENT, and what it follows from."""
    (name,) = event.classes
    gone = {field, root(field, name)}
    derived = {each for each in event.fields if field_specs()[each].derived}
    kept = {each: held for each, held in event.fields.items() if each not in gone | derived}
    return completed(replace(event, fields=kept), name)


def usual(event: Occurrence, key: Field, word: str) -> Scalar:
    """Find a value for KEY, which EVENT lacks: of what hangs together with it, else a WORD."""
    part = event.fields.get({**NAMES, **ARGUMENTS}.get(key.name, ""))
    if part and key.name in NAMES:
        return f"C:\\x\\{part[0]}"
    if part:
        return list2cmdline(map(str, part))
    return word if key.type in _BY_NAME else USUAL[key.type]


def another(event: Occurrence, key: Field) -> Scalar:
    """Find another value for KEY than EVENT has; a path to a file of the same name."""
    had = event.fields.get(key.name)
    if had and key.name in NAMES:
        return f"C:\\other\\{base_name(str(had[0]))}"
    if had and key.name in ARGUMENTS:
        return f"{had[0]} other"
    return moved(key, had[0]) if had else usual(event, key, "other")
