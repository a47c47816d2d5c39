"""Generated rules and events through every engine, counted. One seed, one campaign: it repeats."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from differential.bodies import bodies
from differential.divergences import known_divergence
from differential.events import event_sets
from differential.harness import TARGETS, compiled, engine_of, rendered, report, sources_of
from differential.operators import operators
from differential.rules import Written, rules
from tocsin.engine import Engine, Rejected
from tocsin.model import Occurrence
from tocsin.pipeline import Rendering
from tocsin.profiles import Source, source_names
from tocsin.prove import compare, unprovable
from tocsin_engines.spl import Readings, SplEngine


@dataclass(slots=True)
class Tally:
    """What a campaign has compared: by target, by operator and target, and what was known."""

    compared: Counter[str] = field(default_factory=Counter)
    by_source: Counter[str] = field(default_factory=Counter)
    by_operator: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    divergences: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    not_proved: Counter[str] = field(default_factory=Counter)

    @property
    def comparisons(self) -> int:
        """Count rule x event-set x target."""
        return self.compared.total()

    def counts(self) -> dict[str, dict[str, int]]:
        """Say it all with plain names, to be added up and kept."""
        return {
            "compared": dict(self.compared),
            "by_source": dict(self.by_source),
            "found": dict(self.found),
            "refused": dict(self.refused),
            "not_proved": dict(self.not_proved),
            "divergences": dict(self.divergences),
            "verdicts": {" on ".join(key[::-1]): n for key, n in self.verdicts.items()},
            "by_operator": {" on ".join(key): n for key, n in self.by_operator.items()},
        }


def campaign(number: int, comparisons: int) -> Tally:
    """Compare at least so often; raise AssertionError at the first disagreement, shrunk."""
    tally = Tally()
    engines = {target: engine_of(target) for target in TARGETS}
    turn = 0
    while tally.comparisons < comparisons:
        _turn(number * 1_000 + turn, comparisons - tally.comparisons, engines, tally)
        turn += 1
    return tally


# Rules and events are large and slow to draw; that is what they are for.
_UNCHECKED = (
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.large_base_example,
)


def campaign_of(source: Source, engine: Engine, number: int, comparisons: int) -> Tally:
    """Compare at least so often over one source, with rules that keep to its classes and fields."""
    tally = Tally()
    turn = 0
    while tally.comparisons < comparisons:
        _turn_of(source, number * 1_000 + turn, comparisons - tally.comparisons, engine, tally)
        turn += 1
    return tally


def label(target: str, source: str) -> str:
    """Name a source; one that a target brings along may be called like one of ours."""
    return source if source in source_names(target) else f"{target}/{source}"


def _settings(wanted: int) -> settings:
    return settings(
        max_examples=max(20, wanted), deadline=None, database=None, derandomize=False,
        phases=(Phase.generate, Phase.shrink), suppress_health_check=_UNCHECKED,
    )  # fmt: skip


def _turn(number: int, wanted: int, engines: dict[str, Engine], tally: Tally) -> None:
    @seed(number)
    @_settings(wanted // 2)
    @given(st.data())
    def examples(data: st.DataObject) -> None:
        written = data.draw(_any(None))
        events = data.draw(event_sets(written))
        sources = {target: data.draw(st.sampled_from(_SOURCES[target])) for target in engines}
        result = compiled(written.text)
        if any(each.code.is_error for each in result.diagnostics):
            return
        for target, engine in engines.items():
            rendering = rendered(result.rules[0], target, sources[target])
            _judge(rendering, events, _judge_of(data, target, engine), tally, written.text)

    examples()


def _turn_of(source: Source, number: int, wanted: int, engine: Engine, tally: Tally) -> None:
    @seed(number)
    @_settings(wanted)
    @given(st.data())
    def examples(data: st.DataObject) -> None:
        written = data.draw(_any(source))
        events = data.draw(event_sets(written))
        result = compiled(written.text)
        if any(each.code.is_error for each in result.diagnostics):
            return
        rendering = rendered(result.rules[0], source.target, (source.name,))
        judge = _judge_of(data, source.target, engine)
        _judge(rendering, events, judge, tally, written.text)

    examples()


def _any(source: Source | None) -> st.SearchStrategy[Written]:
    """Draw a rule of single events, or in one turn of four one of several."""
    single = rules(source=source)
    return st.one_of(single, single, single, bodies(source=source))


def _judge_of(data: st.DataObject, target: str, engine: Engine) -> Engine:
    return data.draw(st.sampled_from(_READINGS)) if target == "spl" else engine


# What Splunk's documentation leaves open: an output must be right under each reading.
_READINGS: tuple[Engine, ...] = (
    SplEngine(),
    SplEngine(Readings(not_null=True)),
    SplEngine(Readings(search_folds_unicode=False)),
    SplEngine(Readings(regex_is_unescaped=False)),
)

# What one query reads: one source, or all of Elastic's, as often as one of them.
_ALL_TOGETHER: tuple[tuple[str, ...], ...] = ((),) * len(source_names("eql"))
_SOURCES = {
    target: tuple((name,) for name in sources_of(target)) + (_ALL_TOGETHER * (target == "eql"))
    for target in TARGETS
}


def _judge(
    rendering: Rendering, events: list[Occurrence], engine: Engine, tally: Tally, text: str
) -> None:
    target = rendering.target
    if rendering.text is None or rendering.lowered is None:
        tally.refused[target] += 1
        return
    if unprovable(rendering.lowered):
        tally.not_proved[target] += 1
        return
    try:
        comparison = compare(rendering, events, engine)
    except Rejected as error:
        raise AssertionError(f"{target} rejects: {error}\n{text}\n{rendering.text}") from error
    tally.compared[target] += 1
    names = [label(target, source.name) for source in rendering.lowered.sources]
    tally.by_source[names[0] if len(names) == 1 else f"{target}, {len(names)} together"] += 1
    tally.verdicts[target, str(comparison.verdict)] += 1
    tally.found[target] += bool(comparison.found)
    tally.by_operator.update((operator, target) for operator in operators(rendering.rule))
    if not comparison.agrees:
        divergence = known_divergence(rendering, comparison)
        assert divergence, f"{text}\n{report(rendering, comparison)}"
        tally.divergences[divergence] += 1
