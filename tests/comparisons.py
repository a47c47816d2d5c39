"""Comparisons for the reports: of rules of the pack, changed by a word, and of hostile texts."""

from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from tocsin import pipeline, registry
from tocsin.diff.change import (
    Comparison,
    Find,
    Matching,
    MetaChange,
    Origin,
    Query,
    QueryChange,
    RuleChange,
    Shown,
    Side,
    Version,
)
from tocsin.header import standing
from tocsin.model import Verdict

RULES = Path(__file__).parent.parent / "rules"
LABELS = ("eql", "esql", "kql", "sigma", "spl")


# --- rules of the pack


@cache
def pack() -> Comparison:
    """Compare the pack with one that has a change of every kind; what is matched is made up."""
    return Comparison(
        Side("main", "commit 1f0c2d3e4b5a: Lower the shells of Node.js on developer hosts"),
        Side("HEAD", "commit 9a8b7c6d5e4f: Look at Bun as well", ("rules/lib/x.rule: not read",)),
        LABELS,
        (
            _verdicts(),
            _one_word(),
            _renamed(),
            _broken(),
            _added("initial_access/node_agent_skill"),
            _removed("execution/node_first_seen"),
            _meta_alone(),
            _noise(),
        ),
        19,
        ("HEAD has changes that are not committed: the files are compared as they lie there",),
    )


def _one_word() -> RuleChange:
    old, new = _change(
        "execution/node_spawns_shell",
        ('is "node.exe"\n    and', 'in ("node.exe", "bun.exe")\n    and'),
        ('severity    = "high"', 'severity    = "medium"'),
        ("risk        = 73", "risk        = 47"),
        ("through a shell; on a host", "through a shell. On a host"),
    )  # fmt: skip
    meta = (
        MetaChange("severity", "high", "medium"),
        MetaChange("risk", "73", "47"),
        MetaChange("description", _described("; on"), _described(". On")),
        MetaChange("setup", None, "Needs process start events with the name of the parent"),
    )
    finds = (
        Find("+", Origin.TEST, 'test "bun starts a shell"', "", (_event("bun.exe"),)),
        Find("+", Origin.BUILT, "for the difference", "", (_event("BUN.EXE"),)),
        Find(
            "-",
            Origin.GIVEN,
            "events.ndjson:1204",
            "row host.id = 'a', 00:30",
            (_event("node.exe"), _event("cmd.exe"), _event("node.exe")),
            5,
        ),
    )
    matching = Matching({Origin.TEST: 25, Origin.BUILT: 4, Origin.GIVEN: 120_034}, 3, 1, 0, finds)
    return RuleChange(*_versions(old, new), True, meta, _queries(old, new), matching)


def _described(joint: str) -> str:
    return (
        "Detects cmd.exe or powershell.exe started by node.exe.\n"
        "Script malware, command and control agents written for Node.js and the install "
        "scripts of malicious npm packages all reach"
        f" the system through a shell{joint} a host that is not used for development the pair is "
        "rare."
    )


def _verdicts() -> RuleChange:
    old, new = _change(
        "execution/node_code_without_file",
        ("  alert every 5m over 9m\n", "  alert every 10m over 15m\n"),
    )
    queries = list(_queries(old, new))
    worse = (
        'narrower at process.args is "-e": a command line is read by its text',
        "blind branch on process.args: not in splunk_sysmon (Sysmon records no list)",
    )
    for at, verdict, about in ((0, Verdict.WIDER, worse[:1]), (4, Verdict.NARROWER, worse)):
        each = queries[at]
        assert each.new
        new_query = Query(each.new.text, each.new.code, verdict, (*each.new.about, *about))
        queries[at] = QueryChange(each.label, each.target, each.old, new_query)
    gone = queries[3]
    assert gone.old
    refused = Query(None, None, Verdict.REFUSED, ("no words for `options of a program`",))
    queries[3] = QueryChange(gone.label, gone.target, gone.old, refused)
    matching = Matching({Origin.TEST: 41, Origin.BUILT: 6}, 0, 0, 0, ())
    meta = (MetaChange("schedule", "every 5m over 9m", "every 10m over 15m"),)
    return RuleChange(*_versions(old, new), True, meta, tuple(queries), matching)


def _renamed() -> RuleChange:
    old, new = _change(
        "discovery/node_recon_burst",
        ("rule node_recon_burst", "rule runtime_recon_burst"),
        ("sliding 5m", "sliding 10m"),
        ("every 5m over 10m", "every 5m over 15m"),
        ('test "the third too late" silent', 'test "the third after 6 minutes" fires'),
        name="discovery/runtime_recon_burst",
    )
    events = tuple(_event("node.exe", f"2026-01-01T00:0{at}:00Z") for at in range(4))
    finds = (Find("~", Origin.TEST, 'test "a round of questions"', "host.id = 'h'", events, 3),)
    matching = Matching({Origin.TEST: 96}, 0, 0, 1, finds)
    return RuleChange(*_versions(old, new), True, (), _queries(old, new), matching)


def _broken() -> RuleChange:
    old, new = _change(
        "persistence/node_autostart", ("registry.path", "registry.paht"), broken=True
    )
    fault = (
        "error[E102]: unknown field `registry.paht`\n"
        "  --> rules/persistence/node_autostart.rule:71:5\n"
        "   |\n71 |     registry.paht has any run_keys\n   |     ^^^^^^^^^^^^^ not a field\n"
    )
    before, after = _versions(old, new)
    after = Version(after.name, after.title, after.file, after.text, (fault,))
    queries = tuple(
        QueryChange(each.label, each.target, each.old, None) for each in _queries(old, old)
    )
    return RuleChange(before, after, None, (), queries)


def _added(stem: str) -> RuleChange:
    _, new = _change(stem)
    queries = tuple(
        QueryChange(each.label, each.target, None, each.new) for each in _queries(new, new)
    )
    matching = Matching({Origin.TEST: 8}, 1, 0, 0, (
        Find("+", Origin.TEST, 'test "a skill runs Node"', "", (_event("claude.exe"),)),
    ))  # fmt: skip
    return RuleChange(None, _version(new), True, (), queries, matching)


def _removed(stem: str) -> RuleChange:
    old, _ = _change(stem)
    queries = tuple(
        QueryChange(each.label, each.target, each.old, None) for each in _queries(old, old)
    )
    return RuleChange(_version(old), None, True, (), queries)


def _meta_alone() -> RuleChange:
    old, new = _change(
        "persistence/node_scheduled_task",
        ('author      = ["Tocsin"]', 'author      = ["Tocsin", "Ana"]'),
    )
    meta = (MetaChange("author", '["Tocsin"]', '["Tocsin", "Ana"]'),)
    return RuleChange(*_versions(old, new), False, meta, _queries(old, new))


def _noise() -> RuleChange:
    old, new = _change(
        "execution/node_inline_execution",
        ("rule node_inline_execution", "// A comment more.\nrule node_inline_execution"),
    )
    queries = []
    for each in _queries(old, new):
        assert each.new
        assert each.new.text
        text = each.new.text.replace("Verdict:", "Verdict :")
        newer = Query(text, each.new.code, each.new.verdict, each.new.about)
        queries.append(QueryChange(each.label, each.target, each.old, newer))
    return RuleChange(*_versions(old, new), False, (), tuple(queries))


def _event(name: str, time: str = "2026-01-01T00:00:00Z") -> Shown:
    return Shown(
        "rules/execution/node_spawns_shell.rule:88",
        ("process.start",),
        time,
        {
            "host.os.type": "windows",
            "process.name": "cmd.exe",
            "process.executable": r"C:\Windows\System32\cmd.exe",
            "process.command_line": 'cmd.exe /d /s /c "calc.exe"',
            "process.args": ["cmd.exe", "/d", "/s", "/c", "calc.exe"],
            "process.parent.name": name,
            "process.parent.pid": 4112,
            "process.code_signature.trusted": True,
        },
    )


# --- compiling


class _Compiled:
    """A rule of the pack as it stands, or with some words changed."""

    def __init__(self, file: str, text: str, queries: dict[str, Query]) -> None:
        self.file, self.text, self.queries = file, text, queries
        self.title = text.partition('title       = "')[2].partition('"')[0]
        self.name = text.partition("\nrule ")[2].partition(" ")[0]


def _change(
    stem: str, *changes: tuple[str, str], name: str | None = None, broken: bool = False
) -> tuple[_Compiled, _Compiled]:
    text = (RULES / f"{stem}.rule").read_text(encoding="utf-8")
    changed = text
    for old, new in changes:
        assert old in changed, old
        changed = changed.replace(old, new)
    before = _compiled(stem, text)
    if broken:
        return before, _Compiled(before.file, changed, {})
    return before, _compiled(name or stem, changed)


@cache
def _compiled(stem: str, text: str) -> _Compiled:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        copytree(RULES, root / "rules")
        path = root / "rules" / f"{stem}.rule"
        path.write_text(text, encoding="utf-8")
        rules = pipeline.read([path], registry.names(), root)
    plans = [each for name in LABELS for each in pipeline.plans(name, registry.load(name))]
    queries = {}
    for each in pipeline.render_all(rules, plans):
        about = tuple(standing(each.lowered)[1:]) if each.lowered else ("cannot be said",)
        verdict = each.lowered.verdict if each.lowered else Verdict.REFUSED
        queries[each.label] = Query(each.text, each.query, verdict, about)
    return _Compiled(f"rules/{stem}.rule", text, queries)


def _queries(old: _Compiled, new: _Compiled) -> tuple[QueryChange, ...]:
    return tuple(
        QueryChange(label, label, old.queries.get(label), new.queries.get(label))
        for label in LABELS
    )


def _version(rule: _Compiled) -> Version:
    return Version(rule.name, rule.title, rule.file, rule.text)


def _versions(old: _Compiled, new: _Compiled) -> tuple[Version, Version]:
    return _version(old), _version(new)


# --- hostile texts

HOSTILE = (
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<!-- ",
    "{{7*7}}{% raw %}",
    "]]>",
    "``` ```` `a` ~~~",
    "</details></summary></pre></table>",
    "@octo/team #1 GH-1 octo/repo#1 a@b.example",
    "0123456789abcdef0123456789abcdef01234567",
    "https://evil.example www.evil.example [a](https://evil.example) ![a](b)",
    "**bold** _it_ ~~no~~ <b>b</b> &amp; &#64;",
    r"a | b \| c \\| d \ ",
    "\x1b[31mred\x1b]8;;https://evil.example\x07",
    "\u202egnp.exe\u202c \u2066x\u2069",
    "nul\0\x85\u2028\u2029\ufeff",
    "\ud800 lone",
    "# heading",
    "- item\n> quote\n\n    code\n<div>\n",
    "::error file=a::b",
    "x" * 10_000,
    "\"'><svg/onload=window.pwned=1>",
    "javascript:window.pwned=1",
    " ` ",
    "|",
    "",
)  # fmt: skip


def hostile(texts: tuple[str, ...] = HOSTILE) -> Comparison:
    """Put hostile texts wherever there is room for one."""
    everything = "\n".join(texts)
    return Comparison(
        Side(texts[0], texts[1], texts),
        Side(everything, everything, (everything,)),
        ("eql", *texts[:3]),
        tuple(_hostile(text, at) for at, text in enumerate(texts)),
        0,
        texts,
    )


def _hostile(text: str, at: int) -> RuleChange:
    other = f"{text} other"
    old = Query(f"a\n{text}\nb", f"{text}\nb", Verdict.EXACT, (text,))
    new = Query(f"a\n{other}\nb", f"{other}\nb", list(Verdict)[at % 5], (other, text))
    shown = Shown(text, (text,), text, {text: text, f"{text}2": [text, 1, True, 0.5], "n": None})
    finds = tuple(Find(sign, Origin.GIVEN, text, text, (shown, shown), 2) for sign in "+-~")
    return RuleChange(
        Version(text, other, text, text),
        Version(other, text, other, other, (text,) if at % 3 == 0 else ()),
        True,
        (MetaChange(text, text, other), MetaChange("title", None, text)),
        (
            QueryChange("eql", "eql", old, new),
            QueryChange(text, text, old, old),
            QueryChange(other, text, old, Query(f"{text}\n\n{old.text}", old.code, old.verdict)),
            QueryChange("kql", "kql", None, new),
        ),
        Matching({Origin.GIVEN: 3}, 1, 1, 1, finds),
    )


def event_change(fields: dict[str, object]) -> RuleChange:
    """Say of a rule alone that it matches an event with FIELDS."""
    shown = Shown("events.ndjson:1", ("process.start",), "2026-01-01T00:00:00Z", fields)
    find = Find("+", Origin.GIVEN, "events.ndjson:1", "", (shown,))
    version = Version("a", "A", "a.rule", "rule a")
    return RuleChange(version, version, True, (), (), Matching({Origin.GIVEN: 1}, 1, 0, 0, (find,)))


# --- many


def many(rules: int, labels: int = 5) -> Comparison:
    """Compare as many rules as a large project has, all of them changed."""
    one = next(change for change in pack().changes if change.name == "node_spawns_shell")
    assert one.old
    assert one.new
    names = tuple(each.label for each in one.queries[:labels])
    changes = tuple(
        RuleChange(
            Version(f"{one.old.name}_{at}", one.old.title, one.old.file, one.old.text),
            Version(f"{one.new.name}_{at}", one.new.title, one.new.file, one.new.text),
            True,
            one.meta,
            one.queries[:labels],
            one.matching,
        )
        for at in range(rules)
    )
    return Comparison(pack().base, pack().head, names, changes, 0)
