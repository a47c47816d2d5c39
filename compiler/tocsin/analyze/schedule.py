"""`alert every D over D`, `hunt over D`: whether they look back far enough for a body."""

from tocsin import model, tree
from tocsin.analyze.scope import Names, Scope
from tocsin.diagnostics import Code, Diagnostic

_DAY = 86_400_000  # milliseconds


def schedule(clause: tree.Schedule | None, names: Names, scope: Scope) -> model.Schedule | None:
    """Resolve a schedule; None if there is none, or it cannot be read."""
    if clause is None:
        return None
    over = names.duration(clause.over, scope)
    every = names.duration(clause.every, scope) if clause.every else None
    if over is None or (clause.every and every is None):
        return None
    if over <= 0 or every == 0:
        message = "a schedule of no length"
        names.found.append(Diagnostic(Code.WINDOW, message, clause.span, "longer than 0"))
    if every and over < every:
        message = "the look-back is shorter than the interval"
        hint = f"events between two runs would be lost; write `over {_shown(every)}` or more"
        names.found.append(Diagnostic(Code.WINDOW, message, clause.over.span, "too short", hint))
    return model.Schedule(every, over, clause.span)


def too_short(schedule: model.Schedule, body: model.Body) -> Diagnostic | None:
    """Report a look-back that cannot hold what BODY takes as a whole."""
    match body:
        case model.Summary(every=int() as length):
            return _holds(schedule, length, "bin")
        case model.Summary(sliding=int() as length):
            return _holds(schedule, length, "window")
        case model.Sequence(within=length):
            return _holds(schedule, length, "sequence")
        case model.FirstSeen(within=within) if schedule.every and within < schedule.over:
            message = "what was never seen in less than the look-back"
            hint = f"`in {_shown(schedule.over)}` or more"
            return Diagnostic(Code.WINDOW, message, body.span, "too short", hint)
        case _:
            return None


def _holds(schedule: model.Schedule, length: int, what: str) -> Diagnostic | None:
    """See that what takes LENGTH lies whole in the look-back of some run, or in a hunt's."""
    least = length + (schedule.every or 0)
    if schedule.over >= least:
        return None
    message, hint = f"the look-back does not hold a whole {what}", f"`over {_shown(least)}` or more"
    if schedule.every:
        message, hint = f"{message} of every run", f"interval and {what} together: {hint}"
    return Diagnostic(Code.WINDOW, message, schedule.span, "too short", hint)


def _shown(ms: int) -> str:
    for unit, size in (("d", _DAY), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms}ms"
