"""What an alert is about: `entities`, as the fields that Kibana highlights in an alert."""

from collections.abc import Iterator

from tocsin import model
from tocsin_formats.elastic.choice import Chosen


def highlights(chosen: Chosen) -> list[str]:
    """Name the columns of a rule's entities in every source, each once."""
    names = (name for entity in chosen.lowered.rule.entities for name in entity.fields)
    return list(dict.fromkeys(column for name in names for column in _columns(name, chosen)))


def _columns(name: str, chosen: Chosen) -> Iterator[str]:
    """Name the columns of a field, or of a summary's output, which only rows of ES|QL have."""
    lowered = chosen.lowered
    body = lowered.rule.body
    if any(output.name == name for output in model.outputs(body)):
        if not lowered.ungrouped:
            yield name
        return
    steps = body.steps if isinstance(body, model.Sequence) else ()
    step = next((each.name for each in steps if name.startswith(f"{each.name}.")), "")
    field = name.removeprefix(f"{step}.")
    for place in lowered.places:
        if field in place.columns:
            yield from place.columns[field].names
