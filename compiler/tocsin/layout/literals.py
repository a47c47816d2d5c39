"""Literals as they are written: the author's own, unless another way says the same more plainly."""

from tocsin.layout.paper import Line, Part, Raw, Words, indented, several
from tocsin.source import Span
from tocsin.syntax.concrete import Leaf
from tocsin.syntax.strings import decode, raw

_NOWHERE = Span("", 0, 0)


def literal(leaf: Leaf) -> Part:
    """Write a word; a text in the quotes that need no escapes, a block below its first quotes."""
    if leaf.kind == "STRING":
        return Words(_quoted(leaf.text))
    if leaf.kind == "BLOCK" and "\n" in leaf.text:
        return _block(leaf.text)
    return Words(leaf.text)


def _quoted(written: str) -> str:
    r"""Write `"C:\\x"` as `'C:\x'`; what is hidden stays escaped."""
    if "\\" not in written or "\\u" in written.replace("\\\\", ""):
        return written
    value = _value(written)
    return written if "'" in value else raw(value)


def _block(written: str) -> Part:
    """Write a text's lines one step further in than what it belongs to, if it stays the same."""
    value = _value(written)
    lines = [*value.split("\n"), '"""']
    if _value('"""\n' + "\n".join(f"  {line}" for line in lines)) != value:
        return Raw(written.replace("\r\n", "\n"))
    parts = [each for line in lines for each in (Line(None), Words(line))]
    return several(Words('"""'), indented(*parts))


def _value(written: str) -> str:
    return decode(written, _NOWHERE)[0]
