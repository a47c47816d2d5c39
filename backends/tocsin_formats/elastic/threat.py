"""ATT&CK as Elastic's rules have it: an entry for each tactic, sub-techniques below techniques."""

from collections.abc import Iterable

from tocsin import attack, model

_SITE = "https://attack.mitre.org"

Entry = dict[str, object]


def threat(techniques: Iterable[model.Technique]) -> list[Entry]:
    """Write the techniques of a rule, in the order in which it names them."""
    by_tactic: dict[str, dict[str, list[str]]] = {}
    for technique in techniques:
        whole, _, part = technique.id.partition(".")
        parts = by_tactic.setdefault(technique.tactic, {}).setdefault(whole, [])
        if part and technique.id not in parts:
            parts.append(technique.id)
    return [
        {
            "framework": "MITRE ATT&CK",
            "technique": [_technique(id_, parts) for id_, parts in found.items()],
            "tactic": _tactic(slug),
        }
        for slug, found in by_tactic.items()
    ]


def tactics(techniques: Iterable[model.Technique]) -> list[str]:
    """Name the tactics of a rule, the first one first."""
    slugs = dict.fromkeys(each.tactic for each in techniques)
    return [found.name for slug in slugs if (found := attack.tactic(slug))]


def _tactic(slug: str) -> Entry:
    tactic = attack.tactic(slug)
    assert tactic, "the analysis refuses others"
    return {"id": tactic.id, "name": tactic.name, "reference": f"{_SITE}/tactics/{tactic.id}/"}


def _technique(id_: str, parts: Iterable[str]) -> Entry:
    below = [_named(each) for each in parts]
    return {**_named(id_), **({"subtechnique": below} if below else {})}


def _named(id_: str) -> Entry:
    technique = attack.technique(id_)
    assert technique, "the analysis refuses others"
    path = id_.replace(".", "/")
    return {"id": id_, "name": technique.name, "reference": f"{_SITE}/techniques/{path}/"}
