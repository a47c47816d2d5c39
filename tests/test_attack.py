from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tocsin.attack import matrix, read_matrix, successors, tactic, technique, version

SCRIPT = Path(__file__).parents[1] / "scripts" / "update_attack.py"


def pattern(uid: str, attack_id: str, name: str, *slugs: str, **more: object) -> dict[str, object]:
    return {
        "type": "attack-pattern",
        "id": uid,
        "name": name,
        "external_references": [
            {"source_name": "capec", "external_id": "CAPEC-1"},
            {"source_name": "mitre-attack", "external_id": attack_id},
        ],
        "kill_chain_phases": [
            {"kill_chain_name": "mitre-attack", "phase_name": slug} for slug in slugs
        ]
        + [{"kill_chain_name": "other", "phase_name": "noise"}],
        **more,
    }


def revoked_by(old: str, new: str) -> dict[str, object]:
    return {
        "type": "relationship",
        "id": f"relationship--{old}",
        "relationship_type": "revoked-by",
        "source_ref": old,
        "target_ref": new,
    }


BUNDLE = {
    "type": "bundle",
    "objects": [
        {"type": "x-mitre-collection", "id": "x", "x_mitre_version": "18.1"},
        {
            "type": "x-mitre-tactic",
            "id": "t",
            "name": "Execution",
            "x_mitre_shortname": "execution",
            "external_references": [{"source_name": "mitre-attack", "external_id": "TA0002"}],
        },
        pattern("b", "T1053.005", "Scheduled Task", "persistence", "execution"),
        pattern("a", "T1053", "Scheduled Task/Job", "execution"),
        pattern("c", "T1086", "PowerShell", "execution", revoked=True),
        pattern("d", "T1168", "Local Job Scheduling", "execution", revoked=True),
        pattern("e", "T1064", "Scripting", "execution", x_mitre_deprecated=True),
        revoked_by("d", "c"),
        revoked_by("c", "b"),
        revoked_by("intrusion-set--1", "intrusion-set--2"),
    ],
}


def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec = importlib.util.spec_from_file_location("update_attack", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, bundle: object) -> Path:
    source, out = folder / "bundle.json", folder / "attack.json"
    source.write_text(json.dumps(bundle))
    monkeypatch.setattr(sys, "argv", ["update_attack.py", str(source), "-o", str(out)])
    script(monkeypatch).main()
    return out


def test_names_and_tactics_are_found() -> None:
    found = technique("T1059.007")
    execution = tactic("execution")

    assert found is not None
    assert (found.name, found.tactics) == ("JavaScript", ("execution",))
    assert execution is not None
    assert (execution.id, execution.name) == ("TA0002", "Execution")
    assert technique("T9999") is None
    assert tactic("Execution") is None
    assert version() == "17.0"


def test_a_withdrawn_id_names_its_successors() -> None:
    assert technique("T1086") is None
    assert successors("T1086") == ("T1059.001",)
    assert successors("T1059") == ()


def test_the_data_holds_together() -> None:
    attack = matrix()

    for found in attack.techniques.values():
        assert found.name
        assert set(found.tactics) <= set(attack.tactics)
        assert found.id.split(".")[0] in attack.techniques
    for old, new in attack.replaced.items():
        assert old not in attack.techniques
        assert set(new) <= set(attack.techniques)


def test_the_data_is_written_as_the_script_writes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(__file__).parents[1] / "compiler" / "tocsin" / "data" / "attack.json"
    text = path.read_text(encoding="utf-8")

    assert script(monkeypatch).render(json.loads(text)) == text
    assert "The MITRE Corporation" in matrix().notice


def test_a_bundle_becomes_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attack = read_matrix(run(monkeypatch, tmp_path, BUNDLE))

    assert attack.version == "18.1"
    assert list(attack.tactics) == ["execution"]
    assert list(attack.techniques) == ["T1053", "T1053.005"]
    assert attack.techniques["T1053.005"].tactics == ("execution", "persistence")
    assert attack.replaced == {"T1086": ("T1053.005",), "T1168": ("T1053.005",)}


def test_the_order_of_a_bundle_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(monkeypatch, tmp_path, BUNDLE).read_bytes()

    second = run(monkeypatch, tmp_path, {"objects": BUNDLE["objects"][::-1]}).read_bytes()

    assert first == second


def test_what_is_no_bundle_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="x-mitre-collection"):
        run(monkeypatch, tmp_path, {"objects": []})
