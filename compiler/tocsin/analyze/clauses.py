"""The clauses of one rule by their kind; those that a rule has once are told of if repeated."""

from collections.abc import Sequence
from typing import TypeVar

from tocsin import tree
from tocsin.diagnostics import Code, Diagnostic, Note
from tocsin.frozen import dataclass
from tocsin.source import Source, Span

C = TypeVar("C", bound=tree.Clause)


@dataclass(frozen=True, slots=True, eq=False)
class Clauses:
    """The clauses of WRITTEN, which stands in SOURCE. What is wrong goes to FOUND."""

    written: tree.Rule
    source: Source
    found: list[Diagnostic]

    def all(self, kind: type[C]) -> list[C]:
        """Return the clauses of a kind."""
        return [clause for clause in self.written.clauses if isinstance(clause, kind)]

    def one(self, kind: type[C]) -> C | None:
        """Return the clause of a kind that stands once."""
        clauses = self.all(kind)
        self.only(clauses, "schedule" if kind is tree.Schedule else "")
        return clauses[0] if clauses else None

    def only(self, clauses: Sequence[tree.Clause], called: str) -> None:
        """Report every clause but the first of a kind that is CALLED so, or by its first word."""
        for again in clauses[1:]:
            word = self.first_word(again.span)
            what = called or f"`{word.text}` clause"
            note = Note("the first one", self.first_word(clauses[0].span).span)
            message, label = f"a second {what}", "a rule has one"
            self.found.append(
                Diagnostic(Code.REPEATED_CLAUSE, message, word.span, label, notes=(note,))
            )

    def first_word(self, span: Span) -> tree.Word:
        """Return the keyword that begins a clause: the smallest text that stands for it."""
        word = self.source.text[span.start : span.end].split(None, 1)[0]
        return tree.Word(word, Span(span.file, span.start, span.start + len(word)))
