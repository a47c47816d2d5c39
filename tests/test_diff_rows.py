"""Two texts side by side: nothing is lost, what is marked differs, and it takes no age."""

import random
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tocsin.diff.rows import Fold, Row, side_by_side
from tocsin.diff.unified import unified

WORDS = st.sampled_from(
    ["a", "b", 'process.name : "x"', 'process.name : "y"', "", "  and not", "é"]
)
TEXTS = st.lists(WORDS, max_size=25).map(lambda lines: "".join(f"{line}\n" for line in lines))


def rows(old: str | None, new: str | None) -> list[Row]:
    parts = side_by_side(old, new)
    return [row for part in parts for row in (part.rows if isinstance(part, Fold) else (part,))]


def drawn(old: str, new: str) -> list[str]:
    """Write rows as text: `[x]` is marked, `…3` is a fold."""
    lines = []
    for part in side_by_side(old, new):
        if isinstance(part, Fold):
            lines.append(f"…{len(part.rows)}")
            continue
        sides = (
            "".join(f"[{piece.text}]" if piece.changed else piece.text for piece in pieces)
            for pieces in (part.old, part.new)
        )
        lines.append(" | ".join(sides))
    return lines


@given(TEXTS, TEXTS)
def test_every_line_stands_once_and_in_its_order(old: str, new: str) -> None:
    found = rows(old, new)

    for text, side in (
        (old, [(r.left, r.old) for r in found]),
        (new, [(r.right, r.new) for r in found]),
    ):
        there = [(number, pieces) for number, pieces in side if number is not None]
        assert [number for number, _ in there] == list(range(1, len(there) + 1))
        assert "".join("".join(p.text for p in pieces) + "\n" for _, pieces in there) == text


@given(TEXTS, TEXTS)
def test_a_row_is_unchanged_if_and_only_if_both_sides_are_the_same(old: str, new: str) -> None:
    for row in rows(old, new):
        same = row.left is not None and row.right is not None and row.old == row.new
        assert row.changed is not same
        assert row.changed or not any(piece.changed for piece in (*row.old, *row.new))


@given(TEXTS, TEXTS)
def test_unified_lines_make_either_text(old: str, new: str) -> None:
    assume(old != new)

    lines = unified(old, new, context=100)

    for sign, text in (("-", old), ("+", new)):
        assert "".join(f"{words}\n" for each, words in lines if each in (" ", sign)) == text


def test_a_word_is_marked_within_its_line() -> None:
    old = 'process where\n  name : "node.exe" and\n  x\n'
    new = 'process where\n  name : "bun.exe" and\n  x\n'

    assert drawn(old, new) == [
        "process where | process where",
        '  name : "[node].exe" and |   name : "[bun].exe" and',
        "  x |   x",
    ]


def test_a_part_of_a_name_is_marked() -> None:
    assert drawn("rule node_recon_burst {\n", "rule bun_recon_burst {\n") == [
        "rule [node]_recon_burst { | rule [bun]_recon_burst {"
    ]


def test_a_line_put_between_leaves_the_others_alone() -> None:
    assert drawn("a\nb\nc\n", "a\nnew\nb\nc\n") == ["a | a", " | [new]", "b | b", "c | c"]


def test_lines_that_share_nothing_are_marked_as_a_whole() -> None:
    assert drawn("one two\n", "three\n") == ["[one two] | [three]"]


def test_similar_lines_stand_beside_each_other() -> None:
    old, new = "alpha beta gamma\n", "first\nsecond\nalpha beta delta\n"

    assert drawn(old, new)[-1] == "alpha beta [gamma] | alpha beta [delta]"


def test_what_is_far_from_a_change_is_folded() -> None:
    old = "\n".join(map(str, range(20)))
    new = old.replace("10", "ten")

    assert drawn(old, new) == [
        "…7", "7 | 7", "8 | 8", "9 | 9", "[10] | [ten]", "11 | 11", "12 | 12", "13 | 13", "…6",
    ]  # fmt: skip


def test_a_single_line_is_not_folded() -> None:
    assert drawn("1\n2\n3\n4\nx\n", "1\n2\n3\n4\ny\n")[0] == "1 | 1"


def test_only_line_feeds_part_lines() -> None:
    assert len(rows("a\x0bb\u2028c\rd\x85e", None)) == 1


NUMBER = 100_000
CHANCE = random.Random(1)
COUNTED = list(map(str, range(NUMBER)))


def signs(length: int) -> str:
    return "".join(CHANCE.choices("()", k=length))


HARD = {
    "one line, over and over": (["x"] * NUMBER, ["x"] * (NUMBER - 1) + ["y"]),
    "every other line": (COUNTED, [f"n{i}" if i % 2 else str(i) for i in range(NUMBER)]),
    "two lines by chance": (CHANCE.choices("ab", k=NUMBER), CHANCE.choices("ab", k=NUMBER)),
    "backwards": (COUNTED, COUNTED[::-1]),
    "one long line": (["(" * 500_000 + "a" + "b" * 500_000], ["(" * 500_000 + "c" + "b" * 500_000]),
    "long lines by chance": ([signs(10**6)], [signs(10**6)]),
    "short lines of signs": ([signs(200) for _ in range(2000)], [signs(200) for _ in range(2000)]),
}


@pytest.mark.parametrize("name", HARD)
def test_large_texts_take_seconds(name: str) -> None:
    old, new = HARD[name]

    start = time.monotonic()
    found = side_by_side("\n".join(old), "\n".join(new))

    assert found
    assert time.monotonic() - start < 20  # 2 s where the machine has nothing else to do


def test_one_changed_character_of_a_long_line_is_found() -> None:
    old, new = HARD["one long line"]

    (row,) = rows(old[0], new[0])

    assert [piece.text for piece in row.old if piece.changed] == ["a"]
    assert [piece.text for piece in row.new if piece.changed] == ["c"]
