"""`test "…" fires { … }`: the facts as written, and what follows from them."""

from tocsin import model, tree
from tocsin.analyze.fields import KINDS, Fields, fields_of
from tocsin.diagnostics import Code, Diagnostic, unknown
from tocsin.evaluate import fold
from tocsin.events import ARGUMENTS, NAMES, base_name, derived_values, split_command_line
from tocsin.frozen import dataclass
from tocsin.model import Field, Occurrence, Scalar
from tocsin.schema import Derived, FieldType
from tocsin.source import Span

_SECOND = 1_000_000  # microseconds

Facts = dict[str, tuple[Scalar, ...]]

_STAND_INS: dict[FieldType, Scalar] = {
    FieldType.NUMBER: 1,
    FieldType.BOOL: True,
    FieldType.IP: "192.0.2.1",  # RFC 5737: for documentation
}


@dataclass(frozen=True, slots=True)
class Tests:
    """Reads the tests of one rule with BODY over FIELDS."""

    body: model.Body
    fields: Fields
    found: list[Diagnostic]

    def test(self, clause: tree.Test) -> model.Test | None:
        """Read one test, all facts filled in; None if a fact is wrong."""
        before = len(self.found)
        outcome = clause.outcome.text
        if outcome not in {"fires", "silent"}:
            words = ("fires", "silent")
            self.found.append(
                unknown(Code.UNKNOWN_WORD, "outcome", outcome, clause.outcome.span, words)
            )
        if clause.facts and clause.events:
            message = "facts beside events"
            hint = "with several events, each fact stands in its event: `at 0s { … }`"
            place = clause.facts[0].span
            self.found.append(Diagnostic(Code.FACT, message, place, "of which event?", hint))
        events = clause.events or (tree.TestEvent(None, None, clause.facts, clause.span),)
        read = tuple(self._event(event, place, clause) for place, event in enumerate(events))
        if len(self.found) > before:
            return None
        return model.Test(clause.name.value, outcome == "fires", read, clause.name.span)

    def _event(self, event: tree.TestEvent, place: int, clause: tree.Test) -> Occurrence:
        fields = self._class_fields(event, clause)
        time = (event.at.ms * 1000) if event.at else place * _SECOND
        facts: Facts = {}
        missing: set[str] = set()
        for fact in event.facts if fields else ():
            assert fields
            self._read(fact, fields, facts, missing)
        if fields:
            self._derive(event, fields, facts, missing)
            self._fill_in(fields, facts, missing)
        classes = frozenset({fields.classes[0].name}) if fields else frozenset()
        return Occurrence(classes, time, facts)

    def _class_fields(self, event: tree.TestEvent, clause: tree.Test) -> Fields | None:
        if event.event_class is None:
            if len(self.fields.classes) > 1:
                names = " or ".join(f"`{each.name} {{ … }}`" for each in self.fields.classes)
                message, label = "an event without its class", "of which class?"
                start = event.span.start
                at = Span(event.span.file, start, start + len("at")) if event.at else None
                place = at or clause.name.span
                hint = f"write {names}"
                self.found.append(Diagnostic(Code.FACT, message, place, label, hint))
                return None
            return self.fields
        fields, found = fields_of((event.event_class,))
        self.found.extend(found)
        return fields

    def _read(self, fact: tree.Fact, fields: Fields, facts: Facts, missing: set[str]) -> None:
        field = fields.find(fact.field)
        if isinstance(field, Diagnostic):
            self.found.append(field)
            return
        if field.name in facts or field.name in missing:
            message = f"`{field.name}` is given twice"
            self.found.append(Diagnostic(Code.FACT, message, fact.field.span, "once is enough"))
        elif fact.value is None:
            missing.add(field.name)
        else:
            facts[field.name] = self._values(fact.value, field)

    def _values(self, value: tree.Literal_ | tree.ListOf, field: Field) -> tuple[Scalar, ...]:
        items = value.items if isinstance(value, tree.ListOf) else (value,)
        if len(items) > 1 and not field.many:
            message = f"`{field.name}` has at most one value"
            self.found.append(Diagnostic(Code.FACT, message, value.span, "several"))
        if not items:
            hint = f"`{field.name} = missing` leaves it out"
            message = "an empty list"
            self.found.append(Diagnostic(Code.EMPTY_NEEDLE, message, value.span, "empty", hint))
        values = [self._scalar(item, field) for item in items]
        return tuple(each for each in values if each is not None and each != "")

    def _scalar(self, item: tree.Item, field: Field) -> Scalar | None:
        match field.type, item:
            case FieldType.TEXT | FieldType.PATH | FieldType.IP, tree.Text(value=text):
                return text
            case FieldType.NUMBER, tree.Number(value=number):
                return number
            case FieldType.BOOL, tree.Bool(value=flag):
                return flag
            case _:
                message = f"`{field.name}` is {KINDS[field.type]}"
                is_time = field.name == "timestamp"
                hint = "`at 5s { … }` sets the time of an event" if is_time else None
                self.found.append(
                    Diagnostic(Code.FACT, message, item.span, "not of this type", hint)
                )
                return None

    # --- what follows

    def _derive(
        self, event: tree.TestEvent, fields: Fields, facts: Facts, missing: set[str]
    ) -> None:
        for source, name in NAMES.items():
            self._follow(event, fields, facts, missing, source, name, (_last_part(facts, source),))
        for source, name in ARGUMENTS.items():
            split = split_command_line(_text(facts, source))
            self._follow(event, fields, facts, missing, source, name, tuple(filter(None, split)))
        for spec in fields.shared.values():
            origin = _origin(spec.derived, facts) if spec.derived else None
            if spec.derived and origin:
                values = derived_values(spec.derived, _args(facts, origin))
                self._follow(event, fields, facts, missing, origin, spec.name, values)

    def _follow(
        self,
        event: tree.TestEvent,
        fields: Fields,
        facts: Facts,
        missing: set[str],
        source: str,
        name: str,
        values: tuple[str, ...],
    ) -> None:
        """Fill in NAME from SOURCE; a fact that says otherwise is an error."""
        if source not in facts or name not in fields.shared or name in missing:
            return
        given = facts.setdefault(name, values)
        if tuple(fold(str(each)) for each in given) != tuple(map(fold, values)):
            fact = next(fact for fact in event.facts if fact.field.name == name)
            shown = ", ".join(f"`{value}`" for value in values)
            message = f"`{name}` contradicts `{source}`"
            hint = f"from `{source}` follows {shown}"
            self.found.append(Diagnostic(Code.FACT, message, fact.span, "not the same", hint))

    def _fill_in(self, fields: Fields, facts: Facts, missing: set[str]) -> None:
        """Give what the test leaves open: the system, and the keys that the condition ignores."""
        parts = model.parts(self.body)
        systems = parts[0].event.systems
        if systems and "host.os.type" not in missing:
            facts.setdefault("host.os.type", (systems[0],))
        # What ties events has one value in all of them, whatever field holds it.
        shown = model.keys(self.body)
        classes = {each.name for each in fields.classes}
        for part in (each for each in parts if classes & set(each.event.classes)):
            read = model.reads(part.event.condition)
            for key, name in zip(part.keys or shown, shown, strict=True):
                if key.name not in read and key.name not in missing and key.name in fields.shared:
                    facts.setdefault(key.name, (_STAND_INS.get(name.type, name.name),))


def _text(facts: Facts, name: str) -> str:
    return str(next(iter(facts.get(name, ())), ""))


def _origin(derived: Derived, facts: Facts) -> str | None:
    """Name what a derived field follows from: the command line, or else its arguments."""
    names = (derived.source, ARGUMENTS[derived.source])
    return next((name for name in names if name in facts), None)


def _args(facts: Facts, source: str) -> tuple[str, ...]:
    if source in ARGUMENTS:
        return split_command_line(_text(facts, source))
    return tuple(map(str, facts[source]))


def _last_part(facts: Facts, name: str) -> str:
    return base_name(_text(facts, name))
