"""`tocsin match`: rules over event files by the reference meaning, one line of JSON a match."""

import gzip
import io
import json
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO

from tocsin import evaluate, model
from tocsin.events import BadEvent, iso, occurrence, with_derived
from tocsin.frozen import dataclass, replace
from tocsin.model import Occurrence, Scalar
from tocsin.schema import FieldType, field_specs

MAX_LINE = 16 * 1024 * 1024  # bytes of one event
Complain = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Located:
    """An event and where it stands."""

    event: Occurrence
    file: str
    line: int

    def place(self) -> dict[str, str | int]:
        """Say where, for the output."""
        return {"file": self.file, "line": self.line}


def match(
    rules: Sequence[model.Rule], files: Iterable[str], complain: Complain
) -> Iterator[dict[str, object]]:
    """Yield the matches: of single events as they are read, of other bodies at the end.

    Only the events that a body is about are kept. The schedule does not filter.
    """
    kept: dict[str, list[Located]] = {}
    for located in with_asked(read_events(files, complain), rules):
        for rule in rules:
            match rule.body:
                case model.Event():
                    if evaluate.selects(rule.body, located.event):
                        yield {"rule": rule.name, "events": [located.place()]}
                case model.AnyOf():
                    parts = evaluate.parts_met(rule.body, located.event)
                    if parts:
                        found = {"rule": rule.name, "parts": list(parts)}
                        yield {**found, "events": [located.place()]}
                case model.Summary() | model.Sequence() | model.FirstSeen() as body:
                    parts_ = model.parts(body)
                    if any(evaluate.selects(part.event, located.event) for part in parts_):
                        kept.setdefault(rule.name, []).append(located)
    for rule in rules:
        yield from _at_the_end(rule, kept.get(rule.name, []))


def _at_the_end(rule: model.Rule, kept: Sequence[Located]) -> Iterator[dict[str, object]]:
    events = [each.event for each in kept]
    match rule.body:
        case model.Summary() as body:
            for row in evaluate.rows(body, events):
                yield _row(rule, body, row, kept)
        case model.Sequence() as body:
            names = [step.name for step in body.chain]
            for found in evaluate.matches(body, events):
                yield {
                    "rule": rule.name,
                    "key": _keys(body.keys, found.key),
                    "steps": names,
                    "events": [kept[place].place() for place in found.events],
                }
        case model.FirstSeen() as body:
            for place in evaluate.first_seen(body, events):
                values = (evaluate.values(field, events[place])[0] for field in body.fields)
                key = _keys(body.fields, tuple(values))
                yield {"rule": rule.name, "key": key, "events": [kept[place].place()]}
        case model.Event() | model.AnyOf():
            pass


def _keys(fields: Sequence[model.Field], values: Sequence[Scalar]) -> dict[str, Scalar]:
    return {field.name: value for field, value in zip(fields, values, strict=True)}


def _row(
    rule: model.Rule, body: model.Summary, row: evaluate.Row, events: Sequence[Located]
) -> dict[str, object]:
    times = {o.name for o in body.outputs if o.field and o.field.type is FieldType.TIME}
    window = [iso(edge) for edge in row.window] if row.window else None
    return {
        "rule": rule.name,
        "window": window,
        "key": _keys(body.keys, row.key),
        "row": {n: _shown(v) if n in times else v for n, v in row.outputs.items()},
        "events": [events[place].place() for place in row.events],
    }


def _shown(value: Scalar | list[Scalar] | None) -> object:
    if isinstance(value, list):
        return [_shown(each) for each in value]
    return iso(value) if isinstance(value, int) else value


def with_asked(events: Iterable[Located], rules: Sequence[model.Rule]) -> Iterator[Located]:
    """Add to EVENTS the derived fields that RULES ask for."""
    specs = field_specs()
    asked = {name for rule in rules for name in model.fields_read(rule.body)}
    names = [name for name in asked if name in specs and specs[name].derived]
    for each in events:
        yield replace(each, event=with_derived(each.event, names)) if names else each


# --- reading


def read_events(files: Iterable[str], complain: Complain) -> Iterator[Located]:
    """Read NDJSON, `.gz` too; a line that is no event is complained of and passed over."""
    for name in files:
        try:
            with _open(name) as stream:
                yield from _lines(name, stream, complain)
        except (OSError, EOFError, zlib.error) as error:
            complain(f"{name}: {getattr(error, 'strerror', None) or error}")


def _open(name: str) -> AbstractContextManager[IO[bytes]]:
    if name == "-":
        return nullcontext(sys.stdin.buffer)
    path = Path(name)
    if path.suffix == ".gz":
        return io.BufferedReader(gzip.open(path, "rb"))
    return path.open("rb")


def _lines(name: str, stream: IO[bytes], complain: Complain) -> Iterator[Located]:
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            complain(f"{name}:{number}: an event of more than {MAX_LINE >> 20} MiB")
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_LINE)
        elif line.strip():
            try:
                yield Located(_event(line), name, number)
            except BadEvent as error:
                complain(f"{name}:{number}: {error}")


def _event(line: bytes) -> Occurrence:
    try:
        data: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", None) or "nested too deep or not UTF-8"
        raise BadEvent(f"not JSON: {reason}") from None
    return occurrence(data)
