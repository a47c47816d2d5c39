"""The ES|QL backend: its sources, its words, and that what it writes is two-valued."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from differential.harness import compiled, rendered, source_of, sources_of
from tocsin import pipeline, registry
from tocsin.diagnostics import Code
from tocsin.evaluate import found
from tocsin.model import Verdict, Wild
from tocsin.pipeline import Rendering
from tocsin.profiles import Source, load_source, read_source
from tocsin.regex import ANY_RUN, NOT_ALPHANUMERIC, Alt, AnyOne, End, OneOf, Regex, Start, Text, seq
from tocsin.schema import TaxonomyError
from tocsin.settings import available, read_settings
from tocsin.text import is_hidden
from tocsin_backends.esql import ESQL
from tocsin_backends.esql.words import (
    SEPARATOR,
    index,
    literal,
    named,
    quoted,
    regex_text,
    wildcard,
)
from tocsin_engines.eql.language import language
from tocsin_engines.eql.wildcard import lucene
from tocsin_engines.esql.lexer import cut
from tocsin_engines.esql.queries import read
from tocsin_engines.tokens import Lexeme

NAMES = tuple(sources_of("esql"))


def rendering(body: str, source: str = "elastic_defend") -> Rendering:
    """Compile a rule of which BODY is all that stands in it."""
    result = compiled(f"rule r {{\n  {body}\n}}\n")
    assert not [each for each in result.diagnostics if each.code.is_error]
    return rendered(result.rules[0], "esql", (source,))


def query(body: str, source: str = "elastic_defend") -> str:
    """Write the query of a rule, without its header."""
    text = rendering(body, source).text
    assert text is not None
    return "".join(line for line in text.splitlines(True) if not line.startswith("//"))


def asked(condition: str, event_class: str = "process.start") -> str:
    """Write what a condition becomes behind what tells the events of the class."""
    text = query(f"detect {event_class} where {condition}")
    own = text.split('MV_CONTAINS(event.type, "start") AND\n', 1)[1]
    return " ".join(own.removesuffix("| LIMIT 10000\n").split())


def codes(result: Rendering) -> set[Code]:
    return {each.code for each in result.diagnostics if each.code.is_error}


# --- the sources


@pytest.mark.parametrize("name", NAMES)
def test_a_source_has_the_classes_and_the_columns_of_its_namesake(name: str) -> None:
    ours, theirs = source_of("esql", name), load_source(name)

    assert ours.classes() == theirs.classes()
    for each in ours.classes():
        place, below = ours.event_class(each), theirs.event_class(each)
        assert place is not None
        assert below is not None
        read = {field: column.inputs for field, column in place.columns.items()}
        known = {field: column.inputs for field, column in below.columns.items()}
        assert known.items() <= read.items()
        assert (place.index, place.category) == (below.index, below.category)


@pytest.mark.parametrize("name", NAMES)
def test_a_class_is_told_apart_where_its_namesake_is(name: str) -> None:
    ours, theirs = source_of("esql", name), load_source(name)

    for each in ours.classes():
        place, below = ours.event_class(each), theirs.event_class(each)
        assert place is not None
        assert below is not None
        assert len(place.gate) == len(below.gate)


@pytest.mark.parametrize("name", NAMES)
def test_no_reason_speaks_of_another_language(name: str) -> None:
    source = source_of("esql", name)
    places = filter(None, map(source.event_class, source.classes()))

    assert not [why for place in places for why in place.absent.values() if "EQL" in why]


def settled(folder: Path, written: str) -> dict[str, Source]:
    """Name the sources of the target as a project with such settings has them."""
    (folder / "tocsin.toml").write_text(written, encoding="utf-8")
    found = read_settings(folder, registry.names())
    assert not found.errors
    return {
        s.name: s for s in available(found.settings, "esql", tuple(sources_of("esql").values()))
    }


def test_what_a_project_says_of_a_source_holds_for_both_languages(tmp_path: Path) -> None:
    written = '[sources.elastic_defend]\nindex = ["mine-*"]\nabsent = ["-"]\n'

    source = settled(tmp_path, written)["elastic_defend"]

    place = source.event_class("process.start")
    assert place is not None
    assert source.target == "esql"
    assert source.absent == frozenset({"-"})
    assert place.index == ("mine-*",)
    assert place.gate == ('MV_CONTAINS(event.type, "start")',)


def test_what_a_project_says_of_a_class_holds_for_both_languages(tmp_path: Path) -> None:
    written = """
[sources.elastic_defend.classes."process.start"]
index = ["mine-*"]
fields = { "process.name" = { column = "proc.name" } }
"""

    source = settled(tmp_path, written)["elastic_defend"]

    place = source.event_class("process.start")
    assert place is not None
    assert place.index == ("mine-*",)
    assert place.columns["process.name"].name == "proc.name"
    assert place.gate == ('MV_CONTAINS(event.type, "start")',)


MINE = """
[sources.mine]
title = "Security log of ours"
extends = "elastic_windows_security"
index = ["mine-*"]
rename = { "event.code" = "winlog.event_id" }
[sources.mine.classes."process.start".fields]
"user.name" = { column = "account" }
"""


def test_a_source_of_a_project_stands_over_both(tmp_path: Path) -> None:
    source = settled(tmp_path, MINE)["mine"]
    logon = source.event_class("logon.attempt")
    start = source.event_class("process.start")

    assert (source.target, source.title) == ("esql", "Security log of ours")
    assert logon
    assert (logon.index, logon.gate) == (("mine-*",), ('winlog.event_id IN ("4624", "4625")',))
    assert start
    assert (start.gate, start.columns["user.name"].names) == (
        ('MV_CONTAINS(event.type, "start")',),
        ("account",),
    )


def test_what_a_project_says_in_words_of_another_target_is_no_source_of_this_one(
    tmp_path: Path,
) -> None:
    written = '[sources.elastic_defend.classes."process.start"]\ngate = ["true"]\n'
    source = settled(tmp_path, written)["elastic_defend"]

    with pytest.raises(TaxonomyError, match="`gate` is in the words of one target"):
        source.event_class("process.start")


def test_a_query_reads_one_source() -> None:
    assert [each.name for each in ESQL.sources] == ["elastic_defend"]
    assert {"elastic_defend", *(each.name for each in ESQL.others)} == set(NAMES)


# --- words

READABLE = st.text(
    st.characters(exclude_categories=["Cs"]).filter(lambda c: c in "\n\r\t" or not is_hidden(c))
)


@given(READABLE)
def test_a_literal_is_read_back_as_it_was_meant(text: str) -> None:
    first, end = cut(quoted(text))

    assert (first.kind, first.value, end.kind) == (Lexeme.TEXT, text, Lexeme.END)


def test_a_backslash_is_not_doubled_where_it_need_not_be() -> None:
    assert quoted("C:\\a\\") == '"""C:\\a\\"""'
    assert quoted('a\\"b') == '"a\\\\\\"b"'


def test_what_cannot_be_seen_is_taken_from_base64() -> None:
    assert literal("a\u202eb") == 'CONCAT("a", FROM_BASE64("4oCu"), "b")'
    assert literal("\u202e") == 'FROM_BASE64("4oCu")'
    assert literal("") == '""'


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("process.name", "process.name"),
        ("@timestamp", "@timestamp"),
        ("_id", "_id"),
        ("a.in.By.first", "a.`in`.`By`.`first`"),
        ("a-b.1c", "`a-b`.`1c`"),
        ("a`b", "`a``b`"),
    ],
)
def test_a_name_that_is_no_plain_word_stands_in_backticks(name: str, written: str) -> None:
    assert named(name) == written
    assert read(f"FROM a | KEEP {written}")


@pytest.mark.parametrize("pattern", ["logs-*", "winlogbeat-*", "eu:logs-x.y*", ".alerts-*"])
def test_a_plain_index_pattern_stands_as_it_is(pattern: str) -> None:
    assert index(pattern) == pattern


@pytest.mark.parametrize("pattern", ["a b", "-a", "a,b", "a|b", '"', "a// b"])
def test_another_index_pattern_is_quoted(pattern: str) -> None:
    assert index(pattern) == quoted(pattern)


@given(st.lists(st.sampled_from(["*", "?", "\\", "a", "\n", Wild.ANY, Wild.ONE]), min_size=1))
def test_a_star_that_is_meant_is_no_wildcard(parts: list[str | Wild]) -> None:
    text = "".join(part if isinstance(part, str) else "xy"[: part is Wild.ONE] for part in parts)

    assert lucene(wildcard(tuple(parts)), False)(text)
    assert not lucene(wildcard(("*",)), False)("x")


# --- regexes

REGEXES: list[Regex] = [
    Text("Node.exe"),
    seq(Start(), Text("a\\b"), End()),
    seq(Text("-e"), OneOf((("a", "f"), ("0", "9")))),
    seq(OneOf((("a", "z"),), negated=True), Text("x")),
    seq(Alt((Start(), NOT_ALPHANUMERIC)), Text("eval"), Alt((NOT_ALPHANUMERIC, End()))),
    seq(Text("é"), ANY_RUN, AnyOne()),
    Alt((seq(Start(), Text("A")), seq(Text("b"), End()))),
]
TEXTS = [
    *(
        "node.exe",
        "NODE.EXE",
        "xnodeXexe",
        "a\\b",
        "A\\B",
        "xa\\b",
        "-eA",
        "-E7",
        "-eg",
        "Ax",
        "zx",
    ),
    *(
        "9x",
        "eval",
        "xEval",
        "x Eval!",
        "-eval(",
        "éx",
        "Éx",
        "a",
        "A",
        "cb",
        "cB",
        "b\nc",
        "",
        "ab",
    ),
]


@pytest.mark.parametrize("cased", [True, False])
@pytest.mark.parametrize("pattern", REGEXES)
def test_a_regex_finds_what_it_means(pattern: Regex, cased: bool) -> None:
    printed = regex_text(pattern, cased=cased)
    matches = language(printed.text, False).matches

    for text in TEXTS:
        seen = text.lower() if printed.lowered else text
        assert matches(seen) == found(pattern, text, cased=cased), (printed, text)


@pytest.mark.parametrize("cased", [True, False])
@pytest.mark.parametrize("pattern", REGEXES)
def test_a_regex_of_a_list_keeps_to_one_value(pattern: Regex, cased: bool) -> None:
    printed = regex_text(pattern, cased=cased, many=True)
    matches = language(printed.text, False).matches

    for one in TEXTS:
        for other in ("q", "e", ""):
            joined = SEPARATOR.join(["", one, other, ""])
            seen = joined.lower() if printed.lowered else joined
            meant = any(found(pattern, text, cased=cased) for text in (one, other))
            assert matches(seen) == meant, (printed, one, other)


@pytest.mark.parametrize("pattern", REGEXES)
def test_a_regex_for_lower_case_has_no_capital(pattern: Regex) -> None:
    printed = regex_text(pattern, cased=False)

    assert not printed.lowered or printed.text == printed.text.lower()


# --- conditions


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        ('process.name is "A.exe"', 'TO_LOWER(process.name) == "a.exe"'),
        ('process.name is cased "A.exe"', 'process.name == "A.exe"'),
        ('process.name is "7"', 'process.name == "7"'),
        ('process.name in ("a", "B")', 'TO_LOWER(process.name) IN ("a", "b")'),
        ('process.name is "é"', 'process.name RLIKE "é"'),
        ("process.command_line contains '*\\'", 'process.command_line LIKE """*\\*\\\\*"""'),
        ('process.name starts with "A"', 'TO_LOWER(process.name) LIKE "a*"'),
        ('process.name ends with cased "A"', 'process.name LIKE "*A"'),
        ('process.name like "a?*b"', 'TO_LOWER(process.name) LIKE "a?*b"'),
        ("process.name exists", 'process.name != ""'),
        ("process.pid exists", "process.pid IS NOT NULL"),
        ("process.pid in (4, 8)", "process.pid IN (4, 8)"),
        ("process.pid in 4..8", "(process.pid >= 4 AND process.pid <= 8)"),
        ("process.code_signature.trusted is true", "process.code_signature.trusted == true"),
        ("process.pid > process.parent.pid", "process.pid > process.parent.pid"),
        ('process.args is cased "-E"', 'MV_CONTAINS(process.args, "-E")'),
        ('process.args in ("-E", "b")', 'MV_INTERSECTS(TO_LOWER(process.args), ["-e", "b"])'),
        ("process.args exists", 'MV_MAX(process.args) != ""'),
        ('process.name contains "\\u{202e}"', 'CONTAINS(process.name, FROM_BASE64("4oCu"))'),
    ],
)
def test_a_test_is_written_so(condition: str, written: str) -> None:
    assert asked(condition) == written


JOINED = 'CONCAT("␟", MV_CONCAT(TO_LOWER(process.args), "␟"), "␟")'


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        ('process.args contains "x"', f'{JOINED} LIKE "*x*"'),
        ('process.args starts with "x"', f'{JOINED} LIKE "*␟x*"'),
        ('process.args ends with "x"', f'{JOINED} LIKE "*x␟*"'),
        ('process.args like "a*b"', f'{JOINED} RLIKE ".*␟a[^␟]*b␟.*"'),
    ],
)
def test_a_pattern_is_looked_for_within_a_value_of_a_list(condition: str, written: str) -> None:
    assert asked(condition) == written


@pytest.mark.parametrize(
    ("condition", "written"),
    [
        ('process.name is not "a"', '(process.name IS NULL OR TO_LOWER(process.name) != "a")'),
        ("not process.pid > 4", "(process.pid IS NULL OR NOT process.pid > 4)"),
        ("process.name is missing", '(process.name IS NULL OR process.name == "")'),
        ("process.args is missing", '(process.args IS NULL OR MV_MAX(process.args) == "")'),
        ('process.args is not cased "a"', 'NOT MV_CONTAINS(process.args, "a")'),
        (
            'not (process.name is "a" and process.pid == 4)',
            '( (process.name IS NULL OR TO_LOWER(process.name) != "a") OR'
            " (process.pid IS NULL OR process.pid != 4) )",
        ),
        (
            "process.executable is not process.parent.executable",
            "( process.executable IS NULL OR process.parent.executable IS NULL OR"
            " NOT (TO_LOWER(process.executable) == TO_LOWER(process.parent.executable)"
            ' AND process.executable != "") )',
        ),
    ],
)
def test_an_exclusion_lets_through_what_has_no_value(condition: str, written: str) -> None:
    found = asked(condition)

    assert found == written or found.replace("( ", "(").replace(" )", ")") == written.replace(
        "( ", "("
    ).replace(" )", ")")


def test_what_is_wanted_anyway_is_not_guarded() -> None:
    found = asked('process.name like "*.exe" and process.name is not "a.exe"')

    assert found == ('TO_LOWER(process.name) LIKE "*.exe" AND TO_LOWER(process.name) != "a.exe"')


# --- the whole query


def test_a_rule_that_alerts_keeps_what_names_the_event() -> None:
    found = query('alert every 5m over 9m detect process.start where process.name is "a"')

    assert found.splitlines()[-2] == "| KEEP @timestamp, _id, _index, _version, process.name"


def test_a_hunt_bounds_its_time_and_shows_all() -> None:
    found = query('hunt over 30d detect process.start where process.name is "a"')

    assert "| WHERE @timestamp > NOW() - 30 days\n" in found
    assert "KEEP" not in found


def test_a_summary_without_keys_has_no_row_of_nothing() -> None:
    found = query("detect process.start summarize { Starts = count() }")

    assert found.endswith("| STATS\n    Starts = COUNT(*)\n| WHERE Starts >= 1\n| LIMIT 10000\n")


def test_a_name_that_is_an_output_is_given_to_no_other_column() -> None:
    body = "summarize by host.name every 1h { window = count()  events = sum(process.pid) }"

    found = query(f"detect process.start {body}")

    assert "BY host.name, window_ = BUCKET(@timestamp, 1 hour)" in found


def test_a_distinct_count_is_no_estimate() -> None:
    found = query("detect process.start summarize by host.name { N = count(distinct user.name) }")

    assert 'N = COALESCE(MV_COUNT(VALUES(user.name)), 0) WHERE user.name != ""' in found
    assert "COUNT_DISTINCT" not in found


def test_a_value_at_the_edge_is_one_that_is_there() -> None:
    found = query("detect process.start summarize by host.name { P = first(process.pid) }")

    assert "P = FIRST(process.pid, @timestamp) WHERE process.pid IS NOT NULL" in found


def test_a_mean_that_is_not_there_meets_no_comparison_and_every_negation() -> None:
    summary = "summarize by host.name { M = avg(process.pid)  N = count() }"

    found = query(f"detect process.start {summary} having N > 2 and not M > 4")

    assert "| WHERE N > 2 AND\n    (M IS NULL OR NOT M > 4)\n" in found


OF_SIX = ", ".join([*(f"process.pid == {n}" for n in range(5)), "process.name is 'a'"])
FIVE = " + ".join(f"CASE(process.pid == {n}, 1, 0)" for n in range(5))
NOT_FIVE = " + ".join(f"CASE((process.pid IS NULL OR process.pid != {n}), 1, 0)" for n in range(5))


def test_what_holds_is_counted() -> None:
    found = asked(f"3 of ({OF_SIX})")

    assert found == f'( {FIVE} + CASE(TO_LOWER(process.name) == "a", 1, 0) ) >= 3'


def test_what_does_not_hold_is_counted_where_enough_is_shut_out() -> None:
    found = asked(f"not 3 of ({OF_SIX})")

    name = 'CASE((process.name IS NULL OR TO_LOWER(process.name) != "a"), 1, 0)'
    assert found == f"( {NOT_FIVE} + {name} ) >= 4"


FIRST_SEEN = "detect process.start first seen (host.id, user.name) in"


def test_what_is_recent_is_held_against_what_is_not() -> None:
    found = query(f"alert every 1h over 1h {FIRST_SEEN} 13d")

    assert "| WHERE @timestamp > NOW() - 313 hours\n" in found
    assert (
        "| INLINE STATS\n"
        "    seen = MAX(@timestamp) WHERE @timestamp <= NOW() - 1 hour,\n"
        "    first_seen = MIN(@timestamp) WHERE @timestamp > NOW() - 1 hour\n"
        "  BY host.id, user.name\n"
        "| WHERE @timestamp == first_seen AND\n"
        "    (seen IS NULL OR seen < @timestamp - 13 days)\n"
        "| DROP seen, first_seen\n"
    ) in found


def test_where_more_is_asked_about_than_is_looked_back_on_each_moment_has_one_before() -> None:
    found = query(f"hunt over 30d {FIRST_SEEN} 2d")

    assert "| WHERE @timestamp > NOW() - 32 days\n" in found
    assert (
        "| WHERE place == 1 OR"
        " TO_LONG(SUBSTRING(moments, place - 14, 13)) - 1000000000000"
        " < TO_LONG(@timestamp) - 172800000\n"
        "| WHERE @timestamp > NOW() - 30 days\n"
        "| DROP moment, moments, place\n"
    ) in found


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        ("", "the search must begin 2 days before the events in question"),
        ("alert every 1h over 1h", "events of 49h, and a rule that looks back so far"),
    ],
)
def test_how_far_it_looks_back_is_told(schedule: str, told: str) -> None:
    lowered = rendering(f"{schedule} {FIRST_SEEN} 2d").lowered

    assert lowered is not None
    assert any(told in line for line in lowered.requires)


def test_a_window_that_slides_takes_no_name_that_is_shown() -> None:
    summary = "summarize by host.name sliding 5m { moment = count()  met = sum(process.pid) }"

    found = query(f"detect process.start {summary} having moment > 2")

    assert "moment_ = VALUES(@timestamp) WHERE own_bin == bin" in found
    assert "BY host.name, moment_\n" in found
    assert "| DROP met_, mark, marks, place\n" in found


def test_the_part_that_an_event_is_of_is_named() -> None:
    found = query(
        "detect any { one: process.start where process.name is 'a'"
        "  two: file.create where file.name is 'b' }"
    )

    assert "FROM logs-endpoint.events.process-*, logs-endpoint.events.file-* METADATA" in found
    assert '), "one",\n' in found
    assert '), "two"\n' in found


def test_a_column_that_has_to_be_made_is_made_before_it_is_read() -> None:
    found = query(
        'detect process.start where user.name is "a" and process.name is "b"',
        "elastic_windows_security",
    )

    lines = found.splitlines()
    assert lines[4] == '    TO_LOWER(process.name) == "b"'
    assert lines[5].startswith("| EVAL user_name = CASE(")
    assert lines[6] == '| WHERE TO_LOWER(user_name) == "a"'


MADE = """
target = "esql"
[classes."process.start"]
gate = ['event.code == "1"']
fields = { "user.name" = { column = "a", form = "expression", expr = "TRIM({column})" } }
[classes."logon.attempt"]
gate = ['event.code == "2"']
fields = { "user.name" = { column = "b", form = "expression", expr = "LTRIM({column})" } }
"""


def test_what_two_classes_make_otherwise_is_made_as_each_has_it(tmp_path: Path) -> None:
    (tmp_path / "source.toml").write_text(MADE, encoding="utf-8")
    source = read_source(tmp_path, over=load_source("elastic_m365_defender"))
    parts = "one: process.start where user.name is 'a'  two: logon.attempt where user.name is 'b'"
    (rule,) = compiled(f"rule r {{ detect any {{ {parts} }} }}").rules

    text = pipeline.render(rule, "esql", ESQL, (source,)).text

    assert source.classes() == ("logon.attempt", "process.start")
    assert text is not None
    assert (
        '| EVAL user_name = CASE(MV_CONTAINS(event.category, "process") AND event.code == "1",'
        ' TRIM(a), MV_CONTAINS(event.category, "authentication") AND event.code == "2", LTRIM(b))'
    ) in text


def test_an_order_of_events_is_left_to_eql() -> None:
    steps = "a: process.start where process.pid > 1  b: process.start where process.pid > 2"

    result = rendering(f"detect sequence by host.id within 5m {{ {steps} }}")

    assert codes(result) == {Code.REFUSED}
    assert "target `eql`" in result.diagnostics[0].message


# --- what it takes for granted, and what it cannot say


@pytest.mark.parametrize(
    ("condition", "word"),
    [
        ("process.executable contains 'x'", "1,024 characters in process.executable"),
        ("process.name in ('kiosk', 'x')", "U+212A in process.name"),
        ("process.args ends with '.js'", "U+241F) in process.args"),
        ("process.executable is process.parent.executable", "other letters than A-Z"),
    ],
)
def test_an_assumption_is_told(condition: str, word: str) -> None:
    lowered = rendering(f"detect process.start where {condition}").lowered

    assert lowered is not None
    assert lowered.verdict is Verdict.EXACT
    assert any(word in line for line in lowered.requires)


def test_no_more_is_assumed_than_is_used() -> None:
    lowered = rendering("detect process.start where process.name is cased 'x'").lowered

    assert lowered is not None
    assert lowered.requires == (
        "Elasticsearch 9.4 or later",
        "no more than 10,000 events: what is beyond is cut off",
    )


@pytest.mark.parametrize(
    "condition",
    [
        'process.name contains "é\\u{202e}"',  # a regex could say it, and has no escape
        'process.name like "a\\u{202e}*b"',
        'process.args contains "␟"',
        f'process.command_line matches "[ab]{"c" * 1000}"',
        'process.command_line matches "a.{20}b"',
    ],
)
def test_what_cannot_be_said_is_refused_with_a_reason(condition: str) -> None:
    result = rendering(f"detect process.start where {condition}")

    assert codes(result) == {Code.REFUSED}
    assert result.text is None


def test_a_chain_that_is_too_deep_is_refused() -> None:
    chain = " or ".join(f"(process.pid == {n} and process.name is 'a')" for n in range(400))

    assert codes(rendering(f"detect process.start where {chain}")) == {Code.REFUSED}


def test_a_list_of_addresses_is_asked_for_addresses_but_not_for_networks() -> None:
    one = query('detect dns.query where dns.resolved_ip in ("10.0.0.1", "10.0.0.2")')
    network = rendering('detect dns.query where dns.resolved_ip in ("10.0.0.0/8")')

    assert 'MV_INTERSECTS(dns.resolved_ip, TO_IP(["10.0.0.1", "10.0.0.2"]))' in one
    assert codes(network) == {Code.REFUSED}
    assert any("no list of addresses" in each.message for each in network.diagnostics)


def test_a_summary_that_it_lacks_is_left_out_with_a_verdict() -> None:
    body = "summarize by host.name { A = first(process.args)  N = count() } having N > 2"

    result = rendering(f'detect process.start {body}\n  accept wider on esql "so"')

    assert result.lowered is not None
    assert result.lowered.verdict is Verdict.WIDER
    assert result.lowered.ungrouped


def test_a_query_that_is_too_long_is_refused() -> None:
    assert ESQL.problems("x" * 1_000_000) == ()
    assert len(ESQL.problems("x" * 1_000_001)) == 1
