"""The pack: every rule for every target, and a manifest. It is replaced whole or not at all."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TypedDict

from tocsin import model
from tocsin.backend import Approximation, Blind, Lowered
from tocsin.diagnostics import Code
from tocsin.pipeline import Rendering

MANIFEST = "manifest.json"
FORMAT = 1


class NotAPack(Exception):
    """The folder to be replaced holds something that no build has made."""


class Listed(TypedDict):
    """A file in the manifest."""

    path: str
    sha256: str


class Standing(TypedDict):
    """How one rendering stands to its rule and its source."""

    sources: list[str]
    verdict: str
    ungrouped: bool
    approximations: list[dict[str, str | int | None]]
    blind: list[dict[str, str | int | list[str]]]
    coverage: list[str]
    requires: list[str]


class Artefact(Standing, Listed):
    """One rendering in the manifest."""


class RuleEntry(TypedDict):
    """One rule in the manifest."""

    name: str
    id: str | None
    title: str
    file: str
    targets: dict[str, Artefact]


def build(renderings: Iterable[Rendering], suffixes: Mapping[str, str], out: Path) -> list[Path]:
    """Write the pack into OUT, whole or not at all; return the files, manifest last.

    Raises `NotAPack` if OUT holds other things, `OSError` if it cannot be written.
    """
    files = _files(list(renderings), suffixes)
    replace({name: text.encode("utf-8") for name, text in files.items()}, out)
    return [out / name for name in files]


def replace(files: Mapping[str, bytes], out: Path) -> None:
    """Put FILES, a manifest among them, where OUT is: whole or not at all.

    Raises `NotAPack` if OUT holds other things, `OSError` if it cannot be written.
    """
    _check_replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        fresh.chmod(0o755)
        for name, data in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        _swap(fresh, out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def replace_file(path: Path, data: bytes) -> None:
    """Put a file of DATA where PATH is, whole or not at all; the same data is left alone."""
    if path.exists() and path.read_bytes() == data:
        return
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        fresh.chmod(0o644)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _files(renderings: Sequence[Rendering], suffixes: Mapping[str, str]) -> dict[str, str]:
    texts = {
        f"{each.label}/{each.rule.name}{suffixes[each.target]}": each.text
        for each in renderings
        if each.text is not None
    }
    manifest = {
        "format": FORMAT,
        "generator": "tocsin",
        "rules": _entries(renderings, suffixes),
    }
    return {**texts, MANIFEST: json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"}


def _entries(renderings: Sequence[Rendering], suffixes: Mapping[str, str]) -> list[RuleEntry]:
    entries: dict[str, RuleEntry] = {}
    for each in renderings:
        rule = each.rule
        entry = entries.setdefault(
            rule.name,
            RuleEntry(
                name=rule.name,
                id=rule.meta.id,
                title=rule.meta.title,
                file=rule.span.file,
                targets={},
            ),
        )
        if each.text is not None and each.lowered:
            path = f"{each.label}/{rule.name}{suffixes[each.target]}"
            digest = sha256(each.text.encode("utf-8")).hexdigest()
            entry["targets"][each.label] = Artefact(
                path=path, sha256=digest, **standing(each.lowered)
            )
    return [entries[name] for name in sorted(entries)]


def standing(lowered: Lowered) -> Standing:
    """Tell how a rendering stands to its rule and its source."""
    return Standing(
        sources=[source.name for source in lowered.sources],
        verdict=lowered.verdict.value,
        ungrouped=lowered.ungrouped,
        approximations=[_approximation(one) for one in lowered.approximations],
        blind=[_blind(one) for one in lowered.blind],
        coverage=list(lowered.coverage),
        requires=list(lowered.requires),
    )


def _approximation(each: Approximation) -> dict[str, str | int | None]:
    return {
        "direction": each.direction.value,
        "field": each.field,
        "reason": each.why,
        "accepted": each.accepted,
        "written": each.written,
        "file": each.span.file,
        "line": each.line,
    }


def _blind(each: Blind) -> dict[str, str | int | list[str]]:
    return {
        "field": each.field,
        "kind": "exclusion" if each.exclusion else "branch",
        "sources": list(each.sources),
        "all": each.all,
        "why": each.why,
        "file": each.span.file,
        "line": each.line,
    }


def _check_replaceable(out: Path) -> None:
    """Take only a folder that is empty or an earlier pack: `-o .` must not eat a project."""
    if not out.exists():
        return
    if not out.is_dir():
        raise NotAPack(f"{out} is not a folder")
    if not any(out.iterdir()):
        return
    strangers = sorted(_strangers(out))
    if strangers:
        raise NotAPack(f"{out} holds what no build has made ({strangers[0]}); give another folder")


def _strangers(out: Path) -> Iterable[str]:
    try:
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        rules: list[RuleEntry] = manifest["rules"]
        files: list[Listed] = manifest.get("files", [])  # of a publication
        built = (each["path"] for rule in rules for each in rule.get("targets", {}).values())
        ours = {MANIFEST, *built, *(each["path"] for each in files)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        ours = set()
    for path in out.rglob("*"):
        name = path.relative_to(out).as_posix()
        if not path.is_dir() and name not in ours:
            yield name


def _swap(fresh: Path, out: Path) -> None:
    """Put FRESH where OUT is; if the second step fails, the first is undone."""
    if not out.exists():
        fresh.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old.", dir=out.parent))
    old.rmdir()
    out.rename(old)
    try:
        fresh.rename(out)
    except BaseException:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


_DIRECTIONS = {Code.NARROWER: model.Verdict.NARROWER, Code.SKEWED: model.Verdict.SKEWED}


def verdicts(
    renderings: Sequence[Rendering],
) -> dict[str, dict[str, Standing | dict[str, str]]]:
    """Tell how each rendering stands to its rule; of one that is withheld, only the verdict."""
    table: dict[str, dict[str, Standing | dict[str, str]]] = {}
    for each in renderings:
        of_rule = table.setdefault(each.rule.name, {})
        if each.lowered and each.text is not None:
            of_rule[each.label] = standing(each.lowered)
        else:
            of_rule[each.label] = {"verdict": _withheld(each).value}
    return table


def _withheld(rendering: Rendering) -> model.Verdict:
    """Name the verdict behind the errors: a direction that nobody has accepted, or a refusal."""
    errors = {each.code for each in rendering.diagnostics if each.code.is_error}
    only = errors.pop() if len(errors) == 1 else None
    return _DIRECTIONS.get(only, model.Verdict.REFUSED) if only else model.Verdict.REFUSED
