"""From the text of a rule to what an engine makes of its rendering."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from gates.skip import where_missing
from tocsin import model, pipeline, registry
from tocsin.backend import brought
from tocsin.engine import Engine, Installable
from tocsin.modules import Module, Project
from tocsin.pipeline import Rendering, Rules
from tocsin.profiles import Source as Profile
from tocsin.profiles import load_source, source_names
from tocsin.prove import Comparison
from tocsin.source import Source
from tocsin.syntax import parse

TARGETS = ("eql", "esql", "kql", "sigma", "spl")
_HERE = Path("generated.rule")


def compiled(text: str) -> Rules:
    """Compile one file of rules, without a disk."""
    source = Source(_HERE.name, text)
    file, found = parse(source)
    module = Module(_HERE, file, (), {})
    project = Project(Path(), (module,), {_HERE: module}, {source.name: source}, found)
    return pipeline.compile_project(project, TARGETS)


def rendered(rule: model.Rule, target: str, sources: Sequence[str] = ()) -> Rendering:
    """Render for SOURCES, or for those that the target reads by itself."""
    profiles = tuple(source_of(target, name) for name in sources)
    return pipeline.render(rule, target, registry.load(target), profiles or None)


@cache
def sources_of(target: str) -> dict[str, Profile]:
    """Name the sources of TARGET: ours, and those that it brings along."""
    ours = {name: load_source(name) for name in source_names(target)}
    return ours | {each.name: each for each in brought(registry.load(target))}


def source_of(target: str, name: str) -> Profile:
    """Find a source of TARGET."""
    return sources_of(target)[name]


@cache
def engine_of(target: str) -> Engine:
    """Return the engine of TARGET, ready; what it needs beside Python packages is installed."""
    engine = registry.engine(target)
    assert engine is not None
    with where_missing():
        if isinstance(engine, Installable):
            engine.install()
        engine.ready()
    return engine


def report(rendering: Rendering, comparison: Comparison) -> str:
    """Say all that one needs to look into a disagreement."""
    lines = [f"{rendering.target}: {comparison.verdict}", *comparison.other]
    for kind, places in (("missed", comparison.missed), ("extra", comparison.extra)):
        for place in places[:3]:
            if place.isdigit():
                each = comparison.recorded[int(place)]
                lines.append(f"{kind}: {each.place.source} {dict(each.columns)}")
                lines.append(f"  seen {dict(each.seen.fields)}")
            else:
                lines.append(f"{kind}: {place}")
    return "\n".join([*lines, rendering.text or ""])
