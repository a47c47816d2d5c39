"""The KQL engine over SecurityEvent, Sysmon in Event and WindowsEvent, and ASIM's parsers.

The first word of a case is where its fact comes from: D: a page of the documentation, A: a parser
that Microsoft publishes, I: what the engine assumes.
"""

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest

from gates import kql, skip
from kql_queries import ENGINE, NINE, Cells, matched, rows, value
from tocsin_engines.engine import Record, Rejected

DAY = timedelta(days=1) // timedelta(microseconds=1)

SYSMON = """
    Event
    | where Source == "Microsoft-Windows-Sysmon" and EventID == 1
    | where EventData has "node.exe"
    | mv-apply Data = parse_xml(EventData).DataItem.EventData.Data on (
        summarize E = make_bag(bag_pack(tostring(Data["@Name"]), tostring(Data["#text"])))
      )
"""
FIELDS = {
    "RuleName": "-",
    "Image": r"C:\a & b\node.exe",
    "CommandLine": r'"C:\a & b\node.exe"  -e "x < y" ',
    "ProcessId": "0x1f4",
    "ParentProcessId": "77",
    "User": r"ACME\ann",
    "IntegrityLevel": "High",
    "Hashes": f"MD5={32 * 'a'},SHA256={64 * 'b'},IMPHASH={32 * 'c'}",
    "Initiated": "true",
    "TargetFilename": r"C:\Users\ann\x.tar.gz",
    "TargetObject": r"HKU\S-1-5-21\Software\Run\node",
    "Contents": "[ZoneTransfer] HostUrl=https://a.example/x y",
}


@pytest.fixture(scope="module", autouse=True)
def _parser() -> None:
    with skip.where_missing():
        kql.install()


def event(fields: Mapping[str, str], *, source: str = "Microsoft-Windows-Sysmon") -> Record:
    """An event as table Event holds it: its data is XML."""
    return Record("Event", NINE, {"Source": source, "EventID": 1, "EventData": xml(fields)})


def xml(fields: Mapping[str, str]) -> str:
    items = "".join(f'<Data Name="{name}">{escaped(one)}</Data>' for name, one in fields.items())
    data = "http://schemas.microsoft.com/win/2004/08/events/event"
    return (
        '<DataItem type="System.XmlData" time="2024-05-01" sourceHealthServiceId="1">'
        f'<EventData xmlns="{data}">{items}</EventData></DataItem>'
    )


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- functions


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("D:parse_xml", "<e/>", {"e": None}),
        ("D:parse_xml", "<e>text</e>", {"e": "text"}),
        ("D:parse_xml", '<e name="value" />', {"e": {"@name": "value"}}),
        ("D:parse_xml", '<e name="value">text</e>', {"e": {"@name": "value", "#text": "text"}}),
        ("D:parse_xml", "<e> <a>text</a> <b>text</b> </e>", {"e": {"a": "text", "b": "text"}}),
        ("D:parse_xml", "<e> <a>text</a> <a>text</a> </e>", {"e": {"a": ["text", "text"]}}),
        ("D:parse_xml", "<e> text <a>text</a> </e>", {"e": {"#text": "text", "a": "text"}}),
        ("D:parse_xml", '<?xml version="1.0" encoding="UTF-16"?><e>a<!-- b -->c</e>', {"e": "ac"}),
        ("D:parse_xml", "", None),
        ("D:parse_xml", "<e>", None),
        ("D:parse_xml", "<e/><e/>", None),
        ("D:parse_xml", "text", None),
        ("D:parse_xml", f"<e>{1_048_576 * 'x'}</e>", None),
        ("I:xml", f"<e>{20_000 * 'x'}</e>", {"e": 20_000 * "x"}),
        ("I:xml", '<e a="1"> x </e>', {"e": {"@a": "1", "#text": " x "}}),
        ("I:xml", "<e>  </e>", {"e": None}),
        ("I:xml", "<e>1.0</e>", {"e": "1.0"}),
        ("I:xml", "<e>a<b/>c</e>", {"e": {"#text": ["a", "c"], "b": None}}),
        ("I:xml", "<e>a &amp; &#x41;<![CDATA[<b>]]></e>", {"e": "a & A<b>"}),
        ("I:xml", '<!DOCTYPE e [<!ENTITY a "b">]><e>&a;</e>', None),
        ("I:xml", "<a>" * 300 + "</a>" * 300, None),
        ("I:xmlns", '<n:e xmlns:n="u"/>', {"n:e": {"@xmlns:n": "u"}}),
    ],
)
def test_xml_becomes_a_bag(source: str, text: str, expected: object) -> None:
    records = [Record("Event", NINE, {"EventData": text})]

    assert value("parse_xml(EventData)", "Event | project ", records) == expected, source


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        ("D:parse_command_line", 'echo "hello world!"', ["echo", "hello world!"]),
        ("D:argv", '"abc" d e', ["abc", "d", "e"]),
        ("D:argv", r"x a\\b d\"e f", ["x", r"a\\b", 'd"e', "f"]),
        ("D:argv", r'x a\\\b d"e f"g h', ["x", r"a\\\b", "de fg", "h"]),
        ("D:argv", r"x a\\\"b c d", ["x", r"a\"b", "c", "d"]),
        ("D:argv", r'x a\\\\"b c" d e', ["x", r"a\\b c", "d", "e"]),
        ("D:argv", r'"C:\a b\" c', ["C:\\a b\\", "c"]),
        ("D:argv", r"C:\"a b", [r"C:\"a", "b"]),
        ("D:argv", " a", ["", "a"]),
        ("D:argv", "a  \t b  ", ["a", "b"]),
        ("D:argv", 'x ""', ["x", ""]),
        ("D:argv", 'x "a b', ["x", "a b"]),
        ("I:argv", 'x "a""b" c', ["x", 'a"b c']),
        ("I:argv", "", None),
    ],
)
def test_a_command_line_is_taken_apart(source: str, line: str, expected: object) -> None:
    records = [Record("SecurityEvent", NINE, {"CommandLine": line})]

    found = value('parse_command_line(CommandLine, "Windows")', "SecurityEvent | project ", records)

    assert found == expected, source


@pytest.mark.parametrize(
    ("source", "expression", "expected"),
    [
        ("D:parse_path", r'tostring(parse_path(@"C:\temp\file.txt").DirectoryPath)', r"C:\temp"),
        ("D:parse_path", r'parse_path(@"C:\temp\file.txt").RootPath', "C:"),
        ("D:parse_path", r'parse_path(@"temp\file.txt").DirectoryPath', "temp"),
        ("D:parse_path", 'parse_path("file://C:/temp/file.txt:some.exe").Scheme', "file"),
        ("D:parse_path", 'parse_path("file://C:/temp/file.txt:some.exe").Filename', "file.txt"),
        (
            "D:parse_path",
            'parse_path("file://C:/temp/file.txt:some.exe").AlternateDataStreamName',
            "some.exe",
        ),
        ("D:parse_path", r'parse_path(@"\\shared\users\temp\file.txt.gz").Extension', "gz"),
        (
            "D:parse_path",
            r'parse_path(@"\\shared\users\temp\file.txt.gz").DirectoryPath',
            r"\\shared\users\temp",
        ),
        ("D:parse_path", 'parse_path("/usr/lib/temp/file.txt").DirectoryName', "temp"),
        ("I:path", 'tostring(parse_path("file").Extension)', None),
        (
            "D:bag_pack",
            'bag_pack("Level", "Information", "ID", 1234, "Data", bag_pack("url", "w"))',
            {"Level": "Information", "ID": 1234, "Data": {"url": "w"}},
        ),
        ("I:bag", 'pack("a", 1, "a", long(null))', {"a": None}),
        ("D:array_index_of", 'array_index_of(dynamic(["this", "is", "an"]), "an")', 2),
        ("D:array_index_of", 'array_index_of(dynamic(["this"]), "This")', -1),
        ("D:strcat_array", 'strcat_array(dynamic([1, 2, 3]), "->")', "1->2->3"),
        ("D:strcat_array", 'strcat_array(dynamic(["a", "b"]), "\\"")', 'a"b'),
        ("I:join", 'strcat_array(dynamic(["a", "", "b", ""]), "-")', "a--b-"),
        ("I:join", 'isempty(strcat_array(parse_command_line("", "windows"), "-"))', True),
        ("D:regex", 'extract(@"^(?:a|ab)(c?)(.*)$", 2, "abc")', "bc"),
        ("I:index", 'array_index_of(parse_json("{}"), "a")', None),
        ("A:hex", 'toint("0x1f4")', 500),
        ("A:hex", 'tolong("0X1F4")', 500),
        ("A:hex", 'toint(tolong("0xffffffff"))', None),
        ("I:hex", 'toint("-0x1")', None),
        ("I:hex", 'tolong("0xffffffffffffffff")', None),
        ("I:hex", 'tolong("0x")', None),
        ("D:tolong", 'tolong("1f4")', None),
        ("D:split", 'tostring(split("a", ".")[-2])', None),
        ("D:trim_end", r'trim_end(@"\\", @"C:\a\")', r"C:\a"),
        ("D:iff", 'iif(isnotempty(tostring(dynamic({"a": ""}).a)), 1, 2)', 2),
        ("D:toupper", 'strcat(toupper("a"), tolower("B"))', "Ab"),
        ("D:column_ifexists", 'isnotempty(column_ifexists("Nope", ""))', False),
        (
            "D:set_has_element",
            'set_has_element(parse_command_line("node -e", "windows"), "-e")',
            True,
        ),
        (
            "chained",
            'parse_command_line(tostring(parse_xml("<a>x y</a>").a), "windows")',
            ["x", "y"],
        ),
    ],
)
def test_functions_yield_what_is_documented(source: str, expression: str, expected: object) -> None:
    assert value(expression) == expected, source


def test_bags_are_merged_and_other_values_skipped() -> None:  # D:make_bag
    query = (
        "Event | extend p = iff(EventID == 1, parse_json(Message), bag_pack(Source, EventID))"
        " | summarize b = make_bag(p), c = make_bag_if(p, EventID > 2)"
    )
    cells: list[Cells] = [
        {"EventID": 1, "Message": "text"},
        {"EventID": 2, "Source": "a"},
        {"EventID": 3, "Source": "b"},
    ]

    found = rows(query, [Record("Event", NINE, one) for one in cells])

    assert found == [{"b": {"a": 2, "b": 3}, "c": {"b": 3}}]


def test_computed_values_are_those_of_each_row_at_each_step() -> None:
    query = (
        'SecurityEvent | extend a = parse_command_line(CommandLine, "windows")'
        ' | where array_length(a) > 1 | extend b = parse_command_line(tostring(a[1]), "windows")'
        " | where set_has_element(b, '-x')"
    )
    lines = ['cmd "node -x"', "cmd node", "cmd", "", 'cmd "\0 -x"', 'cmd "\u00e9\u2028 -x"']

    found = matched(query, [Record("SecurityEvent", NINE, {"CommandLine": one}) for one in lines])

    assert found == {0, 4, 5}


# --- mv-apply


def test_the_data_of_a_sysmon_event_become_a_bag() -> None:
    query = SYSMON + (
        " | extend Image = tostring(E.Image), ProcessId = toint(tostring(E.ProcessId))"
        r' | where Image endswith @"\node.exe"'
    )
    other = {**FIELDS, "Image": r"C:\cmd.exe"}
    records = [
        *(event(FIELDS), event(other), event(FIELDS, source="Other"), event(FIELDS)),
        Record("Event", NINE, {"Source": "Microsoft-Windows-Sysmon", "EventID": 1}),
    ]

    assert kql.problems(query) == []
    assert matched(query, records) == {0, 3}
    assert rows(f"{query} | project Image, ProcessId", records[:1]) == [
        {"Image": FIELDS["Image"], "ProcessId": 500}
    ]


def test_malformed_data_match_nothing_and_do_no_harm() -> None:
    broken = Record(
        "Event",
        NINE,
        {"Source": "Microsoft-Windows-Sysmon", "EventID": 1, "EventData": "<node.exe>"},
    )

    assert matched(f"{SYSMON} | where tostring(E.Image) == ''", [broken, event(FIELDS)]) == {0}


@pytest.mark.parametrize(
    ("source", "query", "expected"),
    [
        (
            "D:mv-apply",
            "print x = 1, l = dynamic([1, 3, 5, 7]) | mv-apply e = l to typeof(long) on"
            " (where e >= 5 | summarize n = sum(e))",
            [{"x": 1, "l": [1, 3, 5, 7], "n": 12}],
        ),
        (
            "D:mv-apply",
            "print x = 1 | union (print x = 2) | extend l = dynamic([1, 2])"
            " | mv-apply e = l to typeof(int) on (where e == x | extend y = e * 10 | project y)"
            " | project x, y | order by x asc",
            [{"x": 1, "y": 10}, {"x": 2, "y": 20}],
        ),
        (
            "D:mv-apply",
            "print l = dynamic(['a', 'b', 'a']) | mv-apply e = l to typeof(string) on"
            " (summarize n = count() by e) | project e, n | order by n asc",
            [{"e": "b", "n": 1}, {"e": "a", "n": 2}],
        ),
        (
            "D:mv-apply",
            "print l = dynamic(['a', 'b']) | mv-apply l to typeof(string) on (where l != 'a')",
            [{"l": "b"}],
        ),
        (
            "D:mv-expand",
            "print l = dynamic(['a', 1]) | mv-apply e = l to typeof(long) on (project e)"
            " | project e | order by e asc",
            [{}, {"e": 1}],
        ),
        ("D:mv-expand", "print l = dynamic([]) | mv-apply e = l on (where true)", []),
        (
            "D:mv-expand",
            "print l = dynamic(null) | mv-apply e = l on (summarize n = count())",
            [{"n": 1}],
        ),
        (
            "I:mv-apply",
            "print l = dynamic([]) | mv-apply e = l on (summarize n = count(), b = make_bag(e))",
            [{"l": [], "n": 0, "b": {}}],
        ),
        (
            "I:mv-apply",
            "print l = dynamic([]) | mv-apply e = l on (summarize n = count() by x=1)",
            [],
        ),
        (
            "nested",
            "print l = dynamic([[1, 2], [3]]) | mv-apply e = l on"
            " (mv-apply f = e to typeof(long) on (summarize s = sum(f)) | summarize m = max(s))"
            " | project m",
            [{"m": 3}],
        ),
    ],
)
def test_a_subquery_runs_for_each_row(
    source: str, query: str, expected: list[dict[str, object]]
) -> None:
    assert rows(query) == expected, source


def test_rows_that_a_subquery_multiplies_keep_their_place() -> None:
    query = (
        'SecurityEvent | mv-apply a = parse_command_line(CommandLine, "windows")'
        " to typeof(string) on (where a startswith '-')"
    )
    lines = ["node -a -b", "node", "node -c"]

    found = matched(query, [Record("SecurityEvent", NINE, {"CommandLine": one}) for one in lines])

    assert found == {0, 2}


@pytest.mark.parametrize(
    "query",
    [
        "mv-apply e = parse_json(Message) on (top 1 by EventID)",
        "mv-apply e = parse_json(Message) on (take 1)",
        "mv-apply e = parse_json(Message) on (distinct EventID)",
        "mv-apply e = parse_json(Message) on (join kind=inner (Event) on EventID)",
        "mv-apply e = parse_json(Message) limit 2 on (where true)",
        "mv-apply with_itemindex = i e = parse_json(Message) on (where i > 0)",
        "mv-apply e = parse_json(Message), f = parse_json(Source) on (where true)",
        "mv-apply e = Message on (where true)",
        "mv-apply e = parse_json(Message) on (extend Source = 'x')",
        "mv-apply e = bag_pack('a', 1) on (where true)",
        'where array_length(parse_command_line(Message, "posix")) > 1',
        "summarize make_bag(parse_json(Message), 5)",
        'where array_index_of(parse_json(Message), "a", 1) > 0',
    ],
)
def test_what_is_not_covered_is_rejected(query: str) -> None:
    with pytest.raises(Rejected):
        ENGINE.run(f"Event | {query}", [Record("Event", NINE, {"Message": "[1]"})], {})


# --- the columns of sources


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (r'tostring(split(NewProcessName, "\\")[-1])', "node.exe"),
        ('parse_command_line(CommandLine, "windows")', ["node", "-e"]),
        ('array_length(parse_command_line(CommandLine, "windows"))', 2),
        ("toint(NewProcessId)", 500),
        (r'tostring(split(ParentProcessName, "\\")[-1])', "Registry"),
        ("toint(ProcessId)", 4),
        (
            'case(MandatoryLabel=="S-1-16-0","untrusted",MandatoryLabel=="S-1-16-4096","low",'
            'MandatoryLabel=="S-1-16-8192","medium",MandatoryLabel=="S-1-16-8448","medium_plus",'
            'MandatoryLabel=="S-1-16-12288","high",MandatoryLabel=="S-1-16-16384","system","")',
            "high",
        ),
        ('iff(TargetLogonId in ("", "0x0"), SubjectLogonId, TargetLogonId)', "0x3e7"),
        ('iff(TargetUserName in ("", "-"), SubjectUserName, TargetUserName)', "ann"),
        ('iff(TargetUserName in ("", "-"), SubjectDomainName, TargetDomainName)', "ACME"),
        ('iff(TargetUserSid in ("", "S-1-0-0"), SubjectUserSid, TargetUserSid)', "S-1-5-18"),
        ('iff(EventID == 4624, "success", "failure")', "failure"),
        ("TimeGenerated < now() and isempty(SourceComputerId)", True),
    ],
)
def test_expressions_over_security_events(expression: str, expected: object) -> None:
    cells: Cells = {
        "EventID": 4688,
        "NewProcessName": r"C:\nodejs\node.exe",
        "ParentProcessName": "Registry",
        "CommandLine": "node -e",
        "NewProcessId": "0x1f4",
        "ProcessId": "0x4",
        "MandatoryLabel": "S-1-16-12288",
        "TargetLogonId": "0x0",
        "SubjectLogonId": "0x3e7",
        "TargetUserName": "-",
        "SubjectUserName": "ann",
        "SubjectDomainName": "ACME",
        "TargetUserSid": "S-1-0-0",
        "SubjectUserSid": "S-1-5-18",
    }

    found = value(expression, "SecurityEvent | project ", [Record("SecurityEvent", NINE, cells)])

    assert found == expected


@pytest.mark.parametrize(
    "table",
    [SYSMON, 'WindowsEvent | where Provider == "Microsoft-Windows-Sysmon" | extend E = EventData'],
    ids=["Event", "WindowsEvent"],
)
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (r'tostring(split(tostring(E.Image), "\\")[-1])', "node.exe"),
        ("tostring(E.Image)", FIELDS["Image"]),
        ("tostring(E.CommandLine)", FIELDS["CommandLine"]),
        (
            'parse_command_line(tostring(E.CommandLine), "windows")',
            [FIELDS["Image"], "-e", "x < y"],
        ),
        ('array_length(parse_command_line(tostring(E.CommandLine), "windows"))', 3),
        ("toint(tostring(E.ProcessId))", 500),
        ("toint(tostring(E.ParentProcessId))", 77),
        ("tostring(E.ProcessGuid)", None),
        (r'extract(@"IMPHASH=([0-9A-Fa-f]{32})", 1, tostring(E.Hashes))', 32 * "c"),
        (r'extract(@"MD5=([0-9A-Fa-f]{32})", 1, tostring(E.Hashes))', 32 * "a"),
        (r'extract(@"SHA1=([0-9A-Fa-f]{40})", 1, tostring(E.Hashes))', None),
        (r'extract(@"SHA256=([0-9A-Fa-f]{64})", 1, tostring(E.Hashes))', 64 * "b"),
        ("tolower(tostring(E.IntegrityLevel))", "high"),
        (r'tostring(split(tostring(E.User), "\\")[-1])', "ann"),
        (r'tostring(split(tostring(E.User), "\\")[0])', "ACME"),
        ('iff(tostring(E.Initiated) == "true", "egress", "ingress")', "egress"),
        ("tostring(parse_path(tostring(E.TargetFilename)).Extension)", "gz"),
        ("tostring(parse_path(tostring(E.TargetFilename)).DirectoryPath)", r"C:\Users\ann"),
        (r'extract(@"HostUrl=(\S+)", 1, tostring(E.Contents))', "https://a.example/x"),
        (
            "tostring(parse_path(tostring(E.TargetObject)).DirectoryPath)",
            r"HKU\S-1-5-21\Software\Run",
        ),
        (r'tostring(split(tostring(E.TargetObject), "\\")[0])', "HKU"),
        ('tostring(E.SignatureStatus) == "Valid"', False),
    ],
)
def test_expressions_over_sysmon_events(table: str, expression: str, expected: object) -> None:
    cells = {"Provider": "Microsoft-Windows-Sysmon", "EventData": json.dumps(FIELDS)}
    records = [event(FIELDS), Record("WindowsEvent", NINE, cells)]

    assert value(expression, f"{table} | project ", records) == expected


def test_properties_of_a_dynamic_column_are_found() -> None:
    records = [
        Record("WindowsEvent", NINE, {"EventData": json.dumps(fields)})
        for fields in (FIELDS, {"image": "x"}, {})
    ]

    assert matched("WindowsEvent | where isnotempty(EventData.Image)", records) == {0}
    assert matched('WindowsEvent | where EventData["Image"] has "node"', records) == {0}
    assert matched("WindowsEvent | where tostring(EventData.Image) == ''", records) == {1, 2}


@pytest.mark.parametrize(
    ("table", "cells", "expression", "expected"),
    [
        (
            "_Im_ProcessCreate",
            {"TargetProcessName": r"C:\node.exe"},
            r'tostring(split(TargetProcessName, "\\")[-1])',
            "node.exe",
        ),
        (
            "_Im_ProcessCreate",
            {"TargetProcessCommandLine": "node -e"},
            'array_length(parse_command_line(TargetProcessCommandLine, "windows"))',
            2,
        ),
        (
            "_Im_ProcessCreate",
            {"ActingProcessCommandLine": "cmd /c"},
            'parse_command_line(ActingProcessCommandLine, "windows")',
            ["cmd", "/c"],
        ),
        (
            "_Im_ProcessCreate",
            {"TargetProcessFileOriginalName": "node.exe"},
            'column_ifexists("TargetProcessFileOriginalName", "")',
            "node.exe",
        ),
        ("_Im_NetworkSession", {"DstPortNumber": 443}, "DstPortNumber", 443),
        ("_Im_Dns", {"DnsQuery": "a.example", "EventType": "Query"}, "DnsQuery", "a.example"),
        ("_Im_FileEvent", {"TargetFilePath": r"C:\x"}, "TargetFilePath", r"C:\x"),
        (
            "_Im_RegistryEvent",
            {"RegistryKey": r"HKLM\Run", "RegistryValue": "x"},
            r'strcat(RegistryKey, "\\", RegistryValue)',
            r"HKLM\Run\x",
        ),
        (
            "_Im_RegistryEvent",
            {"RegistryKey": r"HKLM\Run"},
            r'tostring(split(RegistryKey, "\\")[0])',
            "HKLM",
        ),
        ("_Im_Authentication", {"EventResult": "Failure"}, "EventResult", "Failure"),
        ("imProcessCreate", {"TargetProcessName": "x"}, "TargetProcessName", "x"),
    ],
)
def test_expressions_over_asim(table: str, cells: Cells, expression: str, expected: object) -> None:
    assert value(expression, f"{table} | project ", [Record(table, NINE, cells)]) == expected


# --- ASIM's parameters

PROCESS: Cells = {
    "TargetProcessName": r"C:\nodejs\node.exe",
    "ActingProcessName": r"C:\Windows\cmd.exe",
    "ParentProcessName": r"C:\Windows\explorer.exe",
    "TargetProcessCommandLine": "node -e fetch(10.1.2.3)",
    "TargetUsername": r"ACME\ann",
    "ActorUsername": r"ACME\bob",
    "DvcIpAddr": "192.168.1.5",
    "DvcHostname": "pc7.acme.example",
    "TargetProcessSHA256": 64 * "b",
    "EventType": "ProcessCreated",
}
NETWORK: Cells = {
    "SrcIpAddr": "10.0.0.9",
    "DstIpAddr": "1.1.1.1",
    "DstPortNumber": 443,
    "DstHostname": "one.example",
    "DvcAction": "Allow",
    "EventResult": "Success",
}
DNS: Cells = {
    "EventType": "Query",
    "SrcIpAddr": "10.0.0.9",
    "DnsQuery": "www.a.example",
    "DnsResponseCodeName": "NOERROR",
    "DnsResponseName": "type: 5 b.example;::ffff:93.184.216.34;",
}
FILE: Cells = {
    "EventType": "FileCreated",
    "SrcIpAddr": "10.0.0.9",
    "ActorUsername": r"ACME\bob",
    "TargetFilePath": r"C:\Users\ann\.npmrc",
    "SrcFilePath": r"C:\tmp\x",
    "TargetFileMD5": 32 * "a",
    "DvcHostname": "pc7",
}
REGISTRY: Cells = {
    "EventType": "RegistryValueSet",
    "ActorUsername": r"ACME\bob",
    "RegistryKey": r"HKLM\Software\Run",
    "RegistryValue": "updater",
    "RegistryValueData": r"C:\node.exe x.js",
    "DvcHostname": "pc7",
}
LOGON: Cells = {
    "EventType": "Logon",
    "EventResult": "Failure",
    "EventResultDetails": "No such user",
    "TargetUsername": r"ACME\ann",
    "TargetAppName": "VPN",
    "SrcIpAddr": "10.0.0.9",
    "SrcHostname": "pc7",
}


@pytest.mark.parametrize(
    ("function", "cells", "parameters", "expected"),
    [
        ("_Im_ProcessCreate", PROCESS, "", True),
        ("_Im_ProcessCreate", PROCESS, "starttime=ago(30d), endtime=now()", True),
        ("_Im_ProcessCreate", PROCESS, "starttime=now()", False),
        ("_Im_ProcessCreate", PROCESS, "endtime=ago(1d)", False),
        ("_Im_ProcessCreate", PROCESS, "ago(1d), now()", True),
        ("_Im_ProcessCreate", PROCESS, "datetime(null), ago(1d)", False),
        ("_Im_ProcessCreate", PROCESS, "targetprocess_has_any=dynamic(['x', 'NODE.exe'])", True),
        ("_Im_ProcessCreate", PROCESS, "targetprocess_has_any=dynamic(['cmd.exe'])", False),
        ("_Im_ProcessCreate", PROCESS, "targetprocess_has_any=dynamic([])", True),
        ("_Im_ProcessCreate", PROCESS, "actingprocess_has_any=dynamic(['cmd.exe'])", True),
        ("_Im_ProcessCreate", PROCESS, "parentprocess_has_any=dynamic(['cmd.exe'])", False),
        ("_Im_ProcessCreate", PROCESS, "commandline_has_any=dynamic(['fetch'])", True),
        ("_Im_ProcessCreate", PROCESS, "commandline_has_all=dynamic(['fetch', 'x'])", False),
        ("_Im_ProcessCreate", PROCESS, "commandline_has_any_ip_prefix=dynamic(['10.'])", True),
        ("_Im_ProcessCreate", PROCESS, "commandline_has_any_ip_prefix=dynamic(['0.1.'])", False),
        ("_Im_ProcessCreate", PROCESS, "dvcipaddr_has_any_prefix=dynamic(['192.168.1.'])", True),
        ("_Im_ProcessCreate", PROCESS, "dvcipaddr_has_any_prefix=dynamic(['192.168.1'])", False),
        ("_Im_ProcessCreate", PROCESS, "targetusername_has='ann'", True),
        ("_Im_ProcessCreate", PROCESS, "targetusername='an'", False),
        ("_Im_ProcessCreate", PROCESS, "actorusername_has='ann'", False),
        ("_Im_ProcessCreate", PROCESS, "dvchostname_has_any=dynamic(['pc7'])", True),
        ("_Im_ProcessCreate", PROCESS, f"hashes_has_any=dynamic(['{64 * 'B'}'])", True),
        ("_Im_ProcessCreate", PROCESS, "eventtype='ProcessTerminated', pack=false", False),
        ("_Im_ProcessCreate", PROCESS, "eventtype='*'", True),
        ("_Im_NetworkSession", NETWORK, "srcipaddr_has_any_prefix=dynamic(['10.0.'])", True),
        ("_Im_NetworkSession", NETWORK, "dstipaddr_has_any_prefix=dynamic(['10.0.'])", False),
        ("_Im_NetworkSession", NETWORK, "ipaddr_has_any_prefix=dynamic(['1.1.1.1'])", True),
        ("_Im_NetworkSession", NETWORK, "dstportnumber=443", True),
        ("_Im_NetworkSession", NETWORK, "dstportnumber=0", False),
        ("_Im_NetworkSession", NETWORK, "dstportnumber=int(null)", True),
        ("_Im_NetworkSession", NETWORK, "hostname_has_any=dynamic(['one.example'])", True),
        ("_Im_NetworkSession", NETWORK, "dvcaction=dynamic(['Deny'])", False),
        ("_Im_NetworkSession", NETWORK, "eventresult='Success'", True),
        ("_Im_Dns", DNS, "srcipaddr='10.0.0.9'", True),
        ("_Im_Dns", DNS, "domain_has_any=dynamic(['a.example'])", True),
        ("_Im_Dns", DNS, "domain_has_any=dynamic(['b.example'])", False),
        ("_Im_Dns", DNS, "responsecodename='NXDOMAIN'", False),
        ("_Im_Dns", DNS, "response_has_ipv4='93.184.216.34'", True),
        ("_Im_Dns", DNS, "response_has_any_prefix=dynamic(['93.184.21.'])", False),
        ("_Im_Dns", DNS, "eventtype='lookup'", True),
        ("_Im_Dns", {**DNS, "EventType": "info"}, "", False),
        ("_Im_Dns", {**DNS, "EventType": "info"}, "eventtype='*'", True),
        ("_Im_FileEvent", FILE, "eventtype_in=dynamic(['filecreated'])", True),
        ("_Im_FileEvent", FILE, "srcipaddr_has_any_prefix=dynamic(['10.1.'])", False),
        ("_Im_FileEvent", FILE, "actorusername_has_any=dynamic(['bob'])", True),
        ("_Im_FileEvent", FILE, "targetfilepath_has_any=dynamic(['npmrc'])", True),
        ("_Im_FileEvent", FILE, "srcfilepath_has_any=dynamic(['npmrc'])", False),
        ("_Im_FileEvent", FILE, f"hashes_has_any=dynamic(['{32 * 'a'}'])", True),
        ("_Im_FileEvent", FILE, "dvchostname_has_any=dynamic(['pc8']), disabled=false", False),
        ("_Im_RegistryEvent", REGISTRY, "registrykey_has_any=dynamic(['run'])", True),
        ("_Im_RegistryEvent", REGISTRY, "registryvalue_has_any=dynamic(['run'])", False),
        ("_Im_RegistryEvent", REGISTRY, "registrydata_has_any=dynamic(['node.exe'])", True),
        ("_Im_Authentication", LOGON, "username_has_any=dynamic(['ann'])", True),
        ("_Im_Authentication", LOGON, "targetappname_has_any=dynamic(['x'])", False),
        ("_Im_Authentication", LOGON, "srchostname_has_any=dynamic(['pc7'])", True),
        ("_Im_Authentication", LOGON, "eventresultdetails_in=dynamic(['no such user'])", True),
        ("_Im_Authentication", LOGON, "eventresult='Success'", False),
    ],
)
def test_the_parameters_of_unifying_parsers_filter(
    function: str, cells: Cells, parameters: str, expected: bool
) -> None:
    query = f"{function}({parameters}) | where isnotempty(TimeGenerated)"

    assert kql.problems(query) == []
    assert matched(query, [Record(function, NINE, cells)]) == ({0} if expected else set())


def test_a_unifying_parser_reads_its_own_records_with_or_without_parentheses() -> None:
    records = [Record("_Im_ProcessCreate", NINE, PROCESS), Record("imProcessCreate", NINE, PROCESS)]

    assert matched("_Im_ProcessCreate", records) == {0}
    assert matched("_Im_ProcessCreate()", records) == {0}
    assert matched("imProcessCreate", records) == {1}
    assert matched("union _Im_ProcessCreate(starttime=ago(1d)), imProcessCreate", records) == {0, 1}
    assert matched("let T = _Im_ProcessCreate(endtime=now()); T | where true", records) == {0}


def test_the_time_of_a_record_is_what_a_parser_filters() -> None:
    records = [Record("_Im_Dns", NINE - days * DAY, DNS) for days in (0, 1, 40)]

    assert matched("_Im_Dns(starttime=ago(30d), endtime=now())", records) == {0, 1}


def test_a_list_of_a_parameter_may_have_a_name() -> None:
    query = "let names = dynamic(['node.exe']); _Im_ProcessCreate(targetprocess_has_any=names)"

    assert matched(query, [Record("_Im_ProcessCreate", NINE, PROCESS)]) == {0}


@pytest.mark.parametrize(
    "query",
    [
        "_Im_ProcessCreate(nope='x')",
        "_Im_ProcessCreate(pack=true)",
        "_Im_FileEvent(disabled=true)",
        "_Im_ProcessCreate(starttime='x')",
        "_Im_ProcessCreate(targetprocess_has_any=dynamic([1]))",
        "_Im_ProcessCreate(targetprocess_has_any=parse_json('[\"a\"]'))",
        "_Im_ProcessCreate | where Nope == 'x'",
        "_Im_Nope()",
    ],
)
def test_a_parameter_that_is_not_known_is_rejected(query: str) -> None:
    with pytest.raises(Rejected):
        ENGINE.run(query, [Record("_Im_ProcessCreate", NINE, PROCESS)], {})
