"""Whatever the text: reading and analyzing end soon, and never with an exception."""

import os
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tocsin import pipeline, registry, render, tree
from tocsin.diagnostics import Code, Diagnostic
from tocsin.modules import MAX_BYTES, load
from tocsin.source import Source

ROOT = Path(__file__).parent.parent
RULES = sorted((ROOT / "rules").rglob("*.rule"))
TARGETS = ("eql", "kql", "sigma", "spl")
SEED = 20251121
TEST = "process.pid is 4"


def rule(condition: str, before: str = "") -> str:
    return f"{before}rule example {{\n  detect process.start where {condition}\n}}\n"


def read(text: str | bytes, folder: Path, targets: tuple[str, ...] = ()) -> list[Diagnostic]:
    """Run all phases over TEXT and draw what they find."""
    path = folder / "example.rule"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return findings(path, folder, targets)


def findings(path: Path, root: Path, targets: tuple[str, ...] = ()) -> list[Diagnostic]:
    project = load([path], root)
    rules = pipeline.compile_project(project, TARGETS)
    found = list(rules.diagnostics)
    items = [item for module in project.given for item in module.file.items]
    if not any(each.code.is_error for each in found):
        written = sum(isinstance(item, tree.Rule) for item in items)
        assert len(rules.rules) == written, "a rule is dropped in silence"
    for target in targets:
        backend = registry.load(target)
        for one in rules.rules:
            found += pipeline.render(one, target, backend).diagnostics
    for each in found:
        holds_together(each, rules.sources[each.span.file])
        render.text(each, rules.sources)
        render.data(each, rules.sources)
    return found


def holds_together(found: Diagnostic, source: Source) -> None:
    assert 0 <= found.span.start <= found.span.end <= len(source.text)
    assert found.message


def codes(found: list[Diagnostic]) -> set[Code]:
    return {each.code for each in found} - {Code.NO_META, Code.NO_TESTS}


# --- mutations of real rules

_TOKEN = re.compile(r'"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|//.*|[\w.]+|\s+|[^\w\s]')
_ODD = (
    *('"', "'", '"""', "/*", "*/", "//", "\\", "{", "}", "(", ")", "[", "]", "=", ",", "..", "."),
    *("and", "or", "not", "AND", "NOT", "null", "is", "in", "any", "all", "of", "0", "-1", "5x"),
    *("rule", "let", "use", "detect", "where", "test", "meta", "accept", "by", "every", "on"),
    *("any {", "sequence", "first seen", "having", "sliding", "for", "at 5s", "count(", "file"),
    *("\x00", "\x1b[2J", "\u202e", "\ufeff", "\r", "\u2028", "\U0001f600", "\u0301", "é"),
)


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def delete(parts: list[str], dice: random.Random) -> None:
    at = dice.randrange(len(parts))
    del parts[at : at + dice.choice((1, 1, 2, 5))]


def repeat(parts: list[str], dice: random.Random) -> None:
    at = dice.randrange(len(parts))
    end = at + dice.choice((1, 2, 10))
    parts[at:at] = parts[at:end]


def insert(parts: list[str], dice: random.Random) -> None:
    parts.insert(dice.randrange(len(parts) + 1), dice.choice(_ODD))


def swap(parts: list[str], dice: random.Random) -> None:
    one, two = dice.randrange(len(parts)), dice.randrange(len(parts))
    parts[one], parts[two] = parts[two], parts[one]


def cut(parts: list[str], dice: random.Random) -> None:
    del parts[dice.randrange(len(parts)) :]


def mutants(text: str, number: int) -> Iterator[str]:
    dice = random.Random(f"{SEED} {text}")
    whole = tokens(text)
    for _ in range(number):
        parts = list(whole)
        for _ in range(dice.choice((1, 1, 2, 3, 8))):
            dice.choice((delete, repeat, insert, swap, cut))(parts, dice)
            parts += [] if parts else [""]
        yield "".join(parts)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_a_rule_with_its_words_mixed_up_is_read(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    clauses = re.sub(r"meta \{[\s\S]*?\n  \}\n", "", text)
    lib = tmp_path / "lib"
    lib.mkdir()
    for used in (ROOT / "rules" / "lib").glob("*.rule"):
        (lib / used.name).write_bytes(used.read_bytes())

    for mutant in (*mutants(text, 10), *mutants(clauses[:4000].replace("../lib", "lib"), 50)):
        read(mutant, tmp_path)


def test_a_rule_with_its_bytes_mixed_up_is_read(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    whole = (ROOT / "rules" / "execution" / "node_load_dir_res.rule").read_bytes()

    for _ in range(100):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 5, 50))):
            at = dice.randrange(len(data))
            data[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
        read(bytes(data), tmp_path)


def test_words_in_any_order_are_read(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    words = [
        *_ODD,
        *("process.start", "process.pid", "process.name", "name", "4", '"x"', "'x'", "30m"),
        *("2025-11-12", "1..5", "contains", "starts with", "like", "has", "exists", "missing"),
    ]

    for _ in range(300):
        soup = " ".join(dice.choices(words, k=dice.randrange(1, 30)))
        read(dice.choice((soup, rule(soup), f"rule r {{ {soup} }}", f"let x = {soup}")), tmp_path)


# --- much of one thing

N = 10_000
MUCH: dict[str, tuple[str, set[Code]]] = {
    "parentheses": (rule("(" * N + TEST + ")" * N), set()),
    "parentheses_that_stay_open": (rule("(" * N + TEST), {Code.SYNTAX}),
    "parentheses_that_close_too_often": (rule(TEST + ")" * N), {Code.SYNTAX}),
    "not": (rule("not " * N + TEST), {Code.TOO_DEEP}),
    "foreign_not": (rule("! " * 2000 + TEST), {Code.TOO_DEEP, Code.FOREIGN}),
    "groups": (rule("(process.pid is 8 and " * N + TEST + ")" * N), {Code.TOO_DEEP}),
    "and": (rule(" and ".join([TEST] * N)), {Code.TOO_LARGE}),
    "foreign_and": (rule(" AND ".join([TEST] * 2000)), {Code.FOREIGN}),
    "braces": ("{" * N, {Code.SYNTAX}),
    "broken_clauses": ("rule example {\n" + "detect x\n" * 2000 + "}", {Code.SYNTAX}),
    "broken_lets": ("let x =\n" * 2000, {Code.SYNTAX}),
    "strange_characters": ("§" * 100_000, {Code.CHARACTER}),
    "one_long_line": (rule(f'process.name is "{"x" * 500_000}" and process.nmae exists'),
                      {Code.UNKNOWN_FIELD}),
    "marks_without_width": (rule(f'process.nmae is "{chr(0x301) * 100_000}"'),
                            {Code.UNKNOWN_FIELD}),
    "digits": (rule(f"process.pid is {'9' * 100_000}"), {Code.NUMBER_RANGE}),
    "digits_of_a_count": (rule(f"{'9' * 9999} of ({TEST})"), {Code.NUMBER_RANGE, Code.COUNT}),
    "days": ("rule example {\n hunt over " + "9" * 100_000 + "d\n}", {
        Code.NUMBER_RANGE, Code.MISSING_CLAUSE}),
    "a_long_path": (f'use "{"x/" * 5000}y.rule"', {Code.USE_NOT_FOUND}),
    "a_long_name": (f'use "{"x" * 5000}"', {Code.USE_NOT_FOUND}),
}  # fmt: skip


@pytest.mark.parametrize("name", MUCH)
def test_much_of_one_thing_is_read(name: str, tmp_path: Path) -> None:
    text, expected = MUCH[name]

    assert codes(read(text, tmp_path)) - {Code.MISSING_CLAUSE} == expected - {Code.MISSING_CLAUSE}


LONG = [f'"v{number}"' for number in range(50_000)]


@pytest.mark.parametrize(
    "text",
    [
        rule("process.name in values", f"let values = [{', '.join(LONG)}]\n"),
        rule(f"process.command_line contains any ({', '.join(LONG)})"),
        rule(f"process.pid in ({', '.join(str(number) for number in range(50_000))})"),
        f"rule example {{\n meta {{ tags = [{', '.join(LONG)}] }}\n"
        f" detect process.start where {TEST}\n}}\n",
    ],
    ids=["in", "contains", "numbers", "tags"],
)
def test_a_list_of_fifty_thousand_values_is_read(text: str, tmp_path: Path) -> None:
    assert not codes(read(text, tmp_path))


@pytest.mark.parametrize("target", TARGETS)
def test_a_thousand_tests_are_said(target: str, tmp_path: Path) -> None:
    condition = " or ".join(f'process.name is "n{number}"' for number in range(1000))

    read(rule(condition), tmp_path, (target,))


# --- names upon names


def chain(length: int, step: str, end: str) -> str:
    links = [f"let n{at} = {step.replace('NEXT', f'n{at + 1}')}\n" for at in range(length)]
    return "".join(links) + f"let n{length} = {end}\n"


NAMES: dict[str, tuple[str, set[Code]]] = {
    "a_chain": (rule("n0", chain(45, "NEXT", TEST)), set()),
    "a_chain_too_long": (rule("n0", chain(N, "NEXT", TEST)), {Code.TOO_DEEP}),
    "doubled": (rule("n0", chain(40, "NEXT and NEXT", TEST)), {Code.TOO_LARGE}),
    "doubled_wrongly": (rule("n0", chain(40, "NEXT or NEXT", "m")), {
        Code.TOO_LARGE, Code.UNKNOWN_NAME}),
    "doubled_values": (rule("n0", chain(40, "NEXT or NEXT", "4")), {
        Code.TOO_LARGE, Code.WRONG_KIND}),
    "counted": (rule("n0", chain(40, "1 of (NEXT, NEXT)", TEST)), {Code.TOO_LARGE}),
    "lists": (rule("process.name in n0", chain(40, "[NEXT, NEXT]", '["x"]')), set()),
    "lists_of_nothing": (rule("process.name in n0", chain(40, "[NEXT, NEXT]", "[]")), {
        Code.EMPTY_NEEDLE}),
    "circle": (rule("n0", chain(40, "NEXT and NEXT", "n0")), {Code.CYCLE}),
    "circle_of_lists": (rule("process.name in n0", chain(40, "[NEXT]", "[n0]")), {Code.CYCLE}),
    "functions": (rule("n0(process.name)", "".join(
        f"let n{at}(f) = n{at + 1}(f) or n{at + 1}(f)\n" for at in range(40)
    ) + 'let n40(f) = f is "x"\n'), {Code.TOO_LARGE}),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_upon_names_end(name: str, tmp_path: Path) -> None:
    text, expected = NAMES[name]

    assert codes(read(text, tmp_path)) == expected


# --- files

TEXTS: dict[str, tuple[bytes, set[Code]]] = {
    "empty": (b"", set()),
    "blank": (b" \r\n\t\n", set()),
    "byte_order_mark": (b"\xef\xbb\xbf", set()),
    "byte_order_mark_and_windows_lines": (
        b"\xef\xbb\xbf" + rule(TEST).replace("\n", "\r\n").encode(), set()),
    "old_line_ends": (rule(TEST).replace("\n", "\r").encode(), set()),
    "a_nul": (b"\x00", {Code.CHARACTER}),
    "a_nul_in_a_string": (rule('process.name is "a\x00"').encode(), set()),
    "half_a_character": (rule(TEST).encode() + b"// \xc3", {Code.ENCODING}),
    "latin_1": ("// café".encode("latin-1"), {Code.ENCODING}),
    "utf_16": (rule(TEST).encode("utf-16"), {Code.ENCODING}),
    "a_lone_surrogate": ("// \ud800".encode("utf-8", "surrogatepass"), {Code.ENCODING}),
    "a_quote": (b'"', {Code.UNTERMINATED}),
    "a_raw_quote": (b"'", {Code.UNTERMINATED}),
    "three_quotes": (b'"""', {Code.UNTERMINATED}),
    "a_comment": (b"/*", {Code.UNTERMINATED}),
    "almost_a_comment": (b"/*/", {Code.UNTERMINATED}),
    "a_backslash_at_the_end": (b'let x = "\\', {Code.UNTERMINATED}),
    "odd_blanks": ("\x0b\x1c\x85\xa0\u2003\u3000\u2028".encode(), {Code.CHARACTER}),
    "a_raw_string": (b"let x = '''", {Code.UNTERMINATED}),
    "a_block": (b'rule example { meta { title = """', {Code.UNTERMINATED}),
    "a_word": (b"rule", {Code.SYNTAX}),
    "too_large": (b"//" + b"x" * MAX_BYTES, {Code.TOO_LARGE}),
    "as_large_as_may_be": (b"//" + b"x" * (MAX_BYTES - 2), set()),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_any_bytes_are_read(name: str, tmp_path: Path) -> None:
    data, expected = TEXTS[name]

    assert codes(read(data, tmp_path)) == expected


def test_windows_lines_and_a_byte_order_mark_change_no_place(tmp_path: Path) -> None:
    text = rule("process.nmae is 4")
    data = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()

    (plain,) = (each for each in read(text, tmp_path) if each.code is Code.UNKNOWN_FIELD)
    (windows,) = (each for each in read(data, tmp_path) if each.code is Code.UNKNOWN_FIELD)

    source = Source("example.rule", text.replace("\n", "\r\n"))
    assert source.locate(windows.span.start) == Source("", text).locate(plain.span.start)


def test_a_folder_named_like_a_rule_is_no_rule(tmp_path: Path) -> None:
    (tmp_path / "x.rule").mkdir()

    assert codes(findings(tmp_path / "x.rule", tmp_path)) == {Code.UNREADABLE}


def test_a_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    assert codes(findings(tmp_path / "gone.rule", tmp_path)) == {Code.UNREADABLE}


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.rule")

    assert codes(findings(tmp_path / "pipe.rule", tmp_path)) == {Code.UNREADABLE}
    assert codes(read('use "pipe.rule"', tmp_path)) == {Code.USE_NOT_FOUND}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_closed_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "closed.rule").touch(mode=0)

    assert codes(findings(tmp_path / "closed.rule", tmp_path)) == {Code.UNREADABLE}


# --- links and circles


def link(path: Path, to: Path) -> str:
    path.symlink_to(to)
    return path.name


def outside(tmp_path: Path) -> tuple[Path, Path]:
    """Make a project, and a file beside it that is none of its business."""
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "secret.rule").write_text('let secret = "x"\n', encoding="utf-8")
    return project, tmp_path / "secret.rule"


@pytest.mark.parametrize(
    "place",
    [
        lambda _project, _secret: "../secret.rule",
        lambda _project, secret: str(secret),
        lambda project, secret: link(project / "link.rule", secret),
        lambda project, secret: link(project / "up", secret.parent) + "/secret.rule",
    ],
    ids=["dots", "absolute", "link", "linked_folder"],
)
@pytest.mark.parametrize("form", ['use "{}"', 'let x = file "{}"'])
def test_nothing_outside_the_project_is_read(
    place: Callable[[Path, Path], str], form: str, tmp_path: Path
) -> None:
    project, secret = outside(tmp_path)

    found = read(form.format(place(project, secret)), project)

    assert Code.OUTSIDE_PROJECT in codes(found)


def test_links_in_a_circle_lead_to_no_file(tmp_path: Path) -> None:
    link(tmp_path / "a.rule", tmp_path / "b.rule")
    link(tmp_path / "b.rule", tmp_path / "a.rule")

    assert codes(read('use "a.rule"', tmp_path)) == {Code.USE_NOT_FOUND}


def test_files_may_use_each_other(tmp_path: Path) -> None:
    (tmp_path / "other.rule").write_text(
        'use "example.rule"\nlet shells = ["cmd.exe"]\n', encoding="utf-8"
    )

    assert not codes(read('use "other.rule"\n' + rule("process.name in shells"), tmp_path))


def test_a_long_chain_of_files_is_followed(tmp_path: Path) -> None:
    for number in range(500):
        text = f'use "f{number + 1}.rule"\n'
        (tmp_path / f"f{number}.rule").write_text(text, encoding="utf-8")
    (tmp_path / "f500.rule").write_text("let x = 4\n", encoding="utf-8")

    assert not codes(read('use "f0.rule"\n' + rule(TEST), tmp_path))
