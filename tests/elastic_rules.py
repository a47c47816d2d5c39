"""Rules published for Elastic, and read back."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from tocsin import pipeline, publish, registry
from tocsin.backend import brought
from tocsin.format import Wanted
from tocsin.manifest import MANIFEST
from tocsin.schema import Table
from tocsin_formats.elastic import ElasticNdjson, ElasticToml

ID = "11111111-1111-4111-8111-111111111111"

Json: TypeAlias = dict[str, "Value"]
Value: TypeAlias = "str | int | bool | list[Value] | Json"
Format: TypeAlias = ElasticToml | ElasticNdjson


def wanted_plans(wanted: Wanted, **others: Sequence[str]) -> list[pipeline.Plan]:
    backend = wanted.backend or registry.load(wanted.target)
    if wanted.backend:
        return [pipeline.Plan(wanted.name, wanted.target, backend, backend.sources)]
    names = others.get(wanted.target, ())
    known = {each.name: each for each in brought(backend)}
    return pipeline.plans(wanted.target, backend, [known[name] for name in names])


def published(
    format_: Format, paths: Sequence[Path], own: Mapping[str, object] | None = None,
    **others: Sequence[str],
) -> publish.Outcome:  # fmt: skip
    rules = pipeline.read(paths, registry.names())
    asked = [(w, plan) for w in format_.wanted for plan in wanted_plans(w, **others)]
    plans = publish.distinct(plan for _, plan in asked)
    said = publish.said(rules, plans, list(pipeline.render_all(rules, plans)))
    table = Table(Path("tocsin.toml"), ("publish", format_.name), own or {})
    return publish.publish(format_.name, format_, said, asked, {}, table)


def files(outcome: publish.Outcome) -> dict[str, str]:
    assert [each.message + each.label for each in outcome.diagnostics] == []
    return {path: data.decode("utf-8") for path, data in outcome.files.items() if path != MANIFEST}


def tomls(outcome: publish.Outcome) -> dict[str, Json]:
    return {Path(path).stem: tomllib.loads(text) for path, text in files(outcome).items()}


def lines(outcome: publish.Outcome) -> list[Json]:
    return [json.loads(line) for text in files(outcome).values() for line in text.splitlines()]


def rule_of(toml: Json) -> Json:
    rule = toml["rule"]
    assert isinstance(rule, dict)
    return rule


def written(
    folder: Path, body: str, *, meta: str = "", head: str = "alert every 5m over 9m"
) -> Path:
    path = folder / "one.rule"
    known = meta or (
        'title = "One" severity = "low" description = "What it finds" created = 2026-11-26 '
        'attack = ["T1059.007"]'
    )
    path.write_text(
        f'rule one {{\n  meta {{ id = "{ID}" {known} }}\n  {head}\n  {body}\n}}\n', encoding="utf-8"
    )
    return path


EVENT = 'detect process.start on windows where process.name is "node.exe"'


def quoted(text: str) -> str:
    escaped = "".join(
        c if c.isprintable() and c not in '"\\' else f"\\u{{{ord(c):X}}}" for c in text
    )
    return f'"{escaped}"'
