"""What a Sigma rule says of single events: their log source, and how they are detected."""

from collections.abc import Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.columns import Presence
from tocsin.model import Expr
from tocsin.passes.flatten import merge
from tocsin_backends.sigma import ends
from tocsin_backends.sigma.document import Content
from tocsin_backends.sigma.gate import gated
from tocsin_backends.sigma.hand import quoted
from tocsin_backends.sigma.items import Item, some, tree
from tocsin_backends.sigma.layout import detection

_LOGSOURCE = ("category", "product", "service")


def events(parts: Sequence[Lowered], more: Sequence[Expr] = ()) -> Content:
    """Detect the events of one of PARTS, which are of one log source, that meet MORE too."""
    first = parts[0].places[0]
    whole = some(gated(each.places, tree(_strict(each, more))) for each in parts)
    return {
        "logsource": {key: first.logsource[key] for key in _LOGSOURCE if key in first.logsource},
        "detection": quoted(detection(whole, _always_there(parts[0]))),
    }


def _strict(rule: Lowered, more: Sequence[Expr]) -> Expr:
    """Make `$` the end, but where lowering has said already that a test takes in too much."""
    close = {each.span for each in rule.approximations}

    def strict(expr: Expr) -> Expr:
        if isinstance(expr, model.Matches) and expr.span not in close:
            return ends.strict(expr)
        return expr

    event = model.event_of(rule.body)
    whole = merge(model.And((event.condition, *more), event.span))
    return model.rewrite(_absorbed(whole), strict)


def _absorbed(whole: Expr) -> Expr:
    """Leave out of `(a or b) and a` what says less than the rest."""
    conjuncts = model.operands(whole)
    ways = [set(e.operands) if isinstance(e, model.Or) else {e} for e in conjuncts]
    kept = (
        each
        for each, own in zip(conjuncts, ways, strict=True)
        if not any(other < own for other in ways)
    )
    return model.And(tuple(kept), whole.span)


def _always_there(rule: Lowered) -> Item:
    """Find a test that every event meets: Sigma has no selection without one."""
    for column in rule.places[0].columns.values():
        if column.name and column.presence is Presence.ALWAYS and column.field != "timestamp":
            return Item(column.name, ("exists",), (True,))
    return Item("EventID", ("exists",), (True,))  # Every record of Windows has one.
