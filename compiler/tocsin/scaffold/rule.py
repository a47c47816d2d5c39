"""`tocsin new`: a first rule that already compiles and proves itself."""

import re

from tocsin.scaffold.templates import filled
from tocsin.text import has_hidden

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ROOM = 70  # characters


def is_rule_name(name: str) -> bool:
    """Whether NAME can name a rule, and so a file."""
    return _NAME.fullmatch(name) is not None


def is_name(author: str) -> bool:
    """Whether AUTHOR can stand in a rule: on one line of it, and all of it can be seen."""
    return not has_hidden(author) and 0 < len(quoted(author)) <= _ROOM


def quoted(words: str) -> str:
    """Write WORDS, which can be seen, as they stand between double quotes."""
    return words.replace("\\", "\\\\").replace('"', '\\"')


def new_rule(name: str, rule_id: str, created: str, author: str) -> str:
    """Write the text of a rule called NAME."""
    title = name.replace("_", " ").capitalize()
    return filled(
        "rule.jinja", name=name, title=title, id=rule_id, created=created, author=quoted(author)
    )
