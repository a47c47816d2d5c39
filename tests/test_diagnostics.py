"""Every message as it is shown, held against files; and a page for every code.

A case is a rule file, or a folder whose rule files are compiled together (what stands in folders
below it is only used), with the settings that stand beside them, beside the text of its
diagnostics. A first line `// on kql` names the
targets that it is lowered for. So that cases can be short, two pieces of advice that nearly all of
them would get, W102 (no meta) and W209 (no tests), are left out unless the first line says
`// shows W102`. In `poor/` stand messages that we are not proud of.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from conftest import Check
from tocsin import explain, pipeline, registry, render
from tocsin.diagnostics import Code, Diagnostic, Edit, Note, in_order
from tocsin.files import rule_files
from tocsin.modules import load
from tocsin.schema import TaxonomyError
from tocsin.settings import Settings, chosen, diagnostic, read_settings
from tocsin.source import Source, Span

GOLDEN = Path(__file__).parent / "golden" / "diagnostics"
TARGETS = ("eql", "kql", "sigma", "spl")
ADVICE = frozenset({Code.NO_META, Code.NO_TESTS})

# Made in a test below, or in test_hostile.py, because a file could not hold the case.
ELSEWHERE = {
    Code.TOO_LARGE: "test_hostile: a file over the limit, a condition over the limit",
    Code.UNREADABLE: "test_hostile: a folder named like a rule",
    Code.TEST_FAILED: "the CLI's tests",
    Code.NO_RULES: "the CLI's tests",
    Code.ARTEFACT: "test_pipeline: a library that refuses everything",
    Code.REJECTED: "test_proofs: an engine that takes no query",
    Code.DISPROVED: "test_proofs: an engine that finds nothing",
    Code.LEFT_OUT: "test_pipeline: a source that lacks the class",
    Code.LACKS: "test_publish: a rule without an id",
    Code.BEYOND: "test_publish: a name that is too long for a file",
    Code.UNLOCKED: "test_lock: a rule that means something else",
    Code.BAD_LOCK: "test_lock: a lock that is damaged",
    Code.UNTOLD: "test_publish_sentinel: an entity that is no single value",
    Code.OUTPUT_CHANGED: "test_lock: a rule of another title",
}

# No rule can lead there by now.
DEAD = {
    Code.SKEWED: "no form of a column errs both ways yet",
}

Found = tuple[tuple[Diagnostic, ...], dict[str, Source]]


def cases() -> list[Path]:
    """List the cases: rule files, and folders with rule files in them."""
    folders = (GOLDEN, GOLDEN / "poor")
    return sorted(
        path
        for folder in folders
        for path in folder.iterdir()
        if path.suffix == ".rule" or (path.is_dir() and path.name != "poor")
    )


def directives(path: Path) -> list[str]:
    """Return the words of the first line, if it is a comment."""
    file = path if path.is_file() else next(iter(sorted(path.glob("*.rule"))))
    first = file.read_bytes().split(b"\n", 1)[0].decode("utf-8", "replace")
    return first.removeprefix("//").split() if first.startswith("//") else []


def findings(files: Sequence[Path], root: Path, targets: Sequence[str] = ()) -> Found:
    """Run all phases over FILES, by the settings in ROOT; where these are wrong, only read them."""
    settings, wrong, texts = settings_of(root)
    if wrong:
        return wrong, texts
    project = load(files, root)
    rules = pipeline.compile_project(project, TARGETS)
    found = list(rules.diagnostics)
    if not any(each.code.is_error for each in found):
        for target in targets:
            backend = registry.load(target)
            most = settings.target(target).max_characters
            sources = chosen(settings, target, backend.sources)
            plans = pipeline.plans(target, backend, sources, most)
            found += [d for each in pipeline.render_all(rules, plans) for d in each.diagnostics]
    return in_order(found), dict(rules.sources)


def settings_of(root: Path) -> tuple[Settings, tuple[Diagnostic, ...], dict[str, Source]]:
    """Read the settings in ROOT as the command line does."""
    read = read_settings(root, TARGETS)
    errors = list(read.errors)
    for target in () if errors else TARGETS:
        try:
            chosen(read.settings, target, registry.load(target).sources)
        except TaxonomyError as error:
            errors.append(error)
    told = [diagnostic(error, (root,)) for error in errors]
    return read.settings, in_order(each for each, _ in told), {text.name: text for _, text in told}


def case(path: Path, monkeypatch: pytest.MonkeyPatch) -> Found:
    """Run one case; its files are named from its folder."""
    folder = path if path.is_dir() else path.parent
    monkeypatch.chdir(folder)
    words = directives(path)
    files = sorted(path.glob("*.rule")) if path.is_dir() else [path]
    targets = words[1:] if words[:1] == ["on"] else []
    found, sources = findings(files, folder, targets)
    shown = words[1:] if words[:1] == ["shows"] else []
    return tuple(each for each in found if each.code not in ADVICE or each.code in shown), sources


def stem(path: Path) -> str:
    return path.stem if path.parent == GOLDEN else f"poor-{path.stem}"


# --- the cases


@pytest.mark.parametrize("path", cases(), ids=stem)
def test_a_case_reads_as_its_golden(
    path: Path, golden: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, sources = case(path, monkeypatch)

    drawn = "\n".join(render.text(each, sources) for each in found)

    assert drawn, "a case without a finding"
    golden(path.with_suffix(".txt"), drawn)


@pytest.mark.parametrize("path", cases(), ids=stem)
def test_spans_lie_inside_their_files(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, sources = case(path, monkeypatch)

    for each in found:
        edits = [each.edit.span] if each.edit else []
        for span in (each.span, *edits, *(note.span for note in each.notes)):
            assert 0 <= span.start <= span.end <= len(sources[span.file].text)
        if sources[each.span.file].text:
            assert each.span.start < each.span.end


@pytest.mark.parametrize("path", cases(), ids=stem)
def test_messages_are_written_as_we_write_them(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = case(path, monkeypatch)

    for each in found:
        ours = re.sub(r"`[^`]*`", "", each.message)
        assert not ours.endswith(".")
        assert ours == ours.strip() or each.message[:1] == "`" or each.message[-1:] == "`"
        assert not re.match(r"[A-Z][a-z]", each.message)
        assert each.label
        said = f"{ours} {each.label} {each.help or ''}".lower()
        assert not re.search(r"\b(you|your|forgot|please|sorry|invalid|illegal)\b", said)


def test_every_text_belongs_to_a_case() -> None:
    for folder in (GOLDEN, GOLDEN / "poor"):
        for text in folder.glob("*.txt"):
            assert text.with_suffix(".rule").exists() or text.with_suffix("").is_dir()


def test_every_code_occurs(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {each.code for path in cases() for each in case(path, monkeypatch)[0]}

    assert set(Code) - seen <= {*ELSEWHERE, *DEAD}
    assert not seen & DEAD.keys()


# --- what an edit mends


@pytest.mark.parametrize("path", cases(), ids=stem)
def test_an_edit_mends_its_finding(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apply each edit alone: the same code is not reported at that place any more."""
    if path.is_dir():
        pytest.skip("edits are tried on single files")
    found, sources = case(path, monkeypatch)
    text = sources[path.name].text
    for each in found:
        if each.edit is None:
            continue
        start, end = each.edit.span.start, each.edit.span.end
        mended = tmp_path / path.name
        mended.write_text(text[:start] + each.edit.text + text[end:], encoding="utf-8", newline="")
        monkeypatch.chdir(tmp_path)
        after, _ = findings([mended], tmp_path)
        assert (each.code, each.span.start) not in {(a.code, a.span.start) for a in after}


# --- drawing

SOURCE = Source("a.rule", 'one\n\tprocess.nmae is "x"\r\nlast')


def finding(start: int, end: int) -> Diagnostic:
    return Diagnostic(Code.UNKNOWN_FIELD, "a message", Span("a.rule", start, end), "here")


def drawn(diagnostic: Diagnostic, source: Source = SOURCE) -> list[str]:
    return render.text(diagnostic, {source.name: source}).splitlines()


def test_tabs_are_widened_before_the_mark() -> None:
    assert drawn(finding(5, 17))[3:5] == [
        '2 |     process.nmae is "x"',
        "  |     ^^^^^^^^^^^^ here",
    ]


def test_a_span_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    assert drawn(finding(5, len(SOURCE.text)))[4] == f"  |     {'^' * 19} here"


def test_a_span_at_the_end_of_the_file_has_a_mark() -> None:
    end = len(SOURCE.text)

    assert drawn(finding(end, end))[3:5] == ["3 | last", "  |     ^ here"]


def test_a_file_that_could_not_be_read_shows_the_place_alone() -> None:
    unread = Source("a.rule", "")

    assert drawn(Diagnostic(Code.UNREADABLE, "cannot", Span("a.rule", 0, 0)), unread) == [
        "error[E011]: cannot",
        " --> a.rule:1:1",
    ]


def test_a_file_that_nobody_knows_is_drawn_all_the_same() -> None:
    assert render.text(finding(3, 4), {}).splitlines()[1] == " --> a.rule:1:4"


def test_a_folder_has_no_lines() -> None:
    assert render.text(finding(0, 0), {}).splitlines()[1] == " --> a.rule"


@pytest.mark.parametrize("hidden", ["\x1b", "\x07", "\u202e", "\u200b", "\u2028", "\ufeff", "\x9b"])
def test_nothing_in_a_rule_reaches_the_terminal_as_it_is(hidden: str) -> None:
    source = Source(f"a{hidden}.rule", f"x{hidden}y{hidden}")
    place = Span(source.name, 1, 2)
    found = Diagnostic(
        Code.META_VALUE,
        f"m{hidden}",
        place,
        f"l{hidden}",
        f"h{hidden}",
        Edit(place, f"e{hidden}"),
        (Note(f"n{hidden}", place),),
    )

    text = render.text(found, {source.name: source})

    assert hidden not in text
    assert text.count(f"\\u{{{ord(hidden):X}}}") == 11


def test_wide_characters_take_two_columns() -> None:
    source = Source("a.rule", "数数 x")

    assert drawn(finding(3, 4), source)[4] == "  |      ^ here"


def test_marks_without_width_take_none() -> None:
    source = Source("a.rule", "e\u0301 x")

    assert drawn(finding(3, 4), source)[4] == "  |   ^ here"


@pytest.mark.parametrize("start", [0, 1, 150, 298, 299])
def test_a_long_line_is_cut_around_the_mark(start: int) -> None:
    source = Source("a.rule", "a" * start + "B" + "c" * (299 - start))

    _, _, _, line, mark, *_ = drawn(finding(start, start + 1), source)

    assert "B" in line
    assert line[mark.index("^")] == "B"
    assert len(line) <= render.WIDTH + len("1 | ")
    assert line.startswith("1 | …") == (start > 118)
    assert line.endswith("…") == (start < 181)


def test_a_mark_longer_than_the_line_is_cut_with_it() -> None:
    source = Source("a.rule", "a" * 100 + "B" * 500 + "c")

    _, _, _, line, mark, *_ = drawn(finding(100, 600), source)

    assert set(line.removeprefix("1 | ").strip("…")) == {"B"}
    assert mark == f"  |  {'^' * 118} here"


def test_colour_is_added_only_if_asked_for() -> None:
    plain = render.text(finding(5, 17), {"a.rule": SOURCE})
    coloured = render.text(finding(5, 17), {"a.rule": SOURCE}, colour=True)

    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert coloured != plain


def test_an_edit_that_nobody_mentions_is_spelled_out() -> None:
    edit = Edit(Span("a.rule", 5, 17), "process.name")
    silent = Diagnostic(Code.ALIAS, "m", Span("a.rule", 5, 17), "", "because", edit)
    says_so = Diagnostic(Code.ALIAS, "m", Span("a.rule", 5, 17), "write `process.name`", None, edit)
    removal = Diagnostic(Code.ALIAS, "m", Span("a.rule", 5, 17), "", None, Edit(edit.span, ""))

    assert drawn(silent)[-1] == "  = help: because; write `process.name`"
    assert "help" not in drawn(says_so)[-1]
    assert drawn(removal)[-1] == "  = help: leave it out"


def test_data_has_lines_and_columns() -> None:
    note = Note("there", Span("a.rule", 0, 3))
    edit = Edit(Span("a.rule", 5, 17), "process.name")
    place = Span("a.rule", 5, len(SOURCE.text))
    found = Diagnostic(Code.ALIAS, "m", place, "l", "h", edit, (note,))

    assert render.data(found, {"a.rule": SOURCE}) == {
        "code": "E103",
        "severity": "error",
        "message": "m",
        "file": "a.rule",
        "line": 2,
        "column": 2,
        "end_line": 3,
        "end_column": 5,
        "label": "l",
        "help": "h",
        "edit": {
            "file": "a.rule",
            "line": 2,
            "column": 2,
            "end_line": 2,
            "end_column": 14,
            "text": "process.name",
        },
        "notes": [
            {
                "message": "there",
                "file": "a.rule",
                "line": 1,
                "column": 1,
                "end_line": 1,
                "end_column": 4,
            }
        ],
    }


def test_findings_are_counted_in_words() -> None:
    error, warning = finding(0, 1), Diagnostic(Code.UNUSED, "m", Span("a.rule", 0, 1))

    assert render.counts([]) == "no errors"
    assert render.counts([error]) == "1 error"
    assert render.counts([warning, warning]) == "2 warnings"
    assert render.counts([warning, error, error]) == "2 errors, 1 warning"


# --- pages

FENCE = re.compile(
    r"^```(?P<language>tocsin|toml)(?P<words>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
ANY_RULE = """rule short { detect process.start where process.name is "a" }\n"""

# The example would have to be bytes that a page cannot show, or a file too long for it.
WITHOUT_EXAMPLE = {
    *(Code.ENCODING, Code.TOO_LARGE, Code.UNREADABLE, Code.NO_RULES, Code.ARTEFACT),
    *(Code.REJECTED, Code.DISPROVED, Code.LEFT_OUT),
    *(Code.LACKS, Code.BEYOND, Code.UNLOCKED, Code.BAD_LOCK, Code.OUTPUT_CHANGED, Code.UNTOLD),
    *DEAD,
}


def page(code: str) -> str:
    text = explain.page(code)
    assert text is not None
    return text


def examples(code: str) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Yield the examples of a page: `error` or `ok`, targets, and the files beside the rule."""
    files: dict[str, str] = {}
    for fence in FENCE.finditer(page(code)):
        kind, *words = fence["words"].split()
        if kind.startswith("file="):
            files[kind.removeprefix("file=")] = fence["text"]
        elif fence["language"] == "toml":
            yield kind, words, {"tocsin.toml": fence["text"], "example.rule": ANY_RULE}
        else:
            yield kind, words, {**files, "example.rule": fence["text"]}


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    pages = {path.stem for path in explain.PAGES.glob("*.md")}

    assert pages == {code.value for code in Code}
    assert list(explain.codes()) == sorted(pages)


@pytest.mark.parametrize("code", list(Code))
def test_a_page_is_short_and_friendly(code: Code) -> None:
    text = page(code)

    assert text.startswith(f"# {code}: ")
    assert explain.codes()[code] == text.split("\n", 1)[0].removeprefix(f"# {code}: ")
    assert len(text.splitlines()) <= 40
    assert render.visible(text.replace("\n", "")) == text.replace("\n", "")
    assert not re.search(r"\b(you|your|yours|forgot|forget|please|stupid)\b", text, re.IGNORECASE)


@pytest.mark.parametrize("code", list(Code))
def test_the_examples_of_a_page_do_what_they_say(
    code: Code, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds: set[str] = set()
    for number, (kind, targets, files) in enumerate(examples(code)):
        folder = tmp_path / str(number)
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        monkeypatch.chdir(folder)
        found, _ = findings(rule_files([folder / "example.rule"]), folder, targets)
        reported = {each.code for each in found}
        assert kind in {"error", "ok"}
        assert (code in reported) == (kind == "error")
        if kind == "ok":
            assert not [each for each in found if each.code.is_error]
        kinds.add(kind)

    if code is Code.BIDI:  # what it is about must not stand in a page
        assert kinds == {"ok"}
    else:
        assert kinds == (set() if code in WITHOUT_EXAMPLE else {"error", "ok"})


def test_a_page_is_found_whatever_the_case() -> None:
    assert explain.page("e102") == explain.page(" E102 ") is not None
    assert explain.page("E999") is None
    assert explain.page("../E102") is None
