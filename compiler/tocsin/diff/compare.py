"""Two compiled projects into what differs between them."""

from collections.abc import Iterable, Iterator, Sequence

from tocsin import model, pack
from tocsin.diagnostics import Code
from tocsin.diff.change import Comparison, Kind, Query, QueryChange, RuleChange, Side
from tocsin.diff.matching import Watch
from tocsin.diff.pairs import Pair, pairs
from tocsin.diff.said import meta_changes
from tocsin.diff.sides import Compiled, Member, Members, members
from tocsin.header import standing
from tocsin.match import Located, with_asked
from tocsin.meaning import meaning
from tocsin.pipeline import Rendering, render_plans


def compare(
    base: Compiled,
    head: Compiled,
    events: Iterable[Located] = (),
    notes: Sequence[str] = (),
) -> Comparison:
    """Hold HEAD against BASE, rule by rule; what changed rules match is asked of EVENTS too."""
    before, after = members(base), members(head)
    alike = base.settings == head.settings
    every = list(pairs(before.members, after.members))
    differ = [pair for pair in every if not (alike and _is_same(*pair))]
    watches = _watched(differ, events)
    told = [
        change
        for pair, watch in zip(differ, watches, strict=True)
        if (change := _change(pair, base, head, watch)).kind is not Kind.SAME
    ]
    labels = dict.fromkeys(plan.label for plan in (*head.plans, *base.plans))
    return Comparison(
        Side(base.asked, base.about, (*before.faults, *_untold(before, told))),
        Side(head.asked, head.about, (*after.faults, *_untold(after, told))),
        tuple(labels),
        tuple(sorted(told, key=_rank)),
        len(every) - len(told),
        tuple(notes),
    )


def _is_same(old: Member | None, new: Member | None) -> bool:
    """Whether nothing can have changed: the same words, and the same meaning of them."""
    return bool(
        old and new
        and old.version == new.version and old.rule == new.rule and _lists(old) == _lists(new)
    )  # fmt: skip


def _lists(member: Member) -> list[str | None]:
    """Tell the names of the lists that a rule speaks of: they take no part in its meaning."""
    conditions = model.conditions(member.rule.body) if member.rule else ()
    tests = (test for each in conditions for test in model.predicates(each))
    return [test.values.name for test in tests if isinstance(test, model.LiteralTest)]


def _untold(members: Members, told: Iterable[RuleChange]) -> Iterator[str]:
    """Tell what is wrong with rules that are the same on both sides."""
    shown = {id(version) for each in told for version in (each.old, each.new)}
    for each in members.members:
        yield from each.version.faults if id(each.version) not in shown else ()


def _rank(change: RuleChange) -> tuple[int, str]:
    """Rank other verdicts first, then other matches, other words, what is new or gone, layout."""
    matching = change.matching
    moves = bool(matching and (matching.gained or matching.lost or matching.altered))
    changed = change.kind is Kind.CHANGED
    order = (bool(change.verdicts), changed and moves, changed, change.kind is not Kind.NOISE)
    return next((place for place, each in enumerate(order) if each), len(order)), change.name


# --- one rule


def _change(pair: Pair, base: Compiled, head: Compiled, watch: Watch | None) -> RuleChange:
    old, new = pair
    before, after = _rules(pair)
    return RuleChange(
        old.version if old else None,
        new.version if new else None,
        meaning(before) != meaning(after) if before and after else None,
        meta_changes(before, after) if before and after else (),
        tuple(_queries(_rendered(before, base), _rendered(after, head))),
        watch.done() if watch else None,
    )


def _rendered(rule: model.Rule | None, side: Compiled) -> dict[str, Rendering]:
    found = render_plans(rule, side.plans, side.rules.sources) if rule else ()
    return {each.label: each for each in found}


def _queries(old: dict[str, Rendering], new: dict[str, Rendering]) -> Iterator[QueryChange]:
    for label in dict.fromkeys((*new, *old)):
        before, after = old.get(label), new.get(label)
        known = after or before
        assert known is not None
        yield QueryChange(label, known.target, _query(before), _query(after))


def _query(rendering: Rendering | None) -> Query | None:
    if rendering is None:
        return None
    lowered = rendering.lowered
    if rendering.text is None or lowered is None or _errors(rendering):
        return Query(None, None, pack.withheld(rendering), tuple(_errors(rendering)))
    code = rendering.query if rendering.query is not None else rendering.text
    return Query(rendering.text, code, lowered.verdict, tuple(standing(lowered)[1:]))


def _errors(rendering: Rendering) -> list[str]:
    return [
        f"{each.message}: {each.label}"
        if each.label and each.code is not Code.REFUSED  # whose message says it all
        else each.message
        for each in rendering.diagnostics
        if each.code.is_error
    ]


# --- what they match


def _watched(differ: Sequence[Pair], events: Iterable[Located]) -> list[Watch | None]:
    """Let every pair that means something else see EVENTS, which are read once."""
    watches = [Watch(*_rules(pair)) if _moves(*pair) else None for pair in differ]
    rules = [rule for pair in differ for rule in _rules(pair) if rule]
    for each in with_asked(events, rules) if any(watches) else ():
        for watch in filter(None, watches):
            watch.see(each)
    return watches


def _rules(pair: Pair) -> tuple[model.Rule | None, model.Rule | None]:
    old, new = pair
    return old.rule if old else None, new.rule if new else None


def _moves(old: Member | None, new: Member | None) -> bool:
    """Whether it is worth asking what the two match: both are read, and not the same."""
    if any(each and not each.rule for each in (old, new)):
        return False
    return not (old and new and old.rule and new.rule) or old.rule.body != new.rule.body
