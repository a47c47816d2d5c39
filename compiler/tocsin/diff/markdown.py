"""A comparison as Markdown that fits a comment on a pull request.

Words of rules and events stand in code alone (`spans`).
"""

from collections.abc import Iterator, Sequence

from tocsin.diff.change import (
    Comparison,
    Find,
    Kind,
    Matching,
    MetaChange,
    Origin,
    QueryChange,
    RuleChange,
    Side,
)
from tocsin.diff.shown import fields, more_fields
from tocsin.diff.shown import lines as fault_lines
from tocsin.diff.spans import NAME, WIDTH, cell, fence, span, tag
from tocsin.diff.tally import became, queries, reasons, run, signs, summary, unshown
from tocsin.diff.unified import Line, query, unified
from tocsin.frozen import dataclass
from tocsin.text import number

LIMIT = 65_536  # characters of a comment on GitHub; bytes are counted here, which are never fewer

_NOTICE = 600  # bytes kept for saying what is left out
_MARKS = {
    Kind.SAME: "",
    Kind.NOISE: "",
    Kind.CHANGED: " ●",
    Kind.ADDED: " +",
    Kind.REMOVED: " \N{MINUS SIGN}",
}


def markdown(comparison: Comparison, limit: int = LIMIT) -> str:
    """Write a comparison as Markdown of at most LIMIT bytes, the most important things first."""
    return _Comment(comparison, limit).text()


# --- what fits


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a rule's details, kept sooner the lower its LEVEL; missed by the name of WHAT."""

    level: int
    rule: int
    what: str
    text: str


class _Comment:
    """Parts that are kept while there is room."""

    def __init__(self, comparison: Comparison, limit: int) -> None:
        self._comparison = comparison
        self._limit = self._left = limit
        self._missed: dict[str, int] = {}

    def text(self) -> str:
        """Put together what fits, and say what does not."""
        head = f"**{summary(self._comparison)}**\n"
        self._left -= _size(head) + _NOTICE
        if self._left < 0:  # no room for anything else
            return head if _size(head) <= self._limit else ""
        sides = [each for each in _sides(self._comparison) if self._keep(each, "notes", 3 / 4)]
        table, rules = list(self._table()), list(self._rules())
        return "".join([head, *sides, *table, *rules, *self._notice()])

    def _keep(self, text: str, what: str, share: float = 0) -> bool:
        """Whether TEXT fits, and leaves a SHARE of the whole to what comes after it."""
        size = _size(text)
        if self._left - size < share * self._limit:
            self._missed[what] = self._missed.get(what, 0) + 1
            return False
        self._left -= size
        return True

    def _table(self) -> Iterator[str]:
        """Write the table of rules and targets."""
        labels, changes = self._comparison.labels, self._comparison.changes
        head = f"\n| rule | {''.join(f'{cell(label)} | ' for label in labels)}matches |\n"
        head += f"|---|{'---|' * len(labels)}---|\n"
        end = "\n● changed, + added, \N{MINUS SIGN} removed; those without a mark are the same\n\n"
        if changes and self._keep(head + end, "the table", 1 / 2):
            rows = [_row(change, labels) for change in changes]
            yield head
            yield from (row for row in rows if self._keep(row, "rows of the table", 1 / 2))
            yield end

    def _rules(self) -> Iterator[str]:
        """Write the details: of all rules first what matters most."""
        changes = self._comparison.changes
        wraps = [_wrap(change) for change in changes]
        opened: set[int] = set()
        kept: dict[int, list[_Part]] = {}
        parts = [part for at, change in enumerate(changes) for part in _details(at, change)]
        for part in sorted(parts, key=lambda part: part.level):
            wrap = "" if part.rule in opened else "".join(wraps[part.rule])
            if self._keep(wrap + part.text, part.what):
                opened.add(part.rule)
                kept.setdefault(part.rule, []).append(part)
        for at in sorted(kept):
            start, end = wraps[at]
            yield "".join([start, *(part.text for part in kept[at]), end])

    def _notice(self) -> Iterator[str]:
        if self._missed:
            words = ", ".join(f"{what} ({count:,})" for what, count in self._missed.items())
            yield f"\nLeft out, as there is no room for it: {words}.\n"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


# --- head and table


def _sides(comparison: Comparison) -> Iterator[str]:
    yield f"\n{_side('Base', comparison.base)}{_side('Head', comparison.head)}"
    yield from (f"> {span(note)}\n\n" for note in comparison.notes)
    for word, side in (("base", comparison.base), ("head", comparison.head)):
        for fault in side.faults:
            yield f"Error in {word}:\n\n{fence(fault_lines(fault, width=WIDTH), 'text')}\n"


def _side(word: str, side: Side) -> str:
    return f"{word}: {span(side.asked, NAME)} {span(side.about)}\n\n"


def _row(change: RuleChange, labels: Sequence[str]) -> str:
    by_label = {each.label: each for each in change.queries}
    broken = queries(change).unknown
    told = [by_label.get(label) for label in labels]
    verdicts = ("not compiled" if each in broken else _verdict(each) for each in told)
    cells = [cell(change.name), *verdicts]
    cells.append(_signs(change.matching) if change.matching else "")
    return f"| {' | '.join(cells)} |\n"


def _verdict(change: QueryChange | None) -> str:
    if change is None:
        return ""
    if change.verdict_changed and change.old and change.new:
        return f"**{change.old.verdict.value} → {change.new.verdict.value}**{_MARKS[change.kind]}"
    query = change.new or change.old
    return f"{query.verdict.value}{_MARKS[change.kind]}" if query else ""


def _signs(matching: Matching) -> str:
    return signs(matching.gained, matching.lost, matching.altered).replace("~", r"\~") or "0"


# --- details of a rule


def _wrap(change: RuleChange) -> tuple[str, str]:
    """Write what stands around the details of a rule."""
    version = change.new or change.old
    assert version is not None
    words = ", ".join(f"{word} {tag(name)}" if name else word for word, name in became(change))
    summary_ = f"<details><summary>{tag(change.name)} {words}</summary>\n\n"
    return f"{summary_}{span(change.title)} in {span(version.file)}\n\n", "</details>\n\n"


def _details(at: int, change: RuleChange) -> Iterator[_Part]:
    for when, side in (("before", change.old), ("now", change.new)):
        for fault in side.faults if side else ():
            text = f"Errors {when}:\n\n{fence(fault_lines(fault, width=WIDTH), 'text')}\n"
            yield _Part(0, at, "errors of rules", text)
    for each in change.queries:
        if text := _about(each):
            yield _Part(1, at, "reasons of verdicts", text)
    if change.matching:
        matching = change.matching
        total = f"Matches: {_signs(matching)} over {run(matching)}\n\n"
        yield _Part(1, at, "counts of matches", total)
        yield from (_Part(2, at, "finds", _find(find)) for find in matching.finds)
        if more := unshown(matching):
            yield _Part(2, at, "counts of finds", f"{number(more, 'more find')}, not shown\n\n")
    if change.meta:
        lines = [line for each in change.meta for line in _meta(each)]
        yield _Part(3, at, "what rules say of themselves", f"{fence(lines, 'diff')}\n")
    yield from _queries(at, change)


def _about(change: QueryChange) -> str:
    """Tell why a verdict is another, or is for other reasons than before."""
    found = reasons(change)
    if found is None:
        return ""
    lines = [f"{sign} {line}" for sign, about in zip("-+", found, strict=True) for line in about]
    head = f"{span(change.label, NAME)}: {_verdict(change)}\n\n"
    return head + (f"{fence(lines, 'diff')}\n" if lines else "")


def _find(find: Find) -> str:
    colon = "" if find.origin is Origin.BUILT else ":"
    lines = [f"{find.sign} {find.origin.value}{colon} {find.where}"]
    if find.what:
        lines.append(f"  {find.what}")
    for event in find.events:
        lines.append(f"  {' or '.join(event.classes)} at {event.time} ({event.place})")
        lines += [f"    {name} = {value}" for name, value in fields(event.fields)]
        if more := more_fields(event.fields):
            lines.append(f"    … {number(more, 'field')} more")
    if find.more:
        lines.append(f"  … {number(find.more, 'event')} more")
    return f"{fence(lines, 'diff')}\n"


def _meta(change: MetaChange) -> Iterator[str]:
    yield f"  {change.key}:"
    yield from _drawn(unified(change.old, change.new, 1, 40, WIDTH))


def _queries(at: int, change: RuleChange) -> Iterator[_Part]:
    parts = queries(change)
    for each in parts.drawn:
        kind = "" if each.kind is Kind.CHANGED else f", {each.kind.value}"
        head = f"{span(each.label, NAME)}{kind}\n\n"
        yield _Part(4, at, "queries", f"{head}{fence(list(_drawn(query(each, WIDTH))), 'diff')}\n")
    for named, words in (
        (parts.unknown, "a query on one side alone"),
        (parts.noise, "another comment or white space, nothing else"),
        (parts.same, "the same"),
    ):
        if named:
            labels = ", ".join(span(each.label, NAME) for each in named)
            yield _Part(5, at, "names of unchanged queries", f"{labels}: {words}\n\n")


def _drawn(lines: Sequence[Line]) -> Iterator[str]:
    for sign, words in lines:
        yield f"@@ {words} @@" if sign == "@" else f"{sign} {words}"
