"""Events built for a change: every edit that matters is told apart, by events that are real."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bodies_bent import bent
from tocsin import model, pipeline, registry
from tocsin.diff.matching import Watch
from tocsin.events import NAMES, base_name, split_command_line
from tocsin.frozen import replace
from tocsin.model import Body, Occurrence
from tocsin.witness import streams

ROOT = Path(__file__).parent.parent
SAMPLE = 6  # edits of each rule of the pack


def body(detect: str, folder: Path) -> Body:
    """Read the body of a rule that says DETECT."""
    path = folder / "a.rule"
    path.write_text(f"rule a {{ {detect} }}", encoding="utf-8")
    rules = pipeline.read([path], registry.names(), root=folder)
    assert [str(each) for each in rules.diagnostics if each.code.is_error] == []
    return rules.rules[0].body


def rule_of(body: Body) -> model.Rule:
    nowhere = model.Meta("a")
    return model.Rule("a", nowhere, body, None, (), (), (), body.span)


def told(old: Body, new: Body) -> tuple[int, int, int]:
    matching = Watch(rule_of(old), rule_of(new)).done()
    return matching.gained, matching.lost, matching.altered


START = "detect process.start on windows where"
EDITS = [
    # before, after, and whether something is gained and lost
    ('process.name is "a.exe"', 'process.name in ("a.exe", "b.exe")', True, False),
    ('process.name is "a.exe"', 'process.name is cased "a.exe"', False, True),
    ('process.command_line contains "foo"', 'process.command_line has "foo"', False, True),
    ('process.command_line contains "foo"', 'process.command_line contains "foobar"', False, True),
    ("process.name matches '^a[0-9]{2}$'", "process.name matches '^a[0-9]{2,3}$'", True, False),
    ("process.name like 'a*b'", "process.name like 'a?b'", False, True),
    ("process.name exists", 'process.name exists or user.name is "x"', True, False),
    ('not process.name is "a"', 'not process.name in ("a", "b")', False, True),
    (
        'process.executable starts with "C:" and process.name is "a.exe"',
        'process.executable starts with "C:" and process.name is "b.exe"',
        True,
        True,
    ),
    (
        'process.command_line contains "a b" and process.args is "--x"',
        'process.command_line contains "a b" and process.args is "--y"',
        True,
        True,
    ),
    ('process.node.options is "--eval"', 'process.node.options is "--print"', True, True),
    ('2 of (user.name is "a", process.name is "b", process.parent.name is "c")',
     'all of (user.name is "a", process.name is "b", process.parent.name is "c")', False, True),
    ("process.pid > 5", "process.pid >= 5", True, False),
    ("process.name is process.parent.name", "process.name exists", True, False),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "gains", "loses"), EDITS)
def test_an_edit_of_a_condition_is_told_apart(
    before: str, after: str, gains: bool, loses: bool, tmp_path: Path
) -> None:
    old, new = body(f"{START} {before}", tmp_path), body(f"{START} {after}", tmp_path)

    gained, lost, altered = told(old, new)

    assert (gained > 0, lost > 0, altered) == (gains, loses, 0)


def test_networks_classes_and_systems_are_edits_too(tmp_path: Path) -> None:
    address = 'where destination.ip in ("10.0.0.0/8")'
    old = body(f"detect network.connect {address}", tmp_path)
    wider = body('detect network.connect where destination.ip in ("10.0.0.0/7")', tmp_path)
    system = body(f"detect network.connect on linux {address}", tmp_path)
    name = 'where process.name is "a"'
    one = body(f"detect network.connect {name}", tmp_path)
    other = body(f"detect dns.query {name}", tmp_path)

    assert told(old, wider)[0] > 0
    assert told(old, system)[1] > 0
    assert min(told(one, other)[:2]) > 0


STREAMS = [
    ("sequence by host.id within 5m { a: process.start where process.name is 'a'"
     " b: process.start where process.name is 'b' }",
     "sequence by host.id within 6m { a: process.start where process.name is 'a'"
     " b: process.start where process.name is 'b' }"),
    ("sequence by host.id within 5m { a: process.start where process.name is 'a'"
     " b: process.start where process.name is 'b' }",
     "sequence by user.name within 5m { a: process.start where process.name is 'a'"
     " b: process.start where process.name is 'b' }"),
    ("sequence by host.id within 5m { a: process.start where process.name is 'a'"
     " b: process.start where process.name is 'b' }",
     "sequence by host.id within 5m { a: process.start where process.name is 'a'"
     " b: process.start where process.name is 'b' until process.start where process.name is 'x' }"),
    ("process.start where process.name is 'a' first seen (host.id) in 5m",
     "process.start where process.name is 'a' first seen (host.id) in 10m"),
    ("process.start where process.name is 'a' first seen (host.id) in 5m",
     "process.start where process.name is 'a' first seen (host.id, user.name) in 5m"),
    ("process.start where process.name is 'a' summarize by host.id every 30m { N = count() }"
     " having N >= 5",
     "process.start where process.name is 'a' summarize by host.id every 30m { N = count() }"
     " having N >= 6"),
    ("process.start where process.name is 'a' summarize by host.id every 30m { N = count() }"
     " having N >= 5",
     "process.start where process.name is 'a' summarize by host.id every 1h { N = count() }"
     " having N >= 5"),
    ("process.start where process.name is 'a' summarize by host.id sliding 5m { N = count() }"
     " having N >= 3",
     "process.start where process.name is 'a' summarize by host.id sliding 6m { N = count() }"
     " having N >= 3"),
    ("process.start where process.name is 'a' summarize by host.id every 30m"
     " { N = count(distinct user.name) } having N >= 3",
     "process.start where process.name is 'a' summarize by host.id every 30m"
     " { N = count(distinct user.name) } having N >= 4"),
    ("any { a: process.start where process.name is 'a' b: file.create where file.name is 'b' }",
     "any { a: process.start where process.name is 'a' b: file.create where file.name is 'c' }"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), STREAMS)
def test_an_edit_of_a_body_is_told_apart(before: str, after: str, tmp_path: Path) -> None:
    old, new = body(f"detect {before}", tmp_path), body(f"detect {after}", tmp_path)

    assert sum(told(old, new)) > 0
    assert sum(told(new, old)) > 0


@pytest.mark.parametrize("edit", [(a, b) for a, b, *_ in EDITS])
def test_what_is_the_same_is_not_told_apart(edit: tuple[str, str], tmp_path: Path) -> None:
    for condition in edit:
        one = body(f"{START} {condition}", tmp_path)

        assert told(one, one) == (0, 0, 0)


def test_the_same_said_otherwise_is_not_told_apart(tmp_path: Path) -> None:
    one = body(f"{START} not (process.name is 'a' or user.name is 'b')", tmp_path)
    other = body(f"{START} not process.name is 'a' and not user.name is 'b'", tmp_path)

    assert told(one, other) == (0, 0, 0)


def pack() -> list[model.Rule]:
    return list(pipeline.read([ROOT / "rules"], registry.names()).rules)


def edits(rule: model.Rule) -> Iterator[tuple[str, Body]]:
    """Choose some of the edits of RULE, the same each time."""
    every = [(what, each) for what, each in bent(rule.body) if each != rule.body]
    yield from random.Random(rule.name).sample(every, min(SAMPLE, len(every)))


@pytest.mark.parametrize("rule", pack(), ids=lambda rule: rule.name)
def test_most_edits_of_the_pack_are_told_apart(rule: model.Rule) -> None:
    chosen = list(edits(rule))

    found = [what for what, each in chosen if sum(told(rule.body, each)) > 0]

    assert len(found) >= len(chosen) - 2, sorted({what for what, _ in chosen} - {*found})


@pytest.mark.parametrize("rule", pack(), ids=lambda rule: rule.name)
def test_what_is_built_could_have_happened(rule: model.Rule) -> None:
    (_, other), *_ = edits(rule)

    made = [event for stream in streams(rule.body, other) for event in stream]

    assert made
    assert all(is_consistent(event) for event in made)


def is_consistent(event: Occurrence) -> bool:
    """Whether names are those of the paths beside them, and arguments those of the command line."""
    names = (
        (base_name(str(path)), name)
        for whole, part in NAMES.items()
        for path in event.fields.get(whole, ())
        for name in event.fields.get(part, ())
    )
    lines = event.fields.get("process.command_line", ())
    args = tuple(each for line in lines for each in split_command_line(str(line)) if each)
    kept = event.fields.get("process.args", args)
    return all(a == b for a, b in names) and (not lines or kept == args)


def test_a_key_that_is_changed_changes_what_hangs_together_with_it(tmp_path: Path) -> None:
    node = "process.start where process.name is 'node.exe' first seen"
    old = body(f"detect {node} (host.id) in 5m", tmp_path)
    new = body(f"detect {node} (host.id, process.executable) in 5m", tmp_path)

    made = [event for stream in streams(old, new) for event in stream]

    assert all(is_consistent(event) for event in made)
    assert told(old, new)[0] > 0


def names(count: int) -> str:
    return " or ".join(f'process.name is "a{n}"' for n in range(count))


def some(least: int, count: int) -> str:
    tests = (f'process.command_line contains "a{n}q"' for n in range(count))
    return f"{least} of ({', '.join(tests)})"


def counted(bound: int) -> str:
    outputs = (f'N{n} = count(where process.command_line contains "c{n}")' for n in range(60))
    return f"summarize by host.id every 30m {{ {' '.join(outputs)} }} having N0 >= {bound}"


def many_parts(word: str) -> str:
    parts = (f'p{n}: process.start where process.name is "a{n}" and user.name is "{word}{n}"'
             for n in range(50))  # fmt: skip
    return f"detect any on windows {{ {' '.join(parts)} }}"


NASTY = {
    "operands": (f"{START} {names(4000)}", f"{START} {names(4001)}"),
    "some of many": (f"{START} {some(400, 800)}", f"{START} {some(401, 800)}"),
    "parts": (many_parts("x"), many_parts("y")),
    "outputs": (f"{START} process.name exists {counted(20)}",
                f"{START} process.name exists {counted(21)}"),
}  # fmt: skip


@pytest.mark.parametrize("case", NASTY)
def test_a_rule_that_is_large_is_told_apart(case: str, tmp_path: Path) -> None:
    old, new = (body(each, tmp_path) for each in NASTY[case])

    assert sum(told(old, new)) > 0


def test_a_long_list_is_searched(tmp_path: Path) -> None:
    node = 'let hosts = file "hosts.txt"'
    summary = "summarize by host.id every 30m { N = count() } having N >= 10"
    bodies = []
    for count in (100_000, 100_001):
        (tmp_path / "hosts.txt").write_text("\n".join(f"h{n}.example" for n in range(count)))
        path = tmp_path / "a.rule"
        path.write_text(f"{node} rule a {{ {START} process.name in (hosts) {summary} }}")
        bodies.append(pipeline.read([path], registry.names(), root=tmp_path).rules[0].body)

    assert told(*bodies)[0] > 0


def test_what_is_built_is_the_same_in_every_run() -> None:
    code = (
        "import test_witness as t\n"
        "from tocsin.diff.matching import Watch\n"
        "for rule in t.pack()[::5]:\n"
        "    for _, other in list(t.edits(rule))[:2]:\n"
        "        print(Watch(rule, t.rule_of(other)).done().finds)"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT / "tests", check=True, capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip

    assert len(told) == 1


def test_a_condition_that_is_hard_ends(tmp_path: Path) -> None:
    """No text is in many `contains` and none of their parts: the search gives up in time."""
    many = " and ".join(f'process.command_line contains "{n}{"ab" * 8}"' for n in range(20))
    old = body(f"{START} {many}", tmp_path)
    new = replace(old)

    assert told(old, new) == (0, 0, 0)
    assert told(old, body(f'{START} {many} and not user.name is "x"', tmp_path))[1] > 0
