"""Imports point down: no module imports one of its own stair or above, unless the stair says so."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMPILER = ROOT / "compiler" / "tocsin"

# From the bottom up. A module may import what stands on a lower stair, or before it on its own.
STAIRS = (
    ("frozen", "places", "source", "text", "files", "caches", "folders"),
    ("diagnostics", "schema", "attack", "explain", "engine", "manifest"),
    (
        *("programs", "columns", "derived", "layers", "profiles", "settings", "overview"),
        *("regex", "frame", "automaton", "lucene", "tree", "render", "across"),
    ),
    ("model", "syntax", "highlight"),
    ("patterns", "evaluate", "events", "modules", "layout"),
    ("passes",),
    ("analyze", "backend", "format"),
    ("header", "lower", "registry", "match"),
    ("pipeline", "recording", "prove", "proofs"),
    (
        *("meaning", "lock", "pack", "publish", "scaffold", "witness", "diff"),
        *("units", "unit_text", "store", "stamps", "fingerprint", "make", "crew", "builds"),
        "reports",
    ),
    ("cli",),
    ("__main__",),
)
ORDER = {name: place for place, name in enumerate(name for stair in STAIRS for name in stair)}


def modules() -> list[Path]:
    return sorted(path for path in COMPILER.rglob("*.py") if path != COMPILER / "__init__.py")


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "tocsin":
            yield from (f"tocsin.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where a module stands"
            yield node.module or ""


def room(path: Path) -> str:
    return path.relative_to(COMPILER).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(COMPILER)))
def test_imports_point_down(path: Path) -> None:
    here = room(path)
    for name in imports(path):
        top, _, below = name.partition(".")
        if top == "tocsin" and below and not below.startswith("__version__"):
            there = below.split(".")[0]
            assert there == here or ORDER[there] < ORDER[here], f"{here} imports {there}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(COMPILER)))
def test_the_compiler_knows_no_target(path: Path) -> None:
    assert not [name for name in imports(path) if name.startswith("tocsin_backends")]


def test_a_backend_knows_no_other_backend() -> None:
    backends = ROOT / "backends" / "tocsin_backends"
    for folder in (each for each in backends.iterdir() if (each / "__init__.py").is_file()):
        for path in folder.rglob("*.py"):
            for name in imports(path):
                if name.startswith("tocsin_backends"):
                    assert name.split(".")[1] == folder.name


@pytest.mark.parametrize(
    ("library", "owners"),
    [
        ("lark", {"syntax"}),
        ("typer", {"cli"}),
        ("platformdirs", {"caches"}),
        ("jinja2", {"scaffold", "diff"}),  # what is laid out by templates: a rule, a page
        ("markupsafe", {"diff"}),
        ("pygments", {"highlight"}),
    ],
)
def test_a_library_has_its_home(library: str, owners: set[str]) -> None:
    users = {
        room(path) for path in modules() if library in {n.split(".")[0] for n in imports(path)}
    }
    assert users == owners


ENGINES = ROOT / "backends" / "tocsin_engines"


@pytest.mark.parametrize(
    "path", sorted(ENGINES.rglob("*.py")), ids=lambda path: str(path.relative_to(ENGINES))
)
def test_an_engine_shares_nothing_with_the_compiler_but_its_contract(path: Path) -> None:
    for name in imports(path):
        assert not name.startswith("tocsin_backends")
        assert not name.startswith("tocsin.") or name == "tocsin.engine"
