"""Regular expressions of `matches`: read, and held against what no query should run."""

from tocsin import model, tree
from tocsin.analyze.backtracking import ambiguous_repeats
from tocsin.diagnostics import Code, Diagnostic
from tocsin.model import Field
from tocsin.regex import Alt, AnyOne, End, OneOf, Regex, Repeat, Seq, Start, Text, parts_of
from tocsin.syntax import parse_regex


def matches(
    test: tree.TextTest, field: Field, texts: list[tree.Text], found: list[Diagnostic]
) -> model.Expr | None:
    """`f matches any (…)`; None if one of the expressions cannot be used."""
    regexes = [_regex(text, found) for text in texts]
    unique = tuple(dict.fromkeys(each for each in regexes if each is not None))
    if None in regexes:
        return None
    if test.quantifier == "all":
        each = tuple(model.Matches(field, (one,), test.cased, test.span) for one in unique)
        return model.all_of(each, test.span)
    return model.Matches(field, unique, test.cased, test.span)


def _regex(text: tree.Text, found: list[Diagnostic]) -> Regex | None:
    regex, problems = parse_regex(text)
    found += problems
    if regex is None:
        return None
    wrong = _senseless(regex, text)
    if wrong:
        found.append(wrong)
        return None
    if isinstance(regex, Text):
        message, label = "`matches` without an operator", "plain text"
        found.append(
            Diagnostic(Code.PLAIN_REGEX, message, text.span, label, "same as `contains`")
        )  # fmt: skip
    return regex


def _senseless(regex: Regex, text: tree.Text) -> Diagnostic | None:
    if parts_of(regex) == (Start(), End()):
        message, hint = "this expression is the empty text", "`is missing` holds without a value"
        return Diagnostic(Code.EMPTY_NEEDLE, message, text.span, "never a value", hint)
    if _takes_everything(regex):
        message, hint = "this expression is found in every value", "`exists` asks for a value"
        return Diagnostic(Code.MATCHES_ALL, message, text.span, "matches everything", hint)
    if ambiguous_repeats(regex):
        message = "two repeats without an end can match the same text"
        hint = "one of them is enough, or something that neither takes must stand between them"
        label = "slow without bounds"
        return Diagnostic(Code.BACKTRACKING, message, text.span, label, hint)
    return None


# --- found in every value


def _takes_everything(regex: Regex) -> bool:
    """Whether REGEX is found at the start or the end of any value, whatever it is."""
    if _takes_nothing(regex, start=True, end=False) or _takes_nothing(regex, start=False, end=True):
        return True
    return _takes_any_first(regex)


def _takes_nothing(regex: Regex, *, start: bool, end: bool) -> bool:
    """Whether the empty text will do where START and END say whether these anchors hold."""
    match regex:
        case Start():
            return start
        case End():
            return end
        case Seq(parts):
            return all(_takes_nothing(each, start=start, end=end) for each in parts)
        case Alt(branches):
            return any(_takes_nothing(each, start=start, end=end) for each in branches)
        case Repeat(part, least):
            return least == 0 or _takes_nothing(part, start=start, end=end)
        case Text() | OneOf() | AnyOne():
            return False


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
