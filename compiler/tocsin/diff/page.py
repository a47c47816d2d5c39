"""A comparison as one HTML page that needs nothing else. With `scaffold`, the home of jinja2.

All words of rules and events pass through `_shown` and autoescaping; and nothing but the style and
the script that are part of the page may be used or run there, so the page says to the browser.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tocsin.diff import shown, tally
from tocsin.diff.change import Comparison, Kind
from tocsin.diff.view import cell_mark, is_whole, rules

_TEMPLATES = Path(__file__).parent.parent / "data" / "templates"

# What stands before the word of a verdict, so that colour is never all that tells two apart.
_SIGNS = {
    "exact": "=",
    "wider": "⊃",
    "narrower": "⊂",
    "skewed": "≶",
    "refused": "∅",
}


def page(comparison: Comparison) -> str:
    """Write a comparison as a page."""
    style, script = _file("diff.css"), _file("diff.js")
    template = _environment().from_string(_file("diff.html.jinja"))
    return template.render(
        comparison=comparison,
        tally=tally.tally(comparison),
        summary=tally.summary(comparison),
        rules=tuple(rules(comparison)),
        changed=_changed_labels(comparison),
        policy="; ".join((
            "default-src 'none'",
            f"style-src 'sha256-{_digest(style)}'",
            f"script-src 'sha256-{_digest(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )),
        style=Markup(style),  # noqa: S704  # ours, from a file beside the template
        script=Markup(script),  # noqa: S704
    )  # fmt: skip


def _changed_labels(comparison: Comparison) -> set[str]:
    queries = (each for change in comparison.changes for each in change.queries)
    return {each.label for each in queries if each.kind not in (Kind.SAME, Kind.NOISE)}


@cache
def _file(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        shown=shown, words=tally, signs=_SIGNS, cell_mark=cell_mark, is_whole=is_whole
    )
    return environment


def _shown(value: object) -> object:
    """Write hidden characters of a text as escapes, whatever the text is and wherever it goes."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return shown.line(value)
    return value
