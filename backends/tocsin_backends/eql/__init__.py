"""Elastic EQL: `process where process.name : "node.exe"`."""

from ipaddress import IPv6Network
from typing import TypeGuard

from tocsin import model, regex
from tocsin.backend import Lowered
from tocsin.frame import whole
from tocsin.header import header, span_of_time
from tocsin.lower.patterns import pattern_regex
from tocsin.model import Expr, Predicate
from tocsin.profiles import Source, load_source
from tocsin.schema import FieldType
from tocsin_backends.eql.automaton import too_hard
from tocsin_backends.eql.write import MAX_REGEX, condition, gates, regex_text

SOURCES = (
    *("elastic_defend", "elastic_endgame", "elastic_windows_security", "elastic_sysmon"),
    *("elastic_m365_defender", "elastic_sentinelone", "elastic_crowdstrike"),
)
_WILD = frozenset("*?")
_TOO_HARD = (
    "after a run of any text, so long a part without one takes Elasticsearch over 10,000 "
    "determinized states"
)
_MOST_TERMS = 65_536  # values of one list: Elasticsearch's index.max_terms_count
# Characters of a `keyword` that ECS has indexed, and the fields that are no keywords (ECS 8).
_MOST_INDEXED = 1024
_WILDCARD = frozenset({"registry.data.strings"})
# Other keywords that are long as a rule: call stacks, what AMSI was given.
_LONG = frozenset(
    {
        *("winlog.event_data.CallTrace", "process.thread.Ext.call_stack_summary"),
        "process.Ext.api.parameters.buffer",
    }
)
_MAPPED = IPv6Network("::ffff:0:0/96")


class Eql:
    """The seven Elastic sources in one query; a field that one may lack is written `?field`."""

    suffix = ".eql"
    supports = frozenset(
        {
            *(model.Always, model.And, model.Or, model.Not),
            *(model.Equals, model.Contains, model.StartsWith, model.EndsWith, model.Like),
            *(model.Matches, model.NumberIn, model.NumberIs, model.IpIn, model.BoolIs),
            model.Exists,
        }
    )

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return the sources that the Elastic integrations bring."""
        return tuple(map(load_source, SOURCES))

    def exact(self, test: Predicate) -> bool:
        """Refuse literals with `*` or `?` where they would be wildcards, and long regexes."""
        match test:
            case model.Equals():
                return len(test.values.items) <= _MOST_TERMS
            case model.Contains() | model.StartsWith() | model.EndsWith():
                return not any(_WILD & set(value) for value in test.values.items)
            case model.Like():
                texts = (part for pattern in test.patterns for part in pattern)
                wild = any(isinstance(text, str) and _WILD & set(text) for text in texts)
                return not wild and self.beyond(test) is None
            case model.Matches():
                return self.beyond(test) is None
            case model.IpIn():
                # An `ip` field holds an IPv4 address as the IPv6 address that it maps to.
                six = (net for net in test.networks if isinstance(net, IPv6Network))
                return not any(map(_MAPPED.overlaps, six))
            case _:
                return True

    def beyond(self, expr: Expr) -> str | None:
        """Refuse patterns that Elasticsearch would: a list of regexes is one regex there."""
        match expr:
            case model.Matches(patterns=patterns, cased=cased):
                length = sum(len(regex_text(each, cased)) + 1 for each in patterns)
                if length > MAX_REGEX:
                    return f"a regular expression of over {MAX_REGEX:,} characters there"
                hard = too_hard(regex.Alt(tuple(map(whole, patterns))))
            case model.Like(patterns=patterns):
                hard = any(too_hard(whole(pattern_regex(each))) for each in patterns)
            case _:
                hard = False
        return _TOO_HARD if hard else None

    def assumes(self, rule: Lowered) -> tuple[str, ...]:
        """Say what Elasticsearch does not index, or stores as something else."""
        tests = tuple(t for each in model.conditions(rule.body) for t in model.predicates(each))
        # What is not indexed is equal to nothing that is short enough to be written.
        whole = (t for t in tests if isinstance(t, model.FieldTest) and not _is_short(t))
        long = sorted({test.field.name for test in whole if _may_be_cut(test.field)})
        mapped = sorted({test.field.name for test in tests if _asks_for_ipv4(test)})
        return (
            *([f"no text over {_MOST_INDEXED:,} characters in {', '.join(long)}: "
               "it is not indexed (ignore_above)"] if long else []),
            *([f"no IPv4-mapped IPv6 address in {', '.join(mapped)}: "
               "it is stored as the IPv4 address"] if mapped else []),
        )  # fmt: skip

    def emit(self, rule: Lowered) -> str:
        """Write the query of an event; of a summary, the query of its events."""
        event = model.event_of(rule.body)
        lines = [f"// {line}" for line in header(rule, *_indices(rule), *_suppression(rule))]
        category, gate = gates(rule.places)
        conjuncts = (
            event.condition.operands
            if isinstance(event.condition, model.And)
            else (event.condition,)
        )
        system = tuple(each for each in conjuncts[:1] if _is_system(each))
        rest = tuple(
            each for each in conjuncts[len(system) :] if not isinstance(each, model.Always)
        )
        return "\n".join([*lines, *condition(category, system, gate, rest)]) + "\n"


def _is_short(test: model.FieldTest) -> bool:
    return isinstance(test, model.Equals) and all(
        len(value) <= _MOST_INDEXED for value in test.values.items
    )


def _may_be_cut(field: model.Field) -> bool:
    """Whether FIELD is a `keyword` that may well be longer than what is indexed of it."""
    return field.name in _LONG or (
        (field.type is FieldType.PATH or field.many)
        and field.type is not FieldType.IP
        and field.name not in _WILDCARD
    )


def _asks_for_ipv4(test: Predicate) -> TypeGuard[model.IpIn]:
    return isinstance(test, model.IpIn) and any(net.version == 4 for net in test.networks)


def _is_system(expr: Expr) -> bool:
    return isinstance(expr, model.Equals) and expr.field.name == "host.os.type"


def _indices(rule: Lowered) -> list[str]:
    """Name the index patterns of the classes, which a rule has beside its query."""
    names = dict.fromkeys(name for place in rule.places for name in place.index)
    return [f"Index: {', '.join(names)}"]


def _suppression(rule: Lowered) -> list[str]:
    """Say what a published rule adds for the grouping that EQL has not."""
    summary = rule.rule.body
    if not isinstance(summary, model.Summary) or not summary.keys:
        return []
    keys = ", ".join(key.name for key in summary.keys)
    every = f" for {span_of_time(summary.every)}" if summary.every else ""
    return [f"A published rule adds alert suppression by {keys}{every}."]


EQL = Eql()
