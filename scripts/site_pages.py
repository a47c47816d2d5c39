"""What mkdocs makes the site of: the repository's pages, each known by its path there.

So a link from one page to another is the same on the site as on a git host. Beside Markdown files,
rules are pages, and so are the folders that pages link to.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from tocsin import explain

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
            code = fenced(language, path.read_text(encoding="utf-8"))
            text = f"{_NOT_FOUND}# {path.name}\n\n`{uri}`\n\n{code}"
            yield _made(config, uri, f"{uri}.html", text)


def fenced(language: str, text: str) -> str:
    """Put a fence around TEXT that nothing in it can end."""
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"


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
