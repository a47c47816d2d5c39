"""What Kibana shows of a rule, in Markdown: the investigation guide (`note`), the setup guide."""

import re
from collections.abc import Iterator

from tocsin import model
from tocsin.header import standing
from tocsin_formats.elastic.choice import Chosen

# What Markdown would take for its own in our lines; a backslash only where it would escape.
_MARKUP = re.compile(r"[*`<~]|\\(?=[!-/:-@\[-`{-~])")


def note(meta: model.Meta, name: str) -> str:
    """Write how an alert of the rule NAME is looked into, as detection-rules lays that out.

    Empty if nobody says.
    """
    parts = [*_triage(meta, name)]
    return "\n\n".join(["## Triage and analysis", *parts]) + "\n" if parts else ""


def _triage(meta: model.Meta, name: str) -> Iterator[str]:
    if meta.investigate:
        yield f"### Investigating {name}"
        yield meta.investigate
    if meta.false_positives:
        yield "### False positive analysis"
        yield "\n".join(_item(each) for each in meta.false_positives)
    if meta.respond:
        yield "### Response and remediation"
        yield meta.respond


def _item(text: str) -> str:
    return "- " + text.replace("\n", "\n  ")


MOST_ALERTS = 100  # of a run, unless a rule says otherwise (Kibana, `max_signals`)


def setup(chosen: Chosen, most: int) -> str:
    """Write what must be so for the rule to see what it means, and how its query stands to it.

    Kibana makes no more than MOST alerts of a run.
    """
    own = chosen.lowered.rule.meta.setup
    parts = ["## Setup", *([own] if own else []), "### What this query finds"]
    return "\n\n".join([*parts, "\n".join(_standing(chosen, most))]) + "\n"


def _standing(chosen: Chosen, most: int) -> Iterator[str]:
    yield from _rows(chosen)
    yield f"- Alerts: at most {most:,} of a run (`max_signals`); what is beyond is not told"
    for line in standing(chosen.lowered):
        text = _MARKUP.sub(r"\\\g<0>", line.lstrip(" "))
        yield f"  - {text}" if line.startswith(" ") else f"- {text}"


def _rows(chosen: Chosen) -> Iterator[str]:
    """Say what stands for the rows of a summary that a query does not make."""
    summary = chosen.lowered.rule.body
    if not (chosen.lowered.ungrouped and isinstance(summary, model.Summary)):
        return
    names = ", ".join(output.name for output in summary.outputs)
    yield f"- Alerts are about events; what the rule makes of several is not in them: {names}"
    if chosen.group_by:
        columns = ", ".join(chosen.group_by)
        yield f"- Alert suppression groups them by {columns}; an event without one alerts by itself"
