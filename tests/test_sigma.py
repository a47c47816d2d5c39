"""The Sigma backend: its strings, its layout, and that pySigma reads back what was meant."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from ipaddress import ip_address, ip_network
from itertools import product
from typing import cast

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
)
from sigma.rule import SigmaRule
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaFieldReference,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SpecialChars,
)

from gates import sigma as gate
from tocsin import model, regex
from tocsin.backend import Approximation, Lowered
from tocsin.evaluate import holds
from tocsin.model import (
    And,
    BoolIs,
    Contains,
    EndsWith,
    Equals,
    Exists,
    Expr,
    Field,
    IpIn,
    Like,
    Matches,
    Not,
    NumberIn,
    NumberIs,
    NumberWithin,
    Occurrence,
    Or,
    Ordering,
    Pattern,
    SameAs,
    StartsWith,
    Values,
    Wild,
)
from tocsin.profiles import load_source
from tocsin.regex import Alt, AnyOne, Dialect, End, OneOf, Regex, Repeat, Seq, Start, Text
from tocsin.schema import FieldType
from tocsin.source import Span
from tocsin_backends.sigma import SIGMA
from tocsin_backends.sigma.strings import encoded

HERE = Span("x.rule", 0, 0)
IMAGE = Field("Image", FieldType.PATH)
LINE = Field("CommandLine")
PARENT = Field("ParentImage", FieldType.PATH)
PID = Field("ProcessId", FieldType.NUMBER)
IP = Field("SourceIp", FieldType.IP)
META = model.Meta("Node", "4c9a1c4e-2f1b-4d4c-9a77-6a4a0d4a2a11")

# --- making rules


def lowered(
    condition: Expr,
    meta: model.Meta = META,
    *,
    classes: tuple[str, ...] = ("process.start",),
    schedule: model.Schedule | None = None,
    approximations: tuple[Approximation, ...] = (),
) -> Lowered:
    source = load_source("sigma")
    places = tuple(place for name in classes if (place := source.event_class(name)))
    body = model.Event(classes, (), condition, HERE)
    rule = model.Rule("r", meta, body, schedule, (), (), (), HERE)
    return Lowered(rule, "x.rule", (source,), places, body, {}, approximations, (), False)


def emitted(condition: Expr, *classes: str) -> dict[str, object]:
    text = SIGMA.emit(lowered(condition, classes=classes or ("process.start",)))
    return cast(dict[str, object], read(text)["detection"])


def read(text: str) -> dict[str, object]:
    return cast(dict[str, object], yaml.safe_load(text))


def detection(text: str) -> str:
    """Cut the detection out of a rule, as it is written."""
    inner = text.partition("detection:\n")[2].partition("\nlevel:")[0]
    return inner.partition("\nfalsepositives:")[0]


def equals(field: Field, *values: str, cased: bool = False) -> Equals:
    return Equals(field, Values(values), cased, HERE)


def contains(field: Field, *values: str, cased: bool = False) -> Contains:
    return Contains(field, Values(values), cased, HERE)


def ends(field: Field, *values: str) -> EndsWith:
    return EndsWith(field, Values(values), False, HERE)


def matches(field: Field, *patterns: Regex, cased: bool = False) -> Matches:
    return Matches(field, patterns, cased, HERE)


def both(*operands: Expr) -> Expr:
    return And(operands, HERE)


def either(*operands: Expr) -> Expr:
    return Or(operands, HERE)


def negated(operand: Expr) -> Expr:
    return Not(operand, HERE)


# --- strings

_PARTS = st.lists(
    st.sampled_from(["\\", "*", "?", "a", "%", "'", '"', "\n", ":", "é", "😀", *Wild]),
    min_size=1,
    max_size=8,
)


def joined(parts: list[str | Wild]) -> Pattern:
    """Make a pattern: no two texts and no two ANY side by side."""
    pattern: list[str | Wild] = []
    for part in parts:
        last = pattern[-1] if pattern else None
        if isinstance(part, str) and not isinstance(part, Wild) and isinstance(last, str):
            pattern[-1] = last + part
        elif not (part is Wild.ANY and last is Wild.ANY):
            pattern.append(part)
    return tuple(pattern)


@given(_PARTS.map(joined))
def test_pysigma_reads_the_parts_that_were_written(pattern: Pattern) -> None:
    wild = {Wild.ANY: SpecialChars.WILDCARD_MULTI, Wild.ONE: SpecialChars.WILDCARD_SINGLE}

    parts = SigmaString(encoded(pattern)).s

    assert parts == [wild[part] if isinstance(part, Wild) else part for part in pattern]


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ((r"C:\Windows\cmd.exe",), r"C:\Windows\cmd.exe"),
        (("dir\\",), "dir\\"),
        ((r"\\srv\share",), r"\\\\srv\share"),
        (("C:\\Users\\", Wild.ANY), r"C:\Users\\*"),
        ((r"a\*b",), r"a\\\*b"),
        (("is it? 50%",), r"is it\? 50%"),
    ],
)
def test_backslashes_are_doubled_only_where_they_must_be(pattern: Pattern, written: str) -> None:
    assert encoded(pattern) == written


# --- layout

_A = r"""    selection:
        Image|endswith: '\node.exe'
        CommandLine|contains:
            - 'eval('
            - 'atob('
    condition: selection"""
_B = r"""    selection_img:
        - Image|endswith: '\node.exe'
        - OriginalFileName|cased: 'node.exe'
    selection_cli:
        - CommandLine|contains: ' -r '
          ParentImage|endswith: '\cmd.exe'
        - CommandLine|contains|all:
              - 'require'
              - 'exec'
    filter_main_img:
        Image|startswith: 'C:\Program Files\'
    filter_main_parent:
        ParentImage|endswith: '\code.exe'
    condition: all of selection_* and not 1 of filter_main_*"""
_C = r"""    selection:
        Image|endswith: '\node.exe'
    filter_main_parent:
        ParentImage|endswith: '\code.exe'
        CommandLine|contains: 'x'
    condition: selection and not filter_main_parent"""
_D = r"""    selection_img:
        Image|endswith: '\node.exe'
    selection_cli:
        CommandLine|contains: 'a'
    selection_cli_2:
        CommandLine|contains: 'b'
    filter_parent:
        ParentImage|endswith: '\code.exe'
    condition: selection_img and (selection_cli or (selection_cli_2 and not filter_parent))"""
_E = r"""    selection_img:
        Image|endswith: '\node.exe'
    selection_img_2:
        Image|endswith: '.exe'
    condition: all of selection_*"""
_NODE = ends(IMAGE, r"\node.exe")
_OTHER = ends(PARENT, r"\code.exe")


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        (both(_NODE, contains(LINE, "eval(", "atob(")), _A),
        (
            both(
                either(_NODE, equals(Field("OriginalFileName"), "node.exe", cased=True)),
                either(
                    both(contains(LINE, " -r "), ends(PARENT, r"\cmd.exe")),
                    both(contains(LINE, "require"), contains(LINE, "exec")),
                ),
                negated(
                    either(StartsWith(IMAGE, Values(("C:\\Program Files\\",)), False, HERE), _OTHER)
                ),
            ),
            _B,
        ),
        (both(_NODE, negated(both(_OTHER, contains(LINE, "x")))), _C),
        (
            both(_NODE, either(contains(LINE, "a"), both(contains(LINE, "b"), negated(_OTHER)))),
            _D,
        ),
        (both(_NODE, ends(IMAGE, ".exe")), _E),
    ],
)
def test_selections_are_laid_out_as_sigmahq_does(condition: Expr, written: str) -> None:
    text = SIGMA.emit(lowered(condition))

    assert detection(text) == written
    assert gate.problems(text) == []


@pytest.mark.parametrize(
    ("test", "item"),
    [
        (equals(LINE, "--", cased=True), {"CommandLine": "--"}),
        (equals(LINE, "5"), {"CommandLine": "5"}),
        (Like(LINE, ((Wild.ANY, "x", Wild.ANY, "y", Wild.ANY),), True, HERE),
         {"CommandLine|contains|cased": "x*y"}),
        (Like(LINE, ((Wild.ANY, "x", Wild.ONE),), False, HERE), {"CommandLine|endswith": "x?"}),
        (Like(LINE, (("x", Wild.ONE, "y"),), False, HERE), {"CommandLine": "x?y"}),
        (NumberIn(PID, (4, 5), HERE), {"ProcessId": [4, 5]}),
        (NumberIs(PID, Ordering.AT_LEAST, -5, HERE), {"ProcessId|gte": -5}),
        (NumberWithin(PID, 1, 9, HERE), {"ProcessId|gte": 1, "ProcessId|lte": 9}),
        (IpIn(IP, (ip_network("10.0.0.0/8"), ip_network("fe80::/10")), HERE),
         {"SourceIp|cidr": ["10.0.0.0/8", "fe80::/10"]}),
        (BoolIs(Field("Signed", FieldType.BOOL), True, HERE), {"Signed": True}),
        (Exists(PID, HERE), {"ProcessId|exists": True}),
        (negated(Exists(PID, HERE)), {"ProcessId|exists": False}),
        (matches(LINE, Seq((Text("a."), AnyOne()))), {r"CommandLine|re|i|s": r"a\.."}),
        (model.Always(True, HERE), {"Computer|exists": True}),
    ],
)  # fmt: skip
def test_a_test_is_one_item(test: Expr, item: Mapping[str, object]) -> None:
    assert emitted(test) == {"selection": item, "condition": "selection"}
    assert gate.problems(SIGMA.emit(lowered(test))) == []


def test_two_texts_that_are_the_same_are_not_empty() -> None:
    assert emitted(SameAs(IMAGE, PARENT, False, HERE)) == {
        "selection": {"Image|fieldref": "ParentImage"},
        "filter_main_img": {"Image": ""},
        "condition": "selection and not filter_main_img",
    }


def test_a_text_that_is_there_is_not_empty() -> None:
    present = both(Exists(PARENT, HERE), negated(equals(PARENT, "-", cased=True)))

    assert emitted(present) == {
        "selection": {"ParentImage|exists": True},
        "filter_main_parent": {"ParentImage": ["", "-"]},
        "condition": "selection and not filter_main_parent",
    }
    assert emitted(negated(present)) == {
        "selection": [{"ParentImage|exists": False}, {"ParentImage": ["", "-"]}],
        "condition": "selection",
    }


def test_the_events_of_a_class_come_first_unless_the_rule_names_them() -> None:
    user = equals(Field("TargetUserName"), "root")
    success = NumberIn(Field("EventID"), (4624,), HERE)

    any_logon = emitted(user, "logon.attempt")
    logon = emitted(both(user, success), "logon.attempt")

    assert any_logon["selection"] == {"EventID": [4624, 4625], "TargetUserName": "root"}
    assert logon["selection"] == {"TargetUserName": "root", "EventID": 4624}


# --- the end of a value

_END = End()


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        (Seq((Text(".js"), _END)),
         {"selection": {"CommandLine|re|i": r"\.js$", "CommandLine|endswith": ".js"}}),
        (Seq((Alt((Text("a"), Text("b"))), _END)),
         {"selection": {"CommandLine|re|i": "(a|b)$", "CommandLine|endswith": ["a", "b"]}}),
        (Seq((Text("a"), Repeat(AnyOne(), 0, None), _END)),
         {"selection": {"CommandLine|re|i|s": "a.*$"}}),
        (Seq((Text("a"), Alt((regex.NOT_ALPHANUMERIC, _END)))),
         {"selection": {"CommandLine|re|i": "a([^0-9A-Za-z]|$)"}}),
        (Seq((Text("a"), OneOf((("0", "9"),)), _END)),
         {"selection": {"CommandLine|re|i": "a[0-9]$"},
          "filter_main_cli": {"CommandLine|re": "\n$"}}),
    ],
)  # fmt: skip
def test_a_dollar_is_the_end_and_not_before_a_line_feed(
    pattern: Regex, written: dict[str, object]
) -> None:
    assert emitted(matches(LINE, pattern)) == written | {"condition": " and not ".join(written)}


def test_a_dollar_that_may_follow_a_line_feed_is_not_exact() -> None:
    assert not SIGMA.exact(matches(LINE, Seq((Text("a\n"), _END))))
    assert not SIGMA.exact(matches(LINE, Seq((Text("a"), AnyOne(), _END))))


def test_a_dollar_stands_alone_where_the_rendering_is_known_to_be_wider() -> None:
    test = matches(LINE, Seq((Text("-r"), Alt((Text(" "), _END)))))
    wider = Approximation(model.Verdict.WIDER, "arguments", "process.args", HERE)

    text = SIGMA.emit(lowered(test, approximations=(wider,)))

    assert "'-r( |$)'" in text
    assert "|endswith" not in text


# --- the same meaning, whatever the nesting

_TEXTS = st.text(st.sampled_from("aB*\\\n"), min_size=1, max_size=2)
_VALUES = st.lists(_TEXTS, min_size=1, max_size=3).map(lambda texts: Values(tuple(texts)))
_FIELDS = st.sampled_from([IMAGE, LINE, PARENT])
_PATTERNS = _PARTS.map(joined).filter(lambda pattern: pattern != (Wild.ANY,))
_PIECES: st.SearchStrategy[Regex] = st.one_of(
    st.sampled_from([Text("a"), Text("b.exe"), Text("\n"), AnyOne(), regex.ANY_RUN]),
    st.sampled_from([OneOf((("a", "b"), ("-", "-"))), OneOf((("a", "a"),), negated=True)]),
    st.sampled_from([Repeat(Text("ab"), 0, 1), Repeat(OneOf((("a", "z"),)), 1, None)]),
    st.sampled_from([Alt((Text("a"), Text("b"))), Repeat(Alt((Text("a"), Text("-"))), 2, 3)]),
)
_LAST: st.SearchStrategy[Regex] = st.sampled_from(
    [End(), End(), Alt((Text("a"), End())), Alt((OneOf((("\t", " "),)), Seq((Text("b"), End()))))]
)
_REGEXES = st.builds(
    lambda first, pieces, last: regex.seq(*first, *pieces, *last),
    st.sampled_from([(), (Start(),), (Alt((Start(), Text("-"))),)]),
    st.lists(_PIECES, min_size=1, max_size=3),
    st.lists(_LAST, max_size=1),
).filter(lambda pattern: not _found(pattern, "", False))  # The language has no such patterns.
_TESTS: st.SearchStrategy[Expr] = st.one_of(
    st.builds(Equals, _FIELDS, _VALUES, st.booleans(), st.just(HERE)),
    st.builds(Contains, _FIELDS, _VALUES, st.booleans(), st.just(HERE)),
    st.builds(StartsWith, _FIELDS, _VALUES, st.booleans(), st.just(HERE)),
    st.builds(EndsWith, _FIELDS, _VALUES, st.booleans(), st.just(HERE)),
    st.builds(
        Like,
        _FIELDS,
        st.lists(_PATTERNS, min_size=1, max_size=2).map(tuple),
        st.booleans(),
        st.just(HERE),
    ),
    st.builds(
        Matches,
        _FIELDS,
        st.lists(_REGEXES, min_size=1, max_size=2).map(tuple),
        st.booleans(),
        st.just(HERE),
    ),
    st.builds(NumberIn, st.just(PID), st.sampled_from([(1,), (1, 2)]), st.just(HERE)),
    st.builds(NumberIs, st.just(PID), st.sampled_from(Ordering), st.just(2), st.just(HERE)),
    st.builds(NumberWithin, st.just(PID), st.just(1), st.just(2), st.just(HERE)),
    st.builds(IpIn, st.just(IP), st.just((ip_network("10.0.0.0/8"),)), st.just(HERE)),
    st.builds(Exists, st.sampled_from([IMAGE, LINE, PID]), st.just(HERE)),
    st.builds(model.Always, st.booleans(), st.just(HERE)),
)
_SAID = _TESTS.filter(lambda test: not isinstance(test, Matches) or SIGMA.exact(test))
_FEW: st.SearchStrategy[Expr] = st.sampled_from(
    [
        contains(LINE, "a"),
        contains(LINE, "b"),
        matches(LINE, Seq((Text("a"), OneOf((("b", "c"),)), End()))),
        equals(IMAGE, "a", "b"),
        equals(IMAGE, "b", "c"),
        Exists(IMAGE, HERE),
        NumberWithin(PID, 1, 2, HERE),
        NumberIs(PID, Ordering.MORE, 1, HERE),
        model.Always(True, HERE),
    ]
)
_CONDITIONS = st.recursive(
    _FEW,
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple), st.just(HERE)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple), st.just(HERE)),
        st.builds(Not, inner, st.just(HERE)),
    ),
    max_leaves=8,
)
Event = Mapping[str, str | int]
_CONTENT = ["".join(each) for size in range(4) for each in product("aBb*\\\n-", repeat=size)]
_CONTENT += ["b.exe", "b.exe\n", "xb.exex", "ab.exe\n\n", "aab.exe", "A", "aé😀", "%a'"]
_VALUES_OF: Mapping[str, list[str] | list[int]] = {
    "ProcessId": list(range(4)),
    "SourceIp": ["10.1.2.3", "11.0.0.1", "-"],
}
_EVENTS: list[Event] = [
    {"Computer": "pc"} | dict(zip(("Image", "CommandLine", "ProcessId"), values, strict=True))
    for values in product(("a", "b", "c", ""), ("", "a", "ab", "ab\n", "b"), (0, 1, 2, 3))
]
_EVENTS += [{"Computer": "pc"}]


@settings(max_examples=150, deadline=None)
@given(_SAID)
def test_pysigma_reads_each_test_as_it_is_meant(test: Expr) -> None:
    names = [field.name for each in model.predicates(test) for field in model.fields_of(each)]
    name = names[0] if names else "Image"
    events: list[Event] = [{"Computer": "pc"}]
    events += [{"Computer": "pc", name: value} for value in _VALUES_OF.get(name, _CONTENT)]

    assert _differing(test, events) == []


@settings(max_examples=300, deadline=None)
@given(_CONDITIONS)
def test_pysigma_reads_each_condition_as_it_is_meant(condition: Expr) -> None:
    assert _differing(condition, _EVENTS) == []


def _differing(condition: Expr, events: list[Event]) -> list[Event]:
    text = SIGMA.emit(lowered(condition))
    parsed = SigmaRule.from_yaml(text).detection.parsed_condition[0].parsed
    return [event for event in events if selects(parsed, event) != means(condition, event)]


def means(condition: Expr, event: Event) -> bool:
    """Ask the reference meaning, which leaves regexes to us."""

    def known(expr: Expr) -> Expr:
        if not isinstance(expr, Matches):
            return expr
        value = event.get(expr.field.name) or ""
        found = any(_found(each, str(value), expr.cased) for each in expr.patterns)
        return model.Always(bool(value) and found, HERE)

    fields = {name: (value,) for name, value in event.items()}
    return holds(
        model.rewrite(condition, known), Occurrence(frozenset({"process.start"}), 0, fields)
    )


_PYTHON = Dialect(escape=re.escape, escape_in_class=re.escape, end=r"\Z")


def _found(pattern: Regex, value: str, cased: bool) -> bool:
    flags = re.DOTALL if cased else re.DOTALL | re.IGNORECASE
    return re.search(regex.write(pattern, _PYTHON), value, flags) is not None


def selects(node: object, event: Event) -> bool:
    """Say what a condition, as pySigma reads it, means by Sigma's specification."""
    match node:
        case ConditionAND():
            return all(selects(each, event) for each in node.args)
        case ConditionOR():
            return any(selects(each, event) for each in node.args)
        case ConditionNOT():
            return not selects(node.args[0], event)
        case ConditionFieldEqualsValueExpression():
            return _item(event, event.get(node.field), node.value)
        case _:
            raise AssertionError(type(node).__name__)


def _item(event: Event, value: str | int | None, wanted: object) -> bool:
    match wanted:
        case SigmaExists():
            return (value is not None) == bool(wanted)
        case _ if value is None:
            return False
        case SigmaNumber():
            return value == wanted.number
        case SigmaBool():
            return value is wanted.boolean
        case SigmaCompareExpression():
            return isinstance(value, int) and _COMPARES[wanted.op](value, int(wanted.number.number))
        case SigmaFieldReference():
            return value == event.get(wanted.field)
        case SigmaCIDRExpression():
            return str(value) != "-" and ip_address(str(value)) in wanted.network
        case SigmaRegularExpression():
            flags = sum(wanted.sigma_to_python_flags[flag] for flag in wanted.flags)
            return re.search(str(wanted.regexp), str(value), flags) is not None
        case SigmaString():
            cased = isinstance(wanted, SigmaCasedString)
            return _wildcards(tuple(wanted.s), cased).fullmatch(str(value)) is not None
        case _:
            raise AssertionError(type(wanted).__name__)


_COMPARES = {
    CompareOperators.LT: int.__lt__,
    CompareOperators.LTE: int.__le__,
    CompareOperators.GT: int.__gt__,
    CompareOperators.GTE: int.__ge__,
}


@cache
def _wildcards(parts: tuple[object, ...], cased: bool) -> re.Pattern[str]:
    wild: dict[object, str] = {
        SpecialChars.WILDCARD_MULTI: ".*",
        SpecialChars.WILDCARD_SINGLE: ".",
    }
    text = "".join(re.escape(part) if isinstance(part, str) else wild[part] for part in parts)
    return re.compile(text, re.DOTALL if cased else re.DOTALL | re.IGNORECASE)


# --- metadata

_HOSTILE = "a: b # c\n{{ x }} ' \" | > - yes 💥 %TEMP% \u202egpj.exe"
_PROSE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


def test_the_keys_stand_in_the_order_of_sigmahq() -> None:
    meta = model.Meta(
        title="Yes",
        id="4c9a1c4e-2f1b-4d4c-9a77-6a4a0d4a2a11",
        severity="high",
        author=("Ana", "Bo"),
        created="2025-11-12",
        modified="2025-12-01",
        description="One.\nTwo.",
        attack=(model.Technique("T1053.005", "persistence"), model.Technique("T1036", "x-y")),
        references=("https://a.example/#b",),
        related=("55f711c1-6b4d-4787-930d-c9317a885adf", "none"),
        tags=("cve.2021-44228", "node", "tlp.clear", "tlp.red", "detection.green"),
        false_positives=("Admins: some",),
    )

    text = SIGMA.emit(lowered(_NODE, meta, schedule=model.Schedule(None, 1000, HERE)))

    assert list(read(text)) == [
        *("title", "id", "related", "status", "description", "references", "author", "date"),
        *("modified", "tags", "logsource", "detection", "falsepositives", "level"),
    ]
    assert read(text) | {"detection": None} == {
        "title": "Yes",
        "id": meta.id,
        "related": [{"id": "55f711c1-6b4d-4787-930d-c9317a885adf", "type": "derived"}],
        "status": "experimental",
        "description": "One.\nTwo.\n",
        "references": ["https://a.example/#b"],
        "author": "Ana, Bo",
        "date": date(2025, 11, 12),
        "modified": date(2025, 12, 1),
        "tags": [
            *("attack.persistence", "attack.x-y", "attack.execution"),
            *("attack.privilege-escalation", "attack.defense-evasion"),
            *("attack.t1053.005", "attack.t1036", "cve.2021-44228", "tlp.clear"),
            "detection.threat-hunting",
        ],
        "logsource": {"category": "process_creation", "product": "windows"},
        "detection": None,
        "falsepositives": ["Admins: some"],
        "level": "high",
    }
    assert "\ndate: 2025-11-12\n" in text
    assert "title: 'Yes'\n" in text
    assert "description: |\n    One.\n    Two.\n" in text


def test_hostile_text_stays_text() -> None:
    meta = replace(
        META,
        title=_HOSTILE.replace("\n", " "),
        author=(_HOSTILE,),
        description=_HOSTILE,
        references=(_HOSTILE,),
        false_positives=(_HOSTILE,),
    )
    tests = both(contains(LINE, "' : # %x% {{"), equals(IMAGE, "yes"), equals(PARENT, "0x10"))

    text = SIGMA.emit(lowered(tests, meta))

    rule = read(text)
    assert rule["title"] == meta.title
    assert rule["author"] == rule["references"][0] == rule["falsepositives"][0] == _HOSTILE  # type: ignore[index]
    assert rule["description"] == _HOSTILE + "\n"
    assert rule["detection"]["selection"] == {  # type: ignore[index]
        "CommandLine|contains": "' : # %x% {{",
        "Image": "yes",
        "ParentImage": "0x10",
    }
    assert "\u202e" not in text
    assert all(line.startswith("# ") for line in text.partition("title:")[0].splitlines())
    assert gate.problems(text) == []


@given(_PROSE, _PROSE)
@example("\n0", "0")
def test_any_prose_is_read_back(text: str, value: str) -> None:
    meta = replace(META, title=text, author=(text,), references=(text,), false_positives=(text,))

    rule = read(SIGMA.emit(lowered(contains(LINE, value), meta)))

    assert rule["title"] == rule["author"] == text
    assert rule["references"] == rule["falsepositives"] == [text]
    selection = cast(dict[str, dict[str, str]], rule["detection"])["selection"]
    assert SigmaString(selection["CommandLine|contains"]).s == [value]


@given(st.lists(_PROSE.map(lambda t: t.replace("\r", "")), min_size=2, max_size=4))
def test_a_description_keeps_its_lines(lines: list[str]) -> None:
    text = "\n".join(lines)
    kept = "\n".join(line.rstrip(" ") for line in text.strip().split("\n"))
    assume("\n" in kept)

    rule = read(SIGMA.emit(lowered(_NODE, replace(META, description=text))))

    assert rule["description"] == kept + "\n"


def test_a_control_character_is_written_as_its_code() -> None:
    text = SIGMA.emit(lowered(contains(LINE, "a\nb\t\u202e")))

    assert r'CommandLine|contains: "a\nb\t\u202E"' in text
