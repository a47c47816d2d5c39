"""Rules and events picked by hand: each construct with a match, near misses, and what is absent.

`mutations.py` changes the compiler, and some of these comparisons must then fail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tocsin.model import Occurrence, Scalar

TARGETS = ("eql", "esql", "kql", "sigma", "spl")
_BUT_ESQL = tuple(target for target in TARGETS if target != "esql")  # no such field by itself
_DAY = 20_000 * 86_400_000_000  # microseconds
_MINUTE = 60_000_000

Given = Scalar | tuple[Scalar, ...] | None


@dataclass(frozen=True, slots=True)
class Case:
    """A rule's body and events; TARGETS say it exactly. STORE: the one source whose events exist.

    Without a STORE there are the events of all sources that a query of the target reads.
    """

    name: str
    body: str
    events: tuple[Occurrence, ...]
    targets: tuple[str, ...] = TARGETS
    store: str | None = None

    @property
    def text(self) -> str:
        """Write the rule."""
        return f"rule case_{self.name} {{\n  detect {self.body}\n}}\n"


def one(
    given: Mapping[str, Given], name: str = "process.start", at: float = 0, system: str = "windows"
) -> Occurrence:
    """Make an event of class NAME, AT so many minutes; None is a field that is not there."""
    every: Mapping[str, Given] = {"host.os.type": system, "host.name": "pc-1"}
    fields = {
        key: value if isinstance(value, tuple) else (value,)
        for key, value in {**every, **given}.items()
        if value is not None
    }
    return Occurrence(frozenset({name}), _DAY + round(at * _MINUTE), fields)


def of(field: str, *values: Given, name: str = "process.start") -> tuple[Occurrence, ...]:
    """Make an event for each value of one field, and one without the field."""
    return tuple(one({field: value}, name) for value in (*values, None))


def table(fields: Sequence[str], *rows: Sequence[Given]) -> tuple[Occurrence, ...]:
    """Make an event of each row."""
    return tuple(one(dict(zip(fields, row, strict=True))) for row in rows)


LINE = "process.command_line"
FILE = "process.pe.original_file_name"  # a plain text column in every source that has it
START = "process.start where"

# --- texts

_WORDS = (
    *("node.exe", "NODE.EXE", "Node.exe", "xnode.exe", "node.exex", "nodeXexe", "node", ""),
    *("cmd.exe", "CMD.EXE", "pwsh.exe", "PWSH.exe", "-"),
)
TEXTS = (
    Case("equals", f'{START} {FILE} is "node.exe"', of(FILE, *_WORDS)),
    Case("equals_cased", f'{START} {FILE} is cased "Node.exe"', of(FILE, *_WORDS)),
    Case("one_of", f'{START} {FILE} in ("node.exe", "cmd.exe", "pwsh.exe")', of(FILE, *_WORDS)),
    Case("one_of_cased", f'{START} {FILE} in cased ("Node.exe", "CMD.EXE")', of(FILE, *_WORDS)),
    Case("none_of", f'{START} {FILE} not in ("node.exe", "cmd.exe")', of(FILE, *_WORDS)),
    Case("is_not", f'{START} {FILE} is not "node.exe"', of(FILE, *_WORDS)),
    Case(
        "equals_wild",
        f'{START} {FILE} in ("a*b", "a?c")',
        of(FILE, "a*b", "A*B", "aXXb", "a?c", "aXc"),
    ),
    # A search takes the first for a network, and might take the second for a number.
    Case("equals_network", f'{START} process.pe.description is "10.0.0.0/8"', of(
        "process.pe.description", "10.0.0.0/8", "10.1.2.3", "10.0.0.0",
    ), _BUT_ESQL),
    Case("equals_number", f'{START} process.pe.description is "7"', of(
        "process.pe.description", "7", "007", "7.0", "8",
    ), _BUT_ESQL),
    Case("contains", f'{START} {LINE} contains "-enc "', of(
        LINE, "p -enc x", "p -ENC x", "-enc ", "-en", "p -enc", "x-enc y", "p -enc  y", "",
    )),
    Case("contains_cased", f'{START} {LINE} contains cased "-Enc"', of(
        LINE, "p -Enc x", "p -ENC x", "-enc ", "-En",
    )),
    Case(
        "contains_any",
        f'{START} {LINE} contains any ("eval(", "atob(", "btoa(")',
        of(LINE, "eval(x", "ATOB(x", "btoa(atob(", "eval", "xeval(y", "zbtoa("),
    ),
    Case(
        "contains_all",
        f'{START} {LINE} contains all ("-a", "-b", "-c")',
        of(LINE, "-a -b -c", "-A -B -C", "-a -b", "-c", "-b -c"),
    ),
    Case("backslash", rf"{START} {LINE} contains '\Temp\new'", of(
        LINE, r"C:\Temp\new.txt", r"c:\temp\NEW", r"C:\Tempnew", "C:\tTemp\new", r"\\Temp\\new",
    )),
    Case("backslash_and_t", rf"{START} {LINE} contains '\temp\new'", of(
        LINE, r"C:\temp\new.txt", r"c:\TEMP\new", "C:\temp\new", r"\\temp\\new",
    )),
    Case("two_backslashes", rf"{START} {LINE} starts with '\\srv\'", of(
        LINE, r"\\srv\x", r"\srv\x", r"\\SRV\y", r"\\\srv\x", r"srv\\srv\x", "\\\\srv",
    )),
    Case("quote", rf"""{START} {LINE} contains '\"a" b'""", of(
        LINE, r'x \"a" b', r"x \a b", r'x \"A" B"', r'x \""a"" b', 'x "a" b',
    )),
    Case("only_quote", f"""{START} {LINE} contains 'say "hi"'""", of(
        LINE, 'say "hi"', "say hi", 'SAY "HI"', 'say ""hi""', r"say \"hi\"",
    )),
    Case("prefix", f'{START} {LINE} starts with "cmd /c"', of(
        LINE, "cmd /c dir", "CMD /C", "x cmd /c", "cmd /k", "dir cmd /c", "cmd /c",
    )),
    Case("prefix_cased", f'{START} {LINE} starts with cased "Cmd"', of(
        LINE, "Cmd /c", "cmd /c", "x Cmd", "CMD",
    )),
    Case("suffix", f'{START} {LINE} ends with any (".js", ".mjs")', of(
        LINE, "node a.js", "node A.JS", "a.js x", "axjs", "a.mjs", "js", ".js",
    )),
    Case("suffix_one", f'{START} {LINE} ends with ".js"', of(
        LINE, "node a.js", "node A.JS", "a.js x", "axjs", ".js b",
    )),
    Case("star_inside", f'{START} {LINE} like "a*c"', of(
        LINE, "abc", "AXXC", "ac", "abcd", "xabc", "a\nc", "ab", "a\\b\\c",
    )),
    Case("question_mark", rf"{START} {LINE} like '?:\Users\*\nod?.exe'", of(
        LINE, r"C:\Users\ana\node.exe", r"C:\Users\ana\x\NODE.EXE", r"C:\Users\nod.exe",
        r"CC:\Users\ana\node.exe", r"C:\Users\ana\node.exex", r"C:\Users\ana\nodeXexe",
        "C:\\Users\\a\nb\\node.exe", r"C:\Usersana\node.exe",
    ), ("eql", "kql", "sigma", "spl")),
    Case("like_cased", f'{START} {LINE} like cased "Ab*d?f"', of(
        LINE, "Ab def", "ab def", "AbXdXf", "xAb def", "Ab defg", "Abdf", "Ab\nd\nf", "Abdxf yf",
    )),
    Case("literal_star", f'{START} {LINE} contains "/tn * /f"', of(
        LINE, "schtasks /tn * /f", "schtasks /tn foo /f", "/TN * /F", "/tn  /f",
    ), ("kql", "sigma", "spl")),
    Case("term", f'{START} {LINE} has "cmd"', of(
        LINE, "cmd", "run cmd.exe", "CMD", "xcmd", "cmd1", "a_cmd_b", "-cmd-", "écmd",
    )),
    Case("terms", f'{START} {LINE} has any ("cmd", "--dir")', of(
        LINE, "cmd", "xcmd", "x--dir", "x --dirs", "a --DIR=1", "a cmd b", "cmd2",
    )),
    Case("file_name", f'{START} process.name is "cmd.exe"', of(
        "process.name", "cmd.exe", "CMD.EXE", "xcmd.exe", "cmd.exex", "cmd",
    )),
    Case("bare_name", f'{START} process.name is "System"', of(
        "process.name", "System", "system.exe", "xSystem",
    )),
    Case("file_name_regex", f'{START} process.name matches "^n[^x]+e$"', of(
        "process.executable", r"C:\q\nose", r"C:\nod\me", r"C:\q\NE", r"C:\q\nxe", r"C:\q\qnoe",
    ), ("sigma", "spl")),
    Case("file_name_like", f'{START} process.name like "n*o?e"', of(
        "process.executable", r"C:\q\nose", r"C:\nod\ome", r"C:\q\no\e", r"C:\q\NoXe", r"C:\q\qn",
    ), ("sigma", "spl")),
    Case("account", f'{START} user.name is "ana"', table(
        ("user.domain", "user.name"),
        ("CORP", "ana"), ("ana", "bob"), ("CORP", "ANA"), ("CORP", "xana"), (None, None),
    )),
    Case("digest", f'{START} process.hash.md5 is "{"a" * 32}"', table(
        ("process.hash.md5", "process.pe.imphash"),
        ("a" * 32, "b" * 32), ("b" * 32, "a" * 32), ("A" * 32, None), (None, None),
    )),
    Case("guid", f'{START} process.entity_id is "a1b2"', of(
        "process.entity_id", "a1b2", "A1B2", "a1b3", "xa1b2",
    ), ("eql", "sigma", "spl")),
)  # fmt: skip

# --- regexes

REGEXES = (
    Case("regex", rf"{START} {LINE} matches '[a-d]\.j[sx]'", of(
        LINE, "node d.js", "node D.JX", "dxjs", "e.js", "d.jsx -x", "d.j", "x\nd.js\ny",
    )),
    Case("regex_cased", rf"{START} {LINE} matches cased '[A-D]\.j[sx]x+'", of(
        LINE, "node D.jsx", "node d.jsx", "DXjsx", "D.js", "D.Jsx",
    )),
    Case("regex_text", f"{START} {LINE} matches 'ab+cd'", of(
        LINE, "x abcd y", "ABBCD", "acd", "abbbcdcd", "ab cd",
    )),
    Case("anchors", rf"{START} {LINE} matches '^[a-d]\.j[sx]$'", of(
        LINE, "d.js", "D.JX", "xd.js", "d.jsx", "d.js\n", "d.js ", "dxjs",
    )),
    Case("any_character", f"{START} {LINE} matches 'a.+[xy]b'", of(
        LINE, "a1xb", "a\nxb", "A\n\nYB", "axb", "a1zb",
    )),
    Case("class_negated", "process.start where process.command_line matches 'a[^b-d]e'", of(
        LINE, "a-e", "abe", "aBe", "A\nE", "aae", "ae",
    )),
    Case("choice", f"{START} {LINE} matches 'x(ab|c[0-9])y'", of(
        LINE, "xaby", "xc7y", "XABY", "xab", "c7y", "ab", "xy",
    )),
    Case("group_repeated", f"{START} {LINE} matches '^(ab)+[0-9]$'", of(
        LINE, "ab1", "abab2", "ABAB3", "abb1", "aab1", "1",
    )),
    Case("optional_text", f"{START} {LINE} matches '(--quiet )?-x[0-9]+yz'", of(
        LINE, "--quiet -x1yz", "-x22yz", "--QUIET -X1YZ", "-xyz", "--quiet",
    )),
    Case("shut_out", f"{START} not {LINE} matches 'ms[0-9]+[.]k'", of(
        LINE, "ms1.k", "MS12.K", "m\u017f1.k", "ms1.\u212a", "ms.k", "ms1xk", "",
    )),
    Case("other_script", f"{START} {LINE} matches '\u00e9+x'", of(
        LINE, "\u00e9x", "\u00c9x", "\u00e9\u00e9X", "ex",
    )),
    Case("operator_signs", f"{START} {LINE} matches '[0-9]@#&<1-5>~[a-c]'", of(
        LINE, "7@#&<1-5>~b", "7@#&<1-5>~B", "7x#&<1-5>~b", "73b", "7@#&3~b",
    )),
    Case("regex_begins", f"{START} {LINE} matches '^cmd /c'", of(
        LINE, "cmd /c dir", "CMD /C", "x cmd /c", "cmd /k",
    )),
)  # fmt: skip

# --- numbers, addresses, truths, presence, two fields

_PIDS = of("process.pid", 0, 4, 999, 1000, 1001, 2000, 2001, 65535)
_FIELDS = ("process.command_line", "process.parent.command_line")
_ADDRESSES = (
    *("10.1.2.3", "10.200.2.3", "11.0.0.1", "9.255.255.255", "203.0.113.7", "192.168.0.1"),
    *("fe80::1", "2001:db8::5", "2001:db9::1", "2001:db8:8000::1", "::ffff:10.0.0.1"),
)
_PROXIES = of("destination.ip", *_ADDRESSES, name="network.connect")
VALUES = (
    Case("at_least", f"{START} process.pid >= 1000", _PIDS),
    Case("less", f"{START} process.pid < 1000", _PIDS),
    Case("between", f"{START} process.pid in 1000..2000", _PIDS),
    Case("numbers", f"{START} process.pid in (4, 999, 2001)", _PIDS),
    Case("not_more", f"{START} not process.pid > 1000", _PIDS),
    Case("not_between", f"{START} process.pid not in 1000..2000", _PIDS),
    Case("not_numbers", f"{START} process.pid not in (4, 999, 2001)", _PIDS),
    Case("network", 'network.connect where destination.ip in ("10.0.0.0/8")', _PROXIES),
    Case("network_six", 'network.connect where destination.ip in ("2001:db8::/33")', _PROXIES),
    Case("not_network", 'network.connect where destination.ip not in ("10.0.0.0/8")', _PROXIES),
    Case("network_under_not", "network.connect where not (destination.ip in ('10.0.0.0/8')"
         " and process.executable matches 'x+[ab]')", tuple(
        one({"destination.ip": ip, "process.executable": path}, "network.connect")
        for ip in ("10.1.2.3", "11.0.0.1", "::1", None) for path in (r"C:\xa", r"C:\y", None)
    )),
    Case("address", 'network.connect where destination.ip in ("203.0.113.7", "10.1.2.3")',
         _PROXIES),
    Case("mapped", 'network.connect where destination.ip in ("::/0")', _PROXIES, ("kql",)),
    Case("truth", f"{START} process.parent.code_signature.trusted is true", of(
        "process.parent.code_signature.trusted", True, False,
    ), ("eql", "kql")),
    Case("exists", f"{START} {FILE} exists", of(FILE, "a", "-", "null")),
    Case("missing", f"{START} {FILE} is missing", of(FILE, "a", "-", "null")),
    # Splunk extracts no field for an empty text, as a rule.
    Case("exists_empty", f"{START} {FILE} exists", of(FILE, "a", ""), ("eql", "kql", "sigma")),
    Case("missing_empty", f"{START} {FILE} is missing", of(FILE, "a", ""), ("eql", "kql", "sigma")),
    Case("some_argument", f"{START} process.args exists", of(
        "process.args", ("a",), ("", "a"), ("a", ""), ("",), ("", ""),
    ), ("eql",)),
    Case("arguments", f'{START} process.args contains all ("-a", "-b")', of(
        "process.args", ("-a", "-b"), ("-ab",), ("-A-B",), ("-a", "x"), ("-b",),
    ), ("eql",)),
    Case("same", f"{START} {_FIELDS[0]} is {_FIELDS[1]}", table(
        _FIELDS, ("a b", "a b"), ("a b", "A B"), ("a", "b"), (None, "a"), (None, None), ("-", "-"),
    ), ("kql", "sigma", "spl")),
    Case("same_cased", f"{START} {_FIELDS[0]} is cased {_FIELDS[1]}", table(
        _FIELDS, ("a b", "a b"), ("a b", "A B"), (None, "a"), (None, None), ("-", "-"),
    ), ("kql", "spl")),
    Case("later_pid", f"{START} process.pid > process.parent.pid", table(
        ("process.pid", "process.parent.pid"), (10, 9), (9, 10), (9, 9), (9, None), (None, 9),
    ), ("kql", "spl")),
    Case("word", 'network.connect where network.direction is "egress"', of(
        "network.direction", "egress", "ingress", name="network.connect",
    ), ("sigma", "spl")),
)  # fmt: skip

# --- what Node.js reads in a command line

_RUNS = (
    *("node.exe -e x", "node --eval=x", "node app.js -e x", "node --no-warnings -e x", "node"),
    *("node -r hook.js -e x", "node -r hook.js app.js -e", "node --title -e", "node --eval-x"),
    *('"C:\\a b\\node.exe" "-e" "a b"', 'node -"e" x', 'node -r "a \\" b" -e x', "node - -e x"),
    *('node --title="a b" -e x', 'node "a b" -e x', "node\t--Eval\tx", "node --require -e x", "-e"),
)  # fmt: skip
_LOADS = (
    *("node -r C:\\Users\\a\\hook.js app.js", "node --require=C:\\Users\\hook.js", "node -r C:\\x"),
    *('node --require "C:\\Users\\a b\\x.js"', "node C:\\Users\\a.js", "node -i C:\\Users\\a.js"),
    *("NODE --REQUIRE=c:\\users\\a.js", "node -r C:\\Users", "node a.js -r C:\\Users\\a.js"),
)  # fmt: skip
_SCRIPTS = (
    *("node x.dat", "node x.DAT", 'node "a b.dat" y', "node -c x.dat", "node -- x.dat", "node x"),
    *("node --max-old-space-size=9 x.dat", "node --disable_warning x x.dat", "node x.dat.js"),
    *("node -r hook.js x.dat", 'node "x.dat"', '"node"x.dat', "node"),
)  # fmt: skip
_APART = "node app.js x.dat"  # what a regex looks for apart is found here, too
# What only parting tells: a value from a script, `-E` from `-e`, an option from what follows `--`.
_FINE = (
    *("node --title x.dat", "node --inspect app.js -e x", "node -E x", "node -- -e", "node -C -c"),
    *("node --inspect_port 0 x.dat", "node -r x.dat", _APART, "node -- -c"),
)  # fmt: skip
_EVERY = (*_RUNS, *_LOADS, *_SCRIPTS, *_FINE)
_HOOK = "process.node.options like '--require=?:\\Users\\*'"
OPTIONS = (
    Case("option", f'{START} process.node.options is "--eval"', of(LINE, *_RUNS)),
    Case("option_cased", f'{START} process.node.options is cased "--eval"', of(LINE, *_RUNS)),
    Case("option_value", f"{START} {_HOOK}", of(LINE, *_LOADS)),
    Case("script", f'{START} process.node.script ends with ".dat"', of(LINE, *_SCRIPTS)),
    Case("option_parted", f'{START} not process.node.options in ("--eval", "--check")',
         of(LINE, *_EVERY), ("kql",)),
    Case("value_parted", f"{START} not {_HOOK}", of(LINE, *_EVERY), ("kql",)),
    Case("script_parted", f'{START} not process.node.script ends with ".dat"',
         of(LINE, *_EVERY), ("kql",)),
    Case("nothing_read", f"{START} process.node.script is missing"
         " or process.node.options is missing", of(LINE, *_EVERY), ("kql",)),
)  # fmt: skip

# --- conditions

_A, _B, _C = (f'{FILE} is "a.exe"', f'{LINE} contains "-b"', "process.pid == 3")
_D = 'process.pe.product contains "dd"'
_ABC = table(
    (FILE, LINE, "process.pid", "process.pe.product"),
    *(
        (file, line, pid, product)
        for file in ("a.exe", "x", None)
        for line in ("x -b", "y", None)
        for pid in (3, 4, None)
        for product in ("add", None)
    ),
)
CONDITIONS = (
    Case("and_in_or", f"{START} ({_A} and {_B}) or ({_C} and {_D})", _ABC),
    Case("or_in_and", f"{START} ({_A} or {_B}) and ({_C} or {_D})", _ABC),
    Case("not_and", f"{START} not ({_A} and {_B})", _ABC),
    Case("not_or", f"{START} not ({_A} or {_B})", _ABC),
    Case("and_not", f"{START} {_B} and not {_A}", _ABC),
    Case("two_of", f"{START} 2 of ({_A}, {_B}, {_C})", _ABC),
    Case("not_two_of", f"{START} not 2 of ({_A}, {_B}, {_C})", _ABC),
    Case("regex_under_not", f"{START} not ({_A} and {LINE} matches 'x+ -b')", _ABC),
    Case("number_under_not", f"{START} not (process.pid > 3 and {LINE} matches 'x+ -b')", _ABC),
    Case("system", f"process.start on windows where {_A}", (
        one({FILE: "a.exe"}), one({FILE: "a.exe"}, system="linux"), one({FILE: "x"}),
    )),
    Case("unmapped", f"{START} not ({_A} and {_C})", _ABC, ("eql",), "elastic_sentinelone"),
)  # fmt: skip

# --- classes, and rows

_SOME = {"file.path": r"C:\x\a.js", "process.name": "p.exe"}
_KEYED = (
    (0, "pc-1", "u1", None), (1, "pc-1", "u1", "a -x"), (2, "pc-1", "u1", "A -x"),
    (29, "pc-1", "u1", "a"), (30, "pc-1", "u1", "b -x"), (31, "pc-1", None, "c -x"),
    (45, "pc-2", "u1", "c -x"), (60, "pc-2", "-", "-"), (61, "pc-2", "u2", "-"),
    (62, "pc-2", "u2", None), (95, "pc-2", "u2", "d -x"), (96, "pc-2", "u2", None),
    (97, "pc-2", "u2", "-"),
)  # fmt: skip
_ROWS = tuple(
    one({"host.name": host, "process.pe.company": key, LINE: line, FILE: "a.exe",
         "process.pid": round(at)}, at=at)
    for at, host, key, line in _KEYED
)  # fmt: skip
_BY = f"{START} {_A} summarize by host.name, process.pe.company every 30m"
_HOST = " summarize by host.name"
ROWS = ("kql", "spl")
CLASSES = (
    Case("file_created", r'file.create where file.path contains "a.js"', tuple(
        one(_SOME, name) for name in ("file.create", "file.delete", "file.rename")
    )),
    Case("logon", 'logon.attempt where user.name is "ana"', tuple(
        one({"user.name": name, "event.outcome": outcome}, "logon.attempt")
        for name in ("ana", "bob") for outcome in ("success", "failure")
    ), ("kql", "sigma")),
    Case("counts", f"{_BY} {{ N = count() W = count(where {LINE} contains '-x') }}", _ROWS, ROWS),
    Case("binned_times", f"{_BY} {{ F = min(timestamp) L = max(timestamp) }}", _ROWS, ROWS),
    Case("distinct", f"{_BY} {{ D = count(distinct {LINE}) }}", _ROWS, ROWS),
    Case("sets", f"{_BY} {{ S = set({LINE}) }}", _ROWS, ROWS),
    Case("edges", f"{START} {_A}{_HOST} {{ F = first({LINE}) L = last({LINE}) }}",
         _ROWS, ROWS),
    Case("least", f"{START} {_A}{_HOST} {{ F = min(timestamp) P = max(process.pid) }}",
         _ROWS, ROWS),
)  # fmt: skip

CASES = {
    case.name: case for case in (*TEXTS, *REGEXES, *VALUES, *OPTIONS, *CONDITIONS, *CLASSES)
}  # fmt: skip
