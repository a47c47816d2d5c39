"""Tags as detection-rules writes them: each with a word before it that says what it is about."""

from collections.abc import Iterator

from tocsin import model
from tocsin.backend import Lowered
from tocsin_formats.elastic import vocabulary
from tocsin_formats.elastic.threat import tactics


def tags(lowered: Lowered) -> list[str]:
    """Name domain, systems, use, tactics, guide and sources of a rule, each once."""
    return list(dict.fromkeys(_tags(lowered)))


def _tags(lowered: Lowered) -> Iterator[str]:
    meta = lowered.rule.meta
    yield "Domain: Endpoint"  # every system that a rule can name is one
    yield from (vocabulary.systems()[each] for each in systems(lowered.rule))
    yield "Use Case: Threat Detection"
    yield from (f"Tactic: {each}" for each in tactics(meta.attack))
    if meta.investigate:
        yield "Resources: Investigation Guide"
    yield from (source.tag for source in lowered.sources if source.tag)


def systems(rule: model.Rule) -> list[str]:
    """Name the systems that a rule is for: those it names, or all."""
    named = [part.event.systems for part in model.parts(rule.body)]
    found = dict.fromkeys(each for one in named for each in one)
    return list(found) if all(named) else list(vocabulary.systems())
