"""Events made of what a rule looks for: a match, the other case, one off, missing, several."""

from collections.abc import Mapping

from hypothesis import strategies as st

from differential import command_lines
from differential.literals import atoms, swapped, texts
from differential.rules import HASHES, NUMBERS, Asked, Written
from tocsin import tree
from tocsin.frozen import replace
from tocsin.model import Occurrence, Scalar, Wild
from tocsin.patterns import parse_pattern
from tocsin.regex import Alt, AnyOne, End, OneOf, Regex, Repeat, Seq, Start, Text
from tocsin.schema import FieldSpec, FieldType, event_class
from tocsin.source import Span
from tocsin.syntax import parse_regex

_HALF_HOUR = 30 * 60 * 1_000_000  # microseconds
ADDRESSES = (
    *("10.1.2.3", "10.255.255.255", "11.0.0.1", "192.168.1.9", "203.0.113.7", "0.0.0.0"),
    *("fe80::1", "2001:db8::5", "2001:db9::1", "::1", "::ffff:10.0.0.1", "2001:DB8:0::5"),
)
WORDS = (
    "",
    "node.exe",
    "C:\\Temp\\node.exe",
    "cmd.exe /c x",
    "S-1-5-18",
    "WORKGROUP",
    "-",
    "unknown",
)
OTHER_CLASSES = ("process.start", "file.create", "network.connect", "registry.set")


# How far apart events are that belong together: at the edges of five minutes, and of ten.
_APART = (0, 1, 1000, 150_000, 299_999, 300_000, 300_001, 450_000, 600_000, 600_001, 900_000)
_KEYS: Mapping[FieldType, tuple[Scalar, ...]] = {FieldType.NUMBER: (7, 8)}


@st.composite
def event_sets(draw: st.DrawFn, written: Written) -> list[Occurrence]:
    """Draw some events of the classes of WRITTEN, and one or two of another."""
    count = draw(st.integers(5, 10))
    made: list[Occurrence] = []
    for place in range(count):
        # In turn, mostly: a sequence needs each of its parts.
        parts = len(written.asked)
        at = place % parts if draw(st.integers(0, 2)) else draw(st.integers(0, parts - 1))
        asked = written.asked[at]
        event = draw(events(asked, asked.event_class, place))
        made.append(draw(_tied(event, written, at, place)) if written.close else event)
    classes = {asked.event_class for asked in written.asked}
    other = draw(st.sampled_from([c for c in OTHER_CLASSES if c not in classes] or ["dns.query"]))
    return [*made, draw(events(written.asked[0], other, count))]


@st.composite
def _tied(draw: st.DrawFn, event: Occurrence, written: Written, at: int, place: int) -> Occurrence:
    """Give EVENT one of few values for each key of its part, mostly, and a time near others."""
    specs = event_class(written.asked[at].event_class).fields
    fields = dict(event.fields)
    for name in written.keys[min(at, len(written.keys) - 1)]:
        few = _KEYS.get(specs[name].type, ("k1", "k1", "k1", "K1", "k2", ""))
        if draw(st.integers(0, 9)):
            fields[name] = (draw(st.sampled_from(few)),)
    # Each at its own moment, or some at the same.
    own = place if draw(st.integers(0, 3)) else 0
    milliseconds = draw(st.sampled_from(_APART)) + own
    return replace(event, time=20_000 * 86_400_000_000 + milliseconds * 1000, fields=fields)


@st.composite
def events(draw: st.DrawFn, asked: Asked, name: str, place: int) -> Occurrence:
    """Draw one event of class NAME; what the rule asks for is mostly there."""
    # What every record of a source has: it is asked for where a test must hold of every event.
    fields: dict[str, tuple[Scalar, ...]] = {"host.os.type": ("windows",)}
    fields["host.name"] = (draw(st.sampled_from(["pc-1", "PC-1", "pc-2"])),)
    if name == "registry.set":
        path = draw(_values(event_class(name).fields["registry.path"], asked))
        fields["registry.path"] = (path or "HKLM\\S\\v",)
    if name == "dns.query":
        fields["dns.question.name"] = (draw(st.sampled_from(["evil.example", "a.b", "EVIL"])),)
    for spec in event_class(name).fields.values():
        wanted = (
            spec.name in asked.texts or spec.name in asked.numbers
            or spec.name in asked.addresses or spec.name in asked.truths
            or spec.name in asked.lines
        )  # fmt: skip
        chance = draw(st.integers(0, 7))
        if (
            spec.name in fields
            or spec.type is FieldType.TIME
            or chance == 0
            or (not wanted and chance < 6)
        ):
            continue
        several = spec.many and draw(st.booleans())
        values = [draw(_values(spec, asked)) for _ in range(2 if several else 1)]
        fields[spec.name] = tuple(values)
    # Edges of bins, and times apart.
    offset = draw(st.sampled_from([0, 1000, -1000, 90_000_000]))
    time = 20_000 * 86_400_000_000 + draw(st.integers(0, 4)) * _HALF_HOUR + offset
    return Occurrence(frozenset({name}), time + place * 7_000, fields)


def _values(spec: FieldSpec, asked: Asked) -> st.SearchStrategy[Scalar]:
    match spec.type:
        case FieldType.NUMBER:
            near = [n + d for n in asked.numbers.get(spec.name, ()) for d in (-1, 0, 1)]
            return st.sampled_from([*(near or NUMBERS), *NUMBERS[:4]])
        case FieldType.IP:
            return st.sampled_from(ADDRESSES)
        case FieldType.BOOL:
            return st.booleans()
        case _ if ".hash." in spec.name:
            return st.sampled_from(HASHES)
        case _ if spec.name in asked.lines:
            return command_lines.lines(asked.lines[spec.name] or ["--eval"])
        case _:
            needles = asked.texts.get(spec.name) or ["node.exe"]
            return st.one_of(_around(needles), _around(needles), st.sampled_from(WORDS), texts)


@st.composite
def _around(draw: st.DrawFn, needles: list[str]) -> str:
    """Draw a text with one of NEEDLES in it, whole or bent, and often nothing beside it."""
    needle = _filled(draw, draw(st.sampled_from(needles)))
    bent = draw(st.sampled_from(["same", "same", "swapped", "cut", "longer", "foreign", "doubled"]))
    if bent == "swapped":
        needle = swapped(needle)
    elif bent == "cut" and len(needle) > 1:
        at = draw(st.integers(0, len(needle) - 1))
        needle = needle[:at] + needle[at + 1 :]
    elif bent == "longer":
        at = draw(st.integers(0, len(needle)))
        needle = needle[:at] + draw(atoms) + needle[at:]
    elif bent == "foreign":
        needle = needle.replace("s", "\u017f").replace("k", "\u212a").replace("e", "é")
    elif bent == "doubled":
        needle = needle * 2
    if draw(st.booleans()):
        return needle
    edge = st.sampled_from(["", "x", "9", "_", " ", "\\", "-", "é", "\n", '"'])
    return draw(edge) + needle + draw(edge)


def _filled(draw: st.DrawFn, needle: str) -> str:
    """Turn a needle into a text: as it is, as a pattern that is filled, as a regex that matches."""
    kind = draw(st.sampled_from(["plain", "pattern", "regex"]))
    if kind == "pattern" and set(needle) & set("*?"):
        fill = {Wild.ANY: ["", "xy", "\\", "\n", "*"], Wild.ONE: ["z", "é", "😀", "?", "\n", ""]}
        parts = (draw(st.sampled_from(fill[part])) if isinstance(part, Wild) else part
                 for part in parse_pattern(needle))  # fmt: skip
        return "".join(parts) or "x"
    if kind == "regex":
        regex, _ = parse_regex(tree.Text(needle, _NOWHERE, needle))
        return (_matching(draw, regex) if regex is not None else needle) or "x"
    return needle


_NOWHERE = Span("generated", 0, 0)
# What stands in for any character: a newline and a backslash are the ones that go wrong.
_ANYTHING = ("q", "\n", "\\", "K", "é", "😀", ".", "7")


def _matching(draw: st.DrawFn, regex: Regex) -> str:
    """Draw a text that REGEX matches, now and then one character off."""
    match regex:
        case Text(value):
            wrong = draw(st.integers(0, 15)) == 0
            return value.replace(".", "q").replace("*", "x") if wrong else value
        case AnyOne():
            return draw(st.sampled_from(_ANYTHING))
        case OneOf(ranges, negated):
            inside = [c for low, high in ranges for c in {low, high}]
            outside = [c for c in _ANYTHING if not any(a <= c <= b for a, b in ranges)]
            wanted = (outside or inside) if negated else inside
            return draw(st.sampled_from(sorted(wanted)))
        case Start() | End():
            return ""
        case Seq(parts):
            return "".join(_matching(draw, part) for part in parts)
        case Alt(branches):
            return _matching(draw, draw(st.sampled_from(branches)))
        case Repeat(part, least, most):
            times = draw(st.integers(least, least + 2 if most is None else min(most, least + 2)))
            return "".join(_matching(draw, part) for _ in range(times))
