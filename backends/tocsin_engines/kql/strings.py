"""The string operators: `=~`, `contains`, `has` and their kin, `matches regex`.

Those without `_cs` compare without case, that of ASCII letters only. A term is a maximal run of
ASCII letters and digits [D:K2, "Understanding string terms"].
"""

from collections.abc import Callable, Mapping

from tocsin_engines.engine import Rejected
from tocsin_engines.kql import regex
from tocsin_engines.kql.sql import Value, folded, quote

_NOT_ALNUM = "[^0-9A-Za-z]"


def binary(operator: str, left: Value, right: Value) -> Value | None:
    """Test a text; None if OPERATOR does not, or not these types."""
    if left.type not in ("string", "dynamic") or right.type not in ("string", "dynamic"):
        return None
    if operator.split() == ["matches", "regex"]:
        return Value(matches(text(left), right), "bool")
    if operator in ("=~", "!~"):
        return _maybe_not(operator, _same(folded(text(left)), folded(text(right))))
    name = operator.removeprefix("!")
    test = _TESTS.get(name.removesuffix("_cs"))
    if test is None:
        return None
    whole, part = text(left), text(right)
    if not name.endswith("_cs"):
        whole, part = folded(whole), folded(part)
    return _maybe_not(operator, test(whole, part))


def text(value: Value) -> Value:
    """Return a string, or the text of a dynamic."""
    if value.type == "string":
        return value
    if value.type == "dynamic":
        return Value(f"dynamic_text({value.sql})", "string")
    raise Rejected(f"not covered by this engine: {value.type} as text")


def has(whole: Value, part: Value) -> str:
    """Find PART so that it begins and ends where terms do."""
    return _term(whole, part, starts=True, ends=True)


def matches(whole: Value, pattern: Value) -> str:
    """Find a match of a regular expression anywhere."""
    if not isinstance(pattern.constant, str):
        raise Rejected("not covered by this engine: a regular expression that is not a constant")
    return f"regexp_matches({whole.sql}, {quote(regex.re2(pattern.constant))})"


def _same(left: Value, right: Value) -> str:
    return f"({left.sql} = {right.sql})"


def _maybe_not(operator: str, test: str) -> Value:
    return Value(f"(NOT {test})" if operator.startswith("!") else test, "bool")


def _term(whole: Value, part: Value, *, starts: bool, ends: bool) -> str:
    if not isinstance(part.constant, str):
        raise Rejected("not covered by this engine: a term that is not a constant")
    needle = part.constant
    before = f"(?:^|{_NOT_ALNUM})" if starts and _is_alnum(needle[:1]) else ""
    after = f"(?:$|{_NOT_ALNUM})" if ends and _is_alnum(needle[-1:]) else ""
    return f"regexp_matches({whole.sql}, {quote(before + _plain(needle) + after)})"


def _is_alnum(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _plain(needle: str) -> str:
    """Write a text as a regular expression that means itself."""
    return "".join(char if _is_alnum(char) else f"\\x{{{ord(char):X}}}" for char in needle)


_TESTS: Mapping[str, Callable[[Value, Value], str]] = {
    "contains": lambda whole, part: f"contains({whole.sql}, {part.sql})",
    "startswith": lambda whole, part: f"starts_with({whole.sql}, {part.sql})",
    "endswith": lambda whole, part: f"ends_with({whole.sql}, {part.sql})",
    "has": has,
    "hasprefix": lambda whole, part: _term(whole, part, starts=True, ends=False),
    "hassuffix": lambda whole, part: _term(whole, part, starts=False, ends=True),
}
