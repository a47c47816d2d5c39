"""Events made of what a rule looks for: a match, the other case, one off, missing, several."""

import re

from hypothesis import strategies as st

from differential.literals import atoms, swapped, texts
from differential.rules import HASHES, NUMBERS, Asked
from tocsin.model import Occurrence, Scalar
from tocsin.schema import FieldSpec, FieldType, event_class

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


@st.composite
def event_sets(draw: st.DrawFn, asked: Asked) -> list[Occurrence]:
    """Draw some events of the rule's class, and one or two of another."""
    count = draw(st.integers(5, 10))
    made = [draw(events(asked, asked.event_class, place)) for place in range(count)]
    other = draw(st.sampled_from([c for c in OTHER_CLASSES if c != asked.event_class]))
    return [*made, draw(events(asked, other, count))]


@st.composite
def events(draw: st.DrawFn, asked: Asked, name: str, place: int) -> Occurrence:
    """Draw one event of class NAME; what the rule asks for is mostly there."""
    # What every record of a source has: it is asked for where a test must hold of every event.
    fields: dict[str, tuple[Scalar, ...]] = {"host.os.type": ("windows",)}
    fields["host.name"] = (draw(st.sampled_from(["pc-1", "PC-1", "pc-2"])),)
    if name == "registry.set":
        fields["registry.path"] = (
            draw(
                st.one_of(
                    _values(event_class(name).fields["registry.path"], asked), st.just("HKLM\\S\\v")
                )
            ),
        )
    if name == "dns.query":
        fields["dns.question.name"] = (draw(st.sampled_from(["evil.example", "a.b", "EVIL"])),)
    for spec in event_class(name).fields.values():
        wanted = (
            spec.name in asked.texts or spec.name in asked.numbers
            or spec.name in asked.addresses or spec.name in asked.truths
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
        case _:
            needles = asked.texts.get(spec.name) or ["node.exe"]
            return st.one_of(_around(needles), _around(needles), st.sampled_from(WORDS), texts)


@st.composite
def _around(draw: st.DrawFn, needles: list[str]) -> str:
    """Draw a text with one of NEEDLES in it, whole or bent, and something beside it."""
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
    edge = st.sampled_from(["", "", "", "x", "9", "_", " ", "\\", "-", "é", "\n", '"'])
    return draw(edge) + needle + draw(edge)


def _filled(draw: st.DrawFn, needle: str) -> str:
    """Fill wildcards, and what may stand for itself in a regex, with something that fits."""
    text = needle.replace("[*]", "\0").replace("[?]", "\1")
    if draw(st.booleans()):
        text = text.replace("*", draw(st.sampled_from(["", "xy", "\\", "\n", "*"])))
        text = text.replace("?", draw(st.sampled_from(["z", "é", "😀", "?", ""])))
    if draw(st.booleans()):
        text = _as_regex_text(draw, text)
    return text.replace("\0", "*").replace("\1", "?") or "x"


_REGEX_PART = re.compile(
    r"\\x\{([0-9a-f]+)\}|\\x([0-9a-fA-F]{2})|\\([dwsDWStn])|\\(.)|\[[^\]]*\]|\(\^\||\|\$\)"
    r"|[()^$|]|\{\d*,?\d*\}|[+?*]"
)
_STAND_INS = {"d": "5", "w": "k", "s": " ", "D": "x", "W": "-", "S": "é", "t": "\t", "n": "\n"}


def _as_regex_text(draw: st.DrawFn, text: str) -> str:
    """Guess a text that a regex may match; a wrong guess is a near miss."""

    def stand_in(found: re.Match[str]) -> str:
        if found[1] or found[2]:
            return chr(int(found[1] or found[2], 16))
        if found[3]:
            return _STAND_INS[found[3]]
        if found[4]:
            return found[4]
        return draw(st.sampled_from(["a", "B", "K", "s", "\\", "7"])) if found[0][0] == "[" else ""

    return _REGEX_PART.sub(stand_in, text).replace(".", draw(st.sampled_from([".", "\n", "q"])))
