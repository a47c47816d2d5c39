"""A Sigma rule as YAML, in the order and the hand of SigmaHQ's repository."""

import re
from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID, uuid5

from tocsin import attack, model
from tocsin_backends.sigma.hand import Date, Prose, written

# What a rule is about: `logsource` and `detection`, or `correlation`.
Content = Mapping[str, object]

_LONGEST = 256  # characters of a title (Sigma specification, "Title")


def document(rule: model.Rule, content: Content, part: str = "") -> str:
    """Write the rule around CONTENT; what it does not say is left out.

    A rule of several documents has one for each PART.
    """
    meta = rule.meta
    derived = ([meta.id] if part and meta.id else []) + list(_uuids(meta.related))
    return _told(
        {
            "title": _title(rule, part),
            "id": _id(rule, part),
            "name": name_of(rule, part) if part else "",
            "related": [{"id": each, "type": "derived"} for each in derived],
            "status": meta.status or "experimental",
            "description": Prose(_trimmed(meta.description or "")),
            "references": _once(meta.references),
            "author": ", ".join(_once(meta.author)),
            "date": Date(meta.created or ""),
            "modified": Date(meta.modified or "" if meta.modified != meta.created else ""),
            "tags": _once(_tags(rule)),
            **content,
            "falsepositives": _once(meta.false_positives),
            "level": meta.severity or "medium",
        }
    )


def step(rule: model.Rule, content: Content, name: str) -> str:
    """Write what the correlation of RULE refers to by NAME: no alert by itself."""
    meta = rule.meta
    return _told(
        {
            "title": _title(rule, name),
            "id": _id(rule, name),
            "name": name_of(rule, name),
            "related": [{"id": meta.id, "type": "derived"}] if meta.id else [],
            "status": meta.status or "experimental",
            **content,
            "level": "informational",
        }
    )


def name_of(rule: model.Rule, part: str) -> str:
    """Name a document in all the rules that one may load together."""
    return f"{rule.name}_{part}"


def _title(rule: model.Rule, part: str) -> str:
    more = f" - {part}" if part else ""
    return rule.meta.title[: _LONGEST - len(more)] + more


def _id(rule: model.Rule, part: str) -> str | None:
    """Make an id for PART that stays the same as long as the rule's."""
    if not part or rule.meta.id is None:
        return rule.meta.id
    return str(uuid5(UUID(rule.meta.id), part))


def _told(entries: Mapping[str, object]) -> str:
    return written({key: value for key, value in entries.items() if value})


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _trimmed(text: str) -> str:
    """Leave out the blanks at the end of lines, which no block of text can have."""
    lines = [line.rstrip(" ") for line in text.strip().split("\n")]
    return "\n".join(lines) + "\n" * (len(lines) > 1)


def _uuids(texts: Iterable[str]) -> Iterator[str]:
    for text in _once(texts):
        try:
            yield str(UUID(text))
        except ValueError:
            continue


# --- tags

# The user's tags that Sigma has a place for; ATT&CK's come from the rule's own list.
_TAG = re.compile(
    r"car\.\d{4}-\d{2}-\d{3}|cve\.\d{4}-\d{4,}|d3fend\.[a-z0-9-]+|stp\.[1-5][auk]?"
    r"|(?P<detection>detection)\.(?:dfir|emerging-threats|threat-hunting)"
    r"|(?P<tlp>tlp)\.(?:clear|green|amber|amber-strict|red|white)"
)
_HUNTING = "detection.threat-hunting"


def _tags(rule: model.Rule) -> Iterator[str]:
    """Name the rule's tactics, the others that SigmaHQ wants by its techniques, these, the rest."""
    techniques = rule.meta.attack
    yield from (f"attack.{each.tactic}" for each in techniques)
    for each in techniques:
        known = attack.technique(each.id)
        yield from (f"attack.{tactic}" for tactic in (known.tactics if known else ()))
    yield from (f"attack.{each.id.lower()}" for each in techniques)
    taken: set[str | None] = set()
    hunt = [_HUNTING] if rule.schedule and rule.schedule.every is None else []
    for tag in (*rule.meta.tags, *hunt):
        found = _TAG.fullmatch(tag)
        if found and (found.lastgroup is None or found.lastgroup not in taken):
            taken.add(found.lastgroup)
            yield tag
