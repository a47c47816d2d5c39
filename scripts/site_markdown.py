"""How the site reads Markdown: as a git host does, and with more where it is read in a browser."""

import re
from textwrap import indent
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from tocsin import explain, model


def on_config(config: MkDocsConfig) -> None:
    """Add what is ours to what reads Markdown, which takes objects as well as names."""
    extensions: list[str | Extension] = config.markdown_extensions  # type: ignore[assignment]
    extensions.append(_Ours())


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Give each target's query a tab; give examples of errors, and files, a title."""
    tabs = _RENDERING.sub(_tab, markdown)
    return _EXAMPLE.sub(lambda found: _titled(found, page.file.name), tabs)


# What scripts/operators.py writes of a target: `**kql**: exact`, and the query.
_RENDERING = re.compile(
    rf"^\*\*(\w+)\*\*: ((?:{'|'.join(model.Verdict)})\b.*)$(\n\n```[\s\S]*?^```$)?", re.MULTILINE
)


def _tab(found: re.Match[str]) -> str:
    target, verdict, query = found.groups(default="")
    return f'=== "{target}"\n\n{indent(verdict + query, "    ")}'


_EXAMPLE = re.compile(r"^```(\w+) (?:(error|ok)|file=(\S+))(?: (.+))?$", re.MULTILINE)


def _titled(found: re.Match[str], code: str) -> str:
    language, kind, file, targets = found.groups()
    title = file or {"error": f"{code} on {targets}" if targets else code, "ok": "instead"}[kind]
    return f'```{language} title="{title}"'


class _Ours(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - so it is called there
        md.inlinePatterns.register(_Codes(r"\b[EW]\d{3}\b", md), "tocsin-codes", 5)
        md.treeprocessors.register(_Cells(md), "tocsin-cells", 5)


class _Codes(InlineProcessor):
    """`E102` in a sentence is a link to its page."""

    ANCESTOR_EXCLUDES = ("a", "h1", "h2", "h3", "h4")

    def handleMatch(  # type: ignore[override] # noqa: N802
        self, m: re.Match[str], data: str
    ) -> tuple[Element | None, int | None, int | None]:
        if m[0] not in explain.codes():
            return None, None, None
        link = Element("a", href=f"/compiler/tocsin/data/explain/{m[0]}.md")
        link.text = AtomicString(m[0])
        return link, m.start(0), m.end(0)


class _Cells(Treeprocessor):
    r"""In a cell `a\|b` is `a|b`: a git host asks for the backslash."""

    def run(self, root: Element) -> None:
        for cell in (*root.iter("td"), *root.iter("th")):
            for code in cell.iter("code"):
                code.text = AtomicString((code.text or "").replace(r"\|", "|"))
