"""Texts that have broken converters: wildcards, quotes, escapes, case, other scripts, controls."""

from hypothesis import strategies as st

ATOMS = (
    *("a", "B", "cmd", "CMD.exe", "node.exe", "evil", "-r", "--load-dir"),
    *("k", "S", "sk", "or", "AND"),
    *("\\", "\\\\", "\\\\srv\\a"),
    *("C:\\Temp\\", "\\Users\\", "\\t", "\\b", "\\n", "\\x41", "/", "//", "/*"),
    *('"', "'", '""', "''", '"""', "`", "```", "$", "$user$", "%TEMP%", "{{ x }}", "${jndi}"),
    *("*", "?", "**", "_", "%", "[", "]", "[*]", "(", ")", "{2}", "|", "||", "^", ".", "+", "-"),
    *("#", "@", "&", "&&", "~", "<", ">", "<1-5>", "=", "!", ",", ";", ":", "--", " ", "  "),
    *("7", "007", "0x10", "1.50", "1e3", "10.0.0.0/8", "yes", "null", "true", "unknown"),
    *("\t", "\n", "\r", "\x0b", "\x01", "\x7f", "\u00a0", "\u2028", "\u202e", "\ufeff"),
    *("é", "É", "e\u0301", "İ", "\u0131", "\u212a", "\u017f", "ß", "Ω", "٣", "😀"),
)  # fmt: skip

atoms = st.sampled_from(ATOMS)
texts = st.lists(atoms, min_size=1, max_size=4).map("".join)
plain_texts = st.sampled_from(ATOMS[:13])
needles = st.one_of(texts, plain_texts)


def written(text: str) -> str:
    """Write TEXT as a literal of the language."""
    if text.isprintable() and "\u00a0" not in text:
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '\\"':
        return f"\\{character}"
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"


def swapped(text: str) -> str:
    """Turn the case of the ASCII letters over."""
    return "".join(c.swapcase() if c.isascii() else c for c in text)


# --- patterns


@st.composite
def patterns(draw: st.DrawFn) -> str:
    """Draw a `like` pattern: texts with wildcards between, some of them literal."""
    parts = draw(
        st.lists(
            st.one_of(plain_texts, atoms, st.sampled_from(["*", "?", "[*]", "[?]"])),
            min_size=1,
            max_size=5,
        )
    )
    return "".join(parts)


# --- portable regexes

_SINGLE = st.sampled_from(
    [
        *("a", "B", "k", "s", "x", "7", "-", "_", " ", "é", "\u212a", "\u017f", "😀"),
        *("#", "@", "&"),
        *("~", "<", ">", '"', "'", "%", "/", "=", ",", "\n", "\\\\", "\\.", "\\*", "\\?", "\\^"),
        *("\\$", "\\|", "\\(", "\\[", "\\{", "\\t", "\\n", "\\x41", "\\x{e9}", ".", "\\d", "\\w"),
        *("\\s", "\\D", "\\W", "\\S", "[a-c]", "[^a-c]", "[A-Z]", "[^\\\\]", "[a&&b]", "[-x]"),
        *("[\\w.]", "[^\\s\"]", "[0-9a-f]", "[k-s]", "[^K]", "[é-ü]", "[*?]", "[\\d\\W]", "[\\Wx]"),
    ]
)  # fmt: skip
_QUANTIFIERS = st.sampled_from(["", "", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "+?"])


@st.composite
def regexes(draw: st.DrawFn) -> str:
    """Draw a regex, most of them within the portable subset."""
    start = draw(st.sampled_from(["", "", "^", "(^|\\s)"]))
    end = draw(st.sampled_from(["", "", "$", "(\\s|$)"]))
    return start + draw(_alternatives(2)) + end


@st.composite
def _alternatives(draw: st.DrawFn, depth: int) -> str:
    branches = [draw(_sequence(depth)) for _ in range(draw(st.sampled_from([1, 1, 1, 2])))]
    return "|".join(branches) if len(branches) == 1 else f"({'|'.join(branches)})"


@st.composite
def _sequence(draw: st.DrawFn, depth: int) -> str:
    parts: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        nested = depth > 0 and draw(st.integers(0, 4)) == 0
        atom = f"({draw(_alternatives(depth - 1))})" if nested else draw(_SINGLE)
        parts.append(atom + draw(_QUANTIFIERS))
    return draw(plain_words) + "".join(parts) if draw(st.booleans()) else "".join(parts)


plain_words = st.sampled_from(["cmd", "node", "Temp", "x", "js"])
