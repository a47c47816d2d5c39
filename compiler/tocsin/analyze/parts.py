"""`detect any { … }` and `detect sequence { … }`: named parts, each with classes of its own."""

import re
from collections.abc import Iterable, Sequence

from tocsin import model, tree
from tocsin.analyze.condition import Conditions
from tocsin.analyze.fields import KINDS, fields_of
from tocsin.analyze.keys import keys, no_keys
from tocsin.analyze.scope import Scope
from tocsin.diagnostics import Code, Diagnostic, Note
from tocsin.frozen import dataclass
from tocsin.schema import FieldType
from tocsin.source import Span

# Elasticsearch repeats a step up to 100 times (EQL syntax reference, "with runs").
MOST_EVENTS = 100
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TEXTS = frozenset({FieldType.TEXT, FieldType.PATH})


def any_of(clause: tree.DetectAny, conditions: Conditions, scope: Scope) -> model.AnyOf | None:
    """Resolve a body of one event of several kinds; None if a part of it is wrong."""
    parts = _Parts(conditions, scope, clause.systems)
    parts.named(clause.parts)
    for each in clause.parts:
        if each.by:
            message = "keys outside of a sequence"
            place = each.by[0].span
            label = "one event is tied to no other"
            parts.found.append(Diagnostic(Code.KEYS, message, place, label))
        if each.where is None:
            message = "every event of the class would match"
            label, hint = "no condition", "`where` says which"
            place = each.name.span
            parts.found.append(Diagnostic(Code.MISSING_CLAUSE, message, place, label, hint))
    found = [part for each in clause.parts if (part := parts.part(each, ()))]
    if len(found) < len(clause.parts):
        return None
    return model.AnyOf(tuple(found), clause.span)


def sequence(
    clause: tree.DetectSequence, conditions: Conditions, scope: Scope
) -> model.Sequence | None:
    """Resolve a sequence; None if a part of it is wrong."""
    parts = _Parts(conditions, scope, clause.systems)
    several = (part for step in clause.steps if _is_any(step) for part in step.parts)
    parts.named([*clause.steps, *several])
    within = _within(clause, parts)
    steps = [step for each in clause.steps if (step := parts.step(each, clause.by))]
    until = parts.part(clause.until, clause.by) if clause.until else None
    if within is None or len(steps) < len(clause.steps) or (clause.until and not until):
        return None
    _long_enough(clause, steps, parts.found)
    whole = model.Sequence(tuple(steps), within, until, clause.span)
    _fit_together(model.parts(whole), parts.found)
    if not whole.keys:
        no_keys(clause.head, "a sequence", parts.found)
    return whole


def _is_any(step: tree.Step) -> bool:
    return step.parts[0].name is not step.name


def _within(clause: tree.DetectSequence, parts: "_Parts") -> int | None:
    if clause.within is None:
        message, label = "a sequence of any length", "no `within`"
        hint = "`detect sequence by host.id within 5m { … }`"
        parts.found.append(Diagnostic(Code.MISSING_CLAUSE, message, clause.head, label, hint))
        return None
    within = parts.conditions.names.duration(clause.within, parts.scope)
    if within is not None and within <= 0:
        message = "a sequence that takes no time"
        place = clause.within.span
        parts.found.append(Diagnostic(Code.WINDOW, message, place, "longer than 0"))
    return within


def _long_enough(
    clause: tree.DetectSequence, steps: Sequence[model.Step], found: list[Diagnostic]
) -> None:
    events = sum(step.repeats for step in steps)
    if events < 2:
        message, label = "a sequence of one event", "nothing follows it"
        hint = "without an order, `detect process.start where …` says the same"
        found.append(Diagnostic(Code.ONE_STEP, message, clause.steps[0].name.span, label, hint))
    if events > MOST_EVENTS:
        message, label = f"a sequence of {events} events", f"at most {MOST_EVENTS}"
        found.append(Diagnostic(Code.COUNT, message, clause.head, label))


def _fit_together(parts: Sequence[model.Part], found: list[Diagnostic]) -> None:
    """See that all parts have as many keys, of one type place by place."""
    first = parts[0]
    note = (Note(f"`{first.name}` has {_number(len(first.keys))}", first.span),)
    for part in parts[1:]:
        if len(part.keys) != len(first.keys):
            message = f"`{part.name}` has {_number(len(part.keys))}"
            label = "as many as the other steps"
            found.append(Diagnostic(Code.KEYS, message, part.span, label, notes=note))
            continue
        for mine, theirs in zip(part.keys, first.keys, strict=True):
            if mine.type is not theirs.type and not {mine.type, theirs.type} <= _TEXTS:
                message = (
                    f"`{mine.name}` is {KINDS[mine.type]}, `{theirs.name}` {KINDS[theirs.type]}"
                )
                found.append(Diagnostic(Code.KEYS, message, part.span, "never equal", notes=note))


def _number(count: int) -> str:
    return f"{count or 'no'} key{'s' * (count != 1)}"


@dataclass(frozen=True, slots=True)
class _Parts:
    """Reads the parts of one body, which share its systems and its limits."""

    conditions: Conditions
    scope: Scope
    systems: tuple[tree.Word, ...]

    @property
    def found(self) -> list[Diagnostic]:
        return self.conditions.found

    def named(self, named: Iterable[tree.Part | tree.Step]) -> None:
        """See that every name is one, and that no two are alike."""
        names: dict[str, Span] = {}
        for word in (each.name for each in named):
            if not (word.text.isascii() and _NAME.fullmatch(word.text)):
                message = f"`{word.text}` is no name of a part"
                label = "a letter, then letters, digits and `_`"
                self.found.append(Diagnostic(Code.META_VALUE, message, word.span, label))
            first = names.setdefault(word.text, word.span)
            if first is not word.span:
                message = f"two parts are named `{word.text}`"
                note = (Note("the first one", first),)
                self.found.append(
                    Diagnostic(Code.DUPLICATE_NAME, message, word.span, "the same name", notes=note)
                )

    def step(self, written: tree.Step, by: tuple[tree.FieldRef, ...]) -> model.Step | None:
        shared = (*by, *written.by)
        found = [part for each in written.parts if (part := self.part(each, shared))]
        repeats = 1
        if written.repeats:
            count = self.conditions.names.count(written.repeats, self.scope)
            if count is not None and not 1 <= count <= MOST_EVENTS:
                message, label = f"a step of {count} events", f"from 1 to {MOST_EVENTS}"
                place = written.repeats.span
                self.found.append(Diagnostic(Code.COUNT, message, place, label))
                count = None
            if count is None:
                return None
            repeats = count
        if len(found) < len(written.parts):
            return None
        return model.Step(written.name.text, tuple(found), repeats, written.span)

    def part(self, written: tree.Part, by: tuple[tree.FieldRef, ...]) -> model.Part | None:
        fields, found = fields_of(written.classes)
        self.found.extend(found)
        if fields is None:
            return None
        here = self.conditions.over(fields)
        tied = keys((*by, *written.by), here)
        condition: model.Expr | None = model.Always(True, written.span)
        if written.where:
            condition = here.analyze_whole(written.where, self.scope)
        self.conditions.count(here)
        if tied is None or condition is None:
            return None
        classes = tuple(dict.fromkeys(word.text for word in written.classes))
        systems = tuple(system.text for system in self.systems)
        event = model.Event(classes, systems, condition, written.span)
        return model.Part(written.name.text, event, tied, written.name.span)
