"""What mkdocs makes the site of: the repository's pages, each known by its path there.

So a link from one page to another is the same on the site as on a git host. Beside Markdown files,
rules are pages, and so are the folders that pages link to.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tocsin import explain, model

ROOT = Path(__file__).parent.parent
PAGES = ("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
DECISIONS = "docs/decisions"
ERRORS = "compiler/tocsin/data/explain"
SHOWN = {
    "rules/**/*.rule": "tocsin",
    "rules/lists/*.txt": "text",
    "tests/test_real_events.py": "python",
}
GROUPS = {
    "E0": "Reading",
    "E1": "Names and types",
    "E2": "Sense",
    "E3": "What a target cannot say",
    "E4": "Artefacts, proofs, versions",
    "E5": "Settings and source profiles",
    "W": "Advice",
}


def on_config(config: MkDocsConfig) -> None:
    """Read Markdown as a git host does, and make links of codes."""
    extensions: list[str | Extension] = config.markdown_extensions  # type: ignore[assignment] # mkdocs hands them on
    extensions.append(_Ours())


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Call each page by its path in the repository, and add those that stand outside of docs/."""
    docs = Path(config.docs_dir).relative_to(ROOT).as_posix()
    ours = {each.src_uri for each in files if each.src_dir == config.docs_dir}
    pages = [
        *(_file(config, f"{docs}/{uri}", files.src_uris[uri].dest_uri) for uri in sorted(ours)),
        *(_file(config, uri, uri.lower().replace(".md", ".html")) for uri in PAGES),
        *(_file(config, f"{ERRORS}/{code}.md", f"errors/{code}.html") for code in explain.codes()),
        _made(config, ERRORS, "errors/index.html", "\n".join(_errors())),
        _made(config, DECISIONS, "decisions/index.html", "\n".join(_decisions())),
        *_shown(config),
    ]
    return Files([*(each for each in files if each.src_uri not in ours), *pages])


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Give each target's query a tab; give examples of errors, and files, a title."""
    tabs = _RENDERING.sub(_tab, markdown)
    return _EXAMPLE.sub(lambda found: _titled(found, page.file.name), tabs)


# --- files that are pages


def _file(config: MkDocsConfig, uri: str, to: str) -> File:
    return File(uri, str(ROOT), config.site_dir, config.use_directory_urls, dest_uri=to)


class _Made(File):
    """A page whatever its path looks like, with a text that stands in no file."""

    def is_documentation_page(self) -> bool:
        return True


def _made(config: MkDocsConfig, uri: str, to: str, text: str) -> File:
    made = _Made(uri, None, config.site_dir, config.use_directory_urls, dest_uri=to)
    made.content_string = text
    return made


_NOT_FOUND = "---\nsearch:\n  exclude: true\n---\n\n"  # by a search: what is said is found


def _shown(config: MkDocsConfig) -> Iterator[File]:
    for pattern, language in SHOWN.items():
        for path in sorted(ROOT.glob(pattern)):
            uri = path.relative_to(ROOT).as_posix()
            text = path.read_text(encoding="utf-8")
            fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 3)
            code = f"{fence}{language}\n{text.rstrip()}\n{fence}\n"
            shown = f"{_NOT_FOUND}# {path.name}\n\n`{uri}`\n\n{code}"
            yield _made(config, uri, f"{uri}.html", shown)


def _errors() -> Iterator[str]:
    yield "# Errors and warnings"
    yield ""
    yield "What each code means, with an example; `tocsin explain CODE` prints the same page."
    for prefix, title in GROUPS.items():
        yield f"\n## {prefix}: {title}\n"
        for code, about in explain.codes().items():
            if code.startswith(prefix):
                yield f"* [{code}](explain/{code}.md): {about}"


def _decisions() -> Iterator[str]:
    yield "# Decisions"
    yield ""
    yield "What was decided that someone might undo: what, why, and what else was weighed."
    yield ""
    for path in sorted((ROOT / DECISIONS).glob("*.md")):
        title = path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# ")
        yield f"* [{title}](decisions/{path.name})"


# --- Markdown

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
        link = Element("a", href=f"/{ERRORS}/{m[0]}.md")
        link.text = AtomicString(m[0])
        return link, m.start(0), m.end(0)


class _Cells(Treeprocessor):
    r"""In a cell `a\|b` is `a|b`: a git host asks for the backslash."""

    def run(self, root: Element) -> None:
        for cell in (*root.iter("td"), *root.iter("th")):
            for code in cell.iter("code"):
                code.text = AtomicString((code.text or "").replace(r"\|", "|"))
