r"""What public converters made of Sigma rules and should not have, beside what is meant.

Seen with pySigma 1.5.1 and its backends: Kusto 1.0.1, Splunk 2.1.0, Elasticsearch 2.1.1. Each
exhibit is an item of a Sigma rule, the query that was emitted, what is wrong with it, and the same
intent as a rule of ours; its witnesses are events on which the two part.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from differential.cases import DAY, TARGETS, Given, event
from differential.harness import compiled, rendered
from tocsin.model import Occurrence


class Fate(StrEnum):
    """What becomes of an emitted query."""

    WRONG = "runs and errs"
    REFUSED = "is refused"
    NOT_RUN = "has no engine here"


@dataclass(frozen=True, slots=True)
class Emitted:
    """A converter's query for one language; WRONG are the places of the witnesses it errs on."""

    language: str
    text: str
    defect: str
    wrong: tuple[int, ...] = ()
    fate: Fate = Fate.WRONG

    def query(self, table: str) -> str:
        """Write it for our engine: over a table, fields by the names that our source has."""
        text = self.text
        for theirs, ours in _COLUMNS.get(self.language, {}).items():
            text = text.replace(theirs, ours)
        return f"{table}\n| where {text}" if self.language == "kql" else text


_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "eql": {
        "CommandLine": "process.command_line",
        "Computer": "host.name",
        "by User": "by user.name",
    },
    "esql": {"CommandLine": "process.command_line"},
    "kql": {"CommandLine": "ProcessCommandLine", "DestinationIp": "RemoteIP"},
}


@dataclass(frozen=True, slots=True)
class Witness:
    """Events, and whether what is meant finds them."""

    events: tuple[Given, ...]

    @property
    def is_meant(self) -> bool:
        """Whether the rule is meant to match; of several events, they all say the same."""
        return self.events[0].holds

    def occurrences(self, event_class: str) -> list[Occurrence]:
        """Make the events, a second apart."""
        classes = frozenset({event_class})
        return [
            Occurrence(classes, DAY + at * 1_000_000, e.fields) for at, e in enumerate(self.events)
        ]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One mistranslation. With AT_LEAST, rows of ours bear a number that the reader compares."""

    number: int
    asked: str
    sigma: str
    body: str
    emitted: tuple[Emitted, ...]
    witnesses: tuple[Witness, ...] = ()
    at_least: int | None = None

    @property
    def text(self) -> str:
        """Write the whole rule."""
        return f"rule exhibit_{self.number} {{\n  detect {self.body}\n}}\n"

    @property
    def event_class(self) -> str:
        """Name the class of the witnesses."""
        return "process.start" if self.is_sequence else self.body.split()[0]

    @property
    def is_sequence(self) -> bool:
        """Whether it takes several events, one after the other."""
        return self.body.startswith("sequence")

    @property
    def targets(self) -> tuple[str, ...]:
        """Name our targets for the languages concerned; for rows, all."""
        if self.at_least is not None:
            return TARGETS
        return tuple(dict.fromkeys(each.language for each in self.emitted))

    def rows(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Yield Sigma, what was emitted, its defect, our condition, our query; for a page."""
        condition = self.body if self.is_sequence else self.body.split(" where ", 1)[1]
        for each in self.emitted:
            ours = self._query(each.language)
            emitted = " ".join(each.text.split())
            yield self.sigma, emitted, f"{each.language}: {each.defect}", condition, ours

    def _query(self, language: str) -> str:
        """Show our query without what tells the events of the class; rows, where there are any."""
        target = "kql" if self.at_least else language
        rule = compiled(self.text).rules[0]
        text = rendered(rule, target, _ONE_SOURCE.get(target, ())).text or ""
        if self.is_sequence:
            return " ".join(" ".join(re.findall(r"^(?!//).*$", text, re.MULTILINE)).split())
        own = _GATES[target].split(text, 1)[1]
        return " ".join(own.split()).removeprefix("and ")


_ONE_SOURCE = {"eql": ("elastic_defend",)}
# Where a query's own condition begins.
_GATES = {
    "eql": re.compile(r'event\.type == "start"'),
    "esql": re.compile(r'MV_CONTAINS\(event\.type, "start"\) AND'),
    "kql": re.compile(r"\| where ActionType .*\n\| where "),
    "spl": re.compile(r"EventCode=1\n"),
}


def _meant(**fields: str) -> Witness:
    return Witness((event(True, **fields),))


def _not_meant(**fields: str) -> Witness:
    return Witness((event(False, **fields),))


_LINE = "process.start where process.command_line "
_USERS = "process.start where process.command_line contains 'a' summarize by host.name every 5m"
_STEPS = (
    "a: process.start where process.command_line contains 'a'"
    "  b: process.start where process.command_line contains 'b'"
)

EXHIBITS = (
    Exhibit(
        1,
        "a pattern for the whole value",
        "CommandLine: 'a*b?c'",
        f"{_LINE}like 'a*b?c'",
        (
            Emitted(
                "kql",
                'CommandLine matches regex "a.*b.c"',
                "searched for anywhere, and with case",
                (1, 2),
            ),
        ),
        (_meant(line="axbyc"), _meant(line="AXBYC"), _not_meant(line="zaxbycz")),
    ),
    Exhibit(
        2,
        "one character of a pattern",
        "CommandLine: 'a*b?c'",
        f"{_LINE}like 'a*b?c'",
        (Emitted("spl", 'CommandLine="a*b*c"', "`?` became any run of characters", (1, 2)),),
        (_meant(line="axbyc"), _not_meant(line="axbyyc"), _not_meant(line="axbc")),
    ),
    Exhibit(
        3,
        "a star that is a star",
        r"CommandLine: 'a\*b'",
        f"{_LINE}is 'a*b'",
        (
            Emitted("spl", r'CommandLine="a\*b"', "the star is a wildcard still", (0, 1)),
            Emitted("eql", r'any where CommandLine:"a\*b"', "no such escape", fate=Fate.REFUSED),
            Emitted(
                "esql",
                r'from * metadata _id, _index, _version | where CommandLine=="a\*b"',
                "no such escape",
                fate=Fate.REFUSED,
            ),
        ),
        (_meant(line="a*b"), _not_meant(line="a\\Xb")),
    ),
    Exhibit(
        4,
        "a needle with its case",
        "CommandLine|contains|cased: 'AbC'",
        f"{_LINE}contains cased 'AbC'",
        (Emitted("eql", 'any where CommandLine == "*AbC*"', "`==` knows no wildcards", (0,)),),
        (_meant(line="xAbCx"), _not_meant(line="xabcx")),
    ),
    Exhibit(
        5,
        "a regex with anchors, a slash and a quote",
        r"""CommandLine|re: '^a\d+/b"c$'""",
        rf"""{_LINE}matches cased '^a\d+/b"c$'""",
        (
            Emitted(
                "eql",
                r'any where CommandLine regex~ "^a\\d+\/b"c$"',
                "a quote and a slash that end the text, anchors as characters, case lost",
                fate=Fate.REFUSED,
            ),
        ),
        (_meant(line='a12/b"c'), _not_meant(line='A12/b"c'), _not_meant(line='xa12/b"c')),
    ),
    Exhibit(
        6,
        "a regex without case",
        "CommandLine|re|i: 'a[b-d]+'",
        f"{_LINE}matches 'a[b-d]+'",
        (
            Emitted(
                "eql",
                'any where CommandLine regex~ "(?i)a[b-d]+"',
                "the flag is looked for as text, and of the whole value",
                (0, 1),
            ),
        ),
        (_meant(line="xABDx"), _meant(line="ab"), _not_meant(line="ax")),
    ),
    Exhibit(
        7,
        "no value",
        "CommandLine: null",
        f"{_LINE}is missing",
        (Emitted("kql", "isnull(CommandLine)", "a text is never null there", (0,)),),
        (_meant(), _not_meant(line="x")),
    ),
    Exhibit(
        8,
        "a network of IPv6",
        "DestinationIp|cidr: '2001:db8::/33'",
        'network.connect where destination.ip in ("2001:db8::/33")',
        (
            Emitted(
                "kql",
                'ipv4_is_in_range(DestinationIp, "2001:db8::/33")',
                "null for every address of IPv6",
                (0,),
            ),
        ),
        (_meant(ip="2001:db8::1"), _not_meant(ip="10.0.0.1")),
    ),
    Exhibit(
        9,
        "a text, whatever its case",
        "CommandLine: 'x'",
        f"{_LINE}is 'x'",
        (
            Emitted(
                "esql",
                'from * metadata _id, _index, _version | where CommandLine=="x"',
                "with case",
                (0,),
            ),
        ),
        (_meant(line="X"), _not_meant(line="xx")),
    ),
    Exhibit(
        10,
        "three different users of one host within five minutes",
        "value_count of User by Computer, gte 3, 5m",
        f"{_USERS} {{ Users = count(distinct user.name) }}",
        (
            Emitted(
                "eql",
                "sequence by Computer with maxspan=5m \n"
                ' [any where CommandLine:"*a*"] by User with runs=3',
                "the same user three times",
                (0, 1),
            ),
        ),
        (
            Witness(tuple(event(True, line="a", user=each) for each in ("u1", "u2", "u3"))),
            Witness(tuple(event(False, line="a", user=each) for each in ("u1", "u1", "u1"))),
        ),
        at_least=3,
    ),
    Exhibit(
        11,
        "two things on one host within five minutes",
        "temporal of two rules by Computer, 5m",
        f"sequence by host.name within 5m {{ {_STEPS} }}",
        (
            Emitted(
                "eql",
                "sample by Computer \n"
                ' [any where CommandLine:"*a*"] \n [any where CommandLine:"*b*"] ',
                "within any time at all",
                fate=Fate.NOT_RUN,
            ),
        ),
        (
            Witness((event(True, line="a"), event(True, line="b"))),
            Witness((event(False, line="a"), event(False, line="a"))),
        ),
    ),
    Exhibit(
        12,
        "one thing after another on one host within five minutes",
        "temporal_ordered of two rules by Computer, 5m",
        f"sequence by host.name within 5m {{ {_STEPS} }}",
        (
            Emitted(
                "eql",
                "sequence by Computer with maxspan=5m \n"
                ' [any where CommandLine:"*a*"] \n'
                ' [any where CommandLine:"*b*"] by  with runs=2',
                "no key where one must stand, and twice the last step",
                fate=Fate.REFUSED,
            ),
        ),
        (
            Witness((event(True, line="a"), event(True, line="b"))),
            Witness((event(False, line="a"), event(False, line="a"))),
        ),
    ),
)
