"""MITRE's STIX bundle of ATT&CK Enterprise to `attack.json`, which the compiler reads."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

OUT = Path(__file__).parents[1] / "compiler" / "tocsin" / "data" / "attack.json"
NOTICE = (
    "© The MITRE Corporation. "
    "Reproduced and distributed with the permission of The MITRE Corporation."
)

Item = Mapping[str, object]
Section = Mapping[str, str | list[str]]


def main() -> None:
    """Read the bundle that the command line names; write the data file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path, help="enterprise-attack.json, STIX 2.1")
    parser.add_argument("-o", "--output", type=Path, default=OUT)
    arguments = parser.parse_args()
    bundle: object = json.loads(arguments.bundle.read_text(encoding="utf-8"))
    arguments.output.write_text(render(convert(bundle)), encoding="utf-8", newline="\n")


def convert(bundle: object) -> Mapping[str, str | Section]:
    """Take from a bundle what a rule may name; the same bundle gives the same value."""
    objects = list(_items(_mapping(bundle), "objects"))
    patterns = {_text(item, "id"): item for item in objects if item.get("type") == "attack-pattern"}
    return {
        "framework": "MITRE ATT&CK Enterprise",
        "version": _version(objects),
        "notice": NOTICE,
        "tactics": _tactics(objects),
        "techniques": _techniques(patterns),
        "replaced": _replaced(objects, patterns),
    }


def render(data: Mapping[str, str | Section]) -> str:
    """Write one line for each tactic, technique and withdrawn id."""
    parts = [f"{_json(key)}: {_section(value)}" for key, value in data.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _section(value: str | Section) -> str:
    if isinstance(value, str):
        return _json(value)
    return "{\n" + ",\n".join(f"  {_json(key)}: {_json(row)}" for key, row in value.items()) + "\n}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _version(objects: list[Item]) -> str:
    for item in objects:
        if item.get("type") == "x-mitre-collection":
            return _text(item, "x_mitre_version")
    raise SystemExit("the bundle has no x-mitre-collection, which names the version")


def _tactics(objects: list[Item]) -> Section:
    rows = {
        _text(item, "x_mitre_shortname"): [_attack_id(item), _text(item, "name")]
        for item in objects
        if item.get("type") == "x-mitre-tactic" and not _withdrawn(item)
    }
    return dict(sorted(rows.items(), key=lambda row: row[1]))


def _techniques(patterns: Mapping[str, Item]) -> Section:
    rows = {
        _attack_id(item): [_text(item, "name"), " ".join(_slugs(item))]
        for item in patterns.values()
        if not _withdrawn(item)
    }
    return dict(sorted(rows.items()))


def _slugs(pattern: Item) -> list[str]:
    return sorted(
        _text(phase, "phase_name")
        for phase in _items(pattern, "kill_chain_phases")
        if phase.get("kill_chain_name") == "mitre-attack"
    )


def _replaced(objects: list[Item], patterns: Mapping[str, Item]) -> Section:
    step: dict[str, set[str]] = {}
    for item in objects:
        if item.get("relationship_type") == "revoked-by" and not item.get("revoked"):
            old, new = (patterns.get(_text(item, f"{end}_ref")) for end in ("source", "target"))
            if old is not None and new is not None:
                step.setdefault(_attack_id(old), set()).add(_attack_id(new))
    final = {old: _final(old, step, frozenset()) for old in step}
    return {old: " ".join(sorted(new)) for old, new in sorted(final.items()) if new}


def _final(old: str, step: Mapping[str, set[str]], seen: frozenset[str]) -> set[str]:
    # A successor may have been withdrawn in its turn.
    if old in seen:
        return set()
    if old not in step:
        return {old}
    return {last for new in step[old] for last in _final(new, step, seen | {old})}


def _withdrawn(item: Item) -> bool:
    return bool(item.get("revoked") or item.get("x_mitre_deprecated"))


def _attack_id(item: Item) -> str:
    for reference in _items(item, "external_references"):
        if reference.get("source_name") == "mitre-attack":
            return _text(reference, "external_id")
    raise SystemExit(f"{item.get('id')} has no ATT&CK id")


def _items(item: Item, key: str) -> Iterator[Item]:
    rows = item.get(key, [])
    if not isinstance(rows, list):
        raise SystemExit(f"`{key}` is not a list")
    for row in rows:
        yield _mapping(row)


def _mapping(value: object) -> Item:
    if not isinstance(value, dict):
        raise SystemExit("not a STIX 2.1 bundle")
    return value


def _text(item: Item, key: str) -> str:
    value = item.get(key)
    if not isinstance(value, str):
        raise SystemExit(f"{item.get('id', 'an object')} has no text `{key}`")
    return value


if __name__ == "__main__":
    main()
