r"""The numbered cases in which translations of detections go wrong, as a table for every target.

Each case has its events, what the rule says of each of them, and for each target either how its
query runs or the diagnostic that says why there is none. The numbers are those of the research that
the language was designed by, so that nothing of it can be forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tocsin.diagnostics import Code
from tocsin.model import Occurrence, Scalar, Verdict

TARGETS = ("eql", "esql", "kql", "sigma", "spl")
SECTIONS: Mapping[str, range] = {
    "missing, empty and null": range(1, 19),
    "several values": range(19, 28),
    "letter case": range(28, 36),
    "wildcards and escapes": range(36, 63),
    "regular expressions": range(63, 83),
    "terms": range(83, 89),
    "numbers, addresses, types": range(89, 98),
    "and, or, not": range(98, 103),
    "aggregation and sequences": range(103, 121),
}
DAY = 20_000 * 86_400_000_000  # a midnight UTC, in microseconds


@dataclass(frozen=True, slots=True)
class Runs:
    """The query runs and finds what the rule means, but for what VERDICT and CODES say.

    ERRS: some event of the case shows the error that the verdict speaks of. UNGROUPED: the events
    of a summary come as they are. UNSEEN: places of the events that no source keeps whole, so that
    the rule is about what is left of them.
    """

    verdict: Verdict = Verdict.EXACT
    codes: frozenset[Code] = frozenset()
    errs: bool = False
    ungrouped: bool = False
    unseen: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """There is no query, and this diagnostic says why."""

    code: Code


@dataclass(frozen=True, slots=True)
class Diverges:
    """The query is called exact and errs, in a way that is known, on the events at WRONG.

    WORD stands in the requirement that tells the user.
    """

    name: str
    wrong: tuple[int, ...]
    word: str


Expected = Runs | Told | Diverges
EXACT = Runs()
UNGROUPED = Runs(ungrouped=True)


@dataclass(frozen=True, slots=True)
class Given:
    """An event, and whether the rule means it, or a sequence ends with it.

    Without AT, events are a second apart.
    """

    fields: Mapping[str, tuple[Scalar, ...]]
    holds: bool
    at: int | None = None  # microseconds after midnight


Row = Mapping[str, Scalar | list[Scalar]]


@dataclass(frozen=True, slots=True)
class Case:
    """One numbered case; without EVENTS no rule comes of it. ROWS are the outputs of a summary."""

    number: int
    about: str
    body: str
    events: tuple[Given, ...]
    rows: tuple[Row, ...] | None = None
    sources: Mapping[str, str] = field(default_factory=dict)  # where not the default ones
    expected: Mapping[str, Expected] = field(default_factory=dict)

    @property
    def section(self) -> str:
        """Name the section that the number is of."""
        return next(name for name, numbers in SECTIONS.items() if self.number in numbers)

    @property
    def text(self) -> str:
        """Write the whole rule."""
        return f"rule case_{self.number} {{\n  detect {self.body}\n}}\n"

    def occurrences(self) -> list[Occurrence]:
        """Make the events, all of the class that the rule begins with, or of processes."""
        first = self.body.split()[0]
        classes = frozenset({first if "." in first else "process.start"})
        times = [
            place * 1_000_000 if each.at is None else each.at
            for place, each in enumerate(self.events)
        ]
        return [
            Occurrence(classes, DAY + time, each.fields)
            for time, each in zip(times, self.events, strict=True)
        ]

    def on(self, target: str) -> Expected:
        """Say what is expected of TARGET."""
        return self.expected.get(target, EXACT)


def passed() -> Mapping[str, tuple[int, int]]:
    """Count for each target the cases whose query runs, and those that a diagnostic refuses.

    That all of them pass is asserted in test_cases.py.
    """
    told = {t: sum(isinstance(case.on(t), Told) for case in CASES) for t in TARGETS}
    return {target: (len(CASES) - count, count) for target, count in told.items()}


# --- how the table is written

_FIELDS: Mapping[str, str] = {
    "question": "dns.question.name",
    "line": "process.command_line",
    "parent_line": "process.parent.command_line",
    "path": "process.executable",
    "name": "process.name",
    "args": "process.args",
    "pid": "process.pid",
    "version": "process.pe.file_version",
    "trusted": "dll.code_signature.trusted",
    "from_port": "source.port",
    "port": "destination.port",
    "ip": "destination.ip",
    "answers": "dns.resolved_ip",
    "user": "user.name",
    "original": "process.pe.original_file_name",
}
_ELASTIC = ("eql", "esql")  # languages of one store
_START = "process.start where "
_LINE = "process.start where process.command_line "
_PATH = "process.start where process.executable "
_ARGS = "process.start where process.args "
_CONNECT = "network.connect where "


def _case(
    number: int,
    about: str,
    body: str,
    *events: Given | tuple[Given, ...],
    rows: tuple[Row, ...] | None = None,
    sources: Mapping[str, str] | None = None,
    on: Mapping[str, Expected] | None = None,
) -> Case:
    flat = [given for each in events for given in (each if isinstance(each, tuple) else (each,))]
    return Case(number, about, body, tuple(flat), rows, sources or {}, on or {})


def _refused(number: int, about: str, body: str, code: Code) -> Case:
    """A rule that the compiler refuses before there is a target."""
    return _case(number, about, body, on=dict.fromkeys(TARGETS, Told(code)))


def event(holds: bool, /, **fields: Scalar | tuple[Scalar, ...]) -> Given:
    """Make an event; FIELDS are written by the short names of the table."""
    return Given(_named(fields), holds)


def _named(fields: Mapping[str, Scalar | tuple[Scalar, ...]]) -> Mapping[str, tuple[Scalar, ...]]:
    """Name the host too, as every record does: a query for all events may ask for it."""
    named = {_FIELDS[n]: v if isinstance(v, tuple) else (v,) for n, v in fields.items()}
    return {"host.name": ("pc",), "host.id": ("pc",), **named}


def _true(*lines: str) -> tuple[Given, ...]:
    return tuple(event(True, line=each) for each in lines)


def _false(*lines: str) -> tuple[Given, ...]:
    return tuple(event(False, line=each) for each in lines)


def _at(hours: int, minutes: int, seconds: float, **fields: Scalar) -> Given:
    """An event that a summary counts."""
    time = round((hours * 3600 + minutes * 60 + seconds) * 1_000_000)
    return Given(_named(fields), True, time)


# --- missing, empty and null

_LONG = "C:\\" + "a" * 1_488 + "\\evil.exe"

_MISSING = (
    _case(
        1,
        "a test of a missing field does not hold",
        f'{_START}process.name is "cmd"',
        event(False),
        event(True, name="cmd"),
    ),
    _case(
        2,
        "its negation holds",
        f'{_START}process.name is not "cmd"',
        event(True),
        event(False, name="cmd"),
    ),
    _case(
        3,
        "the negation holds also where no event of the source has the field",
        f'{_START}process.code_signature.subject_name is not "cmd"',
        event(True),
        event(True, line="x"),
        sources={"eql": "elastic_sysmon", "esql": "elastic_sysmon"},
        on=dict.fromkeys(TARGETS, Runs(codes=frozenset({Code.BLIND_EXCLUSION}))),
    ),
    _case(
        4,
        "an empty text does not exist",
        f"{_LINE}exists",
        event(False, line=""),
        event(False),
        event(True, line="cmd"),
    ),
    _case(
        5,
        "an empty text is missing",
        f"{_LINE}is missing",
        event(True, line=""),
        event(True),
        event(False, line="cmd"),
    ),
    _case(
        6,
        "no number is not 5",
        f"{_START}process.pid != 5",
        event(True),
        event(False, pid=5),
        event(True, pid=50),
    ),
    _case(
        7,
        "no number is not above 3",
        f"{_START}not process.pid > 3",
        event(True),
        event(False, pid=10),
        event(True, pid=3),
    ),
    _case(
        8,
        "no number is not at most 3 either",
        f"{_START}process.pid <= 3",
        event(False),
        event(False, pid=10),
        event(True, pid=3),
    ),
    _case(
        9,
        "what is no address is in no network",
        f'{_CONNECT}destination.ip not in ("10.0.0.0/8")',
        event(True, ip="not-an-ip"),
        event(False, ip="10.1.2.3"),
        on={"eql": Runs(unseen=(0,)), "esql": Runs(unseen=(0,))},
    ),
    _case(
        10,
        "no address is in no network",
        f'{_CONNECT}destination.ip not in ("10.0.0.0/8")',
        event(True),
        event(True, ip="11.1.2.3"),
        event(False, ip="10.1.2.3"),
    ),
    _case(
        11,
        "`and` with a missing field is false, so its negation holds",
        f'{_START}not (process.parent.command_line is "1" and process.command_line is "x")',
        event(True, line="x"),
        event(False, line="x", parent_line="1"),
    ),
    _case(
        12,
        "`or` with a missing field may be true",
        f'{_START}not (process.parent.command_line is "1" or process.command_line is "x")',
        event(False, line="x"),
        event(True, line="y"),
        event(True),
    ),
    _case(
        13,
        "two negations of a test of a missing field are the test",
        f'{_START}not not process.command_line is "1"',
        event(False),
        event(True, line="1"),
    ),
    _case(
        14,
        "a missing field is in no list",
        f'{_START}not process.command_line in ("x", "y")',
        event(True),
        event(False, line="y"),
        event(True, line="z"),
    ),
    _case(
        15,
        "a missing truth value is not true",
        "library.load where dll.code_signature.trusted is not true",
        event(True),
        event(False, trusted=True),
        event(True, trusted=False),
        on={"kql": Runs(codes=frozenset({Code.BLIND_EXCLUSION}), unseen=(1, 2))},
    ),
    _case(
        16,
        "a field that the source lacks does not spoil the other branch",
        f'{_START}process.code_signature.subject_name is "a" or process.command_line is "b"',
        event(True, line="b"),
        event(False, line="a"),
        sources={"eql": "elastic_sysmon", "esql": "elastic_sysmon"},
        on=dict.fromkeys(TARGETS, Runs(codes=frozenset({Code.BLIND_BRANCH}))),
    ),
    _case(
        17,
        "a path of 1,500 characters has an end",
        f"{_PATH}ends with '\\evil.exe'",
        event(True, path=_LONG),
        event(True, path="C:\\evil.exe"),
        event(False, path=_LONG[:-1]),
        on=dict.fromkeys(_ELASTIC, Diverges("long-keywords", (0,), "ignore_above")),
    ),
    _case(
        18,
        "a path of 1,500 characters exists",
        f"{_PATH}exists",
        event(True, path=_LONG),
        event(True, path="C:\\evil.exe"),
        event(False),
        on=dict.fromkeys(_ELASTIC, Diverges("long-keywords", (0,), "ignore_above")),
    ),
)

# --- several values

_NO_LISTS = ("kql", "sigma", "spl")  # targets that look for an argument in the command line
# Kusto splits a command line as the reference does: whether an argument is a text is exact there.
_NO_ELEMENTS = ("sigma", "spl")
_WIDER = Runs(Verdict.WIDER, frozenset({Code.WIDER}))
_ERRS = Runs(Verdict.WIDER, frozenset({Code.WIDER}), errs=True)

_SEVERAL = (
    _case(
        19,
        "one of several values is enough",
        f'{_ARGS}is "a"',
        event(True, args=("a", "b")),
        event(False, args=("b", "c")),
        event(False, args=("b", "x a y")),
        on=dict.fromkeys(_NO_ELEMENTS, _ERRS),
    ),
    _case(
        20,
        "the negation asks all values, not for another one",
        f'{_ARGS}is not "a"',
        event(False, args=("a", "b")),
        event(True, args=("b",)),
        on=dict.fromkeys(_NO_ELEMENTS, Told(Code.NARROWER)),
    ),
    _case(
        21,
        "the negation holds where no value is as asked",
        f'{_ARGS}is not "a"',
        event(True, args=("c", "b")),
        event(True),
        event(False, args=("b", "a")),
        on=dict.fromkeys(_NO_ELEMENTS, Told(Code.NARROWER)),
    ),
    _case(
        22,
        "a needle does not reach from one value into the next",
        f"""{_ARGS}contains 'y","z'""",
        event(False, args=("p", "x y", "z")),
        event(True, args=("p", 'x y","z')),
        on=dict.fromkeys(_NO_LISTS, _WIDER),
    ),
    _case(
        23,
        "a backslash in one of several values is one backslash",
        f"{_ARGS}contains 'C:\\x'",
        event(True, args=("a", "C:\\x")),
        event(False, args=("a", "C:\\\\x")),
        on=dict.fromkeys(_NO_LISTS, _ERRS),
    ),
    _case(
        24,
        "one and the same number meets both ends of a range",
        f"{_CONNECT}destination.port in 3..5",
        event(False, port=(1, 9)),
        event(True, port=4),
        event(False, port=9),
        on=dict.fromkeys(TARGETS, Runs(unseen=(0,))),  # no source has several ports
    ),
    _case(
        25,
        "values are not trimmed",
        f'{_ARGS}is "-enc" and process.args is not "x"',
        event(True, args=("-enc", " x")),
        event(False, args=("-enc", "x")),
        on=dict.fromkeys(_NO_ELEMENTS, Told(Code.NARROWER)),
    ),
    _case(
        26,
        "values of a list have no case either",
        f'{_ARGS}is "a"',
        event(True, args=("A", "b")),
        event(False, args=("b", "c")),
        on=dict.fromkeys(_NO_ELEMENTS, _WIDER),
    ),
    _case(
        27,
        "an empty list is missing",
        f"{_ARGS}is missing",
        event(True, args=()),
        event(True),
        event(False, args=("a",)),
        on=dict.fromkeys(_NO_LISTS, Told(Code.NARROWER)),
    ),
)

# --- letter case

_LETTERS = (
    _case(28, "text has no case", f'{_LINE}is "cmd.EXE"', _true("CMD.exe"), _false("cmd")),
    _case(29, "but where it is asked for", f'{_LINE}is cased "cmd"', _true("cmd"), _false("CMD")),
    _case(
        30,
        "letters beyond ASCII have case",
        f'{_LINE}is "é" or process.command_line matches "^é[0-9]$"',
        _true("é", "é1"),
        _false("É", "É1"),
    ),
    _case(
        31,
        "the Kelvin sign is no k",
        f'{_LINE}is "k" or process.command_line matches "^k[0-9]$"',
        _true("k", "K", "K1"),
        _false("\u212a", "\u212a1"),
        on={
            "kql": Diverges("case-of-two-letters", (4,), "U+212A"),
            "spl": Diverges("case-of-two-letters", (3, 4), "U+212A"),
        },
    ),
    _case(
        32,
        "a range of letters has no case",
        f'{_LINE}matches "^[a-c]+$"',
        _true("ABC", "abc"),
        _false("ABD"),
    ),
    _case(
        33,
        "nor has what a negated range leaves out",
        f'{_LINE}matches "^[^a-c]$"',
        _true("D"),
        _false("B", "b"),
        # its `$` would take a last line feed
        on={"sigma": Told(Code.REFUSED)},
    ),
    _case(
        34, "a needle with its case", f'{_LINE}contains cased "ABC"', _true("xABC"), _false("abc")
    ),
    _case(
        35,
        "a letter that lower case makes two of",
        f'{_LINE}is "i\u0307"',
        _true("i\u0307", "I\u0307"),
        _false("\u0130"),
    ),
)

# --- wildcards and escapes

_WILDCARDS = (
    _case(36, "a star is itself", f'{_LINE}is "a*b"', _true("a*b")),
    _case(37, "a star stands for nothing else", f'{_LINE}is "a*b"', _false("aXXb"), _true("a*b")),
    _case(38, "nor does a question mark", f'{_LINE}is "a?b"', _true("a?b"), _false("aXb")),
    _case(
        39,
        "a star in a needle is itself",
        f'{_LINE}contains "/tn *"',
        _true("schtasks /tn * /f"),
        _false("schtasks /tn foo /f"),
    ),
    _case(
        40,
        "per cent and underscore are themselves",
        f'{_LINE}contains "50%_"',
        _true("a50%_x"),
        _false("a50zzx"),
    ),
    _case(
        41,
        "`?` of a pattern is one character",
        f'{_LINE}like "a?c"',
        _true("axc"),
        _false("ac", "axxc", "zaxcz"),
    ),
    _case(
        42,
        "a pattern is the whole value",
        f'{_LINE}like "a*b*c"',
        _true("axbyc"),
        _false("zaxbycz"),
    ),
    _case(43, "a star crosses a line feed", f'{_LINE}like "a*b"', _true("a\nb"), _false("a\nbc")),
    _case(
        44, "one character may be an astral one", f'{_LINE}like "a?b"', _true("a😀b"), _false("ab")
    ),
    _case(
        45,
        "a backslash before a name is looked for",
        f"{_PATH}ends with '\\cmd.exe'",
        event(True, path="C:\\Windows\\cmd.exe"),
        event(False, path="C:\\Windows\\xcmd.exe"),
    ),
    _case(
        46,
        "a needle may end in a backslash",
        f"{_LINE}ends with 'dir\\'",
        _true("C:\\dir\\"),
        _false("C:\\dir*"),
    ),
    _case(
        47,
        "two leading backslashes are two",
        f"{_PATH}starts with '\\\\srv'",
        event(True, path="\\\\srv\\share"),
    ),
    _case(
        48,
        "one leading backslash is not two",
        f"{_PATH}starts with '\\\\srv'",
        event(False, path="\\srv\\share"),
        event(True, path="\\\\srv\\share\\x"),
    ),
    _case(
        49,
        "\\t and \\n in a path are no escapes",
        f"{_PATH}contains '\\temp\\new'",
        event(True, path="C:\\temp\\new"),
        event(False, path="C:\\x\temp\new"),
    ),
    _case(
        50,
        "nor is \\b",
        f"{_PATH}contains '\\bc'",
        event(True, path="a\\bc"),
        event(False, path="x\\a\bc"),
    ),
    _case(
        51,
        "quotes of both kinds",
        f"""{_LINE}contains '"hi" it''s'""",
        _true('say "hi" it\'s'),
        _false("say hi its"),
    ),
    _case(52, "a quote is not lost", f"""{_LINE}is 'a"b'""", _false("ab"), _true('a"b')),
    _case(
        53, "a line feed in a needle", f'{_LINE}contains "\\u{{a}}"', _true("a\nb"), _false("anb")
    ),
    _refused(54, "an empty needle", f'{_LINE}contains ""', Code.EMPTY_NEEDLE),
    _case(
        55, "a pipe and brackets", f'{_LINE}contains "|b [c]"', _true("a|b [c]"), _false("a b c")
    ),
    _case(56, "a token's dollars", f'{_LINE}contains "$user$"', _true("$user$"), _false("user")),
    _case(57, "a variable's signs", f'{_LINE}contains "%TEMP%"', _true("%TEMP%"), _false("TEMP")),
    _case(
        58,
        "texts that look like other types",
        f'{_LINE}in ("yes", "0x10", "1.50")',
        _true("yes", "0x10", "1.50"),
        _false("true", "16", "1.5"),
    ),
    _case(
        59,
        "a backslash before a star",
        f"{_LINE}is 'a\\*b'",
        _true("a\\*b"),
        _false("a*b", "a\\xb", "a\\b"),
    ),
    _case(
        60,
        "composed and decomposed letters differ",
        f'{_LINE}is "caf\u00e9"',
        _true("caf\u00e9"),
        _false("cafe\u0301"),
    ),
    _case(61, "a blank does not part words", f'{_LINE}like "a b"', _true("a b"), _false("b a")),
    _case(
        62,
        "a mark that turns the direction",
        f'{_LINE}contains "\\u{{202e}}gpj"',
        _true("\u202egpj.exe"),
        _false("gpj.exe"),
    ),
)

# --- regular expressions; a repeat or a class keeps the compiler from plainer operators

_REGEXES = (
    _case(63, "found anywhere", f'{_LINE}matches "ab+c"', _true("xxabcyy"), _false("xxacyy")),
    _case(64, "anchors", f'{_LINE}matches "^ab+c$"', _true("abc"), _false("xabc", "abcx")),
    _case(
        65,
        "the end is not before a last line feed",
        f'{_LINE}matches "^ab+c$"',
        _false("abc\n"),
        _true("abc"),
    ),
    _case(
        66,
        "a group that captures nothing",
        f"{_LINE}matches '(?:ab)\\d'",
        _true("ab1"),
        _false("?:1", "ab"),
    ),
    _case(
        67,
        "a lazy repeat still wants one",
        f'{_LINE}matches "^a+?$"',
        event(False, line=""),
        _false("zzz"),
        _true("aa"),
    ),
    _case(68, "`#` is itself", f'{_LINE}matches "a#b+"', _true("a#b"), _false("ab")),
    _case(69, "`@` is itself", f'{_LINE}matches "^a@b+$"', _false("axxb"), _true("a@b")),
    _case(70, "`<1-5>` is itself", f'{_LINE}matches "^a<1-5>+$"', _false("a3"), _true("a<1-5>")),
    _case(71, "an escaped `<` is itself", f"{_LINE}matches 'a\\<b+'", _true("a<b"), _false("ab")),
    _case(
        72,
        "quotes are themselves",
        f"""{_LINE}matches '^"a.b+"$'""",
        _false("a.b", "axb"),
        _true('"axb"'),
    ),
    _case(73, "a digit is ASCII", f"{_LINE}matches '^\\d$'", _false("\u0663"), _true("3")),
    _case(74, "VT is a blank", f"{_LINE}matches 'a\\sb'", _true("a\vb", "a b"), _false("axb")),
    _case(75, "a word is ASCII", f"{_LINE}matches '^\\w+$'", _false("é1"), _true("e_1")),
    _case(
        76, "`&&` in a class is itself", f'{_LINE}matches "^[a&&b]$"', _true("&", "a"), _false("x")
    ),
    _case(77, "a dot is a line feed too", f'{_LINE}matches "a.b+"', _true("a\nb"), _false("ab")),
    _case(78, "a slash is itself", f'{_LINE}matches "x/y+"', _true("https://x/y"), _false("x\\/y")),
    _case(
        79,
        "an escaped backslash is one",
        f"{_LINE}matches 'C:\\\\a+'",
        _true("C:\\a"),
        _false("C:a"),
    ),
    _case(80, "a quote is itself", f"""{_LINE}matches 'q"x+'""", _true('q"x'), _false("qx")),
    _case(
        81,
        "regexes of a list do not run into each other",
        f'{_LINE}matches any ("^(a|b+)$", "^c+$")',
        _true("b", "a", "c"),
        _false("ax", "xb", "xc"),
    ),
    _case(
        82,
        "a regex of 1,001 characters",
        f'{_LINE}matches "[ab]{"c" * 997}"',
        _true(f"xa{'c' * 997}x"),
        _false(f"xa{'c' * 996}x"),
        on=dict.fromkeys(_ELASTIC, Told(Code.REFUSED)),
    ),
)

# --- terms

_TERMS = (
    _case(
        83,
        "a part of a word is no term",
        f'{_LINE}has "Explorer"',
        _false("KustoExplorerRun"),
        _true("Kusto Explorer"),
    ),
    _case(84, "an underscore parts terms", f'{_LINE}has "cmd"', _true("a_cmd_b"), _false("acmdb")),
    _case(85, "a short term is one", f'{_LINE}has "if"', _true("run if x"), _false("elif x")),
    _case(
        86, "a term with a dot", f'{_LINE}has "cmd.exe"', _false("cmd.exe1"), _true("x cmd.exe y")
    ),
    _case(
        87, "a letter beyond ASCII parts terms", f'{_LINE}has "cmd"', _true("écmd"), _false("ecmd")
    ),
    _case(88, "a term has no case", f'{_LINE}has "cmd"', _true("CMD"), _false("CMDX")),
)

# --- numbers, addresses, types

_TYPES = (
    _case(
        89,
        "a text of digits is a text",
        f'{_START}process.pe.file_version is "4624"',
        event(True, version="4624"),
        event(False, version="4624.0"),
        sources={"esql": "elastic_sysmon"},
    ),
    _case(
        90,
        "a list of numbers",
        f"{_CONNECT}destination.port in (445, 139)",
        event(True, port=445),
        event(False, port=44),
        event(False),
    ),
    _case(
        91,
        "zeros in front of a text are no number's",
        f'{_START}process.pe.file_version is "7"',
        event(False, version="007"),
        event(True, version="7"),
        sources={"esql": "elastic_sysmon"},
    ),
    _case(
        92,
        "numbers are compared as numbers",
        f"{_START}process.pid > 9",
        event(True, pid=10),
        event(False, pid=9),
    ),
    _case(
        93,
        "a network of IPv6",
        f'{_CONNECT}destination.ip in ("2001:db8::/33")',
        event(True, ip="2001:db8::1"),
        event(False, ip="2001:db8:8000::1"),
    ),
    _refused(
        94,
        "a network with host bits",
        f'{_CONNECT}destination.ip in ("10.9.9.9/8")',
        Code.HOST_BITS,
    ),
    _case(
        95,
        "an IPv4-mapped address is IPv6",
        f'{_CONNECT}destination.ip in ("10.0.0.0/8")',
        event(False, ip="::ffff:10.0.0.1"),
        event(True, ip="10.0.0.1"),
        on=dict.fromkeys(_ELASTIC, Diverges("ipv4-mapped", (0,), "IPv4-mapped")),
    ),
    _case(
        96,
        "one of several addresses is enough",
        'dns.query where dns.resolved_ip in ("10.0.0.0/8")',
        event(True, question="a.example", answers=("8.8.8.8", "10.0.0.1")),
        event(False, question="a.example", answers=("8.8.8.8",)),
        on={
            "esql": Told(Code.REFUSED),
            "kql": Told(Code.NEVER_FIRES),
            "sigma": Told(Code.REFUSED),
            "spl": Told(Code.REFUSED),
        },
    ),
    _refused(
        97,
        "a number beyond 64 bits",
        f"{_START}process.pid > 9223372036854775808",
        Code.NUMBER_RANGE,
    ),
)

# --- and, or, not

_WORDS = ", ".join(f"'w{number}'" for number in range(600))

_STRUCTURE = (
    _case(
        98,
        "`and` binds tighter than `or`",
        f"{_CONNECT}source.port == 1 or destination.port == 1 and process.pid == 1",
        event(True, from_port=1, port=0, pid=0),
        event(False, from_port=0, port=1, pid=0),
    ),
    _case(
        99,
        "`not` binds tighter than `and`",
        f"{_CONNECT}not source.port == 1 and destination.port == 1",
        event(True, from_port=0, port=1),
        event(False, from_port=0, port=0),
    ),
    _case(
        100,
        "`not` before parentheses is for all in them",
        f'{_START}not (process.command_line is "x" or process.parent.command_line is "z")',
        event(False, line="x", parent_line="y"),
        event(False, line="y", parent_line="z"),
        event(True, line="y", parent_line="y"),
    ),
    _case(101, "a keyword as a text", f'{_LINE}is "and"', _true("and"), _false("or")),
    _case(
        102,
        "a list of 600 texts",
        f"{_LINE}in ({_WORDS})",
        _true("w0", "w599", "W300"),
        _false("w600", "w"),
    ),
)

# --- aggregation and sequences

_UNGROUPED = {"eql": UNGROUPED, "sigma": UNGROUPED}
_BINS = "process.start where process.command_line exists summarize by host.id every 30m"


def _step(at: float, name: str, *, ends: bool = False, **fields: Scalar) -> Given:
    """An event of a sequence; ENDS says that a match ends with it."""
    return Given(_named({"name": name, **fields}), ends, round(at * 1_000_000))


def _sequence(
    number: int,
    about: str,
    *events: Given,
    keys: str = " by host.id",
    second: str = 'process.name is "b"',
    on: Mapping[str, Expected] | None = None,
) -> Case:
    steps = f'a: process.start where process.name is "a"  b: process.start where {second}'
    body = f"sequence{keys} within 5m {{ {steps} }}"
    # One record of each event: of several, one would follow the other.
    sources = {"eql": "elastic_defend"}
    refused = {"esql": Told(Code.REFUSED)}
    return _case(number, about, body, *events, sources=sources, on={**refused, **(on or {})})


_AGGREGATES = (
    _case(
        103,
        "bins have edges: three events within two seconds are in two bins",
        f"{_BINS} {{ N = count() }}",
        _at(0, 29, 59, line="x"),
        _at(0, 30, 0, line="x"),
        _at(0, 30, 1, line="x"),
        rows=({"N": 1}, {"N": 2}),
        on=_UNGROUPED,
    ),
    _case(
        104,
        "a bin begins with its first moment and ends before the next",
        f"{_BINS} {{ N = count() }}",
        _at(0, 30, 0, line="x"),
        _at(0, 45, 0, line="x"),
        _at(0, 59, 59.999, line="x"),
        rows=({"N": 3},),
        on=_UNGROUPED,
    ),
    _case(
        105,
        "events without the key make no row",
        "process.start where process.command_line exists summarize by user.name { N = count() }",
        _at(0, 0, 1, line="x"),
        _at(0, 0, 2, line="x"),
        _at(0, 0, 3, line="x", user="ana"),
        rows=({"N": 1},),
        on=_UNGROUPED,
    ),
    _case(
        106,
        "different values differ in case",
        f"{_BINS} {{ N = count(distinct user.name) }}",
        _at(0, 0, 1, line="x", user="a"),
        _at(0, 0, 2, line="x", user="A"),
        _at(0, 0, 3, line="x", user="a"),
        rows=({"N": 2},),
        on=_UNGROUPED,
    ),
    _case(
        107,
        "an empty text is no value that counts",
        f"{_BINS} {{ N = count(distinct process.parent.command_line) }}",
        _at(0, 0, 1, line="x", parent_line="a"),
        _at(0, 0, 2, line="x", parent_line=""),
        _at(0, 0, 3, line="x", parent_line=""),
        rows=({"N": 1},),
        on=_UNGROUPED,
    ),
    _case(
        108,
        "different values are counted for one key",
        f"{_BINS} {{ N = count(distinct user.name) }}",
        _at(0, 0, 1, line="x", user="u1"),
        _at(0, 0, 2, line="x", user="u2"),
        _at(0, 0, 3, line="x", user="u3"),
        rows=({"N": 3},),
        on=_UNGROUPED,
    ),
    _case(
        109,
        "the first time in a bin is an event's, not the bin's",
        f"{_BINS} {{ From = min(timestamp) }}",
        _at(0, 31, 2, line="x"),
        _at(0, 31, 1, line="x"),
        rows=({"From": DAY + 1_861_000_000},),
        on=_UNGROUPED,
    ),
    _case(
        110,
        "a set of 150 values has them all",
        f"{_BINS} {{ S = set(process.command_line) }}",
        tuple(_at(0, 0, at, line=f"x{at:03}") for at in range(150)),
        rows=({"S": [f"x{at:03}" for at in range(150)]},),
        on=_UNGROUPED,
    ),
    _sequence(
        111,
        "steps as far apart as the window is long",
        _step(0, "a"),
        _step(300, "b", ends=True),
    ),
    _sequence(112, "steps a millisecond further apart", _step(0, "a"), _step(300.001, "b")),
    _sequence(
        113,
        "steps at the same moment",
        _step(0, "a"),
        _step(0, "b"),
        on={"eql": Diverges("one-millisecond", (), "same millisecond")},
    ),
    _sequence(114, "steps in the wrong order", _step(0, "b"), _step(1, "a")),
    _sequence(
        115,
        "a second start within the window",
        _step(0, "a"),
        _step(290, "a"),
        _step(310, "b", ends=True),
    ),
    _sequence(
        116,
        "two ends after one start",
        _step(0, "a"),
        _step(1, "b", ends=True),
        _step(2, "b", ends=True),
    ),
    _sequence(
        117,
        "steps without a key",
        _step(0, "a"),
        _step(1, "b"),
        keys=" by process.pe.original_file_name",
    ),
    _sequence(
        118,
        "one event for two steps",
        _step(0, "a", line="a"),
        second='process.command_line contains "a"',
    ),
    _sequence(
        119,
        "keys that interleave",
        _step(0, "a", pid=1),
        _step(1, "a", pid=2),
        _step(2, "b", pid=1, ends=True),
        keys=" by process.pid",
    ),
    _sequence(
        120,
        "keys that differ in case",
        _step(0, "a", original="HOST1"),
        _step(1, "b", original="host1"),
        keys=" by process.pe.original_file_name",
        on={"sigma": Diverges("keys-without-case", (), "differ in case only")},
    ),
)

CASES: tuple[Case, ...] = (
    *_MISSING,
    *_SEVERAL,
    *_LETTERS,
    *_WILDCARDS,
    *_REGEXES,
    *_TERMS,
    *_TYPES,
    *_STRUCTURE,
    *_AGGREGATES,
)
