"""What one rule file comes to, as plain values: to be stored, sent, and put together with others.

A unit says nothing of other files. What clashes between them is found anew each time, over the
units of all (`put_together`), be they made just now or taken from a cache.
"""

from collections.abc import Iterable, Mapping, Sequence

from tocsin.across import Claims, clashes, sound
from tocsin.diagnostics import Code, Diagnostic, in_order
from tocsin.folders import Known, digest
from tocsin.frozen import dataclass
from tocsin.lock import State
from tocsin.source import Span

# What is told of these depends on who asks first, or on where a circle is entered.
_OF_THE_WHOLE = frozenset({Code.UNREADABLE, Code.ENCODING, Code.TOO_LARGE, Code.CYCLE})
# What is told of these depends on files that are not there.
_OF_ELSEWHERE = frozenset({Code.USE_NOT_FOUND, Code.OUTSIDE_PROJECT})


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A rule file that a unit is wanted of; one that was not GIVEN has no rules of its own here."""

    path: str  # resolved
    given: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A rule for one plan: its file in a pack and a digest of it, or the verdict if it has none."""

    label: str
    path: str | None
    digest: str
    verdict: str
    found: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that could be read; ENTRY is a digest of what the manifest says of it.

    STATE is what a lock is asked about it, where there is one.
    """

    name: str
    span: Span
    tests: tuple[str, ...]  # their names
    entry: str
    queries: tuple[Query, ...]
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """A file that was read, from the root: as it was asked for, where it led, what was there.

    The digest is empty where another entry of the same path has it.
    """

    asked: str
    path: str
    digest: str


@dataclass(frozen=True, slots=True)
class Unit:
    """One rule file: what it claims, what was found in it, its rules; MODULES are those it uses."""

    claims: Claims
    found: tuple[Diagnostic, ...]
    rules: tuple[Rule, ...]
    modules: tuple[str, ...]
    used: tuple[Used, ...]

    def lasts(self) -> bool:
        """Whether the same files always give the same unit."""
        return not any(each.code in _OF_THE_WHOLE | _OF_ELSEWHERE for each in self.found)

    def stands_alone(self, name: str) -> bool:
        """Whether the findings in the file NAME are the same without all others.

        They are not where a meaning is missed in a used file: of several that meet it, the first
        one tells.
        """
        return not any(
            each.code in _OF_THE_WHOLE
            or (each.code.is_error and each.code >= "E1" and each.span.file != name)
            for each in self.found
        )


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """The units of a project as a whole. Of a rule that another file spoils no query is left."""

    found: tuple[Diagnostic, ...]
    rules: tuple[Rule, ...]

    def entries(self) -> str:
        """Return what stands for all that the manifest says."""
        return digest(repr(sorted((rule.name, rule.entry) for rule in self.rules)).encode())

    def files(self) -> dict[str, str]:
        """Map the files of the pack, the manifest aside, to digests of what they hold."""
        return {
            query.path: query.digest for rule in self.rules for query in rule.queries if query.path
        }


def put_together(units: Sequence[Unit]) -> Together:
    """Find what no unit could know by itself, and put all findings in order."""
    found = [
        *(each for unit in units for each in unit.found),
        *clashes([unit.claims for unit in units]),
    ]
    rules = [rule for unit in units for rule in unit.rules]
    kept = tuple(
        rule if is_sound else _spoiled(rule)
        for rule, is_sound in zip(rules, sound([r.span for r in rules], found), strict=True)
    )
    said = (each for rule in kept for query in rule.queries for each in query.found)
    return Together(in_order([*found, *said]), kept)


def _spoiled(rule: Rule) -> Rule:
    queries = tuple(Query(each.label, None, "", "refused", ()) for each in rule.queries)
    return Rule(rule.name, rule.span, rule.tests, rule.entry, queries)


class Lost(Exception):
    """A rule or a query is not there, and nothing says why: the compiler is broken."""


def check_complete(units: Iterable[Unit]) -> None:
    """See that without errors no rule is lost, and no query that nothing accounts for."""
    for unit in units:
        there = {rule.name for rule in unit.rules}
        for named in unit.claims.rules:
            if named.name not in there:
                raise Lost(f"rule `{named.name}` in {named.span.file} is lost")
        for rule in unit.rules:
            for query in rule.queries:
                if query.path is None and not any(e.code is Code.LEFT_OUT for e in query.found):
                    raise Lost(f"rule `{rule.name}` in {rule.span.file} is lost for {query.label}")


# --- what is long, and needed only now and then


@dataclass(frozen=True, slots=True, eq=False)
class Bulk:
    """The long texts of a unit: what a manifest says of each rule, by digest; queries, by path."""

    entries: Mapping[str, str]
    texts: Mapping[str, str]

    def is_of(self, unit: Unit) -> bool:
        """Whether these are the texts that UNIT tells of."""
        entries = {rule.entry: rule.entry for rule in unit.rules}
        files = {q.path: q.digest for rule in unit.rules for q in rule.queries if q.path}
        return (entries, files) == (_digests(self.entries), _digests(self.texts))


def _digests(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: digest(text.encode("utf-8", "surrogatepass")) for name, text in texts.items()}


@dataclass(frozen=True, slots=True)
class Packed:
    """A unit and its long texts, as they are sent and stored."""

    unit: bytes
    bulk: bytes


# --- what a pack holds


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """What a folder was seen to hold, and of which entries its manifest was made (a digest)."""

    known: Known
    entries: str
