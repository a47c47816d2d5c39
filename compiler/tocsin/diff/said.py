"""What a rule says beside its condition, as text, to be held against another version of it."""

from collections.abc import Iterator
from dataclasses import fields

from tocsin import model
from tocsin.diff.change import MetaChange
from tocsin.header import span_of_time


def meta_changes(old: model.Rule, new: model.Rule) -> tuple[MetaChange, ...]:
    """Tell what OLD and NEW say otherwise, in the order of a rule's clauses."""
    before, after = _whole(old), _whole(new)
    return tuple(
        MetaChange(key, before.get(key), after.get(key))
        for key in dict.fromkeys((*after, *before))
        if before.get(key) != after.get(key)
    )


def _whole(rule: model.Rule) -> dict[str, str]:
    """Gather what RULE says, by its keys: an entity, an acceptance, a test may come twice."""
    found: dict[str, list[str]] = {}
    for key, text in _said(rule):
        found.setdefault(key, []).append(text)
    return {key: "\n".join(texts) for key, texts in found.items()}


def _said(rule: model.Rule) -> Iterator[tuple[str, str]]:
    for each in fields(rule.meta):
        value: object = getattr(rule.meta, each.name)
        if text := _text(value):
            yield each.name, text
    if rule.schedule:
        yield "schedule", _schedule(rule.schedule)
    for entity in rule.entities:
        yield f"entity {entity.kind}", ", ".join(entity.fields)
    for accept in rule.accepts:
        of = f" for {accept.field}" if accept.field else ""
        yield f"accept {accept.verdict} on {accept.target}{of}", accept.reason
    for test in rule.tests:
        yield f"test {test.name}", _test(test)


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case tuple():
            return "\n".join(map(_text, value))
        case model.Technique(id=id_, tactic=tactic):
            return f"{tactic}/{id_}"
        case _:
            return str(value)


def _schedule(schedule: model.Schedule) -> str:
    over = span_of_time(schedule.over)
    if schedule.every is None:
        return f"hunt over {over}"
    return f"alert every {span_of_time(schedule.every)} over {over}"


def _test(test: model.Test) -> str:
    lines = ["fires" if test.fires else "silent"]
    for event in test.events:
        facts = "  ".join(
            f"{name} = {_values(each)}" for name, each in sorted(event.fields.items())
        )
        lines.append(
            f"{', '.join(sorted(event.classes))} at {span_of_time(event.time // 1000)}: {facts}"
        )
    return "\n".join(lines)


def _values(values: tuple[model.Scalar, ...]) -> str:
    return ", ".join(map(str, values))
