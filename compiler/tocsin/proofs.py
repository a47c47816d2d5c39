"""A rule's own tests, run by the engines: the proof that its author can show."""

from collections.abc import Iterator, Mapping, Sequence

from tocsin import model, registry
from tocsin.diagnostics import Code, Diagnostic
from tocsin.engine import Engine, Rejected
from tocsin.frozen import dataclass, replace
from tocsin.model import Occurrence, Verdict
from tocsin.pipeline import Plan, Rendering, Rules, render_all
from tocsin.prove import Comparison, compare, unprovable
from tocsin.source import Span


@dataclass(frozen=True, slots=True)
class Proof:
    """What the tests of one rule say of its rendering for one target.

    EVENTS were recorded and searched, FOUND of them are what the query finds. QUIET counts the
    tests that fire by themselves and find nothing as the sources record them. BEYOND are fields
    that no record can be made of. VERDICT is `refused` where there is no rendering. With
    DIAGNOSTICS nothing is proved; QUERY is then for the reader.
    """

    rule: model.Rule
    label: str  # of the plan
    verdict: Verdict
    events: int = 0
    found: int = 0
    quiet: int = 0
    beyond: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    query: str | None = None

    @property
    def faults(self) -> tuple[Diagnostic, ...]:
        """What the engine has found; a refusal is none, and is told by `check`."""
        return () if self.verdict is Verdict.REFUSED else self.diagnostics

    @property
    def proved(self) -> bool:
        """Whether the runs say anything: a skewed query may err both ways."""
        silent = self.verdict in {Verdict.REFUSED, Verdict.SKEWED} or self.beyond or self.faults
        return bool(self.events) and not silent

    @property
    def state(self) -> str:
        """Say in a few words what is proved."""
        events = f"{self.events} event{'s' * (self.events != 1)}"
        if self.verdict is Verdict.REFUSED:
            return "refused"
        if self.faults:
            return f"{self.verdict}: NOT proved"
        if self.beyond:
            return f"{self.verdict}, not provable: {', '.join(self.beyond)}"
        if not self.events:
            return f"{self.verdict}, no test"
        if not self.proved:
            return f"{self.verdict}, run on {events}"
        tests = f"{self.quiet} test{'s' * (self.quiet != 1)}"
        quiet = f", {tests} cannot fire there" if self.quiet else ""
        return f"{self.verdict}, proved on {events}{quiet}"

    def data(self) -> dict[str, object]:
        """Say the same for machines."""
        return {
            "rule": self.rule.name,
            "target": self.label,
            "verdict": str(self.verdict),
            "proved": self.proved,
            "events": self.events,
            "found": self.found,
            "quiet": self.quiet,
            "not_provable": list(self.beyond),
            "query": self.query,
        }


def run(
    rules: Rules,
    plans: Sequence[Plan],
    engines: Mapping[str, Engine],
    recorded: Sequence[Occurrence],
) -> Iterator[Proof]:
    """Prove every rule by every plan, on the engine of its target."""
    for rendering in render_all(rules, plans):
        yield prove(rendering, engines[rendering.target], recorded)


def prove(rendering: Rendering, engine: Engine, recorded: Sequence[Occurrence] = ()) -> Proof:
    """Run the tests of a rule through ENGINE, each by itself, then events that were RECORDED."""
    rendering = _without_macros(rendering)
    rule, target = rendering.rule, rendering.label
    if rendering.lowered is None or rendering.text is None:
        return Proof(rule, target, Verdict.REFUSED, diagnostics=rendering.diagnostics)
    verdict, beyond = rendering.lowered.verdict, unprovable(rendering.lowered)
    if beyond:
        return Proof(rule, target, verdict, beyond=beyond)
    events = found = quiet = 0
    problems: list[Diagnostic] = []
    for batch in _batches(rule, recorded):
        try:
            comparison = compare(rendering, batch.events, engine)
        except (Rejected, ValueError) as error:
            if any(source.is_own for source in rendering.lowered.sources):
                # An engine knows the tables of products, not those of a project.
                return Proof(rule, target, verdict, beyond=(str(error),))
            # A ValueError is a record that the engine's tables cannot hold.
            what = "query" if isinstance(error, Rejected) else "events"
            message = f"{target}: the engine does not take the {what}"
            problems.append(Diagnostic(Code.REJECTED, message, rule.span, str(error)))
            break
        events += len(comparison.records)
        found += comparison.found
        quiet += batch.fires and not comparison.found
        if not comparison.agrees:
            problems.append(_disproved(target, batch, comparison))
    query = rendering.text if problems else None
    return Proof(rule, target, verdict, events, found, quiet, (), tuple(problems), query)


def _without_macros(rendering: Rendering) -> Rendering:
    """Write what a team's macro stands for: no engine knows the macro."""
    lowered = rendering.lowered
    if lowered is None or not any(place.macro for place in lowered.places):
        return rendering
    places = tuple(replace(place, macro="") for place in lowered.places)
    text = registry.load(rendering.target).emit(replace(lowered, places=places))
    return replace(rendering, text=text, lowered=replace(lowered, places=places))


def is_storable(event: Occurrence) -> bool:
    """Whether products can hold the texts of EVENT: none has U+0000, or half a surrogate pair."""
    texts = (v for values in event.fields.values() for v in values if isinstance(v, str))
    return not any(character == "\0" or "\ud800" <= character <= "\udfff"
                   for text in texts for character in text)  # fmt: skip


_BATCH = 1_000  # recorded events that an engine is given at once


@dataclass(frozen=True, slots=True)
class _Batch:
    """Events that are run together: what they are, where that stands, whether the rule fires."""

    what: str
    span: Span
    fires: bool
    events: Sequence[Occurrence]


def _batches(rule: model.Rule, recorded: Sequence[Occurrence]) -> Iterator[_Batch]:
    for test in rule.tests:
        yield _Batch(f"test `{test.name}`", test.span, test.fires, test.events)
    for start in range(0, len(recorded), _BATCH):
        yield _Batch("the recorded events", rule.span, False, recorded[start : start + _BATCH])


def _disproved(target: str, batch: _Batch, comparison: Comparison) -> Diagnostic:
    message = f"{target}: the query does not find what the rule means in {batch.what}"
    counted = (
        (len(comparison.missed), "missed"),
        (len(comparison.extra), "too many"),
        (len(comparison.other), "with other values"),
    )
    label = ", ".join(f"{count} {what}" for count, what in counted if count)
    hint = f"the verdict is {comparison.verdict}; this is a fault of the compiler or of its data"
    return Diagnostic(Code.DISPROVED, message, batch.span, label, hint)


# --- for the reader


def table(proofs: Sequence[Proof], labels: Sequence[str]) -> list[list[str]]:
    """Lay proofs out: a row for each rule, a column for each plan."""
    states: dict[str, dict[str, str]] = {}
    for proof in proofs:
        states.setdefault(proof.rule.name, {})[proof.label] = proof.state
    rows = [[name, *(row.get(label, "") for label in labels)] for name, row in states.items()]
    return [["rule", *labels], *rows]


def summary(proofs: Sequence[Proof]) -> str:
    """Count what is proved, in one line."""
    said = [proof for proof in proofs if proof.verdict is not Verdict.REFUSED]
    proved = sum(proof.proved for proof in said)
    wrong = sum(bool(proof.faults) for proof in said)
    counted = {
        "proved": proved,
        "NOT proved": wrong,
        "without proof": len(said) - proved - wrong,
        "refused": len(proofs) - len(said),
    }
    told = ", ".join(f"{count} {what}" for what, count in counted.items() if count)
    count = "1 query" if len(proofs) == 1 else f"{len(proofs)} queries"
    return f"{count}: {told or 'none'}"
