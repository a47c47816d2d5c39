import json
import re
import runpy
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import markdown
import pytest

from test_cli import tocsin
from tocsin import attack, folders, lock, model, pipeline, publish, registry
from tocsin.diagnostics import Code
from tocsin.manifest import MANIFEST, listed

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


@pytest.mark.parametrize(
    "title",
    ["</script><script>alert(1)</script>", "*a* _b_ **c** `d` ~~e~~", "[x](https://example.com)",
     "![x](y)", "a | b \\| c", "&lt; &amp; &", "<img src=x onerror=y>", "\\", "`|`", "snake_case"],
)  # fmt: skip
def test_what_an_author_wrote_stays_what_it_is(title: str) -> None:
    told = written()["told"](title)
    row = "\n".join(written()["_table"](["title", "more"], [(told, "end")]))

    html = markdown.markdown(row, extensions=["tables"])

    assert [unescape(each) for each in re.findall(r"<td>(.*)</td>", html)] == [title, "end"]


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


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("pack") / "dist", "2")


def build(out: Path, jobs: str) -> Path:
    done = tocsin("build", RULES, "--no-cache", "-j", jobs, "-o", out, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return out


def test_a_build_is_the_same_twice(built: Path, tmp_path: Path) -> None:
    first = contents(built)

    again = contents(build(tmp_path / "dist", "1"))

    assert again == first
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


def test_a_build_has_every_rendering(built: Path, renderings: list[pipeline.Rendering]) -> None:
    files = contents(built)

    written = {f"{each.label}/{each.rule.name}{SUFFIXES[each.target]}": each for each in renderings}
    assert {*files} == {*written, MANIFEST}
    assert all(files[path].decode("utf-8") == each.text for path, each in written.items())


def test_the_manifest_tells_every_artefact(built: Path) -> None:
    files = contents(built)
    told = json.loads(files[MANIFEST])

    artefacts = {a["path"]: a for rule in told["rules"] for a in rule["targets"].values()}
    assert set(artefacts) == set(files) - {MANIFEST}
    assert all(set(rule["targets"]) == set(TARGETS) for rule in told["rules"])
    for path, artefact in artefacts.items():
        assert sha256(files[path]).hexdigest() == artefact["sha256"]
        for each in artefact["approximations"]:
            assert each["direction"] == model.Verdict.WIDER or each["accepted"], path


def test_only_a_pack_is_replaced(tmp_path: Path) -> None:
    out = build(tmp_path / "dist", "1")
    (out / "notes.txt").write_text("mine", encoding="utf-8")

    again = tocsin("build", RULES, "-o", out, cwd=ROOT)

    assert again.returncode == 2
    assert "holds what no build has made (notes.txt)" in again.stderr
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("manifest", [None, "", "[]", '{"rules": 1}', '{"rules": [{}]}', "{"])
def test_a_folder_with_a_damaged_manifest_is_left_alone(
    manifest: str | None, tmp_path: Path
) -> None:
    (tmp_path / "kql").mkdir()
    (tmp_path / "kql" / "a.kql").write_text("x", encoding="utf-8")
    if manifest is not None:
        (tmp_path / MANIFEST).write_text(manifest, encoding="utf-8")

    with pytest.raises(folders.NotOurs):
        folders.replace(tmp_path, {MANIFEST: b"{}"}, listed)

    assert (tmp_path / "kql" / "a.kql").read_text(encoding="utf-8") == "x"
