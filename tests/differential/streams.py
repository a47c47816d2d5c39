"""Events that have to do with each other, picked by hand: at the edges of windows and of keys."""

from differential.corpus import ROWS, Case, Given, one
from tocsin.model import Occurrence

_FILE = "process.pe.original_file_name"
_SECOND = 1 / 60
TARGETS = ("eql", "kql", "spl")


def stream(*rows: tuple[float, str, Given], **more: Given) -> tuple[Occurrence, ...]:
    """Make process starts AT so many seconds, with a file name, on a host."""
    return tuple(
        one({_FILE: name, "host.id": host, "host.name": host, **more}, at=at * _SECOND)
        for at, name, host in rows
    )


def _step(letter: str) -> str:
    return f'process.start where {_FILE} is "{letter}"'


_AB = f"sequence by host.id within 5m {{ a: {_step('a')} b: {_step('b')}"
_PAIRS = (
    *((0, "a", "p1"), (300, "b", "p1"), (900, "a", "p2"), (1200.001, "b", "p2")),
    *((2000, "b", "p3"), (2001, "a", "p3"), (3000, "a", "p4"), (3001, "b", "P4")),
    *((4000, "a", "p5"), (4010, "a", "p5"), (4020, "b", "p5"), (4030, "b", "p5")),
    *((5000, "a", None), (5001, "b", None)),
)
_STOPPED = (
    *((0, "a", "p1"), (1, "x", "p1"), (2, "b", "p1"), (10, "a", "p2"), (11, "b", "p2")),
    *((12, "x", "p2"), (20, "x", "p3"), (21, "a", "p3"), (22, "b", "p3")),
    *((30, "a", "p4"), (31, "x", "p1"), (32, "b", "p4")),
)
_THREE = (
    *((0, "a", "p1"), (10, "b", "p1"), (20, "a", "p1"), (310, "c", "p1")),
    *((400, "a", "p2"), (410, "b", "p2"), (700, "c", "p2"), (1000, "b", "p3"), (1001, "c", "p3")),
)
_OFTEN = (
    *((0, "a", "p1"), (150, "a", "p1"), (300, "a", "p1"), (310, "a", "p1"), (900, "a", "p1")),
    *((1000, "a", "p2"), (1150, "a", "p2"), (1300.001, "a", "p2")),
    *((2000, "a", "p3"), (2001, "a", "P3"), (2002, "a", "p3")),
    *((3000, "a", "p4"), (3001, "a", "p4"), (3002, "a", "p4"), (3400, "a", "p4")),
    *((3401, "a", "p4"), (3402, "a", "p4"), (4000, "a", None), (4001, "a", None)),
    *((4002, "a", None),),
)
_AGAIN = (
    *((0, "a", "p1"), (300, "a", "p1"), (601, "a", "p1"), (700, "a", "P1"), (800, "b", "p2")),
    *((810, "a", "p2"), (900, "a", None)),
)
_SUMMARY = f"{_step('a')} summarize by host.id"

STREAMS = (
    Case("steps", f"{_AB} }}", stream(*_PAIRS), TARGETS, "elastic_defend"),
    Case("steps_until", f"{_AB} until {_step('x')} }}", stream(*_STOPPED), ROWS),
    Case("ties", f"{_AB} }}", stream((0, "a", "p1"), (0, "b", "p1"), (9, "a", "p2"),
                                     (10, "b", "p2")), ROWS),
    Case("three_steps", f"{_AB} c: {_step('c')} }}", stream(*_THREE), TARGETS, "elastic_defend"),
    Case("step_repeated", f"sequence by host.id within 5m {{ a: process.start repeats 3"
         f' where {_FILE} is "a" }}', stream(*_OFTEN), TARGETS, "elastic_defend"),
    Case("parts", f"any {{ a: {_step('a')} b: {_step('b')} }}", stream(*_STOPPED),
         ("eql", "kql", "spl")),
    Case("slides", f"{_SUMMARY} sliding 5m {{ N = count() }} having N >= 3", stream(*_OFTEN),
         ROWS),
    Case("kept", f"{_SUMMARY} every 5m {{ N = count() }} having N >= 2 and not N == 3",
         stream(*_OFTEN), ROWS),
    Case("seen", f"{_step('a')} first seen (host.id) in 5m", stream(*_AGAIN), ROWS),
)  # fmt: skip
