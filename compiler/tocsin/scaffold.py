"""`tocsin new`: a first rule that already compiles and proves itself."""

import re
from pathlib import Path

from jinja2 import Environment, StrictUndefined

_TEMPLATE = Path(__file__).parent / "data" / "templates" / "rule.jinja"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def is_rule_name(name: str) -> bool:
    """Whether NAME can name a rule, and so a file."""
    return _NAME.fullmatch(name) is not None


def new_rule(name: str, rule_id: str, created: str, author: str) -> str:
    """Write the text of a rule called NAME."""
    # No HTML: NAME, RULE_ID and CREATED are checked by the caller, AUTHOR is escaped below.
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    quoted = author.replace("\\", "\\\\").replace('"', '\\"')
    title = name.replace("_", " ").capitalize()
    return template.render(name=name, title=title, id=rule_id, created=created, author=quoted)
