"""What a comparison comes to, in numbers and in words, alike in every report."""

from collections import Counter

from tocsin.diff.change import Comparison, Kind, Matching, Origin, QueryChange, RuleChange
from tocsin.frozen import dataclass
from tocsin.text import number

ORIGINS = {
    Origin.TEST: "of the rules' tests",
    Origin.BUILT: "built for the difference",
    Origin.GIVEN: "given",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of rules, of queries with another verdict, and of what is matched otherwise."""

    changed: int
    added: int
    removed: int
    renamed: int
    moved: int
    noise: int
    verdicts: int
    gained: int
    lost: int
    altered: int
    events: int
    faults: int


def tally(comparison: Comparison) -> Tally:
    """Count what differs."""
    changes = comparison.changes
    kinds = Counter(change.kind for change in changes)
    matchings = [change.matching for change in changes if change.matching]
    sides = (comparison.base, comparison.head)
    versions = (version for change in changes for version in (change.old, change.new) if version)
    return Tally(
        kinds[Kind.CHANGED],
        kinds[Kind.ADDED],
        kinds[Kind.REMOVED],
        sum(change.renamed for change in changes),
        sum(change.moved for change in changes),
        kinds[Kind.NOISE] - sum(map(_only_moved, changes)),
        sum(len(change.verdicts) for change in changes),
        sum(each.gained for each in matchings),
        sum(each.lost for each in matchings),
        sum(each.altered for each in matchings),
        sum(sum(each.run.values()) for each in matchings),
        sum(len(side.faults) for side in sides) + sum(len(each.faults) for each in versions),
    )


def summary(comparison: Comparison) -> str:
    """Say all of it in a line."""
    sums = tally(comparison)
    counts = (
        (sums.changed, "changed"),
        (sums.added, "added"),
        (sums.removed, "removed"),
        (sums.renamed, "renamed"),
        (sums.moved, "moved"),
        (sums.noise, "laid out anew"),
    )
    rules = [(count, word) for count, word in counts if count]
    parts = [f"no rule differs ({number(comparison.unchanged, 'rule')} unchanged)"]
    if rules:
        first, *others = rules
        parts = [f"{number(first[0], 'rule')} {first[1]}", *(f"{n} {word}" for n, word in others)]
    more = [number(sums.verdicts, "other verdict")] if sums.verdicts else []
    if sums.events:
        more.append(f"{signs(sums.gained, sums.lost, sums.altered) or 'no other'} matches")
    if sums.faults:
        more.append(number(sums.faults, "error"))
    return "; ".join([", ".join(parts), *more])


def signs(gained: int, lost: int, altered: int) -> str:
    """Write counts as `+2 -1 ~3`."""
    counts = (("+", gained), ("-", lost), ("~", altered))
    return " ".join(f"{sign}{count:,}" for sign, count in counts if count)


def run(matching: Matching) -> str:
    """Say what both versions were run over: `34 events: 30 of the rules' tests, 4 given`."""
    events = sum(matching.run.values())
    parts = [f"{matching.run[o]:,} {w}" for o, w in ORIGINS.items() if matching.run.get(o)]
    return f"{number(events, 'event')}: {', '.join(parts)}" if parts else number(events, "event")


def matched(matching: Matching) -> str:
    """Say what is matched otherwise."""
    found = signs(matching.gained, matching.lost, matching.altered)
    return f"{found or 'no difference'} over {run(matching)}"


def unshown(matching: Matching) -> int:
    """Count the finds that are not among those shown."""
    return max(0, matching.gained + matching.lost + matching.altered - len(matching.finds))


def verdict(change: QueryChange) -> str:
    """Say how a query stood to its rule and stands to it now: `exact -> wider`."""
    old = change.old.verdict.value if change.old else "none"
    new = change.new.verdict.value if change.new else "none"
    return new if change.old and old == new else f"{old} -> {new}"


def _only_moved(change: RuleChange) -> bool:
    """Whether a rule stands elsewhere, and nothing else of it is another."""
    if change.kind is not Kind.NOISE or not change.moved or not (change.old and change.new):
        return False
    return change.old.text == change.new.text


def became(change: RuleChange) -> list[tuple[str, str]]:
    """Say what has become of a rule; words of ours, and the name that they end with, if any."""
    word = "laid out anew" if change.kind is Kind.NOISE else change.kind.value
    found = [] if _only_moved(change) else [(word, "")]
    if change.renamed and change.old:
        found.append(("renamed from", change.old.name))
    if change.moved and change.old:
        found.append(("moved from", change.old.file))
    if change.kind is Kind.CHANGED and change.meaning is False:
        found.append(("same meaning", ""))
    return found


def reasons(change: QueryChange) -> tuple[list[str], list[str]] | None:
    """Tell what a verdict was for and is for no more, and what it is for now."""
    if not (change.old and change.new):
        return None
    old, new = (dict.fromkeys(each.about) for each in (change.old, change.new))
    gone, come = (
        [line for line in old if line not in new],
        [line for line in new if line not in old],
    )
    return (gone, come) if change.verdict_changed or gone or come else None


@dataclass(frozen=True, slots=True)
class Queries:
    """The queries of a rule, parted by what is to be shown of them."""

    drawn: tuple[QueryChange, ...]
    noise: tuple[QueryChange, ...]
    same: tuple[QueryChange, ...]
    unknown: tuple[QueryChange, ...]  # of one side, as the other does not compile


def queries(change: RuleChange) -> Queries:
    """Part the queries of a rule: those that changed, in their comment alone, or not at all."""
    broken = any(version and version.faults for version in (change.old, change.new))
    one_sided = Kind.ADDED, Kind.REMOVED
    return Queries(
        tuple(
            each
            for each in change.queries
            if each.kind is Kind.CHANGED or (each.kind in one_sided and not broken)
        ),
        tuple(each for each in change.queries if each.kind is Kind.NOISE),
        tuple(each for each in change.queries if each.kind is Kind.SAME),
        tuple(each for each in change.queries if each.kind in one_sided and broken),
    )
