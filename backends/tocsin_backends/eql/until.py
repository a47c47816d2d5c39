"""Events that both `until` and a step of the sequence take, where EQL's `until` is not ours.

Elasticsearch looks for an event of `until` from the event before on and before the next one
(`SequenceMatcher.match`, `Ordinal.between`): what is of `until` and the first event of a sequence
ends it there and then, what is of `until` and the last event comes too late to end it. Ours looks
after the first event and up to the last one.
"""

from collections.abc import Iterator

from tocsin import model
from tocsin.backend import Departure
from tocsin.model import Part, Verdict
from tocsin.passes.simplify import simplify


def spared(body: model.Sequence) -> frozenset[str]:
    """Name the parts of the last step that must leave out what is of `until`."""
    parts = body.steps[-1].parts
    until = body.until
    return frozenset(p.name for p in parts if until and _meet(p, until) and _knows(until, p))


def begun(body: model.Sequence) -> frozenset[str]:
    """Name the parts of the first step that `until` must leave out."""
    parts = body.steps[0].parts
    return frozenset(p.name for p in parts if body.until and _meet(p, body.until))


def departs(body: model.Sequence) -> Iterator[Departure]:
    """Say where leaving out is not enough."""
    until = body.until
    if until is None:
        return
    if any(_meet(each, until) and not _knows(until, each) for each in body.steps[-1].parts):
        reason = "an event of `until` that is also the last of a sequence does not always end it"
        yield Departure(Verdict.WIDER, reason, until.span)
    # Of two events, the first that waits is always passed over by one that begins anew.
    first = [each for each in body.steps[0].parts if each.name in begun(body)]
    if first and not (len(body.chain) == 2 and all(_knows(each, until) for each in first)):
        reason = "an event of `until` that may also begin a sequence ends none before it"
        yield Departure(Verdict.WIDER, reason, until.span)


def _meet(one: Part, other: Part) -> bool:
    """Whether an event may be of both: of a class of both, and no contradiction is to be seen."""
    if not set(one.event.classes) & set(other.event.classes):
        return False
    both = simplify(model.And((one.event.condition, other.event.condition), one.span))
    return not isinstance(both, model.Always) or both.value


def _knows(one: Part, other: Part) -> bool:
    """Whether ONE's condition tells of every event of OTHER if it is of both, by the same key."""
    names = [[key.name for key in part.keys] for part in (one, other)]
    return set(other.event.classes) <= set(one.event.classes) and names[0] == names[1]
