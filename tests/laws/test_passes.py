"""Every rewriting keeps the truth of a condition, whatever the event."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin import model
from tocsin.evaluate import holds
from tocsin.model import Field, Occurrence, Values
from tocsin.passes.flatten import merge
from tocsin.passes.negation import push_not
from tocsin.passes.simplify import constants, simplify
from tocsin.schema import FieldType
from tocsin.source import Span

HERE = Span("t", 0, 0)
NAME = Field("process.name")
ARGS = Field("process.args", many=True)
PID = Field("process.pid", FieldType.NUMBER)

texts = st.sampled_from(["a", "A", "b", "ab", "a b"])
numbers = st.integers(0, 4)
tests = st.one_of(
    st.builds(
        lambda f, v, c: model.Equals(f, Values(tuple(v)), c, HERE),
        st.sampled_from([NAME, ARGS]),
        st.lists(texts, min_size=1, max_size=3),
        st.booleans(),
    ),
    st.builds(lambda v: model.Contains(NAME, Values((v,)), False, HERE), texts),
    st.builds(
        lambda o, n: model.NumberIs(PID, o, n, HERE), st.sampled_from(model.Ordering), numbers
    ),
    st.builds(
        lambda v: model.NumberIn(PID, tuple(v), HERE), st.lists(numbers, min_size=1, max_size=2)
    ),
    st.builds(lambda a, b: model.NumberWithin(PID, a, b, HERE), numbers, numbers),
    st.sampled_from(
        [model.Exists(NAME, HERE), model.Always(True, HERE), model.Always(False, HERE)]
    ),
)
conditions = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds(lambda e: model.Not(e, HERE), inner),
        st.builds(lambda e: model.And(tuple(e), HERE), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda e: model.Or(tuple(e), HERE), st.lists(inner, min_size=1, max_size=3)),
        st.lists(inner, min_size=2, max_size=4).flatmap(
            lambda e: st.integers(1, len(e)).map(lambda n: model.AtLeast(n, tuple(e), HERE))
        ),
    ),
    max_leaves=8,
)
events = st.builds(
    lambda name, args, pid: Occurrence(
        frozenset({"process.start"}),
        0,
        {
            "process.name": tuple(name),
            "process.args": tuple(args),
            "process.pid": tuple(pid),
        },
    ),
    st.lists(texts, max_size=1),
    st.lists(texts, max_size=3),
    st.lists(numbers, max_size=1),
)


@given(conditions, events)
def test_flatten_keeps_the_truth(condition: model.Expr, event: Occurrence) -> None:
    assert holds(model.rewrite(condition, merge), event) == holds(condition, event)


@given(conditions, events)
def test_simplify_keeps_the_truth(condition: model.Expr, event: Occurrence) -> None:
    assert holds(simplify(condition), event) == holds(condition, event)


@given(conditions, events)
def test_pushing_not_keeps_the_truth(condition: model.Expr, event: Occurrence) -> None:
    assert holds(push_not(condition), event) == holds(condition, event)


@given(conditions)
def test_pushing_not_leaves_it_at_the_tests(condition: model.Expr) -> None:
    def check(expr: model.Expr) -> None:
        if isinstance(expr, model.Not):
            assert not isinstance(expr.operand, model.And | model.Or | model.Not | model.AtLeast)
        for each in model.operands(expr):
            check(each)

    check(push_not(condition))


@given(conditions, events)
def test_a_constant_part_really_is_constant(condition: model.Expr, event: Occurrence) -> None:
    if isinstance(condition, model.And | model.Or | model.Not | model.AtLeast):
        for _, value in constants(condition):
            folded = simplify(condition)
            if isinstance(folded, model.Always):
                assert holds(condition, event) == folded.value
            assert value in {True, False}
