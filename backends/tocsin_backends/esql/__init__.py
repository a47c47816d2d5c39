"""Elasticsearch ES|QL: `FROM logs-* | WHERE TO_LOWER(process.name) == "node.exe"`."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv6Network

from tocsin import model, regex
from tocsin.automaton import too_hard
from tocsin.backend import Lowered
from tocsin.frame import whole
from tocsin.header import header, span_of_time
from tocsin.lower.patterns import pattern_regex, patterns_of
from tocsin.lucene import MAX_REGEX
from tocsin.model import Expr, Field, Predicate, TextTest, Wild
from tocsin.profiles import Source, SourceClass
from tocsin.schema import FieldType
from tocsin.text import has_foreign_case
from tocsin_backends.esql.query import MOST_ROWS, commands, reach
from tocsin_backends.esql.sources import OTHERS, read
from tocsin_backends.esql.where import is_lowered
from tocsin_backends.esql.words import SEPARATOR, is_encoded, is_written, regex_text, span, texts_in

LEAST_VERSION = "9.4"  # of Elasticsearch: what `SET unmapped_fields` takes
_MOST_TERMS = 65_536  # values of one list: Elasticsearch's index.max_terms_count
_MOST_CHARACTERS = 1_000_000  # of a query (`EsqlParser.MAX_LENGTH`)
_MOST_DEPTH = 350  # of an expression 400 are allowed (`ExpressionBuilder.MAX_EXPRESSION_DEPTH`)
_MOST_INDEXED = 1024  # characters of a `keyword` that ECS has indexed
_MAPPED = IPv6Network("::ffff:0:0/96")
_TOO_HARD = (
    "after a run of any text, so long a part without one takes Elasticsearch over 10,000 "
    "determinized states"
)
_UNWRITTEN = "a character that cannot be seen, which its patterns have no escape for"


class Esql:
    """One of the Elastic sources a query; Elastic Defend, unless others are asked for."""

    suffix = ".esql"
    supports = frozenset(
        {
            *(model.Always, model.And, model.Or, model.Not, model.AtLeast),
            *(model.Summary, model.AnyOf, model.FirstSeen),
            *(model.Equals, model.Contains, model.StartsWith, model.EndsWith, model.Like),
            *(model.Matches, model.NumberIn, model.NumberIs, model.NumberWithin, model.IpIn),
            *(model.BoolIs, model.Exists, model.SameAs, model.OrderedAs),
        }
    )

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return Elastic Defend, whose events are the fullest."""
        return (read("elastic_defend"),)

    @property
    def others(self) -> tuple[Source, ...]:
        """Return what else the Elastic integrations bring."""
        return tuple(map(read, OTHERS))

    def exact(self, test: Predicate) -> bool:
        """Refuse what folds beyond A-Z, what no literal can show, and most tests of a list."""
        match test:
            case model.Equals() | model.Contains() | model.StartsWith() | model.EndsWith():
                return _is_exact(test)
            case model.Like():
                return _is_like(test) and self.beyond(test) is None
            case model.Matches() | model.IpIn():
                return self.beyond(test) is None
            case model.Exists():
                return True
            case _:
                return not any(field.many for field in model.fields_of(test))

    def beyond(self, expr: Expr) -> str | None:
        """Say which limit of Elasticsearch's an expression is beyond."""
        match expr:
            case model.Matches(field, patterns, cased):
                return _beyond_regex(patterns, cased, field.many)
            case model.Like(patterns=patterns):
                return (
                    _TOO_HARD if any(too_hard(whole(pattern_regex(p))) for p in patterns) else None
                )
            case model.IpIn():
                return _beyond_addresses(expr)
            case model.And() | model.Or() | model.AtLeast():
                too_deep = f"over {_MOST_DEPTH} levels of one expression; a list takes one level"
                return too_deep if _depth(expr) > _MOST_DEPTH else None
            case _:
                return None

    def lacks(self, body: model.Body, _places: Sequence[SourceClass]) -> str | None:
        """Refuse an order of events, and the first value of a list, which is kept in none."""
        if isinstance(body, model.Sequence):
            return "it has no order of events; EQL, target `eql`, has"
        if not isinstance(body, model.Summary):
            return None
        edges = {model.Aggregate.FIRST, model.Aggregate.LAST}
        if any(each.aggregate in edges and each.field and each.field.many for each in body.outputs):
            return "Elasticsearch keeps the values of a list in no order"
        return None

    def assumes(self, rule: Lowered) -> tuple[str, ...]:
        """Say what version it takes, what Elasticsearch stores otherwise, and how far it folds."""
        return (
            f"Elasticsearch {LEAST_VERSION} or later",
            f"no more than {MOST_ROWS:,} {'rows' if _is_grouped(rule) else 'events'}: "
            "what is beyond is cut off",
            *_assumed(rule),
        )

    def problems(self, text: str) -> tuple[str, ...]:
        """Refuse a query that is too long to be read."""
        if len(text) <= _MOST_CHARACTERS:
            return ()
        return (f"Elasticsearch takes no query over {_MOST_CHARACTERS:,} characters",)

    def emit(self, rule: Lowered) -> str:
        """Write the commands, one predicate a line."""
        return self.head(rule) + self.query(rule)

    def head(self, rule: Lowered) -> str:
        """Write what the output says of itself."""
        return "".join(f"// {line}\n" for line in header(rule))

    def query(self, rule: Lowered) -> str:
        """Write the commands alone."""
        return "\n".join(commands(rule)) + "\n"


def _is_grouped(rule: Lowered) -> bool:
    return isinstance(rule.body, model.Summary)


# --- what can be written


def _is_exact(test: model.LiteralTest) -> bool:
    texts = test.values.items
    if not test.cased and any(map(has_foreign_case, texts)):
        return False  # TO_LOWER folds them
    if not all(map(is_encoded, texts)):
        return False
    one = len(texts) == 1
    if isinstance(test, model.Equals):
        return len(texts) <= _MOST_TERMS and (one or all(map(is_written, texts)))
    shown = all(map(is_written, texts))
    return shown and not any(SEPARATOR in t for t in texts) if test.field.many else shown or one


def _is_like(test: model.Like) -> bool:
    texts = [part for pattern in test.patterns for part in pattern if isinstance(part, str)]
    if not all(map(is_written, texts)) or (not test.cased and any(map(has_foreign_case, texts))):
        return False
    if not test.field.many:
        return True
    # Within a value of several no run may go on into the next.
    inner = [part for pattern in test.patterns for part in pattern[1:-1]]
    ends = [part for pattern in test.patterns for part in (pattern[0], pattern[-1])]
    plain = not any(isinstance(part, Wild) for part in inner) and Wild.ONE not in ends
    return plain and not any(SEPARATOR in text for text in texts)


def _beyond_regex(patterns: tuple[regex.Regex, ...], cased: bool, many: bool) -> str | None:
    texts = [text for pattern in patterns for text in texts_in(pattern)]
    if not all(map(is_written, texts)):
        return _UNWRITTEN
    if many and any(SEPARATOR in text for text in texts):
        return f"{SEPARATOR} stands between the values of a list there"
    length = max(len(regex_text(each, cased=cased, many=many).text) for each in patterns)
    if length > MAX_REGEX:
        return f"a regular expression of over {MAX_REGEX:,} characters there"
    return _TOO_HARD if too_hard(regex.Alt(tuple(map(whole, patterns)))) else None


def _beyond_addresses(test: model.IpIn) -> str | None:
    six = (network for network in test.networks if isinstance(network, IPv6Network))
    if any(map(_MAPPED.overlaps, six)):
        return "it takes IPv4 addresses for the IPv6 addresses that they map to"
    if test.field.many and any(network.num_addresses > 1 for network in test.networks):
        return "it asks no list of addresses for networks, only for addresses"
    return None


def _depth(expr: Expr) -> int:
    """Count the levels on the longest way down: each operand of a chain is one more."""
    deepest = max(map(_depth, model.operands(expr)), default=4)
    joined = isinstance(expr, model.And | model.Or | model.AtLeast)
    return deepest + (len(model.operands(expr)) + 4 if joined else 1)


# --- what is taken for granted

# Keywords that are long as a rule, beside paths and lists: call stacks, what AMSI was given.
_LONG = frozenset(
    {
        *("winlog.event_data.CallTrace", "process.thread.Ext.call_stack_summary"),
        "process.Ext.api.parameters.buffer",
    }
)
_UNLIMITED = frozenset({"registry.data.strings"})  # of the type `wildcard` (ECS 8)


def _assumed(rule: Lowered) -> Iterator[str]:
    tests = [test for each in model.conditions(rule.body) for test in model.predicates(each)]
    texts = [test for test in tests if isinstance(test, TextTest)]
    if long := _named(test.field for test in tests if _may_be_cut(test)):
        most = f"{_MOST_INDEXED:,} characters"
        yield f"no text over {most} in {long}: it is not indexed (ignore_above)"
    if folded := _named(test.field for test in texts if _folds_too_far(test)):
        yield f"no U+0130 or U+212A in {folded}: TO_LOWER may take them for `i` and `k`"
    if joined := _named(test.field for test in texts if _is_joined(test)):
        yield f"no {SEPARATOR} (U+{ord(SEPARATOR):X}) in {joined}: it is put between the values"
    if mapped := _named(t.field for t in tests if isinstance(t, model.IpIn) and _asks_for_ipv4(t)):
        yield f"no IPv4-mapped IPv6 address in {mapped}: it is stored as the IPv4 address"
    if any(isinstance(test, model.SameAs) and not test.cased for test in tests):
        yield "no two values that differ in the case of other letters than A-Z: TO_LOWER folds them"
    if isinstance(rule.body, model.FirstSeen):
        yield _remembered(rule)
    if _slides(rule.body):
        yield "memory (circuit breakers) for the moments of a key beside each of its events"
    if isinstance(rule.body, model.Summary) and rule.body.every:
        yield "the query runs in UTC, as it does by itself: its bins begin at midnight there"


def _slides(body: model.Body) -> bool:
    return isinstance(body, model.Summary) and body.sliding is not None


def _remembered(rule: Lowered) -> str:
    """Say how far back there must be events: what is not read was never seen."""
    assert isinstance(rule.body, model.FirstSeen)
    if not rule.rule.schedule:
        return f"the search must begin {span(rule.body.within)} before the events in question"
    back = span_of_time(reach(rule))
    return f"events of {back}, and a rule that looks back so far (`from` is now-{back})"


def _named(fields: Iterator[Field]) -> str:
    return ", ".join(sorted({field.name for field in fields}))


def _may_be_cut(test: Predicate) -> bool:
    """Whether TEST asks a `keyword` that may well be longer than what is indexed of it."""
    field = test.field
    if isinstance(test, model.Equals) and all(len(v) <= _MOST_INDEXED for v in test.values.items):
        return False  # what is not indexed is equal to nothing that is short enough
    path = field.type is FieldType.PATH or (field.many and field.type is FieldType.TEXT)
    return field.name in _LONG or (path and field.name not in _UNLIMITED)


def _folds_too_far(test: TextTest) -> bool:
    if isinstance(test, model.Matches):
        printed = [regex_text(p, cased=test.cased, many=test.field.many) for p in test.patterns]
        return any(each.lowered for each in printed)
    if not is_lowered(test):
        return False
    parts = [part for pattern in patterns_of(test) for part in pattern]
    lettered = any(isinstance(part, str) and set(part) & set("iIkK") for part in parts)
    return lettered or Wild.ONE in parts


def _is_joined(test: TextTest) -> bool:
    return test.field.many and not isinstance(test, model.Equals)


def _asks_for_ipv4(test: model.IpIn) -> bool:
    return any(network.version == 4 for network in test.networks)


ESQL = Esql()
