"""Microsoft KQL: `DeviceProcessEvents | where FileName =~ "node.exe"`."""

from collections.abc import Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.header import header
from tocsin.lower.patterns import folding
from tocsin.model import Expr, Predicate
from tocsin.passes.negation import wanted_tests
from tocsin.profiles import Source, SourceClass, load_source
from tocsin.schema import FieldType
from tocsin_backends.kql.bodies import written
from tocsin_backends.kql.condition import Lists

# Values that `in` and `has_any` take (Microsoft, "in operator", "has_any operator").
_MOST_IN = 1_000_000
_MOST_HAS_ANY = 10_000
# Characters of a scheduled analytics rule (Microsoft, "Scheduled analytics rules in Sentinel").
_MOST_CHARACTERS = 10_000
_LONG = "In Sentinel the query must stand in a saved function: a rule takes 10,000 characters"
# Terms of one `and` or `or`: Microsoft's parser gave up at about 490 when this was measured.
_MOST_TERMS = 400


_LOWER = "no U+0130 or U+212A in a command line: tolower() may take them for `i` and `k`"


class Kql:
    """The tables of Defender XDR and of Sentinel; Defender's, unless others are asked for."""

    suffix = ".kql"
    supports = frozenset(
        {
            *(model.Always, model.And, model.Or, model.Not),
            *(model.Summary, model.AnyOf, model.Sequence, model.FirstSeen),
            *(model.Equals, model.Contains, model.StartsWith, model.EndsWith, model.Has),
            *(model.Matches, model.NumberIn, model.NumberIs, model.NumberWithin, model.IpIn),
            *(model.BoolIs, model.Exists, model.SameAs, model.OrderedAs),
        }
    )

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return the source that advanced hunting reads."""
        return (load_source("defender_xdr"),)

    def exact(self, test: Predicate) -> bool:
        """Take lists only where an operator has one; addresses of one family at a time."""
        match test:
            case model.Equals() if test.field.array:
                return test.cased
            case _ if any(field.array for field in model.fields_of(test)):
                return False
            case model.Equals():
                return len(test.values.items) <= _MOST_IN
            case model.Has():
                return len(test.values.items) <= (1 if test.cased else _MOST_HAS_ANY)
            case model.Contains() | model.StartsWith() | model.EndsWith():
                return len(test.values.items) == 1
            case model.Matches():
                return len(test.patterns) == 1
            case model.IpIn():
                return len({network.version for network in test.networks}) == 1
            case model.SameAs():
                return test.field.type is not FieldType.IP
            case _:
                return True

    def beyond(self, expr: Expr) -> str | None:
        """Refuse chains that Kusto's parser, which goes one level deeper a term, cannot read."""
        if _depth(expr) <= _MOST_TERMS:
            return None
        return f"over {_MOST_TERMS} terms in one condition; `is`, `in` and `has` take long lists"

    def assumes(self, rule: Lowered) -> tuple[str, ...]:
        """Say how far regexes that want a match fold, and that Sentinel's rules are short."""
        tests = (test for each in model.conditions(rule.body) for test in wanted_tests(each))
        folds = folding(test for test in tests if isinstance(test, model.Matches))
        alerts = rule.rule.schedule is not None and rule.rule.schedule.every is not None
        long = alerts and len(self.emit(rule)) > _MOST_CHARACTERS
        asked = (test for each in model.conditions(rule.body) for test in model.predicates(each))
        lower = any(map(_folds_arguments, asked))
        return (*folds, *([_LOWER] if lower else []), *([_LONG] if long else []))

    def emit(self, rule: Lowered) -> str:
        """Write one `where` a line, then what ties the events together."""
        lists = Lists()
        body = written(rule, lists)
        return "\n".join([*(f"// {line}" for line in header(rule)), *lists.lets(), *body]) + "\n"


def _folds_arguments(test: Predicate) -> bool:
    """Whether TEST holds an argument in lower case against a text with one of these letters."""
    return (
        isinstance(test, model.Equals)
        and test.field.array
        and test.field.name.endswith("_lower")
        and any({"i", "k"} & set(value) for value in test.values.items)
    )


def _depth(expr: Expr) -> int:
    """Count the terms on the longest way down; a regex may bring an implied test along."""
    deepest = max(map(_depth, model.operands(expr)), default=2)
    joined = isinstance(expr, model.And | model.Or)
    doubled = sum(1 + isinstance(each, model.Matches) for each in model.operands(expr))
    return deepest + doubled if joined else deepest


KQL = Kql()
