"""What one rule file comes to, as plain values: to be stored, sent, and put together with others.

A unit says nothing of other files. What clashes between them is found anew each time, over the
units of all (`put_together`), be they made just now or taken from a cache.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tocsin.across import Claims, Identified, Named, clashes, sound
from tocsin.diagnostics import Code, Diagnostic, Edit, Note, in_order
from tocsin.folders import Known, digest
from tocsin.frozen import dataclass
from tocsin.lock import State
from tocsin.source import Span

# What is told of these depends on who asks first, or on where a circle is entered.
_OF_THE_WHOLE = frozenset({Code.UNREADABLE, Code.ENCODING, Code.TOO_LARGE, Code.CYCLE})
# What is told of these depends on files that are not there.
_OF_ELSEWHERE = frozenset({Code.USE_NOT_FOUND, Code.OUTSIDE_PROJECT})


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A rule file that a unit is wanted of; one that was not GIVEN has no rules of its own here."""

    path: str  # resolved
    given: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A rule for one plan: its file in a pack and a digest of it, or the verdict if it has none."""

    label: str
    path: str | None
    digest: str
    verdict: str
    found: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that could be read; ENTRY is a digest of what the manifest says of it.

    STATE is what a lock is asked about it, where there is one.
    """

    name: str
    span: Span
    tests: int
    entry: str
    queries: tuple[Query, ...]
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """A file that was read, from the root: as it was asked for, where it led, what was there.

    The digest is empty where another entry of the same path has it.
    """

    asked: str
    path: str
    digest: str


@dataclass(frozen=True, slots=True)
class Unit:
    """One rule file: what it claims, what was found in it, its rules; MODULES are those it uses."""

    claims: Claims
    found: tuple[Diagnostic, ...]
    rules: tuple[Rule, ...]
    modules: tuple[str, ...]
    used: tuple[Used, ...]

    def lasts(self) -> bool:
        """Whether the same files always give the same unit."""
        return not any(each.code in _OF_THE_WHOLE | _OF_ELSEWHERE for each in self.found)

    def stands_alone(self, name: str) -> bool:
        """Whether the findings in the file NAME are the same without all others.

        They are not where a meaning is missed in a used file: of several that meet it, the first
        one tells.
        """
        return not any(
            each.code in _OF_THE_WHOLE
            or (each.code.is_error and each.code >= "E1" and each.span.file != name)
            for each in self.found
        )


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """The units of a project as a whole. Of a rule that another file spoils no query is left."""

    found: tuple[Diagnostic, ...]
    rules: tuple[Rule, ...]

    def entries(self) -> str:
        """Return what stands for all that the manifest says."""
        return digest(repr(sorted((rule.name, rule.entry) for rule in self.rules)).encode())

    def files(self) -> dict[str, str]:
        """Map the files of the pack, the manifest aside, to digests of what they hold."""
        return {
            query.path: query.digest for rule in self.rules for query in rule.queries if query.path
        }


def put_together(units: Sequence[Unit]) -> Together:
    """Find what no unit could know by itself, and put all findings in order."""
    found = [
        *(each for unit in units for each in unit.found),
        *clashes([unit.claims for unit in units]),
    ]
    rules = [rule for unit in units for rule in unit.rules]
    kept = tuple(
        rule if is_sound else _spoiled(rule)
        for rule, is_sound in zip(rules, sound([r.span for r in rules], found), strict=True)
    )
    said = (each for rule in kept for query in rule.queries for each in query.found)
    return Together(in_order([*found, *said]), kept)


def _spoiled(rule: Rule) -> Rule:
    queries = tuple(Query(each.label, None, "", "refused", ()) for each in rule.queries)
    return Rule(rule.name, rule.span, rule.tests, rule.entry, queries)


class Lost(Exception):
    """A rule or a query is not there, and nothing says why: the compiler is broken."""


def check_complete(units: Iterable[Unit]) -> None:
    """See that without errors no rule is lost, and no query that nothing accounts for."""
    for unit in units:
        there = {rule.name for rule in unit.rules}
        for named in unit.claims.rules:
            if named.name not in there:
                raise Lost(f"rule `{named.name}` in {named.span.file} is lost")
        for rule in unit.rules:
            for query in rule.queries:
                if query.path is None and not any(e.code is Code.LEFT_OUT for e in query.found):
                    raise Lost(f"rule `{rule.name}` in {rule.span.file} is lost for {query.label}")


# --- to text and back


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
        case [str(name), place, int(tests), str(entry), queries, state]:
            made, span = tuple(_query(each) for each in _items(queries)), _span(place)
            return Rule(name, span, tests, entry, made, _known_state(name, span, state))
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


# --- what is long, and needed only now and then


@dataclass(frozen=True, slots=True, eq=False)
class Bulk:
    """The long texts of a unit: what a manifest says of each rule, by digest; queries, by path."""

    entries: Mapping[str, str]
    texts: Mapping[str, str]

    def is_of(self, unit: Unit) -> bool:
        """Whether these are the texts that UNIT tells of."""
        entries = {rule.entry: rule.entry for rule in unit.rules}
        files = {q.path: q.digest for rule in unit.rules for q in rule.queries if q.path}
        return (entries, files) == (_digests(self.entries), _digests(self.texts))


def _digests(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: digest(text.encode("utf-8", "surrogatepass")) for name, text in texts.items()}


@dataclass(frozen=True, slots=True)
class Packed:
    """A unit and its long texts, as they are sent and stored."""

    unit: bytes
    bulk: bytes


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


# --- what a pack holds


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """What a folder was seen to hold, and of which entries its manifest was made (a digest)."""

    known: Known
    entries: str


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
