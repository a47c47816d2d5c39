"""What a report is made of, and what all of them ask of it."""

from collections.abc import Callable, Mapping, Sequence

from tocsin.diagnostics import Diagnostic
from tocsin.frozen import dataclass
from tocsin.source import Source, Span
from tocsin.units import Rule


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a text: lines and columns from 1, the end outside."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Findings and the texts they are about, the rules that could be read, and the exit code.

    NAMED turns the name of a file in messages into its path from the root of the repository.
    """

    found: Sequence[Diagnostic]
    sources: Mapping[str, Source]
    rules: Sequence[Rule]
    code: int
    named: Callable[[str], str]

    def place(self, span: Span) -> Place | None:
        """Find the lines and columns of SPAN; None if there is no text that it is in."""
        source = self.sources.get(span.file)
        if source is None or not source.text:
            return None
        return Place(*source.locate(span.start), *source.locate(span.end))


def words(each: Diagnostic) -> tuple[str, ...]:
    """Say what a finding says, a line for each thing; the help is the last."""
    said = f"{each.message}: {each.label}" if each.label else each.message
    return (said, each.help) if each.help else (said,)
