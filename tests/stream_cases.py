"""Sequences that every target which can say them has to find alike, and what is found.

Events are written `a0 b300 X:b1`: names of processes, each with its second, and maybe its user.
"""

from collections.abc import Mapping

from tocsin.model import Scalar

Fields = Mapping[str, Scalar]
Event = tuple[float, str, Fields]  # seconds after noon

START = "process.start"
PAIR = (
    "detect sequence by user.name within 5m {\n"
    "  a: process.start where process.name is 'a.exe'\n"
    "  b: process.start where process.name is 'b.exe'\n}"
)
UNTIL = PAIR.replace("\n}", "\n  until process.start where process.name is 'stop.exe'\n}")

# Of what is found: the user, and the seconds of its start and its end.
Windows = set[tuple[str, float, float]]

PAIRS: list[tuple[str, Windows]] = [
    ("a0 b300", {("u", 0, 300)}),
    ("a0 b300.001", set()),
    ("a0.000001 b300", {("u", 0.000001, 300)}),
    ("a0 b300.000001", set()),
    ("a0.001 b300.001", {("u", 0.001, 300.001)}),
    ("a0 b0", set()),
    ("a0 b0.000001", {("u", 0, 0.000001)}),
    ("b0 a1", set()),
    ("b1 a0", {("u", 0, 1)}),
    # Of several starts the latest; every end is one.
    ("a0 a290 b310", {("u", 290, 310)}),
    ("a0 b1 b2", {("u", 0, 1), ("u", 0, 2)}),
    ("a0 b1 b1", {("u", 0, 1)}),
    ("a0 a1 b1", {("u", 0, 1)}),
    # Keys are equal with case, interleave, and are there.
    ("u:a0 U:b1", set()),
    ("x:a0 y:a1 x:b2", {("x", 0, 2)}),
    ("x:a0 y:a1 x:b2 y:b3", {("x", 0, 2), ("y", 1, 3)}),
]

UNTILS: list[tuple[str, Windows]] = [
    ("a0 b10", {("u", 0, 10)}),
    ("a0 stop5 b10", set()),
    # After the first event, and not after the last.
    ("a0 stop0 b10", {("u", 0, 10)}),
    ("a0 stop10 b10", set()),
    ("a0 stop10.001 b10", {("u", 0, 10)}),
    # It ends what it finds, not what starts later, nor what others have.
    ("a0 stop5 a6 b10", {("u", 6, 10)}),
    ("a0 b4 stop5 b10", {("u", 0, 4)}),
    ("a0 v:stop5 b10", {("u", 0, 10)}),
    ("a0 U:stop5 b10", {("u", 0, 10)}),
]

# Of these the seconds alone, with keys and without.
STEPS: list[tuple[str, str, set[tuple[float, float]]]] = [
    ("a: @ is 'a.exe'; b: @ is 'b.exe'; c: @ is 'c.exe'", "a0 b1 c2", {(0, 2)}),
    ("a: @ is 'a.exe'; b: @ is 'b.exe'; c: @ is 'c.exe'", "a0 b1 c301", set()),
    ("a: @ is 'a.exe'; b: @ is 'b.exe'; c: @ is 'c.exe'", "b0 c1", set()),
    ("a: @ is 'a.exe'; b: @ is 'b.exe'; c: @ is 'c.exe'", "a0 c1", set()),
    # The latest start that leads to an end, by whichever events.
    ("a: @ is 'a.exe'; b: @ is 'b.exe'; c: @ is 'c.exe'", "a0 b1 a2 c3", {(0, 3)}),
    ("a: @ is 'a.exe'; b: @ is 'b.exe'; c: @ is 'c.exe'", "a0 b1 a2 b3 c4", {(2, 4)}),
    ("a: @ is 'a.exe'; b: @ is 'b.exe'; c: @ is 'c.exe'", "a0 b200 c400 a250 b260 c270",
     {(250, 270), (250, 400)}),
    # One event is one step; another like it is the other.
    ("a: @ is 'a.exe'; b: @ is 'a.exe'", "a0", set()),
    ("a: @ is 'a.exe'; b: @ is 'a.exe'", "a0 a0", set()),
    ("a: @ is 'a.exe'; b: @ is 'a.exe'", "a0 a1 a2", {(0, 1), (1, 2)}),
    # Several in a row, each at its own time.
    ("a: repeats 3 @ is 'a.exe'; b: @ is 'b.exe'", "a0 a1 a2 b3", {(0, 3)}),
    ("a: repeats 3 @ is 'a.exe'; b: @ is 'b.exe'", "a0 a1 b2 a3 b4", {(0, 4)}),
    ("a: repeats 3 @ is 'a.exe'; b: @ is 'b.exe'", "a0 a1 a1 b3", set()),
    ("a: repeats 3 @ is 'a.exe'; b: @ is 'b.exe'", "a0 a1 a2 a3 b4", {(1, 4)}),
    ("a: repeats 3 @ is 'a.exe'; b: @ is 'b.exe'", "a0 a1 a2 b2", set()),
    ("a: @ is 'a.exe'; b: repeats 2 @ is 'b.exe'", "a0 b1 b2 b3", {(0, 2), (0, 3)}),
    ("a: @ is 'a.exe'; b: repeats 2 @ is 'b.exe'", "b0 a1 b2", set()),
    ("a: @ is 'a.exe'; b: repeats 2 @ is 'b.exe'", "a0 a1 b1 b2", {(0, 2)}),
    ("a: @ is 'a.exe'; b: repeats 2 @ is 'b.exe'; c: @ is 'c.exe'", "a0 b1 b2 c3", {(0, 3)}),
    ("a: @ is 'a.exe'; b: repeats 2 @ is 'b.exe'; c: @ is 'c.exe'", "a0 b1 a2 b3 c4", {(0, 4)}),
    ("a: repeats 3 @ is 'a.exe'", "a0 a1 a2 a300 a301", {(0, 2), (1, 300), (2, 301)}),
    ("a: repeats 3 @ is 'a.exe'", "a0 a1 a300", {(0, 300)}),
    ("a: repeats 3 @ is 'a.exe'", "a0 a1 a300.001", set()),
    ("a: repeats 2 @ is 'a.exe'; b: repeats 2 @ is 'a.exe'", "a0 a1 a2 a3 a4",
     {(0, 3), (1, 4)}),
]  # fmt: skip


def chain(text: str) -> list[Event]:
    """Read events."""
    events: list[Event] = []
    for word in text.split():
        user, _, rest = word.rpartition(":")
        name = rest.rstrip("0123456789.")
        fields: Fields = {"process.name": f"{name}.exe", "user.name": user or "u"}
        events.append((float(rest.removeprefix(name)), START, fields))
    return events


def sequence_of(steps: str, keys: str) -> str:
    """Write the body of `a: @ is 'a.exe'; b: repeats 2 @ is 'b.exe'`."""
    lines = "\n".join(
        f"  {name}: {START} {rest.replace('@', 'where process.name')}"
        for name, rest in (step.split(": ") for step in steps.split("; "))
    )
    return f"detect sequence{keys} within 5m {{\n{lines}\n}}"
