"""A test on options finds in a command line whatever the program reads there, and errs one way."""

import re
from functools import cache

from hypothesis import example, given
from hypothesis import strategies as st

from differential.command_lines import lines as written_lines
from laws.python_regex import PYTHON, holds
from tocsin import model, tree
from tocsin.columns import Column, Form
from tocsin.evaluate import satisfies
from tocsin.events import split_command_line
from tocsin.frame import whole
from tocsin.frozen import replace
from tocsin.lower.joined import in_options
from tocsin.lower.programs import ways
from tocsin.lower.remainder import after
from tocsin.model import Field, Occurrence, TextTest, Values, Verdict
from tocsin.patterns import parse_pattern
from tocsin.programs import program, read
from tocsin.regex import Regex, write
from tocsin.source import Span
from tocsin.syntax import parse_regex
from tocsin_backends.kql.programs import split

HERE = Span("t", 0, 0)
NODE = program("node")
OPTIONS, SCRIPT = Field("process.node.options", many=True), Field("process.node.script")
LINE = Column("process.node.options", "Line", form=Form.PROGRAM_OPTIONS, program="node")
SCRIPT_LINE = replace(LINE, field=SCRIPT.name, form=Form.PROGRAM_SCRIPT)
SEPARATOR = "\x1f"


def regex(text: str) -> Regex:
    read_, _ = parse_regex(tree.Text(text, HERE, text))
    assert read_ is not None
    return read_


_NEEDLES = (
    *("--eval", "--require=hook.js", "--print", "--import=data:", "--in", "-", "--check", "-x"),
    *("--conditions=x", "e=h", "x", "-port", ".js", "hook", '"', "\\", "a b", "app.js", "--a_b"),
)  # fmt: skip
_PATTERNS = ("--require=*a b*.js", "--?val*", "--*=?x", "*-port*", "?p*js", "--inspect*", "*\\*")
_REGEXES = (
    *("^--(import|require|experimental-loader)=(data:|x)", "^--inspect(-brk|-port)?=[^-]*x?$"),
    *("[x-]$", "^[^b].*x|x$", "(^|=)x", "^-", "_"),
)  # fmt: skip
_KINDS = (model.Equals, model.Contains, model.StartsWith, model.EndsWith, model.Has)


def text_tests(field: Field) -> st.SearchStrategy[TextTest]:
    literal = st.builds(
        lambda kind, values, cased: kind(field, Values(tuple(values)), cased, HERE),
        st.sampled_from(_KINDS),
        st.lists(st.sampled_from(_NEEDLES), min_size=1, max_size=2, unique=True),
        st.booleans(),
    )
    like = st.builds(
        lambda text, cased: model.Like(field, (parse_pattern(text),), cased, HERE),
        st.sampled_from(_PATTERNS),
        st.booleans(),
    )
    matches = st.builds(
        lambda text, cased: model.Matches(field, (regex(text),), cased, HERE),
        st.sampled_from(_REGEXES),
        st.booleans(),
    )
    return st.one_of(literal, like, matches)


_WORDS = (
    *("-e", "--eval", "-r", "--require", "hook.js", "app.js", "--import", "data:x", "--inspect"),
    *("--inspect_port", "--loader", "-", "--", "x", "a b", "c", "-C", "-c", "=", "-pe", "", "-E"),
    *('"', "\\", '\\"', '""', " ", "\t", "--eval=x", "--require=hook.js", "--title"),
)  # fmt: skip
odd_lines = st.lists(st.sampled_from(_WORDS), max_size=9).map("".join)
spaced_lines = st.lists(st.sampled_from(_WORDS), max_size=6).map(" ".join)
lines = st.one_of(
    written_lines(["--require=hook.js", "--eval=x"]),
    st.builds("node {}".format, spaced_lines),
    st.builds('"C:\\a b\\node.exe"{}'.format, odd_lines),
    odd_lines,
)


def read_in(line: str, field: Field) -> tuple[str, ...]:
    reading = read(NODE, split_command_line(line))
    found = reading.options if field is OPTIONS else (reading.script,)
    return tuple(each for each in found if each)


def met(test: TextTest, line: str) -> bool:
    return any(satisfies(test, each) for each in read_in(line, test.field))


@cache
def in_line(test: TextTest) -> tuple[model.Expr, ...]:
    column = LINE if test.field is OPTIONS else SCRIPT_LINE
    found = list(ways(test, column, Field("Line")))
    assert found
    assert {each.direction for each in found} == {Verdict.WIDER}
    return tuple(each.expr for each in found)


def event(**fields: str) -> Occurrence:
    return Occurrence(frozenset(), 0, {name: (value,) for name, value in fields.items()})


@given(st.one_of(text_tests(OPTIONS), text_tests(SCRIPT)), lines)
@example(model.Equals(OPTIONS, Values(("--eval",)), False, HERE), 'node -"e" x')
@example(model.Equals(OPTIONS, Values(("--eval",)), False, HERE), 'node -r "a \\" b" -e x')
@example(model.EndsWith(SCRIPT, Values((".js",)), False, HERE), 'node "b".js')
@example(model.Contains(SCRIPT, Values(("a b",)), False, HERE), 'node "\\" x=a b.js""" --')
@example(model.Contains(OPTIONS, Values(("x",)), False, HERE), 'node ""-pe "data:x"')
@example(model.Equals(OPTIONS, Values(("--eval",)), False, HERE), 'node -r ="a b" -="a b" -e x')
def test_no_option_and_no_script_is_missed(test: TextTest, line: str) -> None:
    for expr in in_line(test):
        assert holds(expr, event(Line=line)) or not met(test, line)


PLAIN = (
    "node app.js -e x",
    "node --no-warnings app.js --eval",
    "node --max-old-space-size=4096 app.js -e x",
    '"C:\\Program Files\\nodejs\\node.exe" "C:\\a b\\app.js" --eval=x',
    "node -r hook.js app.js -e x",
    'node --require="C:\\a b\\hook.js" app.js -- -e',
    "node -- -e x",
    "node - -e x",
    "node --eval-x",
    "node.exe -x-e",
    "app-e x",
)


def test_what_stands_behind_the_script_is_not_taken_for_an_option() -> None:
    wanted = model.Equals(OPTIONS, Values(("--eval",)), False, HERE)
    closest = in_line(wanted)[0]

    found = [line for line in PLAIN if holds(closest, event(Line=line))]

    assert not any(met(wanted, line) for line in PLAIN)
    assert found == ["node -- -e x"]  # `--` is one more option to it


# --- the text that a target makes of a line


def parted(line: str) -> str:
    """Return the arguments before the script, but not `--`, each with a separator behind it."""
    args = split_command_line(line)
    taken, at = "", 1
    while at < len(args) and args[at].startswith("-") and args[at] not in {"-", "--"}:
        name = args[at].partition("=")[0] if args[at].startswith("--") else args[at]
        taken, at, alone = taken + args[at] + SEPARATOR, at + 1, name == args[at]
        follows = at < len(args) and not args[at].startswith("-")
        if alone and NODE.canonical(name) in NODE.values and follows:
            taken, at = taken + args[at] + SEPARATOR, at + 1
    return taken


@given(text_tests(OPTIONS), lines)
@example(model.Equals(OPTIONS, Values(("--check",)), False, HERE), "node -C dev app.js")
@example(model.Contains(OPTIONS, Values(("-port",)), False, HERE), "node --inspect_port=1")
@example(model.Like(OPTIONS, (parse_pattern("--*=?x"),), True, HERE), "node --title=_x")
def test_options_that_are_parted_are_found_exactly_or_wider(test: TextTest, line: str) -> None:
    expr, exact = in_options(test, Field("Options"), NODE)

    found = holds(expr, event(Options=parted(line)))

    assert found == met(test, line) or (found and not exact)


def test_which_tests_are_exact_where_options_are_parted() -> None:
    exact = (
        model.Equals(OPTIONS, Values(("--eval", "--require=x")), False, HERE),
        model.StartsWith(OPTIONS, Values(("--import=data:", "--inspect")), False, HERE),
        model.Like(OPTIONS, (parse_pattern("--require=*\\Users\\*.js"),), False, HERE),
        model.Matches(OPTIONS, (regex("^--inspect(-brk|-port)?=\\d+$"),), False, HERE),
    )
    wider = (
        model.Contains(OPTIONS, Values(("http",)), False, HERE),
        model.Like(OPTIONS, (parse_pattern("--*=x"),), False, HERE),
        model.StartsWith(OPTIONS, Values(("--loader",)), False, HERE),  # read as another name
    )

    assert all(in_options(test, Field("Options"), NODE)[1] for test in exact)
    assert not any(in_options(test, Field("Options"), NODE)[1] for test in wider)


def extracted(expr: str, line: str) -> str:
    """Do what `extract(@"…", 1, …)` does; Python prefers the first of two ways as Kusto does."""
    found = re.match(r'extract\(@"((?:[^"]|"")*)", 1, ', expr)
    assert found
    pattern = found[1].replace('""', '"').replace(r"\x{1F}", r"\x1f")
    matched = re.search(pattern, "".join(arg + SEPARATOR for arg in split_command_line(line)))
    return matched[1] if matched else ""


@given(lines)
def test_kusto_parts_a_line_as_the_program_does(line: str) -> None:
    made = split("Line", NODE)

    assert extracted(made.options, line) == parted(line)
    assert extracted(made.script, line) == read(NODE, split_command_line(line)).script


# --- what is left of a regex

_LEFT = ("abc", "a(b|c)?d", "^ab*c$", "[a-c]{1,2}x", ".*b", "(ab|a)c", "x|^a$", "a{2,}", "[^a]b")


@given(st.sampled_from(_LEFT), st.text("abcxB", max_size=4), st.text("abcdxB", max_size=4),
       st.booleans())  # fmt: skip
def test_what_is_left_matches_what_a_value_goes_on_with(
    text: str, begin: str, rest: str, cased: bool
) -> None:
    wanted = whole(regex(text))
    left = after(wanted, begin, cased=cased)
    flags = re.DOTALL | (0 if cased else re.IGNORECASE)

    expected = re.fullmatch(write(wanted, PYTHON), begin + rest, flags) is not None

    found = left is not None and re.fullmatch(write(left, PYTHON), rest, flags) is not None
    assert found == expected
