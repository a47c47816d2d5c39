"""The reference meaning: model x events -> matches. Obvious before anything else.

Every rendering is judged by what this module says; nothing in it is there for speed.
"""

from collections.abc import Iterable
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
    if field.name == "timestamp":
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


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a summary. WINDOW is half-open, in microseconds; None: the whole search."""

    window: tuple[int, int] | None
    key: tuple[Scalar, ...]
    outputs: dict[str, Scalar | list[Scalar] | None]
    events: tuple[int, ...]  # places in the list that was summarized


def rows(summary: model.Summary, events: list[Occurrence]) -> list[Row]:
    """Summarize the events that the body selects, one row for each bin and key."""
    groups: dict[tuple[int | None, tuple[Scalar, ...]], list[int]] = {}
    for place, event in enumerate(events):
        key = _key(summary.keys, event)
        if key is not None and selects(summary.event, event):
            groups.setdefault((_bin(summary, event), key), []).append(place)
    return [
        _row(summary, start, key, places, events)
        for (start, key), places in sorted(groups.items(), key=lambda each: repr(each[0]))
    ]


def _key(fields: Iterable[Field], event: Occurrence) -> tuple[Scalar, ...] | None:
    """Return the values of the keys, or None if one of them is missing."""
    found = [values(field, event) for field in fields]
    return tuple(each[0] for each in found) if all(found) else None


def _bin(summary: model.Summary, event: Occurrence) -> int | None:
    if summary.every is None:
        return None
    width = summary.every * 1000
    # Bins begin at midnight UTC; the width divides a day, so multiples since 1970 do.
    return event.time // width * width


def _row(
    summary: model.Summary,
    start: int | None,
    key: tuple[Scalar, ...],
    places: list[int],
    events: list[Occurrence],
) -> Row:
    in_order = sorted(places, key=lambda place: events[place].time)
    chosen = [events[place] for place in in_order]
    window = None if start is None else (start, start + (summary.every or 0) * 1000)
    outputs = {output.name: _aggregate(output, chosen) for output in summary.outputs}
    return Row(window, key, outputs, tuple(in_order))


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


# --- rules


def fires(body: model.Body, events: list[Occurrence]) -> bool:
    """Whether EVENTS make the rule match."""
    match body:
        case model.Summary():
            return bool(rows(body, events))
        case model.Event():
            return any(selects(body, event) for event in events)
