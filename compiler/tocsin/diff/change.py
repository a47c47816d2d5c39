"""What two versions of a project's rules differ in, as values. Reports are made of these elsewhere.

Every text in here may come from a rule or an event, and is as it stands there: whoever shows one
encodes it.
"""

from collections.abc import Mapping
from enum import StrEnum

from tocsin.frozen import dataclass, field
from tocsin.model import Verdict


class Kind(StrEnum):
    """What has become of a thing between base and head. NOISE changes nothing that is run."""

    SAME = "same"
    NOISE = "noise"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


# --- queries


@dataclass(frozen=True, slots=True)
class Query:
    """A rule for one plan: its text (None: withheld), and how it stands to the rule.

    CODE is the text without the comment at its head. ABOUT tells what the verdict is for: where the
    query errs, what the source cannot see, why there is none; a line each.
    """

    text: str | None
    code: str | None
    verdict: Verdict
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryChange:
    """One plan's query before and after; None where there was no such rule, or no such plan.

    LABEL names the plan (`kql`, or `spl/splunk_sysmon` where a target has several).
    """

    label: str
    target: str
    old: Query | None
    new: Query | None

    @property
    def kind(self) -> Kind:
        """Tell a change of the query from one of its comment or white space."""
        before, after = _text(self.old), _text(self.new)
        if before is None or after is None:
            return Kind.SAME if before == after else Kind.ADDED if before is None else Kind.REMOVED
        if before == after:
            return Kind.SAME
        return Kind.NOISE if _bare(self.old) == _bare(self.new) else Kind.CHANGED

    @property
    def verdict_changed(self) -> bool:
        """Whether a query that was there before and after stands otherwise to its rule."""
        return bool(self.old and self.new and self.old.verdict is not self.new.verdict)


def _text(query: Query | None) -> str | None:
    return query.text if query else None


def _bare(query: Query | None) -> list[str]:
    return (query.code or "").split() if query else []


# --- what a rule says beside its condition


@dataclass(frozen=True, slots=True)
class MetaChange:
    """A thing that a rule says of itself, as text, before and after (None: it did not)."""

    key: str
    old: str | None
    new: str | None


# --- what it matches


class Origin(StrEnum):
    """Where the events come from that both versions were run over."""

    TEST = "test"  # the rules' own tests, of both versions
    BUILT = "built"  # made for the difference
    GIVEN = "given"  # --events


@dataclass(frozen=True, slots=True)
class Shown:
    """An event of a find: where it stands, its fields by their names.

    TIME is ISO 8601, or in a test and in what is built how long after the start (`5s`).
    """

    place: str
    classes: tuple[str, ...]
    time: str
    fields: Mapping[str, object] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Find:
    """Something that a version matches and the other does not.

    SIGN is `+` (only the new one), `-` (only the old one) or `~` (both, with other values). WHERE
    says what was run: a test's name, `file:line`, `for the difference`. WHAT tells a row, a key or
    the parts met; empty for a single event. EVENTS are those that take part, MORE those not shown.
    """

    sign: str
    origin: Origin
    where: str
    what: str
    events: tuple[Shown, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Matching:
    """Both versions over the same events: counts, and some of the finds that differ.

    RUN counts the events by origin. With nothing GAINED, LOST or ALTERED no event was found that
    tells the two apart, which proves nothing.
    """

    run: Mapping[Origin, int] = field(hash=False)
    gained: int
    lost: int
    altered: int
    finds: tuple[Find, ...]


# --- rules


@dataclass(frozen=True, slots=True)
class Version:
    """A rule on one side: its name, its file within the project, the text of it.

    FAULTS are the errors in it, each as it is drawn.
    """

    name: str
    title: str
    file: str
    text: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule before and after; None where it was not there.

    MEANING tells if what it finds, or when it is run, is another; of a version that does not
    compile nothing is known (None).
    """

    old: Version | None
    new: Version | None
    meaning: bool | None
    meta: tuple[MetaChange, ...]
    queries: tuple[QueryChange, ...]
    matching: Matching | None = None

    @property
    def name(self) -> str:
        """The name it goes by now."""
        version = self.new or self.old
        assert version is not None
        return version.name

    @property
    def title(self) -> str:
        """The title it has now."""
        version = self.new or self.old
        assert version is not None
        return version.title

    @property
    def kind(self) -> Kind:
        """Tell a rule that changed from one that was laid out anew, or moved."""
        if self.old is None or self.new is None:
            return Kind.ADDED if self.old is None else Kind.REMOVED
        queries = any(each.kind not in (Kind.SAME, Kind.NOISE) for each in self.queries)
        if queries or self.meta or self.meaning is not False or self.renamed or self.verdicts:
            return Kind.CHANGED
        return Kind.SAME if self.old == self.new else Kind.NOISE

    @property
    def renamed(self) -> bool:
        """Whether it was there by another name."""
        return bool(self.old and self.new and self.old.name != self.new.name)

    @property
    def moved(self) -> bool:
        """Whether it was there in another file."""
        return bool(self.old and self.new and self.old.file != self.new.file)

    @property
    def verdicts(self) -> tuple[QueryChange, ...]:
        """The queries that stand otherwise to the rule than before."""
        return tuple(each for each in self.queries if each.verdict_changed)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: what was asked for, and what that is (a commit and its subject, a folder).

    FAULTS are errors that belong to no rule, or to one that is the same on both sides.
    """

    asked: str
    about: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Base and head: every rule that is not the same, those with other verdicts first.

    LABELS are the plans of both, UNCHANGED counts the rules that are the same on both sides.
    NOTES are what a reader has to know of the comparison itself, a line each.
    """

    base: Side
    head: Side
    labels: tuple[str, ...]
    changes: tuple[RuleChange, ...]
    unchanged: int
    notes: tuple[str, ...] = ()
