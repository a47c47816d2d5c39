"""Which part of a condition the base search says, and which is left to `where`.

The base search is fast and compares without case; it knows `*` and nothing else. A conjunct that it
says exactly stays there; any other goes to `where`, behind what it implies for the base search.
"""

import re
from collections.abc import Sequence, Set

from tocsin import model
from tocsin.lower.patterns import TELLING, patterns_of
from tocsin.model import Always, And, Expr, Not, Or, Pattern, TextTest, Wild
from tocsin.regex import longest_text
from tocsin.text import has_foreign_case, has_hidden

# `*` is a wildcard that nothing escapes; `$…$` is a token and backticks a macro, quoted or not.
UNSAFE = frozenset("*$`")

# `"7"` finds 007 as well, `"10.0.0.0/8"` every address of the network.
_NUMBER = re.compile(r"\s*[-+]?(0x[0-9a-f]+|(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?)\s*", re.IGNORECASE)
_NETWORK = re.compile(r"[0-9a-f:.]+/[0-9.]+", re.IGNORECASE)


def plan(condition: Expr, made: Set[str] = frozenset()) -> tuple[list[Expr], list[Expr]]:
    """Split CONDITION into conjuncts for the base search and conjuncts for `where`.

    MADE are the fields that the query makes after its search, which this cannot know.
    """
    conjuncts = condition.operands if isinstance(condition, And) else (condition,)
    searched: list[Expr] = []
    tested: list[Expr] = []
    for each in conjuncts:
        if isinstance(each, Always):
            tested += [] if each.value else [each]
        elif not model.reads(each) & made and searchable(each):
            searched.append(each)
        else:
            tested.append(each)
            implied = prefilter(each, made)
            searched += [implied] if implied and implied not in searched else []
    return [each for each in searched if not _is_said(each, searched)], tested


def _is_said(expr: Expr, others: Sequence[Expr]) -> bool:
    """Whether EXPR only wants a value of a field that one of OTHERS looks for a value in."""
    wanted = _wanted(expr)
    if any(isinstance(each, Not) and model.reads(each) == wanted for each in others):
        return False  # both together are `f!="-"`
    return bool(wanted) and any(
        model.reads(each) == wanted and not _wanted(each) and _is_positive(each) for each in others
    )


def _is_positive(expr: Expr) -> bool:
    return not isinstance(expr, Not) and all(map(_is_positive, model.operands(expr)))


def _wanted(expr: Expr) -> frozenset[str]:
    """Name the fields of which EXPR wants a value, and no more than that."""
    match expr:
        case model.Exists(field):
            return frozenset({field.name})
        case Or(operands) if all(isinstance(each, model.Exists) for each in operands):
            return model.reads(expr)
        case _:
            return frozenset()


def is_safe(text: str) -> bool:
    """Whether TEXT can stand between quotes in a search and be nothing but text."""
    return UNSAFE.isdisjoint(text) and not has_hidden(text)


def is_plain(text: str) -> bool:
    """Whether TEXT is safe and compared as text: numbers and networks are held against others."""
    return is_safe(text) and not _NUMBER.fullmatch(text) and not _NETWORK.fullmatch(text)


def searchable(expr: Expr) -> bool:
    """Whether the base search says EXPR exactly."""
    match expr:
        case And(operands) | Or(operands):
            return all(map(searchable, operands))
        case Not(operand):
            return searchable(operand)
        case model.Equals() | model.Contains() | model.StartsWith() | model.EndsWith():
            safe = is_plain if isinstance(expr, model.Equals) else is_safe
            return all(safe(v) and _cased_alike(v, expr.cased) for v in expr.values.items)
        case model.Like(patterns=patterns, cased=cased):
            return not cased and all(map(_plain, patterns))
        case model.Has() | model.Matches() | model.SameAs() | model.OrderedAs() | model.AtLeast():
            return False
        case _:
            return True


def _cased_alike(text: str, cased: bool) -> bool:
    """Whether TEXT found without case, as the base search does, is TEXT found as the test wants."""
    return text.lower() == text.upper() if cased else not has_foreign_case(text)


def _plain(pattern: Pattern) -> bool:
    safe = is_plain if len(pattern) == 1 else is_safe
    return all(
        part is Wild.ANY or (isinstance(part, str) and safe(part) and not has_foreign_case(part))
        for part in pattern
    )


def prefilter(expr: Expr, made: Set[str] = frozenset()) -> Expr | None:
    """Say in the base search what EXPR implies; None if nothing."""
    if not model.reads(expr) & made and searchable(expr):
        return expr
    match expr:
        case And(operands, span):
            implied = tuple(p for each in operands if (p := prefilter(each, made)))
            telling = tuple(p for p in implied if not isinstance(p, model.Exists))
            return model.all_of(telling or implied[:1], span) if implied else None
        case Or(operands, span) | model.AtLeast(_, operands, span):
            branches = [p for each in operands if (p := prefilter(each, made))]
            # A branch that any event with the field meets lets nearly all of them in.
            if len(branches) < len(operands) or any(map(_wanted, branches)):
                return None
            return model.any_of(tuple(dict.fromkeys(branches)), span)
        case model.SameAs() | model.OrderedAs():
            return None
        case _ if isinstance(expr, TextTest) and expr.field.name not in made:
            return _wide(expr)
        case _:
            return None


def _wide(test: TextTest) -> Expr:
    """Widen a text test to patterns that the base search knows."""
    if isinstance(test, model.Matches):
        texts = [longest_text(each) for each in test.patterns]
        patterns: list[Pattern] = [
            (Wild.ANY, text, Wild.ANY) if len(text) >= TELLING else (Wild.ANY,) for text in texts
        ]
    elif isinstance(test, model.Has):
        patterns = [(Wild.ANY, value, Wild.ANY) for value in test.values.items]
    else:
        patterns = list(patterns_of(test))
    wide = tuple(dict.fromkeys(map(_widened, patterns)))
    if (Wild.ANY,) in wide:
        return model.Exists(test.field, test.span)
    return model.Like(test.field, wide, False, test.span)


def _widened(pattern: Pattern) -> Pattern:
    parts: list[str | Wild] = []
    for part in pattern:
        for piece in part if isinstance(part, str) else (part,):
            safe = isinstance(piece, str) and is_safe(piece)
            if safe and parts and isinstance(parts[-1], str):
                parts[-1] = f"{parts[-1]}{piece}"
            elif safe:
                parts.append(piece)
            elif not parts or parts[-1] is not Wild.ANY:
                parts.append(Wild.ANY)
    wide = tuple(part for part in parts if part != "")
    match wide:
        case (str() as text,) if not is_plain(text):
            return (text, Wild.ANY)  # never a number or a network of its own
        case _:
            return wide
