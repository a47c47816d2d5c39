"""What Splunk calls what a rule speaks of: severities, objects of risk, domains, data sources."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from tocsin import model
from tocsin.backend import Lowered
from tocsin.layers import Folder
from tocsin.schema import Table, read_table

_NO_TEXTS: tuple[str, ...] = ()


@cache
def _words() -> Table:
    return read_table(Path(__file__).parent / "words.toml")


def alert_severity(severity: str) -> int:
    """Say the level of an alert, from 1."""
    return _words().table("alert_severities").all_numbers()[severity]


def risk_score(meta: model.Meta) -> int | None:
    """Say the score of a rule: its own, or that of its severity; None if it has neither."""
    if meta.risk is not None or meta.severity is None:
        return meta.risk
    return _words().table("risk_scores").all_numbers()[meta.severity]


def risk_object(kind: str) -> str | None:
    """Name the kind of object that a risk is counted for; None if entities of KIND are none."""
    return _words().table("risk_objects").all_texts().get(kind)


def threat_object(kind: str, field: str) -> str | None:
    """Name the kind of threat that FIELD of an entity of KIND is; None if it is none."""
    known = _words().table("threat_objects").all_texts()
    others = _words().table("threat_fields").all_texts()
    named = next((others[name] for name in others if f".{field}".endswith(f".{name}")), None)
    return (named or known[kind]) if kind in known else None


def domain(lowered: Lowered) -> str:
    """Name the security domain of what alerts: of the last kind of event."""
    return _class(lowered).text("domain")


def asset(lowered: Lowered) -> str:
    """Name the type of asset of what alerts."""
    return _class(lowered).text("asset")


def _class(lowered: Lowered) -> Table:
    body = lowered.rule.body
    parts = body.steps[-1].parts if isinstance(body, model.Sequence) else model.parts(body)
    return _words().table("classes").table(parts[-1].event.classes[-1])


def kill_chain(techniques: Iterable[model.Technique]) -> list[str]:
    """Name the steps of the kill chain of TECHNIQUES, sorted."""
    known = _words().table("kill_chain").all_texts()
    return sorted({known[each.tactic] for each in techniques if each.tactic in known})


def data_sources(lowered: Lowered) -> list[str]:
    """Name the data sources that a query reads, sorted; none for a source of one's own."""
    return sorted({name for part in lowered.parts or (lowered,) for name in _read(part)})


def _read(lowered: Lowered) -> Iterator[str]:
    known = _words().table("data_sources")
    for source in lowered.sources:
        lowest = source.layers[0]
        name = lowest.path.name if isinstance(lowest, Folder) else source.name
        for place in lowered.places:
            if place.source == source.name:
                yield from known.table(name).texts(place.event_class, _NO_TEXTS)
