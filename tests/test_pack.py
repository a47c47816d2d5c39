import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from tocsin import attack, lock, model, pack, pipeline, publish, registry
from tocsin.diagnostics import Code

ROOT = Path(__file__).parent.parent
RULES = ROOT / "rules"
TARGETS = tuple(registry.names())
SUFFIXES = {target: registry.load(target).suffix for target in TARGETS}


@pytest.fixture(scope="module")
def rules() -> pipeline.Rules:
    return pipeline.read([RULES], registry.names())


@pytest.fixture(scope="module")
def renderings(rules: pipeline.Rules) -> list[pipeline.Rendering]:
    plans = [plan for name in TARGETS for plan in pipeline.plans(name, registry.load(name))]
    return list(pipeline.render_all(rules, plans))


# --- the rules


def test_the_pack_is_without_errors(rules: pipeline.Rules) -> None:
    assert [str(each) for each in rules.diagnostics if each.code.is_error] == []


def test_every_rule_says_what_it_finds_and_what_not(rules: pipeline.Rules) -> None:
    for rule in rules.rules:
        assert {test.fires for test in rule.tests} == {True, False}, rule.name
        names = [test.name for test in rule.tests]
        assert len(set(names)) == len(names), rule.name


def test_every_rule_is_ready_for_whoever_gets_its_alert(rules: pipeline.Rules) -> None:
    for rule in rules.rules:
        meta = rule.meta
        wanted = (meta.id, meta.severity, meta.risk, meta.created, meta.description, meta.attack)
        helpful = (meta.references, meta.false_positives, meta.investigate, meta.respond)
        assert all((*wanted, *helpful, rule.schedule, rule.entities)), rule.name


def test_a_rule_lies_in_a_file_of_its_name_in_the_folder_of_a_tactic(
    rules: pipeline.Rules,
) -> None:
    for rule in rules.rules:
        path = Path(rule.span.file)
        assert path.stem == rule.name
        assert attack.tactic(path.parent.name.replace("_", "-")), rule.name
        assert path.parent.name.replace("_", "-") in {each.tactic for each in rule.meta.attack}


def test_no_shared_name_is_left_over(rules: pipeline.Rules) -> None:
    assert [str(each) for each in rules.diagnostics if each.code is Code.UNUSED] == []


def test_every_list_is_named_where_a_team_looks_for_it() -> None:
    named = (RULES / "lib" / "site.rule").read_text(encoding="utf-8")

    for path in (RULES / "lists").iterdir():
        assert f'file "../lists/{path.name}"' in named
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        entries = [line for line in lines if line and not line.startswith("#")]
        assert lines[0].startswith("# "), path.name
        assert len(set(entries)) == len(entries) > 0, path.name


# --- the page and the layer


def written() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "scripts" / "pack.py"))


def test_the_page_of_the_pack_is_as_the_script_writes_it(rules: pipeline.Rules) -> None:
    old = (ROOT / "docs" / "pack.md").read_text(encoding="utf-8")

    assert written()["page"](rules, old) == old, "run scripts/pack.py"


def test_the_layer_has_every_technique_and_what_is_above_it(rules: pipeline.Rules) -> None:
    text = (ROOT / "docs" / "pack.navigator.json").read_text(encoding="utf-8")
    layer = json.loads(text)

    assert written()["layer"](rules.rules) == text, "run scripts/pack.py"
    shown = {(each["techniqueID"], each["tactic"]): each for each in layer["techniques"]}
    meant = {(each.id, each.tactic) for rule in rules.rules for each in rule.meta.attack}
    assert {key for key, each in shown.items() if "score" in each} == meant
    for number, tactic in meant:
        assert shown[number.partition(".")[0], tactic]["showSubtechniques"] is True
    assert layer["gradient"]["maxValue"] >= max(each.get("score", 0) for each in shown.values())


def test_the_lock_has_every_rule_as_it_is(
    rules: pipeline.Rules, renderings: list[pipeline.Rendering]
) -> None:
    plans = [plan for name in TARGETS for plan in pipeline.plans(name, registry.load(name))]
    said = publish.said(rules, plans, renderings)

    states = [each.state([plan.label for plan in plans]) for each in said]

    stale = lock.stale(lock.read(ROOT) or {}, states, every=True)
    assert [each.message for each in stale] == [], "run tocsin lock"
    assert len(states) == len(rules.rules)


# --- the build


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_build_is_the_same_twice(renderings: list[pipeline.Rendering], tmp_path: Path) -> None:
    pack.build(renderings, SUFFIXES, tmp_path / "a")
    first = contents(tmp_path / "a")
    pack.build(renderings, SUFFIXES, tmp_path / "a")
    pack.build(list(reversed(renderings)), SUFFIXES, tmp_path / "b")

    assert contents(tmp_path / "a") == first
    assert set(contents(tmp_path / "b")) == set(first)
    assert len(first) == len(renderings) + 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_the_manifest_tells_every_artefact(
    renderings: list[pipeline.Rendering], tmp_path: Path
) -> None:
    from hashlib import sha256

    pack.build(renderings, SUFFIXES, tmp_path / "dist")
    manifest = json.loads((tmp_path / "dist" / "manifest.json").read_text(encoding="utf-8"))

    listed = {a["path"]: a for rule in manifest["rules"] for a in rule["targets"].values()}
    files = contents(tmp_path / "dist")
    assert set(listed) == set(files) - {"manifest.json"}
    assert all(set(rule["targets"]) == set(TARGETS) for rule in manifest["rules"])
    for path, artefact in listed.items():
        assert sha256(files[path]).hexdigest() == artefact["sha256"]
        for each in artefact["approximations"]:
            assert each["direction"] == model.Verdict.WIDER or each["accepted"], path


def test_only_a_pack_is_replaced(renderings: list[pipeline.Rendering], tmp_path: Path) -> None:
    out = tmp_path / "dist"
    pack.build(renderings, SUFFIXES, out)
    (out / "notes.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(pack.NotAPack, match=r"notes\.txt"):
        pack.build(renderings, SUFFIXES, out)

    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("manifest", [None, "", "[]", '{"rules": 1}', '{"rules": [{}]}', "{"])
def test_a_folder_with_a_damaged_manifest_is_left_alone(
    manifest: str | None, renderings: list[pipeline.Rendering], tmp_path: Path
) -> None:
    (tmp_path / "kql").mkdir()
    (tmp_path / "kql" / "a.kql").write_text("x", encoding="utf-8")
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")

    with pytest.raises(pack.NotAPack):
        pack.build(renderings, SUFFIXES, tmp_path)
