"""Write what docs/pack.md says of the rules, and the pack's layer for the ATT&CK Navigator.

    python scripts/pack.py

The page's prose, above the mark, is written by hand; what stands below it is written here, from the
rules and from what the compiler makes of them for each target and each source.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from tocsin import attack, model, pipeline, registry
from tocsin.diagnostics import Code
from tocsin.pipeline import Plan, Rendering
from tocsin.profiles import Source, load_source, source_names
from tocsin_formats import navigator

ROOT = Path(__file__).parent.parent
RULES = ROOT / "rules"
PAGE = ROOT / "docs" / "pack.md"
LAYER = ROOT / "docs" / "pack.navigator.json"
MARK = "<!-- Written by scripts/pack.py from here on: edits belong into the rules. -->"

_MARKS = {
    model.Verdict.EXACT: "●",
    model.Verdict.WIDER: "▲",
    model.Verdict.NARROWER: "▼",
    model.Verdict.SKEWED: "◆",
    model.Verdict.REFUSED: "✕",
}
_BLIND = "◐"
_NO_EVENTS = "·"
_ABSENT = {Code.NO_CLASS, Code.LEFT_OUT, Code.NEVER_FIRES}


def main() -> None:
    """Write the page and the layer anew."""
    rules = read()
    PAGE.write_text(page(rules, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    LAYER.write_text(layer(rules.rules), encoding="utf-8")


def read() -> pipeline.Rules:
    """Read the pack."""
    return pipeline.read([RULES], registry.names())


def page(rules: pipeline.Rules, old: str) -> str:
    """Write the page: the prose of OLD, and RULES as they are."""
    prose = old.partition(MARK)[0]
    targets = _by_rule(rules, _targets())
    parts = (_list(rules), _verdicts(targets), _sources(rules), _departures(targets))
    lines = chain.from_iterable([*part, ""] for part in parts)
    return f"{prose}{MARK}\n\n" + "\n".join(lines).rstrip("\n") + "\n"


def _list(rules: pipeline.Rules) -> Iterator[str]:
    firing = sum(test.fires for rule in rules.rules for test in rule.tests)
    yield "## The rules"
    yield ""
    yield (
        f"{len(rules.rules)} rules with {rules.tests} tests: {firing} say what is found, "
        f"{rules.tests - firing} what is not."
    )
    yield ""
    yield from _table(
        ("rule", "finds", "severity", "ATT&CK", "runs", "tests"),
        (
            (_link(rule), told(rule.meta.title), rule.meta.severity or "", _techniques(rule),
             _schedule(rule), str(len(rule.tests)))
            for rule in rules.rules
        ),
    )  # fmt: skip


def _link(rule: model.Rule) -> str:
    path = Path(rule.span.file).resolve().relative_to(ROOT).as_posix()
    return f"[{_name(rule)}](../{path})"


def _name(rule: model.Rule) -> str:
    return rule.name.replace("_", "\\_<wbr>")


def _techniques(rule: model.Rule) -> str:
    return "<br>".join(f"{each.id} {_technique(each.id)}" for each in rule.meta.attack)


def _technique(number: str) -> str:
    found = attack.technique(number)
    return found.name if found else ""


def _schedule(rule: model.Rule) -> str:
    if rule.schedule is None:
        return ""
    over = _duration(rule.schedule.over)
    if rule.schedule.every is None:
        return f"by hand, over {over}"
    return f"every {_duration(rule.schedule.every)}, over {over}"


def _duration(milliseconds: int) -> str:
    for size, unit in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m")):
        if milliseconds % size == 0:
            return f"{milliseconds // size} {unit}"
    return f"{milliseconds / 1000:g} s"


# --- how each query stands to its rule


def _targets() -> list[Plan]:
    loaded = ((name, registry.load(name)) for name in registry.names())
    return [plan for name, backend in loaded for plan in pipeline.plans(name, backend)]


def _by_rule(rules: pipeline.Rules, plans: Sequence[Plan]) -> dict[str, list[Rendering]]:
    found: dict[str, list[Rendering]] = {}
    for each in pipeline.render_all(rules, plans):
        found.setdefault(each.rule.name, []).append(each)
    return found


def _verdicts(renderings: Mapping[str, Sequence[Rendering]]) -> Iterator[str]:
    yield "## Verdicts"
    yield ""
    yield "Of the query that each target has by default, over all sources that it reads."
    yield ""
    labels = [each.label for each in next(iter(renderings.values()))]
    yield from _table(
        ("rule", *labels),
        ((_name(of_rule[0].rule), *map(_verdict, of_rule)) for of_rule in renderings.values()),
    )


def _verdict(rendering: Rendering) -> str:
    if rendering.text is None or rendering.lowered is None:
        return "refused"
    notes = ["ungrouped"] if rendering.lowered.ungrouped else []
    if any(each.all for each in rendering.lowered.blind):
        notes.append("blind in part")
    return ", ".join((rendering.lowered.verdict, *notes))


def _sources(rules: pipeline.Rules) -> Iterator[str]:
    sources = [load_source(name) for name in source_names()]
    yield "## Verdicts by source"
    yield ""
    yield "Of a query over one source alone."
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield "| ● | exact |"
    yield "| ◐ | exact, and a part of the rule is about what the source does not record |"
    yield "| ▲ ▼ ◆ | wider, narrower, skewed |"
    yield "| ✕ | refused |"
    yield "| · | no such events, or none that the rule could ever fire on |"
    yield ""
    columns = {source.name: _by_rule(rules, [_alone(source)]) for source in sources}
    yield from _table(
        ("rule", *(name.replace("_", "\\_<wbr>") for name in columns)),
        (
            (_name(rule), *(_mark(of[rule.name][0]) for of in columns.values()))
            for rule in rules.rules
        ),
    )


def _alone(source: Source) -> Plan:
    return Plan(source.name, source.target, registry.load(source.target), (source,))


def _mark(rendering: Rendering) -> str:
    if rendering.text is None or rendering.lowered is None:
        codes = {each.code for each in rendering.diagnostics if each.code.is_error}
        return _NO_EVENTS if codes and codes <= _ABSENT else _MARKS[model.Verdict.REFUSED]
    verdict = rendering.lowered.verdict
    blind = any(each.all for each in rendering.lowered.blind)
    return _BLIND if blind and verdict is model.Verdict.EXACT else _MARKS[verdict]


def _departures(renderings: Mapping[str, Sequence[Rendering]]) -> Iterator[str]:
    yield "## Departures"
    yield ""
    yield "Why a query is not exact, and why the rule takes that on."
    yield ""
    rows: dict[tuple[str, ...], None] = {}
    for each in chain.from_iterable(renderings.values()):
        for one in each.lowered.approximations if each.lowered and each.text is not None else ():
            where = f"`{one.field}`" if one.field else ""
            accepted = told(one.accepted or "")
            rows[(_name(each.rule), each.label, one.direction, where,
                  _prose(one.reason), accepted)] = None  # fmt: skip
    yield from _table(("rule", "target", "verdict", "field", "why", "taken on, for"), rows)


# --- Markdown


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def told(text: str) -> str:
    """Keep what an author wrote from being Markdown or HTML; the end of a cell is `_table`'s."""
    return re.sub(r"[\\`*~<>&\[\]]|\b_|_\b", lambda found: f"&#{ord(found[0])};", text)


def _prose(text: str) -> str:
    return re.sub(r"([*_<])", r"\\\1", text)


# --- the layer


def layer(rules: Sequence[model.Rule]) -> str:
    """Write the techniques of RULES as a layer for the ATT&CK Navigator."""
    about = f"The rules of the pack for Node.js on Windows: {len(rules)}."
    return navigator.layer(rules, "Tocsin: node.exe", about)


if __name__ == "__main__":
    main()
