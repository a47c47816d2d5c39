"""The reference meaning: model x events -> matches. Obvious before anything else.

Every rendering is judged by what this module says; nothing in it is there for speed.
"""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from tocsin import model, regex
from tocsin.frozen import dataclass
from tocsin.model import Aggregate, Expr, Field, Occurrence, Ordering, Pattern, Scalar, Wild
from tocsin.regex import Regex
from tocsin.schema import FieldType

# --- text

_FOLD = {ord(upper): ord(upper) + 32 for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_UNFOLD = {small: capital for capital, small in _FOLD.items()}
_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def fold(text: str) -> str:
    """Write A-Z as a-z; no other character has case here."""
    return text.translate(_FOLD)


def is_alphanumeric(character: str) -> bool:
    """Whether CHARACTER is an ASCII letter or digit."""
    return character in _ALPHANUMERIC


def has_term(value: str, needle: str) -> bool:
    """Whether NEEDLE occurs in VALUE with no alphanumeric end glued to another alphanumeric."""
    return any(
        value.startswith(needle, at)
        and not _glued(value[:at][-1:], needle[0])
        and not _glued(needle[-1], value[at + len(needle) :][:1])
        for at in range(len(value))
    )


def _glued(left: str, right: str) -> bool:
    return left in _ALPHANUMERIC and right in _ALPHANUMERIC


def fits(value: str, pattern: Pattern) -> bool:
    """Whether VALUE as a whole is PATTERN: keep every place that the parts so far can end at."""
    ends = {0}
    for part in pattern:
        if part is Wild.ANY:
            ends = {end for end in range(len(value) + 1) if ends and end >= min(ends)}
        elif part is Wild.ONE:
            ends = {end + 1 for end in ends if end < len(value)}
        elif isinstance(part, str):
            ends = {end + len(part) for end in ends if value.startswith(part, end)}
    return len(value) in ends


def found(pattern: Regex, text: str, *, cased: bool) -> bool:
    """Whether PATTERN is found somewhere in TEXT."""
    everywhere = frozenset(range(len(text) + 1))
    return bool(_ends(pattern, text if cased else fold(text), everywhere, cased))


def _ends(pattern: Regex, text: str, starts: frozenset[int], cased: bool) -> frozenset[int]:
    """Return the places where PATTERN can end if it begins at one of STARTS."""
    match pattern:
        case regex.Text(value):
            literal = value if cased else fold(value)
            return frozenset(at + len(literal) for at in starts if text.startswith(literal, at))
        case regex.AnyOne():
            return frozenset(at + 1 for at in starts if at < len(text))
        case regex.OneOf():
            return frozenset(
                at + 1
                for at in starts
                if at < len(text) and _is_one_of(text[at], pattern, cased)
            )  # fmt: skip
        case regex.Start():
            return starts & {0}
        case regex.End():
            return starts & {len(text)}
        case regex.Seq(parts):
            for part in parts:
                starts = _ends(part, text, starts, cased)
            return starts
        case regex.Alt(branches):
            return frozenset().union(*(_ends(each, text, starts, cased) for each in branches))
        case regex.Repeat(part, least, most):
            for _ in range(least):
                starts = _ends(part, text, starts, cased)
            return _repeated(part, text, starts, cased, None if most is None else most - least)


def _is_one_of(character: str, pattern: regex.OneOf, cased: bool) -> bool:
    """Whether a character, folded already unless CASED, is in a class or outside a negated one."""
    same = {character} if cased else {character, character.translate(_UNFOLD)}
    inside = any(low <= each <= high for low, high in pattern.ranges for each in same)
    return inside != pattern.negated


def _repeated(
    part: Regex, text: str, starts: frozenset[int], cased: bool, most: int | None
) -> frozenset[int]:
    """Return the ends after none, one, … or MOST more rounds of PART."""
    reached, latest = set(starts), starts
    while latest and most != 0:
        latest = frozenset(end for end in _ends(part, text, latest, cased) if end not in reached)
        reached |= latest
        most = None if most is None else most - 1
    return frozenset(reached)


# --- conditions


def holds(expr: Expr, event: Occurrence) -> bool:
    """Whether EXPR is true of EVENT. There is no third answer."""
    match expr:
        case model.Always(value):
            return value
        case model.Not(operand):
            return not holds(operand, event)
        case model.And(operands):
            return all(holds(operand, event) for operand in operands)
        case model.Or(operands):
            return any(holds(operand, event) for operand in operands)
        case model.AtLeast(count, operands):
            return sum(holds(operand, event) for operand in operands) >= count
        case model.SameAs() | model.OrderedAs():
            return any(
                _compares(expr, value, other)
                for value in values(expr.field, event)
                for other in values(expr.other, event)
            )
        case _:
            return any(satisfies(expr, value) for value in values(expr.field, event))


def values(field: Field, event: Occurrence) -> tuple[Scalar, ...]:
    """Return the values of FIELD; `""` is no value."""
    if field.type is FieldType.TIME:
        return (event.time,)
    return tuple(value for value in event.fields.get(field.name, ()) if value != "")


def satisfies(test: model.FieldTest, value: Scalar) -> bool:
    """Whether one value meets a test; a value of another type does not."""
    match test:
        case model.Exists():
            return True
        case model.BoolIs():
            return value is test.value
        case model.NumberIn() | model.NumberIs() | model.NumberWithin():
            return _is_number(value) and _number_satisfies(test, value)
        case model.IpIn(networks=networks):
            return isinstance(value, str) and _in_networks(value, networks)
        case model.Matches(patterns=regexes, cased=cased):
            return isinstance(value, str) and any(
                found(regex_, value, cased=cased) for regex_ in regexes
            )
        case model.Like(patterns=patterns, cased=cased):
            if not isinstance(value, str):
                return False
            text = value if cased else fold(value)
            return any(fits(text, pattern if cased else _folded(pattern)) for pattern in patterns)
        case (
            model.Equals() | model.Contains() | model.StartsWith() | model.EndsWith() | model.Has()
        ):
            if not isinstance(value, str):
                return False
            return _literal_satisfies(test, value if test.cased else fold(value))


def _folded(pattern: Pattern) -> Pattern:
    return tuple(fold(part) if isinstance(part, str) else part for part in pattern)


def _literal_satisfies(test: model.LiteralTest, text: str) -> bool:
    needles = [needle if test.cased else fold(needle) for needle in test.values.items]
    match test:
        case model.Equals():
            return text in needles
        case model.Contains():
            return any(needle in text for needle in needles)
        case model.StartsWith():
            return any(text.startswith(needle) for needle in needles)
        case model.EndsWith():
            return any(text.endswith(needle) for needle in needles)
        case model.Has():
            return any(has_term(text, needle) for needle in needles)


def _is_number(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number_satisfies(test: model.NumberTest, value: Scalar) -> bool:
    assert not isinstance(value, str)
    match test:
        case model.NumberIn(values=numbers):
            return value in numbers
        case model.NumberIs(order=order, bound=bound):
            return _ordered(order, value, bound)
        case model.NumberWithin(low=low, high=high):
            return low <= value <= high


def _ordered(order: Ordering, left: float, right: float) -> bool:
    match order:
        case Ordering.LESS:
            return left < right
        case Ordering.AT_MOST:
            return left <= right
        case Ordering.MORE:
            return left > right
        case Ordering.AT_LEAST:
            return left >= right


def _in_networks(value: str, networks: Iterable[model.IpNetwork]) -> bool:
    try:
        address = ip_address(value)
    except ValueError:
        return False
    return any(address in network for network in networks)


def _compares(test: model.SameAs | model.OrderedAs, value: Scalar, other: Scalar) -> bool:
    match test:
        case model.OrderedAs():
            if not (_is_number(value) and _is_number(other)):
                return False
            assert not isinstance(value, str)
            assert not isinstance(other, str)
            return _ordered(test.order, value, other)
        case model.SameAs(field=Field(type=FieldType.IP)):
            return _address(value) is not None and _address(value) == _address(other)
        case model.SameAs():
            if isinstance(value, str) and isinstance(other, str) and not test.cased:
                return fold(value) == fold(other)
            return type(value) is type(other) and value == other


def _address(value: Scalar) -> model.IpAddress | None:
    try:
        return ip_address(value) if isinstance(value, str) else None
    except ValueError:
        return None


# --- bodies


def selects(event_body: model.Event, event: Occurrence) -> bool:
    """Whether EVENT is of the body's classes and systems and meets its condition."""
    if not event.classes & set(event_body.classes):
        return False
    if event_body.systems:
        systems = model.Equals(Field("host.os.type"), model.Values(event_body.systems), False,
                               event_body.span)  # fmt: skip
        if not holds(systems, event):
            return False
    return holds(event_body.condition, event)


def parts_met(body: model.AnyOf, event: Occurrence) -> tuple[str, ...]:
    """Name the parts of BODY that EVENT is of."""
    return tuple(part.name for part in body.parts if selects(part.event, event))


def _key(fields: Iterable[Field], event: Occurrence) -> tuple[Scalar, ...] | None:
    """Return the values of the keys, or None if one of them is missing."""
    found = [values(field, event) for field in fields]
    return tuple(each[0] for each in found) if all(found) else None


Keyed = dict[tuple[Scalar, ...], list[int]]  # places of events in order of time, by their keys


def _keyed(parts: Iterable[model.Part], events: list[Occurrence]) -> Keyed:
    """Find the events of PARTS that have every key."""
    found: Keyed = {}
    for place in sorted(range(len(events)), key=lambda place: events[place].time):
        event = events[place]
        having = {_key(each.keys, event) for each in parts if selects(each.event, event)}
        for key in having:
            if key is not None:
                found.setdefault(key, []).append(place)
    return found


# --- bodies: summaries


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a summary. WINDOW is in microseconds; None: the whole search.

    A bin ends before the second of them; in a window that slides, both belong to it.
    """

    window: tuple[int, int] | None
    key: tuple[Scalar, ...]
    outputs: dict[str, Scalar | list[Scalar] | None]
    events: tuple[int, ...]  # places in the list that was summarized


def rows(summary: model.Summary, events: list[Occurrence]) -> list[Row]:
    """Summarize the events that the body selects: the rows that meet `having`, if there is one."""
    keyed = _keyed([model.Part("", summary.event, summary.keys, summary.span)], events)
    found = (
        row
        for key, places in sorted(keyed.items(), key=repr)
        for row in _rows(summary, key, places, events)
    )
    return sorted(found, key=lambda row: (row.window or (0, 0), repr(row.key)))


def _rows(
    summary: model.Summary, key: tuple[Scalar, ...], places: list[int], events: list[Occurrence]
) -> Iterator[Row]:
    """Make the rows of one key: one for each bin, or where a window that slides meets `having`."""
    if summary.sliding is not None:
        yield from _slid(summary, summary.sliding * 1000, key, places, events)
        return
    bins: dict[tuple[int, int] | None, list[int]] = {}
    for place in places:
        bins.setdefault(_bin(summary, events[place]), []).append(place)
    for window, inside in bins.items():
        row = _row(summary, window, key, inside, events)
        if _is_kept(summary, row):
            yield row


def _bin(summary: model.Summary, event: Occurrence) -> tuple[int, int] | None:
    if summary.every is None:
        return None
    width = summary.every * 1000
    # Bins begin at midnight UTC; the width divides a day, so multiples since 1970 do.
    start = event.time // width * width
    return start, start + width


def _slid(
    summary: model.Summary,
    width: int,
    key: tuple[Scalar, ...],
    places: list[int],
    events: list[Occurrence],
) -> Iterator[Row]:
    """Look back from every event; a match is one that meets `having` behind one that does not."""
    was_kept = False
    for time in sorted({events[place].time for place in places}):
        inside = [place for place in places if time - width <= events[place].time <= time]
        row = _row(summary, (time - width, time), key, inside, events)
        is_kept = _is_kept(summary, row)
        if is_kept and not was_kept:
            yield row
        was_kept = is_kept


def _is_kept(summary: model.Summary, row: Row) -> bool:
    """Whether ROW meets `having`, its outputs read as the fields of an event."""
    if summary.having is None:
        return True
    shown = {
        name: (value,)
        for name, value in row.outputs.items()
        if value is not None and not isinstance(value, list)
    }
    return holds(summary.having, Occurrence(frozenset(), 0, shown))


def _row(
    summary: model.Summary,
    window: tuple[int, int] | None,
    key: tuple[Scalar, ...],
    places: list[int],
    events: list[Occurrence],
) -> Row:
    chosen = [events[place] for place in places]
    outputs = {output.name: _aggregate(output, chosen) for output in summary.outputs}
    return Row(window, key, outputs, tuple(places))


def _aggregate(output: model.Output, events: list[Occurrence]) -> Scalar | list[Scalar] | None:
    found = [v for event in events for v in (values(output.field, event) if output.field else ())]
    numbers = [value for value in found if isinstance(value, int | float)]
    match output.aggregate:
        case Aggregate.COUNT:
            return len(events)
        case Aggregate.COUNT_WHERE:
            where = output.where
            return sum(where is not None and holds(where, event) for event in events)
        case Aggregate.COUNT_DISTINCT:
            return len(_distinct(found))
        case Aggregate.SET:
            return _distinct(found)
        case Aggregate.SAMPLE:
            return next(iter(_distinct(found)), None)
        case Aggregate.MIN:
            return min(numbers, default=None)
        case Aggregate.MAX:
            return max(numbers, default=None)
        case Aggregate.SUM:
            return sum(numbers)
        case Aggregate.AVG:
            return sum(numbers) / len(numbers) if numbers else None
        case Aggregate.FIRST:
            return next(iter(found), None)
        case Aggregate.LAST:
            return next(reversed(found), None)


def _distinct(found: Iterable[Scalar]) -> list[Scalar]:
    return sorted(set(found), key=lambda value: (type(value).__name__, value))


# --- bodies: sequences, and what was never seen before


@dataclass(frozen=True, slots=True)
class Match:
    """Events that make up a sequence: their common key, their places in order of time."""

    key: tuple[Scalar, ...]
    events: tuple[int, ...]


def matches(sequence: model.Sequence, events: list[Occurrence]) -> list[Match]:
    """Find every event that ends SEQUENCE, each with the latest events that lead up to it."""
    steps = [_keyed(step.parts, events) for step in sequence.chain]
    ended = _keyed([sequence.until], events) if sequence.until else {}
    found: list[Match] = []
    for key, lasts in sorted(steps[-1].items(), key=repr):
        for last in lasts:
            places = _led_to([step.get(key, []) for step in steps[:-1]], last, events)
            if places and not _is_broken(sequence, places, ended.get(key, []), events):
                found.append(Match(key, places))
    return found


def _led_to(steps: list[list[int]], last: int, events: list[Occurrence]) -> tuple[int, ...] | None:
    """Go back from LAST, always to the latest event that is strictly earlier.

    No other choice starts later: so if this one begins too early, every other does.
    """
    found: tuple[int, ...] = (last,)
    for places in reversed(steps):
        earlier = [place for place in places if events[place].time < events[found[0]].time]
        if not earlier:
            return None
        found = (earlier[-1], *found)
    return found


def _is_broken(
    sequence: model.Sequence,
    places: tuple[int, ...],
    ended: list[int],
    events: list[Occurrence],
) -> bool:
    """Whether the events take too long, or an event of `until` comes after the first of them."""
    first, last = events[places[0]].time, events[places[-1]].time
    stops = any(first < events[place].time <= last for place in ended)
    return stops or last - first > sequence.within * 1000


def first_seen(body: model.FirstSeen, events: list[Occurrence]) -> list[int]:
    """Find the places of events whose values were in none of those shortly before."""
    keyed = _keyed([model.Part("", body.event, body.fields, body.span)], events)
    width = body.within * 1000
    return sorted(
        place
        for places in keyed.values()
        for place in places
        if not any(
            events[place].time - width <= events[other].time < events[place].time
            for other in places
        )
    )


# --- rules


def fires(body: model.Body, events: list[Occurrence]) -> bool:
    """Whether EVENTS make the rule match."""
    match body:
        case model.Event():
            return any(selects(body, event) for event in events)
        case model.AnyOf():
            return any(parts_met(body, event) for event in events)
        case model.Summary():
            return bool(rows(body, events))
        case model.Sequence():
            return bool(matches(body, events))
        case model.FirstSeen():
            return bool(first_seen(body, events))
