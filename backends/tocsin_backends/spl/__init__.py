"""Splunk SPL: a search over events or a data model, and `where` for what it cannot say."""

from collections.abc import Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.header import header
from tocsin.lower.patterns import folding
from tocsin.model import Expr, Predicate
from tocsin.passes.negation import wanted_tests
from tocsin.profiles import Source, SourceClass, load_source
from tocsin.schema import FieldType
from tocsin_backends.spl import bodies
from tocsin_backends.spl.plan import plan

_MOST_EXACT = 2**53

ANY_SCRIPT = "no two values that differ in the case of other letters than A-Z: lower() folds them"


class Spl:
    """The search language of Splunk Enterprise and Splunk Cloud."""

    suffix = ".spl"
    supports = frozenset(
        {
            *(model.Summary, model.AnyOf, model.Sequence, model.FirstSeen, model.Entity),
            *(model.Always, model.And, model.Or, model.Not, model.AtLeast),
            *(model.Equals, model.Contains, model.StartsWith, model.EndsWith, model.Has),
            *(model.Like, model.Matches, model.NumberIn, model.NumberIs, model.NumberWithin),
            *(model.IpIn, model.BoolIs, model.Exists, model.SameAs, model.OrderedAs),
        }
    )

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return raw Sysmon, as the Splunk Add-on for Sysmon extracts it."""
        return (load_source("splunk_sysmon"),)

    def exact(self, test: Predicate) -> bool:
        """Take every test but addresses held against each other: `==` compares their spelling."""
        return not (isinstance(test, model.SameAs) and test.field.type is FieldType.IP)

    def lacks(self, body: model.Body, places: Sequence[SourceClass]) -> str | None:
        """Refuse what is told by times, over data models, which have them by the second."""
        modelled = {bool(place.datamodel) for place in places}
        if len(modelled) > 1:
            return "its parts are in an index and in a data model, which no query reads together"
        timed = isinstance(body, model.Sequence | model.FirstSeen) or (
            isinstance(body, model.Summary) and body.sliding is not None
        )
        if timed and True in modelled:
            return "a data model gives times by the second, and of events of one second no order"
        return None

    def beyond(self, expr: Expr) -> str | None:
        """Refuse numbers that a floating-point number, the only kind here, does not tell apart."""
        match expr:
            case model.NumberIn(values=numbers):
                bounds: tuple[int, ...] = numbers
            case model.NumberIs(bound=bound):
                bounds = (bound,)
            case model.NumberWithin(low=low, high=high):
                bounds = (low, high)
            case _:
                bounds = ()
        large = any(abs(number) > _MOST_EXACT for number in bounds)
        return "a number beyond 2^53, which Splunk keeps to 53 bits" if large else None

    def assumes(self, rule: Lowered) -> tuple[str, ...]:
        """Say how far `search`, and regexes that want a match, fold: perhaps every script."""
        split = [
            plan(condition, part.computed.keys())
            for part in rule.parts or (rule,)
            for condition in model.conditions(part.body)[:1]
        ]
        counted = (output.where for output in model.outputs(rule.body) if output.where)
        tested = [*(expr for _, left in split for expr in left), *counted]
        asked = (test for found, _ in split for expr in found for test in model.predicates(expr))
        wanted = (test for expr in tested for test in wanted_tests(expr))
        compared = (test for expr in tested for test in model.predicates(expr))
        lowered = any(isinstance(test, model.SameAs) and not test.cased for test in compared)
        return (
            *folding((*asked, *wanted)),
            *([ANY_SCRIPT] if lowered else []),
            *bodies.assumes(rule),
        )

    def emit(self, rule: Lowered) -> str:
        """Write the search, over events or over a data model, then what follows it."""
        return self.head(rule) + self.query(rule)

    def head(self, rule: Lowered) -> str:
        """Write what the output says of itself."""
        return "\n".join(_comment(header(rule))) + "\n"

    def query(self, rule: Lowered) -> str:
        """Write the search alone."""
        return "\n".join(bodies.written(rule)) + "\n"


def _comment(lines: list[str]) -> list[str]:
    """Write LINES between triple backticks; macros and tokens would be read even there."""
    safe = [line.replace("`", "'").replace("$", "\uff04") for line in lines]
    return [f"``` {safe[0]}", *(f"    {line}" for line in safe[1:-1]), f"    {safe[-1]} ```"]


SPL = Spl()
