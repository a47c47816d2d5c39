"""`tocsin fmt` as people meet it: what it writes, shows and returns."""

import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest

UGLY = b'rule one {detect process.start where process.name is "node.exe" // why\n}'
NEAT = b"""rule one {
  detect process.start where process.name is "node.exe"  // why
}
"""
BROKEN = b"rule two { detect process.start where }\n"


def fmt(
    *arguments: str | Path, cwd: Path, stdin: bytes | None = None, **variables: str
) -> subprocess.CompletedProcess[bytes]:
    result = subprocess.run(
        [sys.executable, "-m", "tocsin", "fmt", *map(str, arguments)],
        cwd=cwd, input=stdin, capture_output=True, timeout=60, check=False,
        env={**os.environ, "NO_COLOR": "1", **variables},
    )  # fmt: skip
    assert b"Traceback" not in result.stderr
    return result


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project with a file to be changed and one that is as it is to be."""
    folder = tmp_path / "project"
    (folder / "rules").mkdir(parents=True)
    (folder / "tocsin.toml").touch()
    (folder / "rules" / "neat.rule").write_bytes(NEAT)
    (folder / "rules" / "ugly.rule").write_bytes(UGLY)
    return folder


def held(project: Path, name: str = "ugly") -> bytes:
    return (project / "rules" / f"{name}.rule").read_bytes()


# --- files


def test_files_are_rewritten_in_place(project: Path) -> None:
    result = fmt(cwd=project)

    assert (result.returncode, result.stdout) == (0, b"")
    assert result.stderr == b"1 file changed, 1 unchanged\n"
    assert held(project) == NEAT
    assert sorted(each.name for each in (project / "rules").iterdir()) == ["neat.rule", "ugly.rule"]


def test_what_is_laid_out_is_not_touched(project: Path) -> None:
    before = (project / "rules" / "neat.rule").stat()

    result = fmt("rules/neat.rule", cwd=project)

    assert result.returncode == 0
    after = (project / "rules" / "neat.rule").stat()
    assert (after.st_ino, after.st_ctime_ns) == (before.st_ino, before.st_ctime_ns)


def test_check_names_the_files_and_writes_nothing(project: Path) -> None:
    result = fmt("rules", "--check", cwd=project)

    assert (result.returncode, result.stdout) == (1, b"rules/ugly.rule\n")
    assert result.stderr == b"1 file would change, 1 would not\n"
    assert held(project) == UGLY
    assert fmt("rules/neat.rule", "--check", cwd=project).returncode == 0


def test_a_diff_can_be_applied(project: Path) -> None:
    result = fmt("rules", "--diff", cwd=project)

    assert result.returncode == 1
    assert held(project) == UGLY
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    subprocess.run(["git", "apply", "-p0", "-"], cwd=project, input=result.stdout, check=True)
    assert held(project) == NEAT


def test_a_broken_file_is_shown_and_left_and_the_others_are_written(project: Path) -> None:
    (project / "rules" / "broken.rule").write_bytes(BROKEN)

    result = fmt("rules", cwd=project)

    assert result.returncode == 1
    assert b"rules/broken.rule:1:39" in result.stderr
    assert b"error[E001]" in result.stderr
    assert b"1 file changed, 1 unchanged, 1 left as found\n" in result.stderr
    assert held(project, "broken") == BROKEN
    assert held(project) == NEAT


def test_a_file_without_sense_is_laid_out(project: Path) -> None:
    """Only what is written counts: an unknown field, a `use` that leads nowhere."""
    text = b'use "gone.rule"\nrule x {detect a.b where c.d is unknown}'
    (project / "rules" / "ugly.rule").write_bytes(text)

    result = fmt("rules", cwd=project)

    assert result.returncode == 0
    assert held(project) == b'use "gone.rule"\n\nrule x {\n  detect a.b where c.d is unknown\n}\n'


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\xff\xfer\0u\0", b"is not UTF-8"),
        (b"let a = 1\n" + b"/" * (4 << 20), b"is too large"),
        (b'let a = "' + b"(" * 99, b"unterminated string"),
    ],
)
def test_what_cannot_be_read_is_told(project: Path, data: bytes, told: bytes) -> None:
    (project / "rules" / "ugly.rule").write_bytes(data)

    result = fmt("rules", cwd=project)

    assert result.returncode == 1
    assert told in result.stderr
    assert held(project) == data


def test_carriage_returns_and_a_byte_order_mark_go(project: Path) -> None:
    (project / "rules" / "ugly.rule").write_bytes(b"\xef\xbb\xbf" + NEAT.replace(b"\n", b"\r\n"))

    assert fmt("rules", cwd=project).returncode == 0
    assert held(project) == NEAT


def test_a_file_keeps_its_mode(project: Path) -> None:
    (project / "rules" / "ugly.rule").chmod(0o640)

    assert fmt("rules", cwd=project).returncode == 0
    assert stat.S_IMODE((project / "rules" / "ugly.rule").stat().st_mode) == 0o640


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everything")
def test_a_closed_file_is_left(project: Path) -> None:
    (project / "rules" / "ugly.rule").chmod(0o400)

    result = fmt("rules", cwd=project)

    assert result.returncode == 2
    assert b"error: cannot write rules/ugly.rule: Permission denied" in result.stderr
    assert held(project) == UGLY


def test_a_link_within_the_project_stays_a_link(project: Path) -> None:
    (project / "ugly.rule").write_bytes(UGLY)
    link = project / "rules" / "link.rule"
    link.symlink_to("../ugly.rule")

    assert fmt("rules/link.rule", cwd=project).returncode == 0
    assert link.is_symlink()
    assert (project / "ugly.rule").read_bytes() == NEAT


def test_a_link_that_leads_out_of_the_project_is_not_followed(project: Path) -> None:
    outside = project.parent / "outside.rule"
    outside.write_bytes(UGLY)
    (project / "rules" / "link.rule").symlink_to(outside)

    result = fmt("rules", cwd=project)

    assert result.returncode == 1
    assert b"`rules/link.rule` leads out of the project" in result.stderr
    assert outside.read_bytes() == UGLY
    assert held(project) == NEAT


def test_links_in_a_circle_are_told(project: Path) -> None:
    (project / "rules" / "link.rule").symlink_to("link.rule")

    result = fmt("rules", cwd=project)

    assert result.returncode == 1
    assert b"cannot read `rules/link.rule`" in result.stderr
    assert held(project) == NEAT


# --- standard input


def test_an_editor_gets_its_text_back(project: Path) -> None:
    result = fmt("-", cwd=project, stdin=UGLY)

    assert (result.returncode, result.stdout, result.stderr) == (0, NEAT, b"")


def test_an_editor_gets_utf_8_whatever_the_terminal_speaks(tmp_path: Path) -> None:
    text = 'let a = "Grüße \u202e"\n'.encode()

    result = fmt("-", cwd=tmp_path, stdin=text, PYTHONIOENCODING="ascii", LC_ALL="C")

    assert (result.returncode, result.stdout) == (0, text)


def test_an_editor_gets_nothing_of_a_broken_text(project: Path) -> None:
    result = fmt("-", "--stdin-filename", "rules/mine.rule", cwd=project, stdin=BROKEN)

    assert (result.returncode, result.stdout) == (1, b"")
    assert b"rules/mine.rule:1:39" in result.stderr


def test_standard_input_is_checked(project: Path) -> None:
    assert fmt("-", "--check", cwd=project, stdin=NEAT).returncode == 0

    result = fmt("-", "--check", "--stdin-filename", "\x1b[2J", cwd=project, stdin=UGLY)

    assert (result.returncode, result.stdout) == (1, b"\\u{1B}[2J\n")


def test_too_much_of_standard_input_is_told(project: Path) -> None:
    result = fmt("-", cwd=project, stdin=b"/" * (5 << 20))

    assert (result.returncode, result.stdout) == (1, b"")
    assert b"`<stdin>` is too large" in result.stderr


# --- wrong use


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-", "rules"], b"- stands alone"),
        (["rules", "--stdin-filename", "a"], b"--stdin-filename goes with -"),
        (["gone"], b"no such file or folder: gone"),
        (["empty"], b"no rule file (`*.rule`) in empty"),
    ],
)
def test_wrong_use(project: Path, arguments: list[str], told: bytes) -> None:
    (project / "empty").mkdir()

    result = fmt(*arguments, cwd=project)

    assert (result.returncode, result.stdout) == (2, b"")
    assert told in result.stderr


# --- what is hostile


def test_a_diff_is_visible_on_a_terminal(project: Path) -> None:
    (project / "rules" / "ugly.rule").write_bytes(b'let  a = "\xe2\x80\xae\x1b[2J"\n')

    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "tocsin", "fmt", "rules", "--diff"],
        cwd=project, stdout=theirs, stderr=subprocess.DEVNULL, check=False, timeout=60,
    )  # fmt: skip
    os.close(theirs)
    shown = os.read(ours, 65536)

    assert b"\x1b" not in shown
    assert rb'-let  a = "\u{202E}\u{1B}[2J"' in shown


def test_a_name_of_a_file_is_visible(project: Path) -> None:
    (project / "rules" / "a\x1b\nb.rule").write_bytes(UGLY)

    result = fmt("rules", "--check", "--diff", cwd=project)

    assert b"\x1b" not in result.stdout
    assert b"rules/a\\u{1B}\\u{A}b.rule\n" in result.stdout
