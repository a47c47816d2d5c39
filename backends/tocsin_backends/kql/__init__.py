"""Microsoft KQL: `DeviceProcessEvents | where FileName =~ "node.exe"`."""

from collections.abc import Sequence

from tocsin import model
from tocsin.backend import Lowered, Split
from tocsin.header import header
from tocsin.model import Expr, Predicate
from tocsin.profiles import Source, SourceClass, load_source
from tocsin.programs import Program
from tocsin.schema import FieldType
from tocsin_backends.kql import programs
from tocsin_backends.kql.assumed import assumed
from tocsin_backends.kql.bodies import written
from tocsin_backends.kql.condition import Lists

# Values that `in` and `has_any` take (Microsoft, "in operator", "has_any operator").
_MOST_IN = 1_000_000
_MOST_HAS_ANY = 10_000
# Terms of one `and` or `or`: Microsoft's parser gave up at about 490 when this was measured.
_MOST_TERMS = 400
# Values that `make_set` keeps (Microsoft, "make_set"): beyond, a distinct count says no more.
_MOST_IN_A_SET = 1_048_576


class Kql:
    """The tables of Defender XDR and of Sentinel; Defender's, unless others are asked for."""

    suffix = ".kql"
    supports = frozenset(
        {
            *(model.Always, model.And, model.Or, model.Not, model.AtLeast),
            *(model.Summary, model.AnyOf, model.Sequence, model.FirstSeen, model.Entity),
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

    def lacks(self, body: model.Body, _places: Sequence[SourceClass]) -> str | None:
        """Refuse to count distinct values beyond what a set holds."""
        if isinstance(body, model.Summary) and _counts_beyond(body):
            return f"a set holds {_MOST_IN_A_SET:,} values, and distinct ones are counted in it"
        return None

    def beyond(self, expr: Expr) -> str | None:
        """Refuse chains that Kusto's parser, which goes one level deeper a term, cannot read."""
        if not model.operands(expr) or _depth(expr) <= _MOST_TERMS:
            return None
        return f"over {_MOST_TERMS} terms in one condition; `is`, `in` and `has` take long lists"

    def assumes(self, rule: Lowered) -> tuple[str, ...]:
        """Say what must be so for the output to mean what RULE means."""
        return tuple(assumed(rule, self.emit))

    def split(self, column: str, program: Program) -> Split:
        """Take the command line in COLUMN apart as PROGRAM reads it."""
        return programs.split(column, program)

    def emit(self, rule: Lowered) -> str:
        """Write one `where` a line, then what ties the events together."""
        return self.head(rule) + self.query(rule)

    def head(self, rule: Lowered) -> str:
        """Write what the output says of itself."""
        return "".join(f"// {line}\n" for line in header(rule))

    def query(self, rule: Lowered) -> str:
        """Write the statements alone."""
        lists = Lists()
        body = written(rule, lists)
        return "\n".join([*lists.lets(), *body]) + "\n"


def _counts_beyond(body: model.Summary) -> bool:
    """Whether `having` holds a distinct count against a number that sets do not reach."""
    counts = {o.name for o in body.outputs if o.aggregate is model.Aggregate.COUNT_DISTINCT}
    tests = model.predicates(body.having) if body.having else ()
    return any(
        test.field.name in counts and max(_bounds(test)) >= _MOST_IN_A_SET
        for test in tests
        if isinstance(test, model.NumberTest)
    )


def _bounds(test: model.NumberTest) -> tuple[int, ...]:
    match test:
        case model.NumberIn(values=values):
            return values
        case model.NumberIs(bound=bound):
            return (bound,)
        case model.NumberWithin(low=low, high=high):
            return (low, high)


def _depth(expr: Expr) -> int:
    """Count the terms on the longest way down; a regex may bring an implied test along."""
    below = model.operands(expr)
    if not below:
        return 2
    deepest = max(map(_depth, below))
    if isinstance(expr, model.Not):
        return deepest
    return deepest + len(below) + sum(isinstance(each, model.Matches) for each in below)


KQL = Kql()
