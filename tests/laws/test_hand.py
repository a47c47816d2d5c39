"""The YAML of a Sigma rule that is written by hand is what PyYAML writes."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin_backends.sigma.hand import Date, Prose, Quoted, left_to_library, written

PIECES = st.sampled_from(
    (
        *("a", "Z", "n", "y", "true", "null", "off", "word", "1", "0", "1e5", "0x1f", "12:30"),
        *("2025-11-12", " ", ": ", " #", ":", "#", "-", "- ", "?", ",", "[", "]", "{", "}", "&"),
        *(
            "*",
            "!",
            "|",
            ">",
            "'",
            '"',
            "%",
            "@",
            "`",
            "\\",
            "/",
            "~",
            "=",
            "<<",
            ".",
            "é",
            "\u2013",
        ),
        *("\n", "\t", "\u2028", "\u200e", "\x07", "\xa0", "\U0001f600"),
    )
)
TEXTS = st.lists(PIECES, max_size=5).map("".join)
DATES = st.dates().map(str)
# What closes a document with lines left open is never written: prose ends with one line feed.
PROSE = TEXTS.map(lambda text: text.strip()).filter(bool)
SCALARS = st.one_of(
    *(TEXTS, TEXTS.map(Quoted), PROSE.map(Prose), DATES.map(Date), st.booleans(), st.integers()),
)
KEYS = st.text("abcDE|._ 1-", min_size=1, max_size=8) | st.just("k" * 130)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.dictionaries(KEYS, inner, max_size=3),
        st.lists(SCALARS | st.dictionaries(KEYS, inner, max_size=3), max_size=3),
    ),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, max_size=3, min_size=1))
def test_what_is_written_by_hand_is_what_the_library_writes(entries: dict[str, object]) -> None:
    assert written(entries) == left_to_library(entries)
