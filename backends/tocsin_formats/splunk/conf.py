"""Stanzas to the text of a `.conf` file: every value reads back as it was, or is refused.

A backslash at the end of a line continues the value behind a line break, and there is no other
escape (Splunk, "How to edit a configuration file"). Blanks around a value are no part of it.
"""

from collections.abc import Iterable, Mapping

from tocsin.frozen import dataclass, field

BLANKS = " \t\n"


@dataclass(frozen=True, slots=True)
class Stanza:
    """A `[NAME]` and its settings, in the order in which they are written."""

    name: str
    settings: Mapping[str, str] = field(hash=False)


def fault(text: str) -> str | None:
    """Say why TEXT can be no value; None if it can."""
    for character in text:
        if character not in "\n\t" and (ord(character) < 0x20 or ord(character) == 0x7F):
            return f"the control character U+{ord(character):04X}, which a .conf file cannot hold"
    return None


def value(text: str) -> str:
    """Write TEXT, without the blanks around it, which no value has.

    A line may end with a backslash of its own: only the last one of a line is a continuation. If
    the whole text ends so, it goes on for one more line, which is empty.
    """
    lines = text.strip(BLANKS).split("\n")
    if lines[-1].endswith("\\"):
        lines.append("")
    return "\\\n".join(lines)


def written(comment: str, stanzas: Iterable[Stanza]) -> str:
    """Write a file, a COMMENT of one line at its head."""
    lines = [f"# {comment}"]
    for stanza in stanzas:
        lines += ["", f"[{stanza.name}]"]
        lines += [f"{key} = {value(text)}".rstrip(" ") for key, text in stanza.settings.items()]
    return "\n".join(lines) + "\n"
