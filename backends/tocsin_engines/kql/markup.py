"""`parse_xml()`: XML to JSON by the table of its page. The only module that knows expat."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

Json = str | None | list["Json"] | dict[str, "Json"]

_LONGEST = 1_048_576  # In bytes; "longer strings interpretation will result in a null object".
_DEEPEST = 200


class _TooMuch(Exception):
    """A document that is not read: with a DTD, or nested too deep."""


def read(text: str) -> Json:
    """Return what a document says; null if it is malformed or too long."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) > _LONGEST:
        return None
    reader = _Reader()
    try:
        _expat(reader).Parse(encoded, True)
    except (expat.ExpatError, _TooMuch):
        return None
    return reader.open[0].value()


def _expat(reader: "_Reader") -> expat.XMLParserType:
    # The encoding that a declaration names is that of a file, not of a text.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.doctype
    return parser


@dataclass(slots=True)
class _Element:
    """An element that is being read: its members, and its texts, which elements part."""

    name: str = ""
    members: dict[str, list[Json]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=lambda: [""])

    def value(self) -> Json:
        """Return the text of an element that has nothing else, or a bag.

        A name that comes again holds an array.
        """
        texts: list[Json] = [text for text in self.texts if text.strip()]
        if not self.members:
            return "".join(self.texts) if texts else None
        if any(not name.startswith("@") for name in self.members):
            texts = [text.strip() for text in self.texts if text.strip()]
        members = self.members | ({"#text": texts} if texts else {})
        return {name: one[0] if len(one) == 1 else one for name, one in members.items()}


@dataclass(slots=True)
class _Reader:
    """What expat calls. The elements that are open, with the document around them."""

    open: list[_Element] = field(default_factory=lambda: [_Element()])

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if len(self.open) > _DEEPEST:
            raise _TooMuch
        self.open[-1].texts.append("")
        self.open.append(_Element(name, {f"@{key}": [one] for key, one in attributes.items()}))

    def end(self, name: str) -> None:
        value = self.open.pop().value()
        self.open[-1].members.setdefault(name, []).append(value)

    def text(self, data: str) -> None:
        self.open[-1].texts[-1] += data

    def doctype(self, *_: object) -> None:
        raise _TooMuch
