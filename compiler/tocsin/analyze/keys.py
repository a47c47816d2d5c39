"""Fields by which events belong together: one value each, compared exactly."""

from tocsin import tree
from tocsin.analyze.condition import Conditions
from tocsin.diagnostics import Code, Diagnostic
from tocsin.model import Field
from tocsin.schema import FieldType
from tocsin.source import Span


def keys(refs: tuple[tree.FieldRef, ...], conditions: Conditions) -> tuple[Field, ...] | None:
    """Resolve the keys of a body; None if one of them is wrong."""
    found = [_key(ref, conditions) for ref in refs]
    known = [each for each in found if each]
    return tuple(known) if len(known) == len(found) else None


def _key(ref: tree.FieldRef, conditions: Conditions) -> Field | None:
    field = conditions.field(ref)
    if field and (field.many or field.type is FieldType.TIME):
        why = "may have several values" if field.many else "is a time; `every` makes bins"
        message = f"`{field.name}` cannot be a key"
        conditions.found.append(Diagnostic(Code.TYPE_MISMATCH, message, ref.span, why))
        return None
    return field


def no_keys(place: Span, what: str, found: list[Diagnostic]) -> None:
    """Advise against what joins the events of every host."""
    message = f"{what} without keys"
    label = "events of all hosts together"
    hint = "`by host.id` keeps hosts apart"
    found.append(Diagnostic(Code.NO_KEYS, message, place, label, hint))
