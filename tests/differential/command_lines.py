"""Command lines of a program, written in every way that means the same, and some that do not."""

import re

from hypothesis import strategies as st

from tocsin.programs import Program, program
from tocsin.schema import Derived, Part

NODE = program("node")

_OPTIONS = (
    *("--eval", "--print", "--require=hook.js", "--import=data:text/javascript,x", "--inspect"),
    *("--inspect=0.0.0.0:9229", "--inspect-port=0.0.0.0", "--experimental-loader=C:\\a b\\x.mjs"),
    *("--check", "--conditions=dev", "--no-warnings", "--title=x=y", "--eval=require(\"fs\")"),
)  # fmt: skip
_SCRIPTS = ("app.js", "C:\\Users\\ana\\x y\\app.js", "-", "x.dat", "install")
_PATTERNS = (
    "--*",
    "--eval=*",
    "*=*",
    "--?nspect*",
    "*.js",
    "--require=?:\\*\\*.js",
    "*-port*",
    "-?",
)
_REGEXES = (
    *("^--inspect(-brk|-port|-wait)?=", "^--(import|require|experimental-loader)=(data:|https?:)"),
    *("=[^=]+$", "[.]m?js$", "^-", "loader", "(^|=)x", "^--[a-z-]+$"),
)  # fmt: skip
_PROGRAMS = (
    *("node.exe", "node", "C:\\node\\node.exe", '"C:\\Program Files\\nodejs\\node.exe"', '"node"'),
    *('"C:\\a b', "", "a\"b"),
)  # fmt: skip
_OTHERS = ("--", "-", "", "-e", "-pe", "-C", "-c", "-r", "--loader", "x", "a b", "a_b-c", '"', "\\")


def needles(derived: Derived) -> st.SearchStrategy[str]:
    """Draw what a rule looks for in a field that follows from a command line."""
    return st.sampled_from(_OPTIONS if derived.part is Part.OPTIONS else _SCRIPTS)


patterns = st.sampled_from(_PATTERNS)
regexes = st.sampled_from(_REGEXES)


@st.composite
def lines(draw: st.DrawFn, wanted: list[str]) -> str:
    """Draw a command line, in which some of WANTED is, mostly, and mostly as an option."""
    pool = [*wanted, *wanted, *_OPTIONS]
    arguments: list[str] = []
    for _ in range(draw(st.integers(0, 4))):
        one = draw(st.sampled_from(pool if draw(st.integers(0, 2)) else _OTHERS))
        arguments += draw(_spelled(one, NODE))
    gap = st.sampled_from([" ", " ", " ", "  ", "\t"])
    quoted = [draw(gap) + draw(_quoted(each)) for each in arguments]
    return draw(st.sampled_from(_PROGRAMS)) + "".join(quoted)


@st.composite
def _spelled(draw: st.DrawFn, option: str, reader: Program) -> list[str]:
    """Write an option by another of its names, or its value as the next argument."""
    name, equals, value = option.partition("=")
    if name.startswith("--"):
        underscored = name[:2] + name[2:].replace("-", "_")
        name = draw(st.sampled_from([name, *reader.spellings(name), underscored]))
    if not equals:
        return [name]
    apart = not name.startswith("--") or draw(st.booleans())
    return [name, value] if apart else [f"{name}={value}"]


@st.composite
def _quoted(draw: st.DrawFn, argument: str) -> str:
    """Write an argument as Windows programs read it, or with a quote more."""
    how = draw(st.sampled_from(["plain", "plain", "right", "right", "within", "wrong"]))
    if how == "right" or (how == "plain" and re.search(r'[\s"]|^$', argument)):
        doubled = re.sub(r'(\\*)"', r'\1\1\\"', argument)
        return '"' + re.sub(r"(\\+)$", r"\1\1", doubled) + '"'
    if how == "plain":
        return argument
    at = draw(st.integers(0, len(argument)))
    if how == "wrong":
        return argument[:at] + draw(st.sampled_from(['"', '\\"', '""', "\\"])) + argument[at:]
    end = draw(st.integers(at, len(argument)))
    return f'{argument[:at]}"{argument[at:end]}"{argument[end:]}'
