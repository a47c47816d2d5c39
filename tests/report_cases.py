"""Projects with something to report, and what `check` reports of them."""

from pathlib import Path

from report_readers import Result, sarif
from test_cli import GOOD, no_traceback, tocsin
from tocsin.diagnostics import Code, Diagnostic
from tocsin.reports import Report
from tocsin.source import Source, Span

NOISY = """// é 😀 before what is wrong
rule noisy {
  meta { title = "N" id = "33333333-3333-4333-8333-333333333333" severity = "low" }
  detect process.start on windows where
\tprocess.nmae is "😀" and Image is "node.exe" and process.args is "-e"
  test "fires" fires { process.name = "deno.exe" }
}
rule good {
  meta { title = "G" id = "44444444-4444-4444-8444-444444444444" severity = "low" }
  detect process.start on windows where process.name is "deno.exe" and process.args is "-e"
  test "silent as it seems" silent { process.name = "deno.exe"  process.args = ["-e"] }
  test "fires" fires { process.name = "deno.exe"  process.args = ["-e"] }
}
"""


def make_noisy(tmp_path: Path) -> Path:
    """Make a project with errors of several kinds, warnings, edits and notes."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "good.rule").write_text(GOOD, encoding="utf-8")
    (tmp_path / "rules" / "noisy.rule").write_text(NOISY, encoding="utf-8")
    (tmp_path / "rules" / "windows.rule").write_bytes(
        b'rule w {\r\n\tdetect x.y where a is "b"\r\n}\r\n'
    )
    (tmp_path / "rules" / "cut.rule").write_text("rule cut {", encoding="utf-8")
    return tmp_path


def report(format_: str, project: Path, *more: str | Path) -> str:
    """Return what `check` prints."""
    made = tocsin("check", "--format", format_, *more, cwd=project)
    no_traceback(made)
    assert str(project) not in made.stdout
    return made.stdout


def one(code: Code, *, message: str = "m", file: str = "a.rule") -> Report:
    """Make a report with one finding, in a text of one line."""
    found = Diagnostic(code, message, Span(file, 1, 3), "here", "help", None)
    return Report([found], {file: Source(file, "abcdef\n")}, (), 1, lambda name: name)


def results(project: Path) -> list[Result]:
    return sarif(report("sarif", project))["results"]
