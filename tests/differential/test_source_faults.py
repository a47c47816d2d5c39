"""Faults that were found in queries over a source, each with the events that show it."""

from collections.abc import Mapping, Sequence

import pytest

from differential.cases import DAY
from differential.harness import compiled, engine_of, rendered, report
from tocsin.diagnostics import Code
from tocsin.model import Occurrence, Scalar
from tocsin.prove import compare
from tocsin_engines.engine import Record
from tocsin_engines.spl import Readings, SplEngine

Event = Mapping[str, Scalar]

# What is shown, the source, the body of the rule, and events: the class, whether it is found.
SHOWN: tuple[tuple[str, str, str, tuple[tuple[str, bool, Event], ...]], ...] = (
    (
        "two exclusions of one column, one of them cased",
        "defender_xdr",
        "detect process.start where process.command_line exists and process.command_line is not"
        ' cased "x" and process.command_line is not "abc"',
        (
            ("process.start", False, {"process.command_line": "x"}),
            ("process.start", False, {"process.command_line": "ABC"}),
            ("process.start", True, {"process.command_line": "X"}),
        ),
    ),
    (
        "an exclusion beside the text that means absent",
        "sentinel_sysmon",
        "detect process.start where process.command_line exists and process.command_line is not"
        ' "abc"',
        (
            ("process.start", False, {"process.command_line": "abc"}),
            ("process.start", False, {}),
            ("process.start", True, {"process.command_line": "abcd"}),
        ),
    ),
    (
        "the count of the arguments of a text that means absent",
        "sentinel_sysmon",
        "detect process.start where process.args_count > 0",
        (
            ("process.start", False, {"process.command_line": "-"}),
            ("process.start", False, {}),
            ("process.start", True, {"process.command_line": "node - x"}),
        ),
    ),
    (
        "a word behind a line feed that JSON writes with a letter",
        "defender_xdr",
        'detect script.run where script.text has "IEX"',
        (
            ("script.run", True, {"script.text": "$a = 1\nIEX $a"}),
            ("script.run", True, {"script.text": "IEX"}),
            ("script.run", False, {"script.text": "IEXplore"}),
        ),
    ),
    (
        "a word behind a character that some writers of JSON escape with letters",
        "defender_xdr",
        'detect script.run where script.text contains "<script>"',
        (
            ("script.run", True, {"script.text": "<script>"}),
            ("script.run", False, {"script.text": "script"}),
        ),
    ),
    (
        "two classes of one data set",
        "splunk_cim",
        "detect file.create or file.delete where file.path contains 'evil'",
        (
            ("file.create", True, {"file.path": "C:\\evil\\a"}),
            ("file.delete", True, {"file.path": "C:\\evil\\a"}),
            ("file.modify", False, {"file.path": "C:\\evil\\a"}),
        ),
    ),
    (
        "an account without a domain",
        "sentinel_asim",
        'detect process.start where user.domain starts with "adm"',
        (
            ("process.start", False, {"user.name": "adminbob"}),
            ("process.start", True, {"user.name": "bob", "user.domain": "admins"}),
        ),
    ),
    (
        "an account without a domain has none",
        "splunk_cim",
        "detect process.start where user.name exists and user.domain is missing",
        (
            ("process.start", True, {"user.name": "adminbob"}),
            ("process.start", False, {"user.name": "bob", "user.domain": "admins"}),
        ),
    ),
    (
        "two accounts of which neither is there",
        "sentinel_securityevent",
        "detect process.start where user.name is process.parent.user.name",
        (
            ("process.start", False, {"user.name": "-", "process.parent.user.name": "-"}),
            ("process.start", True, {"user.name": "a", "process.parent.user.name": "A"}),
        ),
    ),
    (
        "a number that the data model fills with a word",
        "splunk_cim",
        "detect registry.set where process.pid > 0",
        (
            ("registry.set", True, {"process.pid": 7, "registry.path": "HKLM\\a"}),
            ("registry.set", False, {"registry.path": "HKLM\\a"}),
        ),
    ),
    (
        "a process id beyond 31 bits",
        "sentinel_sysmon",
        "detect process.start where process.pid exists",
        (("process.start", True, {"process.pid": 2**31}),),
    ),
)


@pytest.mark.parametrize(("source", "body", "events"), [each[1:] for each in SHOWN],
                         ids=[each[0] for each in SHOWN])  # fmt: skip
def test_the_query_finds_what_the_rule_means(
    source: str, body: str, events: Sequence[tuple[str, bool, Event]]
) -> None:
    (rule,) = compiled(f"rule r {{ {body} }}").rules
    target = "spl" if source.startswith("splunk") else "kql"
    rendering = rendered(rule, target, (source,))
    assert rendering.text is not None
    occurrences = [
        Occurrence(frozenset({name}), DAY + number, {k: (v,) for k, v in fields.items()})
        for number, (name, _, fields) in enumerate(events)
    ]

    comparison = compare(rendering, occurrences, engine_of(target))

    assert not comparison.differs, report(rendering, comparison)
    assert comparison.found == sum(found for _, found, _ in events)


# A value that is made of columns, in a data model: what is summarized, what the rule calls it.
MADE = (
    ("registry.set", "registry.path", {"registry.path": "HKLM\\a\\b"}, "HKLM\\a\\b"),
    ("registry.set", "registry.key", {"registry.path": "HKLM\\a\\b"}, "HKLM\\a"),
    ("process.start", "user.domain", {"user.name": "bob", "user.domain": "CORP"}, "CORP"),
    ("file.create", "file.extension", {"file.path": "C:\\a.b\\c.exe"}, "exe"),
    ("file.create", "file.directory", {"file.path": "C:\\a.b\\c.exe"}, "C:\\a.b"),
)


@pytest.mark.parametrize("unescaped", [True, False])
@pytest.mark.parametrize(("event_class", "field", "fields", "value"), MADE)
def test_a_value_is_made_whichever_way_splunk_reads_a_backslash(
    event_class: str, field: str, fields: Event, value: str, unescaped: bool
) -> None:
    text = f"rule r {{ detect {event_class} summarize by {field} {{ n = count() }} }}"
    (rule,) = compiled(text).rules
    rendering = rendered(rule, "spl", ("splunk_cim",))
    event = Occurrence(frozenset({event_class}), DAY, {k: (v,) for k, v in fields.items()})
    engine = SplEngine(Readings(regex_is_unescaped=unescaped))

    comparison = compare(rendering, [event], engine)

    assert not comparison.differs, report(rendering, comparison)
    assert comparison.recorded[0].seen.fields[field] == (value,)


def test_the_last_of_no_values_is_none() -> None:
    summary = "summarize by host.name { x = last(process.pe.description) }"
    (rule,) = compiled(f"rule r {{ detect process.start {summary} }}").rules
    rendering = rendered(rule, "kql", ("sentinel_sysmon",))
    event = Occurrence(
        frozenset({"process.start"}), DAY,
        {"host.name": ("h",), "process.pe.description": ("-",)},
    )  # fmt: skip

    comparison = compare(rendering, [event], engine_of("kql"))

    assert not comparison.differs, report(rendering, comparison)


def test_an_output_may_be_called_like_the_column_of_a_key() -> None:
    text = "rule r { detect process.start summarize by process.command_line { process = count() } }"
    (rule,) = compiled(text).rules
    rendering = rendered(rule, "spl", ("splunk_cim",))
    event = Occurrence(frozenset({"process.start"}), DAY, {"process.command_line": ("a",)})

    comparison = compare(rendering, [event], engine_of("spl"))

    assert not comparison.differs, report(rendering, comparison)


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("splunk_cim", 'process.start or file.create where process.executable contains "a.exe"'),
        ("sentinel_asim", 'process.start or network.connect where user.name is "bob"'),
    ],
)
def test_classes_that_are_kept_apart_are_refused_together(source: str, body: str) -> None:
    (rule,) = compiled(f"rule r {{ detect {body} }}").rules

    rendering = rendered(rule, "spl" if source == "splunk_cim" else "kql", (source,))

    assert rendering.text is None
    assert Code.REFUSED in {each.code for each in rendering.diagnostics}


def test_a_term_is_not_looked_for_behind_an_escape_with_letters() -> None:
    (rule,) = compiled('rule r { detect script.run where script.text contains "<script>" }').rules
    rendering = rendered(rule, "kql", ("defender_xdr",))
    bag = '{"Command":"\\u003Cscript\\u003E"}'
    columns = {"ActionType": "PowerShellCommand", "AdditionalFields": bag}
    assert rendering.text is not None

    found = engine_of("kql").run(rendering.text, [Record("DeviceEvents", DAY, columns)], {})

    assert found.matched == {0}
