"""Regular expressions of `matches`: read, and held against what no query should run."""

from tocsin import model, tree
from tocsin.analyze.backtracking import ambiguous_repeats
from tocsin.analyze.nonempty import MAX_OPTIONAL, most_optional, of_something, takes_nothing
from tocsin.diagnostics import Code, Diagnostic, Note
from tocsin.frozen import replace
from tocsin.model import Field
from tocsin.regex import Alt, AnyOne, End, Regex, Repeat, Start, Text, has_empty_class, parts_of
from tocsin.syntax import parse_regex


def matches(
    test: tree.TextTest, field: Field, texts: list[tree.Text], found: list[Diagnostic]
) -> model.Expr | None:
    """`f matches any (…)`; None if one of the expressions cannot be used."""
    regexes = [_regex(text, test.cased, found) for text in texts]
    unique = tuple(dict.fromkeys(each for each in regexes if each is not None))
    if None in regexes:
        return None
    if test.quantifier == "all":
        each = tuple(model.Matches(field, (one,), test.cased, test.span) for one in unique)
        return model.all_of(each, test.span)
    return model.Matches(field, unique, test.cased, test.span)


def _regex(text: tree.Text, cased: bool, found: list[Diagnostic]) -> Regex | None:
    regex, problems = parse_regex(text)
    # With `cased`, to leave `(?i)` out would turn its meaning round.
    found += (
        replace(each, edit=None) if cased and each.code is Code.INLINE_FLAG else each
        for each in problems
    )
    if regex is None:
        return None
    wrong = _senseless(regex, cased, text)
    if wrong:
        found.append(wrong)
        return None
    if isinstance(regex, Text):
        message, label = "`matches` without an operator", "plain text"
        hint = "same as `contains`"
        found.append(Diagnostic(Code.PLAIN_REGEX, message, text.span, label, hint))
    return of_something(regex)


def _senseless(regex: Regex, cased: bool, text: tree.Text) -> Diagnostic | None:
    if not cased and has_empty_class(regex):
        message, hint = (
            "a class without a character, as case is of no account",
            "`matches cased` compares exactly",
        )
        return Diagnostic(Code.REGEX, message, text.span, "takes nothing", hint)
    if most_optional(regex) > MAX_OPTIONAL:
        message = f"more than {MAX_OPTIONAL} parts that may all be missing"
        return Diagnostic(Code.TOO_LARGE, message, text.span, "too many", "one that must be there")
    if of_something(regex) is None:
        message, hint = "this expression is the empty text", "`is missing` holds without a value"
        return Diagnostic(Code.EMPTY_NEEDLE, message, text.span, "never a value", hint)
    if _takes_everything(regex):
        message, hint = "this expression is found in every value", "`exists` asks for a value"
        return Diagnostic(Code.MATCHES_ALL, message, text.span, "matches everything", hint)
    pair = ambiguous_repeats(regex)
    return _backtracking(*pair, text) if pair else None


def _backtracking(one: Repeat, other: Repeat, text: tree.Text) -> Diagnostic:
    message = "two repeats without an end can match the same text"
    hint = "one of them is enough, or something that neither takes must stand between them"
    span, first = other.place or text.span, one.place or text.span
    itself = first == span
    label = "meets itself in the next round of its group" if itself else "slow without bounds"
    notes = () if itself else (Note("the other one", first),)
    return Diagnostic(Code.BACKTRACKING, message, span, label, hint, notes=notes)


# --- found in every value


def _takes_everything(regex: Regex) -> bool:
    """Whether REGEX is found at the start or the end of any value, whatever it is."""
    if takes_nothing(regex, start=True, end=False) or takes_nothing(regex, start=False, end=True):
        return True
    if isinstance(regex, Alt):
        return any(map(_takes_everything, regex.branches))
    return _takes_any_first(regex)


def _takes_any_first(regex: Regex) -> bool:
    """Whether REGEX is one character, whichever, with anchors that any value meets."""
    anchors = [each for each in parts_of(regex) if isinstance(each, Start | End)]
    others = [each for each in parts_of(regex) if not isinstance(each, Start | End)]
    endless = any(isinstance(each, Repeat) and each.most is None for each in others)
    least = sum(_least_of_any(each) for each in others)
    return least <= 1 and (len(anchors) < 2 or endless)


def _least_of_any(part: Regex) -> int:
    """Count the characters that a run of any characters needs; many for anything else."""
    match part:
        case AnyOne():
            return 1
        case Repeat(AnyOne(), least):
            return least
        case _:
            return 2
