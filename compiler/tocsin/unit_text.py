"""Units to text and back. Nothing read is trusted: what no unit was written to is `Foreign`."""

import json
import zlib
from collections.abc import Iterator

from tocsin.across import Claims, Identified, Named
from tocsin.diagnostics import Code, Diagnostic, Edit, Note
from tocsin.folders import Known
from tocsin.lock import State
from tocsin.source import Span
from tocsin.units import Bulk, Pack, Packed, Query, Rule, Unit, Used


class Foreign(ValueError):
    """Text that no unit was written to."""


def encode(unit: Unit) -> str:
    """Write a unit as text."""
    claims = unit.claims
    return json.dumps(
        [
            [
                [[each.name, *_place(each.span)] for each in claims.rules],
                [[each.name, each.id, *_place(each.span)] for each in claims.ids],
                [[each.name, *_place(each.span)] for each in claims.lets],
                sorted(_place(span) for span in claims.used),
                claims.whole,
            ],
            [_finding(each) for each in unit.found],
            [
                [
                    rule.name,
                    _place(rule.span),
                    rule.tests,
                    rule.entry,
                    [
                        [q.label, q.path, q.digest, q.verdict, [_finding(e) for e in q.found]]
                        for q in rule.queries
                    ],
                    _state(rule.state),
                ]
                for rule in unit.rules
            ],
            unit.modules,
            [[each.asked, each.path, each.digest] for each in unit.used],
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _place(span: Span) -> tuple[str, int, int]:
    return (span.file, span.start, span.end)


def _state(each: State | None) -> list[object] | None:
    return [each.id, each.meaning, each.rest, each.outputs] if each else None


def _finding(each: Diagnostic) -> list[object]:
    edit = [*_place(each.edit.span), each.edit.text] if each.edit else None
    notes = [[note.message, *_place(note.span)] for note in each.notes]
    return [each.code.value, each.message, *_place(each.span), each.label, each.help, edit, notes]


def decode(text: str | bytes) -> Unit:
    """Read a unit; text that is anything else is `Foreign`."""
    match _json(text):
        case [[rules, ids, lets, used, bool(whole)], found, made, modules, files]:
            return Unit(
                Claims(
                    tuple(_named(each) for each in _items(rules)),
                    tuple(_identified(each) for each in _items(ids)),
                    tuple(_named(each) for each in _items(lets)),
                    frozenset(_span(each) for each in _items(used)),
                    whole,
                ),
                _findings(found),
                tuple(_rule(each) for each in _items(made)),
                tuple(_text(each) for each in _items(modules)),
                tuple(_used(each) for each in _items(files)),
            )
        case _:
            raise Foreign("no unit")


def _json(text: str | bytes) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        raise Foreign("no JSON") from None
    return value


def _items(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    raise Foreign("no list")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise Foreign("no text")


def _named(value: object) -> Named:
    match value:
        case [str(name), str(file), int(start), int(end)]:
            return Named(name, Span(file, start, end))
        case _:
            raise Foreign("no name")


def _identified(value: object) -> Identified:
    match value:
        case [str(name), str(number), str(file), int(start), int(end)]:
            return Identified(name, number, Span(file, start, end))
        case _:
            raise Foreign("no id")


def _span(value: object) -> Span:
    match value:
        case [str(file), int(start), int(end)]:
            return Span(file, start, end)
        case _:
            raise Foreign("no place")


def _used(value: object) -> Used:
    match value:
        case [str(asked), str(path), str(digest)]:
            return Used(asked, path, digest)
        case _:
            raise Foreign("no file")


def _rule(value: object) -> Rule:
    match value:
        case [str(name), place, tests, str(entry), queries, state]:
            made, span = tuple(_query(each) for each in _items(queries)), _span(place)
            named = tuple(_text(each) for each in _items(tests))
            return Rule(name, span, named, entry, made, _known_state(name, span, state))
        case _:
            raise Foreign("no rule")


def _known_state(name: str, span: Span, value: object) -> State | None:
    match value:
        case None:
            return None
        case [str(number), str(meaning), str(rest), dict(outputs)]:
            return State(name, number, span, meaning, rest, dict(_texts(outputs)))
        case _:
            raise Foreign("no state")


def _query(value: object) -> Query:
    match value:
        case [str(label), str() | None as path, str(digest), str(verdict), found]:
            return Query(label, path, digest, verdict, _findings(found))
        case _:
            raise Foreign("no query")


def _findings(value: object) -> tuple[Diagnostic, ...]:
    return tuple(_diagnostic(each) for each in _items(value))


def _diagnostic(value: object) -> Diagnostic:
    match value:
        case [
            str(code), str(message), str(file), int(start), int(end),
            str(label), str() | None as hint, edit, notes,
        ]:  # fmt: skip
            return Diagnostic(
                _code(code),
                message,
                Span(file, start, end),
                label,
                hint,
                _edit(edit),
                tuple(_note(each) for each in _items(notes)),
            )
        case _:
            raise Foreign("no finding")


def _code(value: str) -> Code:
    try:
        return Code(value)
    except ValueError:
        raise Foreign("no code") from None


def _edit(value: object) -> Edit | None:
    match value:
        case None:
            return None
        case [str(file), int(start), int(end), str(text)]:
            return Edit(Span(file, start, end), text)
        case _:
            raise Foreign("no edit")


def _note(value: object) -> Note:
    match value:
        case [str(message), str(file), int(start), int(end)]:
            return Note(message, Span(file, start, end))
        case _:
            raise Foreign("no note")


# --- long texts


def packed(unit: Unit, bulk: Bulk) -> Packed:
    """Make a unit fit to be sent and stored."""
    long = json.dumps([bulk.entries, bulk.texts], ensure_ascii=False, separators=(",", ":"))
    return Packed(
        encode(unit).encode("utf-8", "surrogatepass"),
        zlib.compress(long.encode("utf-8", "surrogatepass"), 1),
    )


def decode_bulk(data: bytes, unit: Unit) -> Bulk:
    """Read the long texts of UNIT; anything else is `Foreign`."""
    try:
        value = _json(zlib.decompress(data))
    except zlib.error:
        raise Foreign("not compressed") from None
    match value:
        case [dict(entries), dict(texts)]:
            bulk = Bulk(dict(_texts(entries)), dict(_texts(texts)))
            if bulk.is_of(unit):
                return bulk
        case _:
            pass
    raise Foreign("no texts of this unit")


def _texts(value: dict[object, object]) -> Iterator[tuple[str, str]]:
    for key, text in value.items():
        yield _text(key), _text(text)


# --- packs


def encode_pack(pack: Pack) -> bytes:
    """Write what a folder was seen to hold."""
    value = [pack.known.state, pack.known.files, pack.entries]
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def decode_pack(text: bytes) -> Pack:
    """Read what a folder was seen to hold; anything else is `Foreign`."""
    match _json(text):
        case [str(state), dict(files), str(entries)]:
            return Pack(Known(state, dict(_texts(files))), entries)
        case _:
            raise Foreign("no pack")
