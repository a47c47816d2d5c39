"""A comparison for the terminal: of each rule first what a reviewer has to know."""

from collections.abc import Iterator

from tocsin.diff.change import (
    Comparison,
    Find,
    Kind,
    Matching,
    MetaChange,
    QueryChange,
    RuleChange,
    Shown,
    Side,
    Version,
)
from tocsin.diff.shown import fields, line, lines, more_fields, short
from tocsin.diff.tally import became, matched, queries, reasons, summary, unshown, verdict
from tocsin.diff.unified import Line, query, unified
from tocsin.frozen import dataclass
from tocsin.text import number

_RESET = "\x1b[0m"
_BOLD, _DIM = "1", "2"
_TONES = {"-": "31", "+": "32", "~": "33", "@": "36"}
_WIDTH = 110  # columns of an event's line, if its fields can be parted there


def text(comparison: Comparison, colour: bool) -> str:
    """Write a comparison as text, with its summary in the last line."""
    drawing = _Drawing(colour)
    blocks = [drawing.head(comparison), *map(drawing.rule, comparison.changes)]
    return "\n".join("".join(f"{row}\n" for row in block) for block in blocks if block) + "".join(
        f"{row}\n" for row in ("", summary(comparison))
    )


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Lines of a report, in colours if they are wanted."""

    colour: bool

    def paint(self, words: str, tone: str) -> str:
        return f"\x1b[{tone}m{words}{_RESET}" if self.colour and words and tone else words

    def head(self, comparison: Comparison) -> list[str]:
        """Say what is compared with what, and what has to be known of that."""
        return [
            *self._side("base", comparison.base),
            *self._side("head", comparison.head),
            *(f"note: {short(note)}" for note in comparison.notes),
        ]

    def _side(self, word: str, side: Side) -> Iterator[str]:
        yield f"{self.paint(word, _BOLD)} {short(side.asked)}: {short(side.about)}"
        yield from (f"  {row}" for fault in side.faults for row in lines(fault))

    def rule(self, change: RuleChange) -> list[str]:
        """Draw a rule: verdicts, matches, meta, then its queries."""
        version = change.new or change.old
        assert version is not None
        words = ", ".join(short(f"{word} {name}".strip()) for word, name in became(change))
        return [
            self.paint(f"{short(change.name)}: {short(change.title)}", _BOLD),
            self.paint(f"  {words}; {short(version.file)}", _DIM),
            *self._faults("before", change.old),
            *self._faults("now", change.new),
            *(row for each in change.queries for row in self._verdict(each)),
            *(self._matching(change.matching) if change.matching else ()),
            *(row for each in change.meta for row in self._meta(each)),
            *self._queries(change),
        ]

    def _faults(self, when: str, version: Version | None) -> Iterator[str]:
        if version and version.faults:
            yield self.paint(f"  errors {when}", _TONES["-"])
            yield from (f"    {row}" for fault in version.faults for row in lines(fault))

    # --- verdicts

    def _verdict(self, change: QueryChange) -> Iterator[str]:
        """Tell a verdict that is another, or is for other reasons than before."""
        found = reasons(change)
        if found is None:
            return
        words = f"{verdict(change)}, as before"
        if change.verdict_changed:
            words = self.paint(verdict(change), _TONES["~"])
        yield f"  {short(change.label)}: {words}"
        for sign, about in zip("-+", found, strict=True):
            yield from self._signed([(sign, short(line_)) for line_ in about], "    ")

    # --- what is matched

    def _matching(self, matching: Matching) -> Iterator[str]:
        yield f"  matches: {matched(matching)}"
        for find in matching.finds:
            yield from self._find(find)
        if more := unshown(matching):
            yield f"    … {more:,} more"

    def _find(self, find: Find) -> Iterator[str]:
        what = f": {short(find.what)}" if find.what else ""
        sign = self.paint(find.sign, _TONES.get(find.sign, ""))
        yield f"    {sign} {find.origin.value} {short(find.where)}{what}"
        for event in find.events:
            yield from (f"      {row}" for row in _event(event))
        if find.more:
            yield f"      … {number(find.more, 'event')} more"

    # --- what the rule says of itself

    def _meta(self, change: MetaChange) -> Iterator[str]:
        old, new = change.old, change.new
        if "\n" not in f"{old}{new}" and len(f"{old}{new}") <= _WIDTH:
            yield f"  {short(change.key)}: {_said(old)} -> {_said(new)}"
            return
        yield f"  {short(change.key)}:"
        yield from self._signed(unified(old, new, 1), "    ")

    # --- queries

    def _queries(self, change: RuleChange) -> Iterator[str]:
        parts = queries(change)
        for each in parts.drawn:
            yield f"  {self.paint(short(each.label), _BOLD)}: {_what(each)}"
            yield from self._signed(query(each), "    ")
        if parts.unknown:
            yield f"  {_labels(parts.unknown)}: a query on one side alone"
        if parts.noise:
            yield f"  {_labels(parts.noise)}: another comment or white space, nothing else"
        if parts.same:
            yield f"  {_labels(parts.same)}: the same"

    def _signed(self, rows: list[Line], indent: str) -> Iterator[str]:
        for sign, words in rows:
            tone = _TONES.get(sign, "")
            row = f"… {words}" if sign == "@" else f"{sign} {words}"
            yield indent + self.paint(row.rstrip(), tone)


def _what(change: QueryChange) -> str:
    if change.kind is Kind.CHANGED:
        return verdict(change)
    return f"{change.kind.value}, {verdict(change)}"


def _labels(changes: tuple[QueryChange, ...]) -> str:
    return ", ".join(short(each.label) for each in changes)


def _said(words: str | None) -> str:
    return "(none)" if words is None else line(words)


def _event(event: Shown) -> Iterator[str]:
    """Write an event: what it is, then its fields, several on a line."""
    yield f"{short(' or '.join(event.classes))} at {short(event.time)} ({short(event.place)})"
    parts = [f"{name} = {value}" for name, value in fields(event.fields)]
    if more := more_fields(event.fields):
        parts.append(f"… {more} fields more")
    row = ""
    for part in parts:
        if row and len(row) + len(part) > _WIDTH:
            yield f"  {row}"
            row = ""
        row = f"{row}  {part}" if row else part
    if row:
        yield f"  {row}"
