"""Elastic EQL: `process where process.name : "node.exe"`."""

from collections.abc import Sequence
from ipaddress import IPv6Network
from typing import TypeGuard

from tocsin import model, regex
from tocsin.automaton import too_hard
from tocsin.backend import Departure, Lowered
from tocsin.frame import whole
from tocsin.header import header, span_of_time
from tocsin.lower.patterns import pattern_regex
from tocsin.lucene import MAX_REGEX
from tocsin.model import Expr, Predicate
from tocsin.profiles import Source, SourceClass, load_source
from tocsin.schema import FieldType
from tocsin_backends.eql import until
from tocsin_backends.eql.bodies import query
from tocsin_backends.eql.lacking import lacks
from tocsin_backends.eql.write import regex_text

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
ONE_MILLISECOND = (
    "no two events of a sequence in the same millisecond: Elasticsearch lets one of them come first"
)


class Eql:
    """The seven Elastic sources in one query; a field that one may lack is written `?field`."""

    suffix = ".eql"
    supports = frozenset(
        {
            *(model.Always, model.And, model.Or, model.Not),
            *(model.Equals, model.Contains, model.StartsWith, model.EndsWith, model.Like),
            *(model.Matches, model.NumberIn, model.NumberIs, model.IpIn, model.BoolIs),
            *(model.Exists, model.AnyOf, model.Sequence, model.Summary),
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
            *([ONE_MILLISECOND] if isinstance(rule.body, model.Sequence) else []),
        )  # fmt: skip

    def lacks(self, body: model.Body, places: Sequence[SourceClass]) -> str | None:
        """Refuse history, groups that are more than so many events, and keys that do not join."""
        return lacks(body, places)

    def departs(self, body: model.Body, places: Sequence[SourceClass]) -> tuple[Departure, ...]:
        """Say where `until` and a step take the same event."""
        return tuple(until.departs(body)) if isinstance(body, model.Sequence) else ()

    def emit(self, rule: Lowered) -> str:
        """Write the query; of a summary that EQL has no words for, that of its events."""
        return self.head(rule) + self.query(rule)

    def head(self, rule: Lowered) -> str:
        """Write what the output says of itself."""
        lines = header(rule, *_indices(rule), *_shows(rule), *_suppression(rule))
        return "".join(f"// {line}\n" for line in lines)

    def query(self, rule: Lowered) -> str:
        """Write the query alone."""
        return "\n".join(query(rule)) + "\n"


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


def _indices(rule: Lowered) -> list[str]:
    """Name the index patterns of the classes, which a rule has beside its query."""
    names = dict.fromkeys(name for place in rule.places for name in place.index)
    return [f"Index: {', '.join(names)}"]


def _shows(rule: Lowered) -> list[str]:
    """Say what the query shows, where that is less than the rule does."""
    match rule.body:
        case model.AnyOf(parts):
            names = ", ".join(part.name for part in parts)
            return [f"Parts, in this order: {names}. Which of them an event meets is not shown."]
        case model.Sequence(steps):
            names = ", ".join(step.name for step in steps)
            return [f"Steps: {names}. Of several ends that follow one start the first is shown."]
        case model.Summary():
            return ["Shows the events of a window that has enough of them, without the outputs."]
        case model.Event() | model.FirstSeen():
            return []


def _suppression(rule: Lowered) -> list[str]:
    """Say what a published rule adds for the grouping that EQL has not."""
    summary = rule.rule.body
    grouped = isinstance(rule.body, model.Summary)
    if grouped or not isinstance(summary, model.Summary) or not summary.keys:
        return []
    keys = ", ".join(key.name for key in summary.keys)
    every = f" for {span_of_time(summary.every)}" if summary.every else ""
    return [f"A published rule adds alert suppression by {keys}{every}."]


EQL = Eql()
