"""docs/operators.md has every operator of the language, with the queries that are made today."""

import runpy
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import get_args

from differential.harness import compiled
from tocsin import model, tree
from tocsin.source import Source
from tocsin.syntax import parse
from tocsin.syntax.grammar import parser

ROOT = Path(__file__).parent.parent
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "operators.py"))

# Clauses and words that say nothing of what is found; docs/language.md has them.
ELSEWHERE = {tree.Meta, tree.Entities, tree.Test}
WORDS_ELSEWHERE = {"use", "file", "meta", "entities", "test", "at", "for"}


@cache
def shown() -> tuple[str, ...]:
    """Return the pieces of rules that are shown, each made a file."""
    found = (each["rule"] for part in SCRIPT["sections"]() for each in part["operator"])
    return tuple(SCRIPT["whole"](rule) for rule in found)


def nodes(value: object) -> Iterator[object]:
    """Yield VALUE and all that it is made of."""
    yield value
    if isinstance(value, tuple):
        yield from chain.from_iterable(map(nodes, value))
    elif is_dataclass(value):
        yield from chain.from_iterable(nodes(getattr(value, each.name)) for each in fields(value))


@cache
def written() -> tuple[object, ...]:
    """Return every node of what is shown, as it is written."""
    files = (parse(Source("shown.rule", text))[0] for text in shown())
    return tuple(node for file in files for node in nodes(file.items))


@cache
def meant() -> tuple[object, ...]:
    """Return every node of what is shown, as it is meant."""
    return tuple(node for text in shown() for rule in compiled(text).rules for node in nodes(rule))


def kinds(union: object) -> set[object]:
    """Return the classes of a union, of unions in it too."""
    return set(chain.from_iterable(kinds(each) for each in get_args(union))) or {union}


def test_the_page_is_as_the_script_writes_it() -> None:
    page = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")

    assert page == SCRIPT["page"](SCRIPT["sections"]()), "run scripts/operators.py"


def test_the_queries_of_the_first_page_are_those_of_its_rule() -> None:
    page = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    (rule,) = compiled(page.partition("```tocsin\n")[2].partition("```")[0]).rules

    for each in SCRIPT["renderings"](rule):
        assert each in page


def test_what_is_shown_compiles() -> None:
    found = [each for text in shown() for each in compiled(text).diagnostics]

    assert [str(each) for each in found if each.code.is_error] == []


def test_every_node_that_can_be_written_is_shown() -> None:
    wanted = kinds(tree.Expr) | kinds(tree.Clause) | kinds(tree.Having) | {tree.Let, tree.Range}

    assert wanted - {type(node) for node in written()} == ELSEWHERE


def test_every_way_to_write_a_test_is_shown() -> None:
    tests = [node for node in written() if isinstance(node, tree.TextTest)]
    memberships = [node for node in written() if isinstance(node, tree.Is | tree.In)]
    counts = {node.count for node in written() if isinstance(node, tree.SomeOf)}

    for cased in (False, True):
        assert {each.op for each in tests if each.cased is cased} == set(get_args(tree.TextOp))
        assert {type(each) for each in memberships if each.cased is cased} == {tree.Is, tree.In}
    assert {each.quantifier for each in tests} == {None, *get_args(tree.Quantifier)}
    assert {each.negated for each in tests} == {False, True}
    assert {type(each) for each in memberships if each.negated} == {tree.Is, tree.In}
    assert counts == {2, *get_args(tree.Quantifier)}


def test_every_node_that_can_be_meant_is_shown() -> None:
    wanted = kinds(model.Expr) | kinds(model.Body) | {model.Wild, model.Schedule}

    assert wanted - {type(node) for node in meant()} == set()


def test_every_comparison_and_every_aggregate_is_shown() -> None:
    assert set(model.Ordering) <= {node for node in meant() if isinstance(node, model.Ordering)}
    assert set(model.Aggregate) <= {node for node in meant() if isinstance(node, model.Aggregate)}


def test_every_word_of_the_grammar_is_shown() -> None:
    scanner = parser().scanner
    tokens = [str(each) for text in shown() for each in scanner.scan(text, lambda each: each)]

    assert set(scanner.keywords) - set(tokens) == WORDS_ELSEWHERE
