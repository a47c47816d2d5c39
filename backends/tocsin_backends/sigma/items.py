"""Conditions as Sigma sees them: items (`Image|endswith: …`) under every, some and not."""

from collections.abc import Iterable, Sequence

from tocsin import model
from tocsin.evaluate import fold
from tocsin.frozen import dataclass, replace
from tocsin.model import Expr, Field, Ordering, Pattern, Wild
from tocsin.regex import Dialect, Regex, has_any_one, write
from tocsin.schema import FieldType
from tocsin_backends.sigma.strings import encoded, plain

Value = str | int | bool


@dataclass(frozen=True, slots=True)
class Item:
    """A field, how it is compared, and the values of which one must fit."""

    field: str
    modifiers: tuple[str, ...]
    values: tuple[Value, ...]

    @property
    def key(self) -> str:
        """Write what stands before the colon."""
        return "|".join((self.field, *self.modifiers))


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold; without parts it always does."""

    parts: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One part or more holds; without parts it never does."""

    parts: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class No:
    """The part does not hold."""

    part: "Item | Every"


Tree = Item | Every | Some | No

# --- joining


def every(parts: Iterable[Tree]) -> Tree:
    """Join with `and`, exclusions last; those of one key become one list."""
    flat = [each for part in parts for each in (part.parts if isinstance(part, Every) else [part])]
    if Some(()) in flat:
        return Some(())
    excluded = _merged(part.part for part in flat if isinstance(part, No))
    kept = dict.fromkeys(part for part in flat if not isinstance(part, No))
    joined = (*kept, *(No(part) for part in excluded if isinstance(part, Item | Every)))
    return joined[0] if len(joined) == 1 else Every(joined)


def some(parts: Iterable[Tree]) -> Tree:
    """Join with `or`; items of one key become one list."""
    flat = [each for part in parts for each in (part.parts if isinstance(part, Some) else [part])]
    if Every(()) in flat:
        return Every(())
    joined = _merged(flat)
    return joined[0] if len(joined) == 1 else Some(joined)


def no(part: Tree) -> Tree:
    """Negate; `not` stays where Sigma has no other word for it."""
    match part:
        case No(inner):
            return inner
        case Some(parts):
            return every(map(no, parts))
        case Every(parts) if not parts or any(_is_presence(each) for each in parts):
            return some(map(no, parts))
        case Item(field, ("exists",), (bool() as there,)):
            return Item(field, ("exists",), (not there,))
        case Item() | Every():
            return No(part)


def _is_presence(part: Tree) -> bool:
    return isinstance(part, Item) and part.modifiers == ("exists",)


_ONE_VALUE = frozenset({"exists", "fieldref", "lt", "lte", "gt", "gte"})


def _merged(parts: Iterable[Tree]) -> tuple[Tree, ...]:
    found: dict[Tree | str, Tree] = {}
    for part in parts:
        if not isinstance(part, Item) or _ONE_VALUE & set(part.modifiers):
            found.setdefault(part, part)
            continue
        key = part.key
        known = found.get(key)
        if isinstance(known, Item):
            values = (*known.values, *part.values)
            part = replace(part, values=_distinct(values, part.modifiers))
        found[key] = part
    return tuple(found.values())


_EXACT = frozenset({"cased", "re"})


def _distinct(values: Iterable[Value], modifiers: Sequence[str]) -> tuple[Value, ...]:
    """Drop what is there already, in other letters too where these do not count."""
    folds = not _EXACT & set(modifiers)
    kept: dict[object, Value] = {}
    for value in values:
        text = fold(value) if folds and isinstance(value, str) else value
        kept.setdefault((type(value), text), value)
    return tuple(kept.values())


# --- from the model

_ORDER = {
    Ordering.LESS: "lt",
    Ordering.AT_MOST: "lte",
    Ordering.MORE: "gt",
    Ordering.AT_LEAST: "gte",
}
_TEXTUAL = frozenset({FieldType.TEXT, FieldType.PATH})


def tree(expr: Expr) -> Tree:
    """Say a condition in items."""
    match expr:
        case model.Always(value):
            return Every(()) if value else Some(())
        case model.And(operands):
            return every(map(tree, operands))
        case model.Or(operands):
            return some(map(tree, operands))
        case model.Not(operand):
            return no(tree(operand))
        case model.Equals(field, values, cased):
            return _text(field, "", map(plain, values.items), cased)
        case model.Contains(field, values, cased):
            return _text(field, "contains", map(plain, values.items), cased)
        case model.StartsWith(field, values, cased):
            return _text(field, "startswith", map(plain, values.items), cased)
        case model.EndsWith(field, values, cased):
            return _text(field, "endswith", map(plain, values.items), cased)
        case model.Like(field, patterns, cased):
            return some(_like(field, pattern, cased) for pattern in patterns)
        case model.Matches(field, patterns, cased):
            return some(_regex(field, pattern, cased) for pattern in patterns)
        case model.NumberIn(field, numbers):
            return Item(field.name, (), _distinct(numbers, ()))
        case model.NumberIs(field, order, bound):
            return Item(field.name, (_ORDER[order],), (bound,))
        case model.NumberWithin(field, low, high):
            bounds = Item(field.name, ("gte",), (low,)), Item(field.name, ("lte",), (high,))
            return every(bounds)
        case model.IpIn(field, networks):
            return Item(field.name, ("cidr",), _distinct(map(str, networks), ()))
        case model.BoolIs(field, value):
            return Item(field.name, (), (value,))
        case model.Exists(field):
            return _exists(field)
        case model.SameAs(field, other):
            same = Item(field.name, ("fieldref",), (plain(other.name),))
            return _not_empty(field, same)
        case model.Has() | model.AtLeast() | model.OrderedAs():
            raise AssertionError(type(expr).__name__)


def _exists(field: Field) -> Tree:
    """Ask for more than presence of a text: an empty one is in the event, and no value."""
    return _not_empty(field, Item(field.name, ("exists",), (True,)))


def _not_empty(field: Field, item: Item) -> Tree:
    """Shut an empty text out where ITEM would take it for a value."""
    return every((item, No(Item(field.name, (), ("",))))) if field.type in _TEXTUAL else item


def _text(field: Field, how: str, texts: Iterable[str], cased: bool) -> Item:
    values = tuple(texts)
    exactly = cased and any(map(_has_case, values))
    modifiers = (*([how] if how else []), *(["cased"] if exactly else []))
    return Item(field.name, modifiers, _distinct(values, modifiers))


def _has_case(text: str) -> bool:
    return text.upper() != text.lower()


def _like(field: Field, pattern: Pattern, cased: bool) -> Item:
    match pattern:
        case (Wild.ANY, _, *_, Wild.ANY):
            return _text(field, "contains", [encoded(pattern[1:-1])], cased)
        case (Wild.ANY, _, *_):
            return _text(field, "endswith", [encoded(pattern[1:])], cased)
        case (_, *_, Wild.ANY):
            return _text(field, "startswith", [encoded(pattern[:-1])], cased)
        case _:
            return _text(field, "", [encoded(pattern)], cased)


# --- regexes, of which the specification knows `. ^ $ * + ? {n,m} [] [^] | ()`

_SPECIAL = frozenset(r"\.^$*+?()[]{}|")
_SPECIAL_IN_CLASS = frozenset(r"\[]^-")
_SIGMA = Dialect(
    escape=lambda character: rf"\{character}" if character in _SPECIAL else character,
    escape_in_class=lambda c: rf"\{c}" if c in _SPECIAL_IN_CLASS else c,
)


def _regex(field: Field, pattern: Regex, cased: bool) -> Item:
    text = write(pattern, _SIGMA)
    insensitive = ["i"] if not cased and _has_case(text) else []
    any_character = ["s"] if has_any_one(pattern) else []
    return Item(field.name, ("re", *insensitive, *any_character), (text,))
