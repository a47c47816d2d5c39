"""`LIKE` and `RLIKE`, and what Elasticsearch's optimizer makes of a text in lower case.

`TO_LOWER(f) LIKE "p"` becomes a test of `f` without case, or one that never holds if `p` is not in
lower case itself (`ReplaceStringCasingWithInsensitiveRegexMatch`); lists are left as they are.
"""

from collections.abc import Callable

from tocsin_engines.engine import Rejected
from tocsin_engines.eql import wildcard
from tocsin_engines.eql.language import language
from tocsin_engines.esql.tree import Fits
from tocsin_engines.esql.values import Compiled, Row, Type, Value, single, wanted

_REGEX = 1000  # `index.max_regex_length`, where the index answers

Matcher = Callable[[str], bool]


def fits(expr: Fits, operand: Compiled) -> Compiled:
    """Compile a test of the whole value."""
    wanted("RLIKE" if expr.regex else "LIKE", operand, Type.KEYWORD)
    lowered = None if expr.list else operand.lower
    if lowered and any(each != each.lower() for each in expr.patterns):
        return Compiled(Type.BOOLEAN, lambda _: (False,))
    matchers = [_matcher(each, expr.regex, lowered is not None) for each in expr.patterns]
    run = (lowered or operand).run

    def test(row: Row) -> Value:
        found = single(run(row))
        if not isinstance(found, str):
            return ()
        return (any(matches(found) for matches in matchers),)

    return Compiled(Type.BOOLEAN, test)


def _matcher(pattern: str, regex: bool, folded: bool) -> Matcher:
    if not regex:
        return wildcard.lucene(pattern, folded)
    if len(pattern) > _REGEX:
        raise Rejected(f"the length of regex [{len(pattern)}] exceeds the maximum of [{_REGEX}]")
    return language(pattern, folded).matches


def same_without_case(operand: Compiled, constant: Compiled, negated: bool) -> Compiled:
    """Compile `TO_LOWER(f) == "x"`, which becomes a test that folds A-Z only.

    So `ReplaceStringCasingWithInsensitiveEquals`; a constant with a capital is never met.
    """
    text = single(constant.run({}))
    meant = str(text)

    def test(row: Row) -> Value:
        found = single(operand.run(row))
        if not isinstance(found, str) or text is None:
            return ()
        same = meant == meant.lower() and wildcard.fold(found) == wildcard.fold(meant)
        return (same is not negated,)

    return Compiled(Type.BOOLEAN, test)
