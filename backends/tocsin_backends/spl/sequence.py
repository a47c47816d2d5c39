"""`detect sequence`: the events of all steps in the order of time, each told how late one starts.

Of all that leads to an event, what has the latest event of the step before starts latest: one
running maximum a step is enough. At one moment later steps stand first, so that none sees an
earlier step of its own moment; `until` stands before all, for it ends what ends with it.
"""

from collections.abc import Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.schema import FieldType
from tocsin.text import indent, trailing
from tocsin_backends.spl.legs import together
from tocsin_backends.spl.search import quoted
from tocsin_backends.spl.steps import NOTHING, Steps
from tocsin_backends.spl.summary import shown_times
from tocsin_backends.spl.times import at_most
from tocsin_backends.spl.values import by, listed

REMEMBERED = (
    "at most 10,000 events of the steps in the time searched (limits.conf, max_stream_window): the"
    " documentation leaves open whether `streamstats` looks back further"
)


def sequence(body: model.Sequence, rule: Lowered) -> list[str]:
    """Write the searches, what follows on what, and a row for each moment at which one ends."""
    steps = Steps(body, rule)
    shown = {name: field for step in steps.steps for name, field in step.shown.items()}
    start, end = steps.free("Start"), steps.free("End")
    ended = [steps.free("ended") for _ in steps.until]
    chain, met, began = _chain(steps)
    tests = [met, at_most("_time", began, body.within)]
    tests += [f"(isnull({name}) OR {name}<={began})" for name in ended]
    first, *others = trailing([[test] for test in tests], "AND")
    return [
        *together(list(steps.searches())),
        *_computed(
            "stats",
            [f"first({name}) AS {name}" for name in shown] or ["count"],
            [*steps.keys, steps.number, "_time"],
        ),
        f"| sort 0 _time, -{steps.number}",
        *_stops(steps, ended),
        *chain,
        f"| where {first}",
        *indent(others, "    "),
        f"| eval {start}={began}",
        f"| eval {end}=_time",
        *(f"| eval {name}=nullif({name}, {quoted(NOTHING)})" for name in steps.filled),
        *listed("| table", [*steps.told, start, end, *shown]),
        *shown_times([start, end]),
        *shown_times(name for name, field in shown.items() if field.type is FieldType.TIME),
    ]


def _stops(steps: Steps, ended: Sequence[str]) -> list[str]:
    """Tell each event when an event of `until` was last, itself included."""
    return [
        line
        for step, name in zip(steps.until, ended, strict=True)
        for line in _computed(
            "streamstats current=f",
            [f"max(eval(if({steps.number}=={step.number}, _time, null()))) AS {name}"],
            steps.keys,
        )
    ]


def _chain(steps: Steps) -> tuple[list[str], str, str]:
    """Go from step to step; say then which events are of the last, and when what they end began."""
    lines: list[str] = []
    handed: list[str] = []
    met, began = "", "_time"
    for step in steps.steps:
        met = f"{steps.number}=={step.number}"
        if step.repeats > 1:
            count, first = steps.free(f"{step.name}_count"), steps.free(f"{step.name}_first")
            lines += _computed(
                f"streamstats window={step.repeats} global=f",
                [
                    f"count({began}) AS {count}",
                    f"min({began}) AS {first}",
                    *(f"first({name}) AS {name}" for name in handed),
                ],
                [*steps.keys, steps.number],
            )
            met, began = f"{met} AND {count}=={step.repeats}", first
        handed += step.shown
        if step.handed:
            after = steps.free(f"after_{step.name}")
            lines += _computed(
                "streamstats current=f",
                [
                    f"max(eval(if({met}, {began}, null()))) AS {after}",
                    *(f"last(eval(if({met}, {name}, null()))) AS {name}" for name in handed),
                ],
                steps.keys,
            )
            began = after
    return lines, met, began


def _computed(command: str, functions: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Write a command of the kind of `stats`: one function a line, or one beside it."""
    if len(functions) == 1:
        return [f"| {command} {functions[0]}", *by(keys)]
    return [f"| {command}", *indent(functions, "    "), *by(keys)]
