"""A summary without keys and bins has one row, or none if there are no events."""

import pytest

from differential.cases import DAY
from differential.harness import compiled, engine_of, rendered
from tocsin.model import Occurrence
from tocsin.prove import compare

SUMMARIES = (
    "{ N = count() }",
    "{ S = set(user.name) }",
    "{ M = avg(process.pid) } having not M > 3",
    "{ N = count(distinct user.name) } having N < 3",
    "{ N = count() } having N >= 1",
)
SOURCES = (("kql", ()), ("spl", ()), ("spl", ("splunk_cim",)), ("esql", ()))


def started(name: str) -> Occurrence:
    fields: dict[str, tuple[str | int, ...]] = {
        "host.name": ("h",),
        "process.executable": (f"C:\\{name}",),
        "process.name": (name,),
        "process.pid": (2,),
        "user.name": ("u",),
    }
    return Occurrence(frozenset({"process.start"}), DAY, fields)


@pytest.mark.parametrize(("target", "sources"), SOURCES)
@pytest.mark.parametrize("summary", SUMMARIES)
def test_no_events_make_no_row(summary: str, target: str, sources: tuple[str, ...]) -> None:
    detect = 'detect process.start where process.name is "a.exe"'
    (rule,) = compiled(f"rule r {{ {detect} summarize {summary} }}").rules
    rendering, engine = rendered(rule, target, sources), engine_of(target)

    none = compare(rendering, [started("b.exe")], engine)
    one = compare(rendering, [started("a.exe"), started("b.exe")], engine)

    assert not none.differs
    assert none.found == 0
    assert not one.differs
    assert one.found == 1
