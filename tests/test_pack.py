import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin import pack, pipeline, registry

RULES = Path(__file__).parent.parent / "rules"
TARGETS = ("eql", "kql", "sigma", "spl")
SUFFIXES = {target: registry.load(target).suffix for target in TARGETS}


@pytest.fixture(scope="module")
def renderings() -> list[pipeline.Rendering]:
    rules = pipeline.read([RULES], registry.names())
    plans = [plan for name in TARGETS for plan in pipeline.plans(name, registry.load(name))]
    return list(pipeline.render_all(rules, plans))


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
    assert len(first) == 5 * 4 + 1
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
    for path, artefact in listed.items():
        assert sha256(files[path]).hexdigest() == artefact["sha256"]
        assert artefact["verdict"] in {"exact", "wider"}


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


def test_an_interrupted_build_leaves_the_old_pack(
    renderings: list[pipeline.Rendering], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "dist"
    pack.build(renderings[:4], SUFFIXES, out)
    before = contents(out)

    for step in interruptions(monkeypatch):
        with pytest.raises(KeyboardInterrupt):
            pack.build(renderings, SUFFIXES, out)
        assert contents(out) == before, step
        assert [path.name for path in tmp_path.iterdir()] == ["dist"], step


def interruptions(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Interrupt at a write, then at the first and at the second step of the swap."""
    write, rename = Path.write_bytes, Path.rename

    def writes(path: Path, data: bytes) -> int:
        if path.name == "node_spawns_shell.kql":
            raise KeyboardInterrupt
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", writes)
    yield "write"
    monkeypatch.setattr(Path, "write_bytes", write)
    for name, step in (("dist", "first"), (".dist.", "second")):

        def renames(path: Path, target: Path, name: str = name, step: str = step) -> Path:
            fresh = path.name.startswith(".dist.") and ".old." not in path.name
            if path.name == name or (step == "second" and fresh):
                raise KeyboardInterrupt
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", renames)
        yield step
    monkeypatch.setattr(Path, "rename", rename)
