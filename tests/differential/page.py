"""docs/fidelity.md as text: what is proved, by which engine, how often; and what is not."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from differential.cases import CASES, SECTIONS, passed
from differential.divergences import KNOWN
from differential.exhibits import EXHIBITS
from differential.harness import TARGETS
from differential.mutations import MUTATIONS
from differential.operators import OPERATORS
from tocsin import registry
from tocsin.engine import Engine
from tocsin.profiles import SourceClass, load_source, source_names
from tocsin.recording import provable

Counts = Mapping[str, Mapping[str, int]]


def page(counts: Counts) -> str:
    """Write the page, with what a campaign has counted."""
    parts = (
        *(
            _head(counts),
            _sources(counts),
            _engines(),
            _operators(counts),
            _cases(),
            _exhibits(),
            _divergences(counts),
        ),
        *(_mutations(), _not_proved()),
    )
    return "\n".join(chain.from_iterable([*part, ""] for part in parts)).rstrip("\n") + "\n"


def _head(counts: Counts) -> Iterator[str]:
    compared = counts["compared"]
    yield "# Fidelity"
    yield ""
    yield "<!-- Written by scripts/fidelity.py: edits belong there, or into the tests. -->"
    yield ""
    yield (
        f"{sum(compared.values()):,} times a generated rule was rendered, the query run by an"
        " engine over generated events, and what it found held against the reference meaning of"
        " the language. There was no disagreement that is not listed below. Of the compiler as it"
        f" was before each source was compared by itself, {sum(counts['before'].values()):,} were"
        " counted ("
        + ", ".join(f"{target} {number:,}" for target, number in counts["before"].items())
        + "), with the same outcome."
    )
    yield ""
    yield from _table(
        ("target", "comparisons", "queries that found something", "refused with a reason"),
        (
            (t, f"{compared[t]:,}", f"{counts['found'].get(t, 0):,}",
             f"{counts['refused'].get(t, 0):,}")
            for t in TARGETS
        ),
    )  # fmt: skip
    yield ""
    yield (
        "By verdict: "
        + ", ".join(f"{name} {number:,}" for name, number in sorted(counts["verdicts"].items()))
        + ". Of a `wider` query it is compared that it misses nothing, of a `narrower` one that it"
    )
    yield "finds nothing too much."


def _sources(counts: Counts) -> Iterator[str]:
    yield "## Source by source"
    yield ""
    yield (
        "Events are recorded as each source keeps them, and the query is held against what can be"
        " seen of them there. *Provable* are the fields whose column can be written and read back"
        " by the profile alone; the others are named at the end of this page."
    )
    yield ""
    counted = counts["by_source"]
    rows = ((n, f"{counted.get(n, 0):,}", *_provable_of(n)) for n in source_names())
    together = ((n, f"{number:,}", "", "") for n, number in counted.items() if "together" in n)
    headings = ("source", "comparisons", "fields it keeps", "provable")
    yield from _table(headings, [*rows, *together])


def _provable_of(name: str) -> tuple[str, str]:
    columns = [column for place in _places(name) for column in place.columns.values()]
    return f"{len(columns):,}", f"{sum(map(provable, columns)):,}"


def _places(name: str) -> list[SourceClass]:
    source = load_source(name)
    found = (source.event_class(event_class) for event_class in source.classes())
    return [place for place in found if place]


# --- engines


_MORE = {
    "spl": (
        "Three readings that the documentation leaves open (what NOT of a NULL is, how far `search`"
        " folds, how often a regular expression is unescaped) alternate in the generated runs: an"
        " output must be right under each."
    )
}


def _engines() -> Iterator[str]:
    yield "## Whose semantics"
    yield ""
    yield (
        "**No Elasticsearch, no Kusto and no Splunk was run**, for none can be had in a test. What"
        " ran instead, and what each engine takes to hold where the product's documentation is"
        " silent:"
    )
    for target in TARGETS:
        engine = _engine(target)
        yield ""
        yield f"### {target}"
        yield ""
        yield f"{_sentence(engine.semantics)} {_MORE.get(target, '')}".rstrip()
        yield ""
        yield from (f"* {_sentence(e.text)} *{_sentence(e.reason)}*" for e in engine.assumed)


def _sentence(text: str) -> str:
    first = text if text.startswith("pySigma") else text[0].upper() + text[1:]
    return first if first[-1] in ".?!" else f"{first}."


def _engine(target: str) -> Engine:
    engine = registry.engine(target)
    assert engine is not None
    return engine


# --- operators


def _operators(counts: Counts) -> Iterator[str]:
    yield "## Operators"
    yield ""
    yield (
        "How many comparisons were of rules that use the operator."
        " [Operators by target](operators.md) has the query of each."
    )
    yield ""
    rows = ((f"`{each}`", *(f"{_count(counts, each, t):,}" for t in TARGETS)) for each in OPERATORS)
    yield from _table(("operator", *TARGETS), [*rows])


def _count(counts: Counts, operator: str, target: str) -> int:
    return counts["by_operator"].get(f"{operator} on {target}", 0)


# --- cases


def _cases() -> Iterator[str]:
    yield "## The numbered cases"
    yield ""
    yield (
        f"{len(CASES)} cases in which translations go wrong, from the research that the language"
        " was designed by. A case that a target cannot say asserts the diagnostic that says so."
    )
    yield ""
    yield from _table(
        ("target", "run on the engine", "refused with the diagnostic expected"),
        ((target, str(run), str(told)) for target, (run, told) in passed().items()),
    )
    yield ""
    yield (
        "Sections: "
        + ", ".join(f"{name} ({len(numbers)})" for name, numbers in SECTIONS.items())
        + "."
    )


def _exhibits() -> Iterator[str]:
    yield "## Twelve mistranslations, and what is written here"
    yield ""
    yield "Seen with pySigma 1.5.1 and its backends Kusto 1.0.1, Splunk 2.1.0, Elasticsearch 2.1.1."
    yield ""
    rows = [row for exhibit in EXHIBITS for row in exhibit.rows()]
    shown = ((_code(a), _code(b), defect, _code(c), _code(d)) for a, b, defect, c, d in rows)
    headings = ("Sigma", "what a public converter emits", "what is wrong", "in a rule", "here")
    yield from _table(headings, shown)


# --- what is known, and what is not


def _divergences(counts: Counts) -> Iterator[str]:
    yield "## Known divergences"
    yield ""
    yield "Where a query that is called exact is known to differ. Each is asserted by a test."
    yield ""
    for each in KNOWN.values():
        seen = counts["divergences"].get(each.name, 0)
        targets = ", ".join(each.targets)
        yield f"* **{each.name}** ({targets}; {each.direction}; seen {seen:,} times)."
        yield f"  {' '.join(each.reason.split())} Told in: {each.told}"


def _mutations() -> Iterator[str]:
    yield "## Faults that the comparisons catch"
    yield ""
    yield (
        f"{len(MUTATIONS)} faults are put into the compiler, one at a time, and every one is caught"
        " on each target named."
    )
    yield ""
    rows = ((each.name, ", ".join(each.targets), each.breaks) for each in MUTATIONS)
    yield from _table(("fault", "caught on", "what it breaks"), rows)


def _not_proved() -> Iterator[str]:
    yield "## What is not proved"
    yield ""
    yield "* How Elasticsearch, Kusto and Splunk themselves run the queries: none was run."
    yield "* What an engine takes for granted, above."
    yield (
        "* That the profiles of the sources are right: they are taken from documentation, and the"
        " events are recorded by the same profiles that the queries are made from."
    )
    yield (
        "* Columns whose value an expression of the target makes, and the forms that cannot be"
        " written back; rules that read them are not compared:"
    )
    for name in source_names():
        fields = _unprovable(name)
        if fields:
            yield f"    * {name}: {', '.join(f'`{field}`' for field in fields)}"


def _unprovable(name: str) -> list[str]:
    columns = (column for place in _places(name) for column in place.columns.values())
    return sorted({column.field for column in columns if not provable(column)})


# --- Markdown


def _table(
    headings: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]
) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _code(text: str) -> str:
    """Show lines of a query in a cell."""
    return "<br>".join(_span(line.strip()) for line in text.splitlines() if line.strip()) or "-"


def _span(line: str) -> str:
    fence = "``" if "`" in line else "`"
    pad = " " if "`" in line else ""
    return f"{fence}{pad}{_cell(line)}{pad}{fence}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
