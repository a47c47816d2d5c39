"""Write docs/operators.md: every operator, and the query that each target has for it.

    python scripts/operators.py

What is shown, and in which words, stands in operators.toml; the queries are the compiler's.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from differential.harness import TARGETS, compiled, rendered  # noqa: E402 - found through the line above
from tocsin import model  # noqa: E402
from tocsin.pipeline import Rendering  # noqa: E402

PAGE = ROOT / "docs" / "operators.md"
_LANGUAGES: Mapping[str, str] = {"kql": "kusto", "sigma": "yaml"}  # those that have colours
_HEAD = """\
# Operators by target

<!-- Written by scripts/operators.py: edits belong there, or into operators.toml beside it. -->

Every operator of the [language](language.md), a piece of a rule that uses it, and what each target
makes of that: the whole query without the comment at its head, over the sources that the target
reads by itself. Another literal may need another form. `exact` finds the same events as the rule,
`wider` maybe more, `narrower` maybe fewer, `skewed` both
([fidelity and coverage](language.md#fidelity-and-coverage)); what is neither `exact` nor `wider` is
an error until a rule accepts it. [Fidelity](fidelity.md) has how far the verdicts are proved.
"""


class Operator(TypedDict):
    """A name, its meaning in a sentence, a piece of a rule."""

    name: str
    means: str
    rule: str


class Section(TypedDict):
    """Operators about one thing."""

    title: str
    about: str
    operator: list[Operator]


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(page(sections()), encoding="utf-8")


def sections() -> list[Section]:
    """Read what there is to show."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    found: list[Section] = tomllib.loads(text)["section"]
    return found


def whole(rule: str) -> str:
    """Make a file of a piece of a rule."""
    if rule.startswith("let "):
        return rule
    clauses = ("detect", "hunt", "alert")
    body = rule if rule.startswith(clauses) else f"detect process.start where {rule}"
    return f"rule example {{\n{body}\n}}\n"


def page(shown: Sequence[Section]) -> str:
    """Write the page."""
    return "\n".join([_HEAD, *(line for each in shown for line in _section(each))])


def _section(section: Section) -> Iterator[str]:
    yield f"## {section['title']}\n\n{section['about']}\n"
    for each in section["operator"]:
        yield f"### {each['name']}\n\n{each['means']}\n"
        kind = "tocsin" if each["rule"].startswith("let ") else "tocsin fragment"
        yield _fence(kind, each["rule"])
        (rule,) = compiled(whole(each["rule"])).rules
        yield from renderings(rule)


def renderings(rule: model.Rule) -> Iterator[str]:
    """Write the verdict and the query of each target."""
    yield from (_rendering(rendered(rule, target)) for target in TARGETS)


def _rendering(rendering: Rendering) -> str:
    if rendering.text is None or rendering.lowered is None:
        return f"**{rendering.target}**: refused, for {_reason(rendering)}\n"
    lowered = rendering.lowered
    notes = [
        *(["ungrouped"] if lowered.ungrouped else []),
        *dict.fromkeys(each.why for each in lowered.approximations),
        *dict.fromkeys(f"`{e.field}` is not recorded: {e.why}" for e in lowered.blind if e.all),
    ]
    verdict = f"**{rendering.target}**: {', '.join([lowered.verdict, *map(_prose, notes)])}\n\n"
    language = _LANGUAGES.get(rendering.target, "text")
    return verdict + _fence(language, rendering.query or rendering.text)


def _reason(rendering: Rendering) -> str:
    error = next(each.message for each in rendering.diagnostics if each.code.is_error)
    return _prose(error.partition(": ")[2] or error)


def _prose(text: str) -> str:
    """Keep a sentence from being Markdown, but for its code."""
    parts = text.split("`")
    parts[::2] = (part.replace("*", "\\*").replace("<", "&lt;") for part in parts[::2])
    return "`".join(parts)


def _fence(language: str, text: str) -> str:
    return f"```{language}\n{text.strip()}\n```\n"


if __name__ == "__main__":
    main()
