"""Events of one kind over the sources that record them: fields to columns, tests to what fits."""

from collections.abc import Iterator, Mapping
from functools import cache

from tocsin import model
from tocsin.backend import Backend, Blind, beyond
from tocsin.columns import NUMBERS, Column, Form
from tocsin.diagnostics import Code
from tocsin.frozen import replace
from tocsin.lower.apart import apart
from tocsin.lower.fit import Unsaid, fit
from tocsin.lower.forms import absent_test, by_element, folded_name, stored, without_absent
from tocsin.lower.found import Found
from tocsin.lower.patterns import plain
from tocsin.lower.place import Place, is_shown, is_whole, place_of, tells_apart, whole
from tocsin.lower.programs import ways
from tocsin.lower.stored import Stored
from tocsin.model import Expr, Field, Verdict, any_of
from tocsin.passes.flatten import merge
from tocsin.passes.simplify import simplify
from tocsin.profiles import Source, SourceClass
from tocsin.schema import FieldType
from tocsin.source import Span

_FLIPPED = {Verdict.WIDER: Verdict.NARROWER, Verdict.NARROWER: Verdict.WIDER}


def places_of(event: model.Event, sources: tuple[Source, ...]) -> Iterator[SourceClass]:
    """Find the classes of EVENT in SOURCES."""
    for name in event.classes:
        yield from (place for source in sources if (place := source.event_class(name)))


@cache  # most columns of a source need no making, in any rule
def _makings(places: tuple[SourceClass, ...]) -> list[tuple[Column, dict[str, str]]]:
    """Find the columns that a query can make: by what name, and of what."""
    columns = (column for place in places for column in place.columns.values())
    ways = (
        (
            column,
            {column.computed: column.expr or column.parted, folded_name(column): column.folded},
        )
        for column in columns
    )
    named = ((column, {name: expr for name, expr in way.items() if expr}) for column, way in ways)
    return [(column, way) for column, way in named if way]


class Events:
    """Lowers the conditions on one kind of events, which are in PLACES, and the columns they show.

    What departs from the rule goes to FOUND. If the events are not POSITIVE, they break a match:
    whatever errs about them errs the other way.
    """

    def __init__(
        self,
        backend: Backend,
        sources: tuple[Source, ...],
        places: tuple[SourceClass, ...],
        found: Found,
        *,
        positive: bool = True,
    ) -> None:
        self.backend = backend
        self.positive = positive
        self.places = tuple(apart(place, backend) for place in places)
        self.sources = tuple(s for s in sources if any(p.source == s.name for p in places))
        self.found = found
        self.label = found.label
        # What any source of the query calls absent is absent in all of its columns.
        self.absent = frozenset(text for source in sources for text in source.absent)
        self.typed = all(source.typed for source in sources)
        self.filled = any(source.fills_absent for source in sources)

    def of(self, event: model.Event) -> Expr:
        """Lower the condition of EVENT, its systems included."""
        self._one_document(event)
        self._without_gate(event)
        return self.condition(self._gated(event), positive=self.positive)

    def _one_document(self, event: model.Event) -> None:
        """Refuse classes of two log sources, of which a Sigma document has one, or data models."""
        logsources = {
            (tuple(place.logsource.items()), tuple(place.select.items())) for place in self.places
        }
        hint = "a rule for each class can be said"
        if len(logsources) > 1:
            message = f"{self.label}: the classes are of different log sources"
            self.found.refuse(Code.REFUSED, message, event.span, "one log source a rule", hint)
        if len({place.datamodel for place in self.places}) > 1:
            message = f"{self.label}: the classes are in different data models"
            self.found.refuse(Code.REFUSED, message, event.span, "one data model a query", hint)

    def _without_gate(self, event: model.Event) -> None:
        """Note where a source without a gate opens the query to other events of another source."""
        for name in event.classes:
            places = [place for place in self.places if place.event_class == name]
            open_ = [p for p in places if not p.gate and p.category]
            categories = {place.category for place in open_}
            shut = [p.source for p in places if p.gate and p.category in categories]
            if shut:
                which = ", ".join(place.source for place in open_)
                reason = f"{which}: all of category {', '.join(sorted(categories))} is taken for it"
                reason += f", also in {', '.join(shut)}"
                direction = Verdict.WIDER if self.positive else Verdict.NARROWER
                self.found.departs(direction, reason, None, event.span)

    def _gated(self, event: model.Event) -> Expr:
        """Write `on windows` as a test: a source of one system answers it by itself."""
        if not event.systems:
            return event.condition
        systems = model.Values(event.systems)
        on = model.Equals(Field("host.os.type"), systems, False, event.span)
        return merge(model.And((on, event.condition), event.span))

    def computed(
        self, body: model.Body, columns: Mapping[str, Column]
    ) -> Iterator[tuple[str, str]]:
        """Find what the query must make before it can read it, in the order of the making."""
        read = set(model.reads(*model.conditions(body)))
        for shown in columns.values():
            read |= {shown.computed} if shown.computed else {shown.name}
        exprs: dict[str, str] = {}
        for column, makings in _makings(self.places):
            used = {name: expr for name, expr in makings.items() if name in read}
            exprs |= used
            read |= {name for name in column.inputs if used}
        for place in self.places:
            yield from ((name, expr) for name, expr in place.derived.items() if name in read)
        yield from exprs.items()

    # --- conditions

    def condition(self, expr: Expr, *, positive: bool) -> Expr:
        """Lower a condition. What only comes close errs one way here, the other under `not`."""
        placed = merge(simplify(self._placed(expr, positive)))
        fitted = self.fitted(placed)
        if fitted is not placed:
            fitted = merge(simplify(fitted))
        if why := beyond(self.backend, fitted):
            self.found.unsaid(why, expr.span)
        return fitted

    def _placed(self, expr: Expr, positive: bool) -> Expr:
        match expr:
            case model.And() | model.Or() | model.AtLeast():
                operands = tuple(self._placed(each, positive) for each in expr.operands)
                return replace(expr, operands=operands)
            case model.Not():
                return replace(expr, operand=self._placed(expr.operand, not positive))
            case model.Always():
                return expr
            case model.SameAs() | model.OrderedAs():
                return self._two_fields(expr, positive)
            case model.Matches():
                plainer = plain(expr)
                return (
                    self._test(expr, positive)
                    if plainer == expr
                    else self._placed(plainer, positive)
                )
            case _:
                return self._test(expr, positive)

    def _test(self, test: model.FieldTest, positive: bool) -> Expr:
        place = place_of(test.field, self.places)
        if place.clash:
            why, hint = place.clash
            self.found.refuse(
                Code.REFUSED, f"{self.label}: {why}", test.span, "cannot be said", hint
            )
            return model.Always(False, test.span)
        if place.lacking:
            self._blind(test.field, place, positive, test.span)
        if not place.columns:
            return model.Always(False, test.span)
        self._misread(test.field, place, positive, test.span)
        alternatives = self._alternatives(test, place, positive)
        if all(isinstance(each, model.Always) and not each.value for each in alternatives):
            self._never(test, place, positive)
        return any_of(tuple(alternatives), test.span)

    def _alternatives(self, test: model.FieldTest, place: Place, positive: bool) -> list[Expr]:
        """Make the test on each column; one that cannot say it is left out, if others can."""
        said: list[Expr] = []
        for column, field in place.columns:
            expr = self._on_column(test, column, field, positive)
            if expr is not None:
                said.append(expr)
            elif len(place.columns) > 1:
                direction = Verdict.NARROWER if positive else Verdict.WIDER
                reason = f"{column.name} holds {column.form}, of which that cannot be asked"
                self.found.departs(direction, reason, test.field.name, test.span)
            else:
                message = (
                    f"{self.label}: `{test.field.name}` is stored as {column.form} in {column.name}"
                )
                hint = "this version cannot make that test there"
                self.found.refuse(Code.REFUSED, message, test.span, "cannot be said", hint)
        return said or [model.Always(False, test.span)]

    def _never(self, test: model.FieldTest, place: Place, positive: bool) -> None:
        """Note that the sources write the field in words of their own, none of which is meant."""
        closed = all(column.form is not Form.CONSTANT for column, _ in place.columns)
        if closed or test.field.name != "host.os.type":
            names = tuple(sorted(source.name for source in self.sources))
            why = "no value that is written there can meet the test"
            self._unseen(
                Blind(test.field.name, not positive, names, why, True, test.span, value=True)
            )

    def _misread(self, field: Field, place: Place, positive: bool, span: Span) -> None:
        """Note the sources that are read where they should be blind: no query tells them apart."""
        direction = Verdict.WIDER if positive else Verdict.NARROWER
        for source, why in place.misread.items():
            reason = f"in {source}, {why}"
            self.found.departs(direction, reason, field.name, span)

    def _on_column(
        self, test: model.FieldTest, column: Column, field: Field, positive: bool
    ) -> Expr | None:
        """Make the test on one column; None if that cannot be done."""
        number = test.field.type in {FieldType.NUMBER, FieldType.TIME} or column.form in NUMBERS
        absent = frozenset[str]() if number and self.typed else self.absent
        element = by_element(test, column)
        if element and type(element) in self.backend.supports and self.backend.exact(element):
            return without_absent(test, element, column, field, absent)
        result = self._stored(test, column, field, absent)
        if result is None:
            return None
        if result.direction:
            direction = result.direction if positive else _FLIPPED[result.direction]
            self.found.departs(direction, result.reason, test.field.name, test.span)
        if self.filled and isinstance(test, model.NumberIs | model.NumberWithin):
            # A text that fills a column of numbers is before or behind all of them.
            no_value = absent_test(field, tuple(sorted(self.absent)), test.span)
            return model.And((result.expr, model.Not(no_value, test.span)), test.span)
        return result.expr

    def _stored(
        self, test: model.FieldTest, column: Column, field: Field, absent: frozenset[str]
    ) -> Stored | None:
        """Say the test of the column: of a command line, the closest way that the target takes."""
        if column.program is None:
            return stored(test, column, field, absent)
        last: Stored | None = None
        for last in ways(test, column, field):
            if self._fits(last.expr):
                break
        return last

    def _fits(self, expr: Expr) -> bool:
        try:
            fit(expr, self.backend)
        except Unsaid:
            return False
        return True

    def _two_fields(self, test: model.SameAs | model.OrderedAs, positive: bool) -> Expr:
        columns: list[Field] = []
        compared_columns: list[Column] = []
        for field in model.fields_of(test):
            place = place_of(field, self.places)
            if place.lacking:
                self._blind(field, place, positive, test.span)
            self._misread(field, place, positive, test.span)
            if not place.columns and not place.clash:
                return model.Always(False, test.span)
            one = place.columns[0] if len(place.columns) == 1 else None
            if one is None or not is_whole(one[0]):
                message = f"{self.label}: `{field.name}` has no one column there"
                self.found.refuse(Code.REFUSED, message, test.span, "cannot be said")
                return model.Always(False, test.span)
            columns.append(whole(one[0], field))
            compared_columns.append(one[0])
        compared = replace(test, field=columns[0], other=columns[1])
        absent = self.absent.union(*(column.absent for column in compared_columns))
        if not absent or test.field.type not in {FieldType.TEXT, FieldType.PATH}:
            return compared
        # Two absent values are not the same value.
        no_value = absent_test(columns[0], tuple(sorted(absent)), test.span)
        return model.And((compared, model.Not(no_value, test.span)), test.span)

    def fitted(self, expr: Expr) -> Expr:
        """Say EXPR, which reads columns already, with what the target can write."""
        try:
            return fit(expr, self.backend)
        except Unsaid as unsaid:
            self.found.unsaid(unsaid.why, unsaid.expr.span)
            return model.Always(False, expr.span)

    def column(
        self, field: Field, span: Span, columns: dict[str, Column], what: str, *, required: bool
    ) -> None:
        """Find the one column to show; without one a key makes no row, an output stays empty."""
        place = place_of(field, self.places)
        column = place.columns[0][0] if len(place.columns) == 1 else None
        if column and (is_shown(column) or (required and tells_apart(column))):
            columns[field.name] = column
            if required and place.lacking:
                self._blind(field, place, self.positive, span)
            return
        message = f"{self.label}: `{field.name}` is not recorded there"
        if required:
            self.found.refuse(Code.NEVER_FIRES, message, span, "a row needs every key")
        else:
            why = next(iter(place.lacking.values()), "no column of its own")
            names = tuple(sorted(place.lacking)) or tuple(source.name for source in self.sources)
            self._unseen(Blind(field.name, False, names, why, True, span, output=what))

    def present(self, key: Field, wanted: frozenset[str], span: Span) -> Expr:
        """Want a key, as a row does: targets that group absent keys must be told so."""
        place = place_of(key, self.places)
        named = {name for column, field in place.columns for name in (field.name, column.computed)}
        if not place.columns or named & wanted:
            return model.Always(True, span)
        exists = self._on_column(model.Exists(key, span), *place.columns[0], True)
        return self.fitted(exists or model.Always(True, span))

    def _unseen(self, blind: Blind) -> None:
        classes = tuple(dict.fromkeys(place.event_class for place in self.places))
        self.found.unseen(replace(blind, classes=classes))

    def _blind(self, field: Field, place: Place, positive: bool, span: Span) -> None:
        sources = tuple(sorted(place.lacking))
        why = next(iter(place.lacking.values()))
        blind = Blind(field.name, not positive, sources, why, not place.columns, span)
        self._unseen(blind)
