"""What lowering has to say: departures that nobody accepted, and what sources cannot see."""

from collections.abc import Iterable, Iterator, Sequence

from tocsin import model
from tocsin.backend import Approximation, Blind
from tocsin.diagnostics import Code, Diagnostic
from tocsin.frozen import replace
from tocsin.model import Verdict

_CODES = {
    Verdict.WIDER: Code.WIDER,
    Verdict.NARROWER: Code.NARROWER,
    Verdict.SKEWED: Code.SKEWED,
}


def accepted(
    rule: model.Rule, target: str, found: Iterable[Approximation]
) -> tuple[Approximation, ...]:
    """Mark what the rule takes on for TARGET, each departure once."""

    def marked(each: Approximation) -> Approximation:
        accept = next((a for a in rule.accepts if _covers(a, target, each)), None)
        return replace(each, accepted=accept.reason) if accept else each

    return tuple(map(marked, dict.fromkeys(found)))


def diagnostics(
    rule: model.Rule,
    target: str,
    label: str,
    approximations: Sequence[Approximation],
    blind: Iterable[Blind],
) -> Iterator[Diagnostic]:
    """Tell what is not accepted, what no source sees, and what is accepted in vain."""
    for each in approximations:
        if each.accepted is None:
            yield _departure(each, target, label)
    yield from (_unseen(each, label) for each in blind if each.all)
    for accept in rule.accepts:
        met = any(_covers(accept, target, each) for each in approximations)
        if accept.target == target and not met:
            message = f"nothing is {accept.verdict} on {target} here"
            yield Diagnostic(Code.ACCEPT_UNUSED, message, accept.span, "not needed")


def _departure(each: Approximation, target: str, label: str) -> Diagnostic:
    skewed = each.direction is Verdict.SKEWED
    errs = "errs both ways" if skewed else f"is {each.direction} than the rule"
    way_out = f'`accept {each.direction} on {target} "why"` takes it on'
    if each.left:
        message = f"{label} cannot say this: {each.reason}"
        way_out = f"{way_out}: {each.left}"
        return Diagnostic(Code.REFUSED, message, each.span, "cannot be said", way_out)
    hint = None if each.direction is Verdict.WIDER else way_out
    message = f"{label}: the rendering {errs}"
    return Diagnostic(_CODES[each.direction], message, each.span, each.why, hint)


def _unseen(blind: Blind, label: str) -> Diagnostic:
    kind = "exclusion" if blind.exclusion else "branch"
    code = Code.BLIND_EXCLUSION if blind.exclusion else Code.BLIND_BRANCH
    told = f"blind {kind}: `{blind.field}` is not recorded there"
    if blind.value:
        told = f"blind {kind}: `{blind.field}` is never written so there"
    if blind.output:
        told = f"`{blind.output}` stays empty: no column shows `{blind.field}`"
    return Diagnostic(code, f"{label}: {told}", blind.span, blind.why)


def _covers(accept: model.Accept, target: str, each: Approximation) -> bool:
    return (
        accept.target == target
        and accept.verdict in {each.direction, Verdict.SKEWED}
        and accept.field in {None, each.field, *each.inside}
    )
