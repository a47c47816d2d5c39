"""`entities { host = host.name }`: what an alert is about, by names that its matches show."""

from collections.abc import Iterator

from tocsin import model, tree
from tocsin.analyze.clauses import Clauses
from tocsin.analyze.fields import Fields, fields_of
from tocsin.diagnostics import Code, Diagnostic, unknown

ENTITY_KINDS = ("account", "dns", "file", "hash", "host", "ip", "process", "registry", "url")


def entities(clauses: Clauses, fields: Fields, body: model.Body | None) -> tuple[model.Entity, ...]:
    """Resolve the entities of a rule around BODY, over FIELDS that its classes share."""
    clause, found = clauses.one(tree.Entities), clauses.found
    made: list[model.Entity] = []
    for entry in clause.entries if clause else ():
        kind = entry.kind
        if kind.text not in ENTITY_KINDS:
            found.append(unknown(Code.UNKNOWN_WORD, "entity", kind.text, kind.span, ENTITY_KINDS))
        # Of a body that is wrong nothing is known, but which fields an event has.
        known = body is not None or _is_plain(clauses.written)
        named = _named(entry.fields, fields, body, found) if known else ()
        made.append(model.Entity(kind.text, tuple(named)))
    return tuple(made)


def _is_plain(rule: tree.Rule) -> bool:
    """Whether RULE is about single events of one kind."""
    others = (tree.Summarize, tree.DetectAny, tree.DetectSequence)
    return not any(isinstance(clause, others) for clause in rule.clauses)


def _named(
    refs: tuple[tree.FieldRef, ...],
    fields: Fields,
    body: model.Body | None,
    found: list[Diagnostic],
) -> Iterator[str]:
    for ref in refs:
        name = _name(ref, fields, body)
        if isinstance(name, Diagnostic):
            found.append(name)
        else:
            yield name


def _name(ref: tree.FieldRef, fields: Fields, body: model.Body | None) -> str | Diagnostic:
    match body:
        case model.Summary():
            columns = [*(key.name for key in body.keys), *(each.name for each in body.outputs)]
            if ref.name in columns:
                return ref.name
            return unknown(Code.UNKNOWN_FIELD, "column", ref.name, ref.span, columns)
        case model.Sequence():
            return _of_step(ref, body)
        case _:
            field = fields.find(ref)
            return field if isinstance(field, Diagnostic) else field.name


def _of_step(ref: tree.FieldRef, body: model.Sequence) -> str | Diagnostic:
    """Resolve `step.field`, or a bare field: a key, or one of the last step's."""
    if ref.name in {key.name for key in body.keys}:
        return ref.name
    first, _, rest = ref.name.partition(".")
    steps = {step.name: step for step in body.steps}
    step, name = (steps[first], rest) if first in steps else (body.steps[-1], ref.name)
    words = [tree.Word(each, ref.span) for part in step.parts for each in part.event.classes]
    fields, _none = fields_of(tuple(words))
    assert fields
    field = fields.find(tree.FieldRef(name, ref.span))
    return field if isinstance(field, Diagnostic) else f"{step.name}.{field.name}"
