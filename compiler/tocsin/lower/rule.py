"""One rule for one target: its body part by part, with verdicts on the way."""

from collections.abc import Mapping

from tocsin import model
from tocsin.backend import Backend, Blind, Choosy, Lowered, departures
from tocsin.columns import Column
from tocsin.diagnostics import Code, Diagnostic
from tocsin.frozen import replace
from tocsin.lower import findings
from tocsin.lower.events import Events, places_of
from tocsin.lower.found import Found
from tocsin.lower.nothing import without_empty_row
from tocsin.model import Verdict, all_of
from tocsin.passes.flatten import merge
from tocsin.passes.simplify import simplify
from tocsin.profiles import Source, SourceClass
from tocsin.schema import FieldType, event_class
from tocsin.source import Span


def lower(
    rule: model.Rule,
    target: str,
    backend: Backend,
    sources: tuple[Source, ...],
    label: str | None = None,
) -> tuple[Lowered | None, tuple[Diagnostic, ...]]:
    """Fit RULE to BACKEND, called TARGET, over SOURCES; findings speak of LABEL, or of TARGET."""
    found = Found(label or target)
    lowered = _Lowering(rule, backend, sources, found).body(rule.body)
    if lowered is None:
        return None, tuple(found.refused)
    approximations = findings.accepted(rule, target, found.approximations)
    blind = tuple(dict.fromkeys(found.blind))
    told = findings.diagnostics(rule, target, found.label, approximations, blind)
    diagnostics = (*found.refused, *told)
    if any(each.code.is_error for each in diagnostics):
        return None, diagnostics
    parts = tuple(
        replace(part, approximations=approximations, blind=blind) for part in lowered.parts
    )
    return replace(lowered, approximations=approximations, blind=blind, parts=parts), diagnostics


_LEFT = {
    model.Summary: "the events of every row are found then, whether it meets `having` or not",
    model.Sequence: "every event of the last step is found then, whatever came before it",
    model.FirstSeen: "every event is found then, whether its values were seen before or not",
}


class _Lowering:
    def __init__(
        self, rule: model.Rule, backend: Backend, sources: tuple[Source, ...], found: Found
    ) -> None:
        self.rule = rule
        self.backend = backend
        self.sources = sources
        self.found = found
        self.named = ", ".join(source.name for source in sources)

    def body(self, body: model.Body) -> Lowered | None:
        places = tuple(
            dict.fromkeys(
                place for part in model.parts(body) for place in places_of(part.event, self.sources)
            )
        )
        lacks = self._lacks(body, places)
        if not lacks:
            for each in departures(self.backend, body, places):
                self.found.departs(each.direction, each.reason, None, each.span)
        match body:
            case model.Event():
                return self._event(body, model.parts(body)[0])
            case model.AnyOf():
                if lacks:
                    hint = "a rule for each part can be said"
                    self.found.unsaid(lacks, body.span, hint)
                return self._any_of(body)
            case model.Summary(having=None) if lacks:
                return self._event(body.event, model.parts(body)[0], ungrouped=True)
            case model.Summary() | model.FirstSeen() | model.Sequence() if lacks:
                left = _LEFT[type(body)]
                self.found.departs(Verdict.WIDER, lacks, None, body.span, left=left)
                return self._left(body)
            case model.Summary():
                return self._summary(body)
            case model.FirstSeen():
                return self._first_seen(body)
            case model.Sequence():
                return self._sequence(body)

    def _lacks(self, body: model.Body, places: tuple[SourceClass, ...]) -> str | None:
        """Say what the target lacks for BODY; nothing where it can write it."""
        if isinstance(body, model.Event):
            return None
        lacks = self.backend.lacks(body, places) if isinstance(self.backend, Choosy) else None
        unsaid = type(body) not in self.backend.supports
        return lacks or (f"it has no {_CALLED[type(body)]}" if unsaid else None)

    def _left(self, body: model.Summary | model.FirstSeen | model.Sequence) -> Lowered | None:
        """Take the events of BODY without what ties them together."""
        if not isinstance(body, model.Sequence):
            return self._event(body.event, model.parts(body)[0], ungrouped=True)
        last = body.steps[-1].parts
        if len(last) == 1:
            return self._event(last[0].event, last[0])
        return self.body(model.AnyOf(last, body.span))

    # --- bodies around one event

    def _event(
        self, event: model.Event, part: model.Part, *, ungrouped: bool = False
    ) -> Lowered | None:
        events = self._events(part)
        if events is None:
            return None
        condition = events.of(event)
        self._fires(condition, part.span)
        return self._lowered(events, replace(event, condition=condition), {}, ungrouped=ungrouped)

    def _summary(self, body: model.Summary) -> Lowered | None:
        events = self._events(model.parts(body)[0])
        if events is None:
            return None
        condition = events.of(body.event)
        columns: dict[str, Column] = {}
        for key in body.keys:
            events.column(key, body.span, columns, "row", required=True)
        outputs: list[model.Output] = []
        asked = model.reads(body.having) if body.having else frozenset[str]()
        for output in body.outputs:
            if output.field:
                required = output.name in asked
                events.column(output.field, output.span, columns, output.name, required=required)
                self._told_apart(output, output.field, events.places)
            where = events.condition(output.where, positive=True) if output.where else None
            outputs.append(replace(output, where=where))
        event = _with_keys(events, body.event, condition, body.keys, body.span)
        self._fires(event.condition, body.span)
        having = merge(simplify(events.fitted(body.having))) if body.having else None
        made = replace(body, event=event, outputs=tuple(outputs), having=having)
        return self._lowered(events, without_empty_row(made), columns)

    def _told_apart(
        self, output: model.Output, field: model.Field, places: tuple[SourceClass, ...]
    ) -> None:
        """Refuse to collect times where events of one second are one row."""
        collects = output.aggregate in {model.Aggregate.SET, model.Aggregate.COUNT_DISTINCT}
        if collects and field.type is FieldType.TIME and any(p.datamodel for p in places):
            self.found.unsaid("a data model gives times by the second", output.span)

    def _first_seen(self, body: model.FirstSeen) -> Lowered | None:
        events = self._events(model.parts(body)[0])
        if events is None:
            return None
        condition = events.of(body.event)
        columns: dict[str, Column] = {}
        for key in body.fields:
            events.column(key, body.span, columns, "match", required=True)
        event = _with_keys(events, body.event, condition, body.fields, body.span)
        self._fires(event.condition, body.span)
        return self._lowered(events, replace(body, event=event), columns)

    # --- bodies of several kinds of events

    def _any_of(self, body: model.AnyOf) -> Lowered | None:
        parts = self._several(body.parts, ("",), optional=True)
        if not parts:
            self._never(body.span)
            return None
        made = model.AnyOf(tuple(part for part, _ in parts), body.span)
        return self._together(made, tuple(lowered for _, lowered in parts))

    def _sequence(self, body: model.Sequence) -> Lowered | None:
        steps: list[model.Step] = []
        found: list[Lowered] = []
        for step in body.steps:
            several = len(step.parts) > 1
            parts = self._several(step.parts, (step.name,), optional=several)
            if not parts:
                self._never(step.span)
                return None
            steps.append(replace(step, parts=tuple(part for part, _ in parts)))
            found += (lowered for _, lowered in parts)
        until = self._several((body.until,), ("until",), optional=True) if body.until else []
        made = replace(body, steps=tuple(steps), until=until[0][0] if until else None)
        return self._together(made, (*found, *(lowered for _, lowered in until)))

    def _several(
        self, parts: tuple[model.Part, ...], inside: tuple[str, ...], *, optional: bool
    ) -> list[tuple[model.Part, Lowered]]:
        """Lower PARTS; one that no source records is left out if it is OPTIONAL, and told of."""
        found: list[tuple[model.Part, Lowered]] = []
        for part in parts:
            self.found.inside = tuple(dict.fromkeys((*inside, part.name)))
            lowered = self._part(part, optional=optional)
            if lowered:
                assert isinstance(lowered.body, model.Event)
                found.append((replace(part, event=lowered.body), lowered))
        self.found.inside = ()
        return found

    def _part(self, part: model.Part, *, optional: bool) -> Lowered | None:
        exclusion = part.name == "until"
        lacking = [c for c in part.event.classes if not any(s.event_class(c) for s in self.sources)]
        if lacking and optional:
            names = tuple(sorted(source.name for source in self.sources))
            why = "no such events there"
            for name in lacking:
                self.found.unseen(Blind(name, exclusion, names, why, True, part.span))
            return None
        events = self._events(part, positive=not exclusion)
        if events is None:
            return None
        condition = events.of(part.event)
        columns: dict[str, Column] = {}
        for key in part.keys:
            events.column(key, part.span, columns, "sequence", required=True)
        for name, field in self._named(part):
            if field.name not in columns:
                events.column(field, part.span, columns, name, required=False)
        event = _with_keys(events, part.event, condition, part.keys, part.span)
        if event.condition == model.Always(False, part.span):
            return None
        return self._lowered(events, event, columns)

    def _named(self, part: model.Part) -> list[tuple[str, model.Field]]:
        """Find the fields of PART that the rule's entities name, if the target shows them."""
        if model.Entity not in self.backend.supports:
            return []
        start = f"{self.found.inside[0]}."
        names = (name for entity in self.rule.entities for name in entity.fields)
        wanted = dict.fromkeys(name for name in names if name.startswith(start))
        specs = event_class(part.event.classes[0]).fields
        known = ((name, specs.get(name.removeprefix(start))) for name in wanted)
        return [
            (name, model.Field(spec.name, spec.type, spec.many)) for name, spec in known if spec
        ]

    def _together(self, body: model.Body, parts: tuple[Lowered, ...]) -> Lowered:
        sources = dict.fromkeys(source for part in parts for source in part.sources)
        places = dict.fromkeys(place for part in parts for place in part.places)
        ordered = tuple(source for source in self.sources if source in sources)
        file = self.rule.span.file
        return Lowered(
            self.rule, file, ordered, tuple(places), body, {}, (), (), False, parts=parts
        )

    # --- what they share

    def _events(self, part: model.Part, *, positive: bool = True) -> Events | None:
        places = tuple(places_of(part.event, self.sources))
        recorded = {place.event_class for place in places}
        for name in part.event.classes:
            if name not in recorded:
                message = f"{self.found.label}: {self.named} does not record `{name}`"
                label = "no such events there"
                self.found.refuse(Code.NO_CLASS, message, part.event.span, label)
        if not places:
            return None
        return Events(self.backend, self.sources, places, self.found, positive=positive)

    def _lowered(
        self,
        events: Events,
        body: model.Body,
        columns: Mapping[str, Column],
        *,
        ungrouped: bool = False,
    ) -> Lowered:
        computed = dict(events.computed(body, columns))
        file = self.rule.span.file
        return Lowered(
            self.rule, file, events.sources, events.places, body, columns, (), (), ungrouped,
            computed,
        )  # fmt: skip

    def _fires(self, condition: model.Expr, span: Span) -> None:
        if condition == model.Always(False, span):
            self._never(span)

    def _never(self, span: Span) -> None:
        if not self.found.refused:
            message = f"{self.found.label}: this rule can never fire there"
            self.found.refuse(Code.NEVER_FIRES, message, span, "every branch is blind")


def _with_keys(
    events: Events,
    event: model.Event,
    condition: model.Expr,
    keys: tuple[model.Field, ...],
    span: Span,
) -> model.Event:
    """Want every key, as a match does: targets that group absent keys must be told so."""
    wanted = model.wanted(condition)
    present = tuple(events.present(key, wanted, span) for key in keys)
    return replace(event, condition=merge(simplify(all_of((condition, *present), event.span))))


_CALLED = {
    model.Summary: "groups of events",
    model.FirstSeen: "memory of what was seen before",
    model.Sequence: "order of events",
    model.AnyOf: "events of several kinds",
}
