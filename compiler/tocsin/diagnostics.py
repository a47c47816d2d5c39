"""What the compiler has to say about a rule, as data. Rendering is elsewhere."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from enum import StrEnum

from tocsin.frozen import dataclass
from tocsin.source import Span


class Code(StrEnum):
    """Every code the compiler can report. A code is never used again, its meaning never changes.

    E190 was "not yet", of what an early version only read.
    `tocsin explain CODE` shows the page of a code, `data/explain/CODE.md`.
    """

    # E0: reading
    SYNTAX = "E001"
    UNTERMINATED = "E002"
    ESCAPE = "E003"
    ENCODING = "E004"
    CHARACTER = "E005"
    TOO_DEEP = "E006"
    TOO_LARGE = "E007"
    FOREIGN = "E008"
    NUMBER_RANGE = "E009"
    BAD_DATE = "E010"
    UNREADABLE = "E011"
    BIDI = "W001"

    # E1: names and types
    UNKNOWN_CLASS = "E101"
    UNKNOWN_FIELD = "E102"
    ALIAS = "E103"
    UNKNOWN_NAME = "E104"
    DUPLICATE_NAME = "E105"
    SHADOWED = "E106"
    CYCLE = "E107"
    WRONG_KIND = "E108"
    USE_NOT_FOUND = "E109"
    OUTSIDE_PROJECT = "E110"
    TYPE_MISMATCH = "E111"
    TEXT_EQUALS = "E112"
    UNKNOWN_META = "E113"
    META_VALUE = "E114"
    UNKNOWN_WORD = "E115"
    DUPLICATE_RULE = "E116"
    DUPLICATE_ID = "E117"
    UNKNOWN_TECHNIQUE = "E118"
    WRONG_TACTIC = "E119"
    NOT_SHARED = "E120"
    REPEATED_CLAUSE = "E121"
    MISSING_CLAUSE = "E122"
    FACT = "E123"
    UNUSED = "W101"
    NO_META = "W102"

    # E2: sense
    EMPTY_NEEDLE = "E201"
    MATCHES_ALL = "E202"
    CONSTANT = "E203"
    BARE_LIST = "E204"
    REVERSED_RANGE = "E205"
    NETWORK = "E206"
    HOST_BITS = "E207"
    BIN = "E208"
    COUNT = "E209"
    WINDOW = "E210"
    TEST_FAILED = "E211"
    REGEX = "E212"
    LOOKAROUND = "E213"
    BACKREFERENCE = "E214"
    INLINE_FLAG = "E215"
    WORD_EDGE = "E216"
    EMPTY_BRANCH = "E217"
    ANCHOR = "E218"
    BACKTRACKING = "E219"
    ONE_STEP = "E220"
    KEYS = "E221"
    HAVING = "E222"
    SLIDING = "E223"
    OPTION = "E230"
    WILDCARD_IN_LITERAL = "W201"
    NO_WILDCARD = "W202"
    MIXED = "W203"
    PUNCTUATION_TERM = "W204"
    DOUBLED_SEPARATOR = "W206"
    IS_FALSE = "W207"
    FIELDS_DIFFER = "W208"
    NO_TESTS = "W209"
    REPEATED_VALUE = "W210"
    PLAIN_REGEX = "W211"
    NO_KEYS = "W212"

    # E3: what a target cannot say
    REFUSED = "E301"
    NARROWER = "E302"
    SKEWED = "E303"
    NO_CLASS = "E304"
    NEVER_FIRES = "E305"
    TOO_LONG = "E306"
    WIDER = "W301"
    BLIND_BRANCH = "W302"
    BLIND_EXCLUSION = "W303"
    ACCEPT_UNUSED = "W304"
    LEFT_OUT = "W305"

    # E4: artefacts
    NO_RULES = "E401"
    ARTEFACT = "E402"
    REJECTED = "E403"
    DISPROVED = "E404"
    LACKS = "E405"
    BEYOND = "E406"
    UNLOCKED = "E407"
    BAD_LOCK = "E408"
    OUTPUT_CHANGED = "W401"
    UNTOLD = "W402"

    # E5: settings and source profiles
    UNREADABLE_DATA = "E501"
    UNKNOWN_KEY = "E502"
    WRONG_VALUE = "E503"
    SOURCE = "E504"
    MAPPING = "E505"

    @property
    def is_error(self) -> bool:
        """Whether the code stops a build."""
        return self.value.startswith("E")


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that mends the finding for sure: put TEXT where SPAN is."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A further place that belongs to a finding."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: what is wrong, where, and what would mend it."""

    code: Code
    message: str
    span: Span
    label: str = ""
    help: str | None = None
    edit: Edit | None = None
    notes: tuple[Note, ...] = ()


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Find the name in KNOWN that WORD was probably meant to be."""
    names = sorted(known)
    folded = {name.lower(): name for name in names}
    if word.lower() in folded:
        return folded[word.lower()]
    close = get_close_matches(word, names, n=3)
    return next((name for name in close if _likeness(word, name) >= _LIKE), None)


_LIKE, _SURE = 0.5, 0.7


def _likeness(word: str, name: str) -> float:
    """Compare what follows the last dot: a shared beginning alone is no likeness."""
    return SequenceMatcher(None, word.rpartition(".")[2], name.rpartition(".")[2]).ratio()


def known_names(word: str, known: Iterable[str]) -> str:
    """Say what WORD was probably meant to be, or what there is."""
    names = sorted(known)
    close = nearest(word, names)
    return f"`{close}` has a similar name" if close else f"known: {', '.join(names) or 'none'}"


def unknown(code: Code, kind: str, word: str, span: Span, known: Iterable[str]) -> Diagnostic:
    """Report that WORD names no KIND, with the nearest name that does."""
    start = word.rpartition(".")[0] + "."
    names = sorted(known, key=lambda name: (not name.startswith(start), name))
    close = nearest(word, names)
    listed = ", ".join(f"`{name}`" for name in names[:12]) + (", …" if len(names) > 12 else "")
    hint = f"known: {listed}" if names else None
    return Diagnostic(
        code,
        f"unknown {kind} `{word}`",
        span,
        f"no such {kind}",
        f"`{close}` has a similar name" if close else hint,
        Edit(span, close) if close and _likeness(word, close) >= _SURE else None,
    )


def in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Put findings in the order of their places, each once."""
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda each: (each.span.file, each.span.start, each.code)))
