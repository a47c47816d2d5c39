"""From the text of a rule to the text of an output, or to its verdict."""

import re
from pathlib import Path

import pytest

from tocsin import model, pipeline, registry
from tocsin.diagnostics import Code
from tocsin.frozen import replace
from tocsin.lower.others import Other, with_others
from tocsin.model import Equals, Exists, Expr, Field, Not, Values, Verdict
from tocsin.pipeline import Rendering
from tocsin.profiles import load_source
from tocsin.source import Span

HERE = Span("x.rule", 0, 0)


@pytest.fixture(name="render")
def _render(tmp_path: Path) -> "Render":
    return Render(tmp_path)


class Render:
    """Renders `detect process.start where CONDITION`, or a whole body."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, target: str, condition: str, more: str = "", detect: str = "process.start"
    ) -> Rendering:
        meta = 'meta { title = "T" id = "00000000-0000-4000-8000-000000000001" severity = "low" }'
        text = f"rule r {{ {meta} detect {detect} where {condition} {more} }}"
        path = self.folder / "r.rule"
        path.write_text(text, encoding="utf-8")
        rules = pipeline.read([path], registry.names(), self.folder)
        assert not [each.message for each in rules.diagnostics if each.code.is_error]
        return pipeline.render(rules.rules[0], target, registry.load(target))


def query(rendering: Rendering) -> str:
    """Return the lines that are no comment, each stripped, on one line."""
    assert rendering.text is not None
    lines = rendering.text.split("```")[-1].splitlines()
    return " ".join(line.strip() for line in lines if not line.startswith("//"))


def verdict(rendering: Rendering) -> Verdict:
    assert rendering.lowered is not None
    return rendering.lowered.verdict


def codes(rendering: Rendering) -> set[Code]:
    return {each.code for each in rendering.diagnostics}


# --- verdicts


def test_an_argument_in_a_command_line_is_wider(render: Render) -> None:
    result = render("spl", 'process.args is "-r"')

    assert verdict(result) is Verdict.WIDER
    assert codes(result) == {Code.WIDER}


def test_a_command_line_is_not_yet_an_argument(render: Render) -> None:
    for target in ("kql", "sigma", "spl"):
        assert verdict(render(target, "process.args exists")) is Verdict.WIDER
    assert codes(render("kql", "process.args is missing")) == {Code.NARROWER}
    assert verdict(render("eql", "process.args exists")) is Verdict.EXACT


def test_kusto_splits_a_command_line_and_asks_for_elements(render: Render) -> None:
    for condition in ('process.args is "-r"', 'not process.args in cased ("a", "B")'):
        assert verdict(render("kql", condition)) is Verdict.EXACT
    # tolower() would fold this letter, the language does not.
    assert verdict(render("kql", 'process.args is "É"')) is Verdict.WIDER
    assert verdict(render("kql", 'process.args ends with ".js"')) is Verdict.WIDER


def test_under_not_wider_is_narrower_and_an_error(render: Render) -> None:
    result = render("spl", 'process.name is "a" and not process.args is "-r"')

    assert result.text is None
    assert codes(result) == {Code.NARROWER}


def test_under_two_nots_it_is_wider_again(render: Render) -> None:
    result = render("spl", 'not (process.name is "a" or not process.args is "-r")')

    assert verdict(result) is Verdict.WIDER


def test_what_errs_both_ways_is_skewed(render: Render) -> None:
    condition = 'process.args is "-a" and not process.args is "-b"'

    result = render("spl", condition, 'accept narrower on spl for process.args "rare"')

    assert verdict(result) is Verdict.SKEWED


def test_an_accept_takes_the_error_on(render: Render) -> None:
    condition = 'process.name is "a" and not process.args is "-r"'

    result = render("spl", condition, 'accept narrower on spl for process.args "rare"')

    assert verdict(result) is Verdict.NARROWER
    assert codes(result) == set()
    assert result.text is not None
    assert "(accepted: rare)" in result.text


def test_an_accept_for_another_field_does_not(render: Render) -> None:
    condition = 'process.name is "a" and not process.args is "-r"'

    result = render("spl", condition, 'accept narrower on spl for process.name "rare"')

    assert codes(result) == {Code.NARROWER, Code.ACCEPT_UNUSED}


def test_a_test_of_what_is_not_recorded_is_a_blind_branch(render: Render) -> None:
    result = render("spl", 'process.name is "a" or process.code_signature.trusted is true')

    assert verdict(result) is Verdict.EXACT
    assert codes(result) == {Code.BLIND_BRANCH}
    assert "Signature" not in query(result)


def test_a_negated_one_is_a_blind_exclusion(render: Render) -> None:
    result = render("spl", 'process.name is "a" and not process.code_signature.trusted is true')

    assert verdict(result) is Verdict.EXACT
    assert codes(result) == {Code.BLIND_EXCLUSION}


def test_a_rule_of_blind_branches_never_fires(render: Render) -> None:
    result = render("spl", 'process.name is "a" and process.code_signature.trusted is true')

    assert Code.NEVER_FIRES in codes(result)
    assert result.text is None


def test_n_of_is_written_out_where_a_target_has_not_got_it(render: Render) -> None:
    condition = '2 of (process.pid == 1, process.pid == 2, process.name is "a")'

    assert verdict(render("kql", condition)) is Verdict.EXACT


def test_too_many_combinations_are_refused(render: Render) -> None:
    tests = ", ".join(f'process.command_line contains "x{i}"' for i in range(9))

    assert codes(render("eql", f"4 of ({tests})")) == {Code.REFUSED}


@pytest.mark.parametrize(
    ("target", "counted"),
    [("kql", "toint(ProcessCommandLine contains"), ("spl", "if(match(CommandLine")],
)
def test_what_is_long_written_out_is_counted_where_that_can_be(
    render: Render, target: str, counted: str
) -> None:
    tests = [f'process.command_line contains "x{number}"' for number in range(9)]

    few = query(render(target, f"2 of ({', '.join(tests[:3])})"))
    many = query(render(target, f"4 of ({', '.join(tests)})"))

    assert counted not in few
    assert counted in many
    assert re.search(r">= ?4\b", many)


def test_classes_of_two_log_sources_are_no_sigma_document(render: Render) -> None:
    condition = 'process.executable is "a"'

    assert codes(render("sigma", condition, "", "process.start or network.connect")) >= {
        Code.REFUSED
    }
    assert verdict(render("spl", condition, "", "process.start or network.connect")) is (
        Verdict.EXACT
    )


def test_two_fields_are_not_compared_where_one_is_a_part_of_a_column(render: Render) -> None:
    assert codes(render("spl", "process.name is process.parent.name")) == {Code.REFUSED}
    assert "FileName =~ InitiatingProcessFileName" in query(
        render("kql", "process.name is process.parent.name")
    )


# --- EQL


def test_eql_says_like_with_a_literal_star_by_a_regex(render: Render) -> None:
    result = render("eql", 'process.command_line like any ("a*b", "a[*]?")')

    text = 'process.command_line : "a*b" or process.command_line regex~ "a\\\\*."'
    assert text in query(result)


def test_eql_asks_a_list_for_one_value_that_is_not_empty(render: Render) -> None:
    assert 'process.args : "?*"' in query(render("eql", "process.args exists"))
    missing = render("eql", 'process.name is "a" and process.args is missing')
    assert 'not process.args : "?*"' in query(missing)


def test_eql_has_no_anchor_in_the_last_part_of_an_account(render: Render) -> None:
    rule = render("eql", 'user.name has "a"').rule
    source = load_source("elastic_sentinelone")

    result = pipeline.render(rule, "eql", registry.load("eql"), (source,))

    assert r'regex~ "(.*[^0-9A-Za-z])?a([^0-9A-Za-z\\\\][^\\\\]*)?"' in query(result)


# --- KQL


def test_kql_guards_numbers_that_may_be_null_under_not(render: Render) -> None:
    text = query(render("kql", 'process.name is "a" and not process.pid in (1, 2)'))

    assert "not(isnotnull(ProcessId) and ProcessId in (1, 2))" in text


def test_kql_asks_a_text_column_for_a_text_whatever_the_field_is(render: Render) -> None:
    text = query(render("kql", "process.parent.code_signature.trusted is false"))

    assert "isnotempty(InitiatingProcessSignatureStatus)" in text


def test_kql_does_not_take_ipv4_for_the_ipv6_that_it_maps_to(render: Render) -> None:
    both = 'destination.ip in ("::/0")'
    text = query(render("kql", both, "", "network.connect"))
    assert '(RemoteIP contains ":" and ipv6_is_in_any_range(RemoteIP, "::/0"))' in text

    local = 'not destination.ip in ("fe80::/10")'
    text = query(render("kql", local, "", "network.connect"))
    assert 'not(coalesce(ipv6_is_in_any_range(RemoteIP, "fe80::/10"), false))' in text


def test_brackets_and_blanks_in_a_text_are_kept_in_an_aggregate(render: Render) -> None:
    more = 'summarize by host.id { N = count(where process.command_line contains "f( x )  y") }'

    assert '"f( x )  y"' in query(render("kql", 'process.name is "a"', more))
    assert r'"(?i)f\( x \)  y"' in query(render("spl", 'process.name is "a"', more))


# --- SPL


def test_spl_keeps_every_exclusion_beside_exists(render: Render) -> None:
    condition = """process.command_line exists
        and process.command_line is not "a" and process.command_line is not "b" """

    text = query(render("spl", condition))

    for value in ("-", "a", "b"):
        assert f'NOT CommandLine="{value}"' in text or f'CommandLine!="{value}"' in text


def test_spl_wants_a_value_beside_an_exclusion_without_case(render: Render) -> None:
    condition = """(process.pe.product exists and process.pe.product is not "A"
        and process.command_line has "x") or process.pid == 1"""

    assert 'Product!="-" AND' in query(render("spl", condition))


def test_spl_excludes_a_token_by_its_codes(render: Render) -> None:
    condition = """(process.pe.product exists and not process.pe.product is cased "$x$"
        and process.command_line has "x") or process.pid == 1"""

    text = query(render("spl", condition))

    assert r"^\x24x\x24\z" in text
    assert "$" not in text


@pytest.mark.parametrize("text", ["007", "0x10", "1.0", "10.0.0.0/8"])
def test_spl_compares_what_looks_like_a_number_or_network_as_text(
    render: Render, text: str
) -> None:
    result = query(render("spl", f'process.pe.product is "{text}"'))

    assert f'Product="{text}"' not in result
    assert "| where match(Product, " in result


def test_spl_excludes_what_is_no_number_or_address(render: Render) -> None:
    other = 'process.name has "x" or not process.pid > 4'
    assert "isnull(tonumber(ProcessId)) OR NOT tonumber(ProcessId)>4" in query(render("spl", other))

    other = 'process.name has "x" or not destination.ip in ("10.0.0.0/8")'
    text = query(render("spl", other, "", "network.connect"))
    assert 'if(cidrmatch("10.0.0.0/8", DestinationIp), 1, 0)==0' in text


def test_letters_beyond_a_to_z_are_compared_exactly(render: Render) -> None:
    condition = 'process.command_line like "é?a"'

    assert r'"(?is)^(?-i:é).a\z"' in query(render("spl", condition))
    assert '"(?is)^(?-i:é).a$"' in query(render("kql", condition))


def test_days_begin_at_midnight_utc(render: Render) -> None:
    more = "summarize by host.id every 1d { N = count() }"

    assert "eval window=floor(_time/86400)*86400" in query(
        render("spl", 'process.name is "a"', more)
    )
    assert "bin(Timestamp, 1d)" in query(render("kql", 'process.name is "a"', more))


def test_a_summary_without_grouping_is_its_events(render: Render) -> None:
    more = "summarize by host.id { N = count() }"

    result = render("eql", 'process.name is "a"', more)

    assert verdict(result) is Verdict.EXACT
    assert result.lowered is not None
    assert result.lowered.ungrouped


def test_outputs_may_have_the_names_of_columns_and_of_words(render: Render) -> None:
    more = """summarize by host.id every 1h {
        Computer = count() DeviceId = count() window = count() Timestamp = max(timestamp)
        by = first(process.command_line) project = count() }"""
    more = more.replace("by = first", "BY = first")

    kql = query(render("kql", 'process.name is "a"', more))
    spl = query(render("spl", 'process.name is "a"', more))

    assert "by DeviceId_ = DeviceId, Timestamp_ = bin(Timestamp, 1h)" in kql
    assert "['project'] = count()" in kql
    assert "| eval Computer_=Computer" in spl
    assert 'AS "BY"' in spl
    assert "BY Computer_ window_" in spl


def test_a_file_name_that_is_no_utf8_can_be_written(render: Render) -> None:
    rule = render("kql", 'process.name is "a"').rule
    odd = replace(rule, span=replace(rule.span, file="a\n\udcff`.rule"))

    for target in ("eql", "kql", "sigma", "spl"):
        text = pipeline.render(odd, target, registry.load(target)).text
        assert text is not None
        assert text.encode()
        assert r"a \u{DCFF}" in text


def test_addresses_are_held_against_each_other_only_where_that_is_exact(render: Render) -> None:
    for target in ("eql", "kql", "spl"):
        result = render(target, "source.ip is destination.ip", detect="network.connect")
        assert codes(result) == {Code.REFUSED}


def test_eql_does_not_take_ipv4_for_the_ipv6_that_it_maps_to(render: Render) -> None:
    narrow = render("eql", 'source.ip in "fe80::/10"', detect="network.connect")
    whole = render("eql", 'source.ip in "::/0"', detect="network.connect")

    assert 'cidrMatch(source.ip, "fe80::/10")' in query(narrow)
    assert codes(whole) == {Code.REFUSED}


def test_a_blind_branch_and_a_blind_exclusion_are_both_in_the_header(render: Render) -> None:
    signer = "process.code_signature.subject_name"
    text = render("kql", f'process.name is "a" and ({signer} is "x" or not {signer} is "y")').text

    assert text is not None
    assert f"blind branch on {signer}" in text
    assert f"blind exclusion on {signer}" in text


# --- limits of the targets


def message(rendering: Rendering) -> str:
    return next(each.message for each in rendering.diagnostics if each.code is Code.REFUSED)


def test_eql_refuses_what_lucene_cannot_make_deterministic(render: Render) -> None:
    condition = "process.command_line matches 'a.{30}b'"

    refused = render("eql", condition)

    assert "determinized states" in message(refused)
    assert verdict(render("kql", condition)) is Verdict.EXACT
    assert verdict(render("eql", "process.command_line matches '^a.{30}b'")) is Verdict.EXACT


def test_eql_refuses_a_pattern_of_many_single_characters_after_a_run(render: Render) -> None:
    assert "determinized states" in message(
        render("eql", f"process.command_line like '*a{'?' * 30}b*'")
    )


def test_eql_refuses_a_regex_of_over_a_thousand_characters(render: Render) -> None:
    text = "x".join(f"{number}[0-9]" for number in range(130))

    refused = render("eql", f"process.command_line matches '{text}'")

    assert "over 1,000 characters" in message(refused)


def test_a_long_list_is_split_where_an_operator_takes_no_more(render: Render) -> None:
    words = ", ".join(f'"w{number}"' for number in range(10_001))

    text = query(render("kql", f"process.command_line has any ({words})"))

    assert text.count("has_any (") == 2
    assert text.count(" or ProcessCommandLine has_any") == 1


def test_a_list_that_would_be_hundreds_of_terms_is_refused_with_the_way_out(render: Render) -> None:
    words = ", ".join(f'"w{number}"' for number in range(401))
    condition = f"process.command_line contains any ({words})"

    assert "take long lists" in message(render("kql", condition))
    for target in ("eql", "sigma", "spl"):
        assert verdict(render(target, condition)) is Verdict.EXACT


# --- sources that share a query


def test_a_column_that_is_another_field_elsewhere_makes_the_query_wider(render: Render) -> None:
    condition = "process.parent.code_signature.trusted is true"

    wider = render("eql", condition)
    narrower = render("eql", f'process.name is "a" and not {condition}')

    assert verdict(wider) is Verdict.WIDER
    assert codes(narrower) >= {Code.NARROWER}
    reasons = [each.label for each in wider.diagnostics]
    assert any("holds process.code_signature.trusted there" in reason for reason in reasons)


def test_the_headers_tell_what_the_words_of_a_target_assume(render: Render) -> None:
    path = render("eql", "process.executable contains 'x'")
    name = render("eql", "process.command_line contains 'x'")

    assert path.text is not None
    assert "no text over 1,024 characters in process.executable" in path.text
    assert name.text is not None
    assert "1,024" not in name.text


def test_a_sum_of_nothing_is_0_in_spl_too(render: Render) -> None:
    more = "summarize by host.name { Sum = sum(process.pid) }"

    assert "| fillnull value=0 Sum" in query(render("spl", 'process.name is "a"', more))
    assert "fillnull" not in query(render("spl", "process.pid exists", more))


def test_what_is_shut_out_by_a_regex_does_not_hide_behind_two_letters(render: Render) -> None:
    condition = "process.command_line matches 'a[0-9]+sk'"

    for target in ("kql", "spl"):
        assert "sk" in query(render(target, condition))
        excluded = query(render(target, f'process.name is "a" and not {condition}'))
        assert "(?-i:[Ss])(?-i:[Kk])" in excluded


def test_an_invisible_character_has_two_digits_or_more_in_eql(render: Render) -> None:
    assert r"\u{000b}" in query(render("eql", r'process.command_line contains "\u{b}"'))


def test_two_empty_texts_are_not_the_same_in_sigma(render: Render) -> None:
    text = query(render("sigma", "process.pe.company is process.pe.product"))

    assert "filter_main_company: Company: - '' - '-' condition" in text


def test_spl_refuses_numbers_that_it_cannot_tell_apart(render: Render) -> None:
    assert "beyond 2^53" in message(render("spl", f"process.pid == {2**53 + 1}"))
    assert verdict(render("spl", f"process.pid < {2**53}")) is Verdict.EXACT
    assert verdict(render("kql", f"process.pid == {2**53 + 1}")) is Verdict.EXACT


def test_kql_tells_what_an_analytics_rule_is_too_short_for(render: Render) -> None:
    words = ", ".join(f'"a_long_word_{number:04}"' for number in range(600))
    condition, alert = f"process.name in ({words})", "alert every 5m over 10m"

    assert "10,000 characters" in (render("kql", condition, alert).text or "")
    assert "10,000 characters" not in (render("kql", condition, "hunt over 1d").text or "")
    assert "10,000 characters" not in (render("kql", 'process.name is "a"', alert).text or "")


def test_terms_are_counted_along_the_longest_way_down(render: Render) -> None:
    words = ", ".join(f'"w{number}"' for number in range(250))
    one, other = (f"{name} contains any ({words})" for name in ("user.name", "process.name"))

    assert "over 400 terms" in message(render("kql", f"{one} or {other}"))
    assert "over 400 terms" in message(render("kql", f"({one} and process.pid > 0) or {other}"))
    assert verdict(render("kql", f"({one}) and ({other})")) is Verdict.EXACT


def test_what_a_count_assumes_is_told_too(render: Render) -> None:
    more = "summarize by host.name { N = count(where process.command_line matches 'k[0-9]') }"

    for target in ("kql", "spl"):
        text = render(target, 'process.name is "a"', more).text
        assert text is not None
        assert "no U+017F or U+212A" in text


def test_two_absent_columns_do_not_make_a_value(render: Render) -> None:
    text = query(render("kql", "target.process.executable exists", "", "process.access"))

    assert 'iff(isempty(FolderPath), "", strcat(' in text


def test_an_output_that_no_column_shows_is_no_blind_test(render: Render) -> None:
    more = "summarize by host.name { Names = set(process.hash.sha1) N = count(distinct user.id) }"

    rendering = render("spl", "process.hash.sha1 exists", more)

    assert rendering.text is not None
    assert "Names stays empty: process.hash.sha1 is not in splunk_sysmon" in rendering.text
    assert "blind" not in rendering.text
    assert "dc(eval(null())) AS N" in rendering.text


def test_exclusions_say_that_there_is_a_value() -> None:
    a, b = Field("a"), Field("b")
    present = Exists(a, HERE)
    x, y, long = (Equals(a, Values((text,)), False, HERE) for text in ("x", "y", "long"))
    of_another = Not(Equals(b, Values(("x",)), False, HERE), HERE)
    conjuncts: list[Expr] = [Not(x, HERE), present, Not(y, HERE), Not(long, HERE), of_another]

    found = with_others(conjuncts, lambda test: test is not long)

    assert found == [Other(x), Other(y), Not(long, HERE), of_another]
    assert with_others(conjuncts, lambda _: False) == conjuncts


def test_no_domain_stands_before_a_first_backslash(render: Render) -> None:
    loose = pipeline.render(
        render("spl", "user.domain exists").rule,
        "spl",
        registry.load("spl"),
        (load_source("splunk_cim"),),
    )

    assert 'Processes.user="*\\\\*" NOT Processes.user="\\\\*"' in query(loose)


# --- what a program reads in its command line

OTHERS = ("eql", "esql", "sigma", "spl")
WITHIN = "process.node.options starts with any"


@pytest.mark.parametrize(
    "condition",
    [
        'process.node.options in ("--eval", "--print")',
        f'{WITHIN} ("--import=data:", "--require=data:")',
        "process.node.options like '--require=?:\\Users\\*'",
        "process.node.options matches '^--inspect(-brk|-port)?=(\\d{1,2}|[02-9]\\d\\d)\\.'",
        "process.node.script like '?:\\Users\\*'",
        'process.node.script is "-"',
        "process.node.options exists",
    ],
)
def test_kusto_reads_options_exactly_and_others_read_more(render: Render, condition: str) -> None:
    assert verdict(render("kql", condition)) is Verdict.EXACT
    for target in OTHERS:
        rendering = render(target, condition)
        assert verdict(rendering) is Verdict.WIDER
        assert codes(rendering) == {Code.WIDER}


def test_an_exclusion_by_options_is_narrower_where_more_is_read(render: Render) -> None:
    condition = 'process.name is "node.exe" and not process.node.script ends with ".js"'

    assert verdict(render("kql", condition)) is Verdict.EXACT
    for target in OTHERS:
        assert codes(render(target, condition)) == {Code.NARROWER}


def test_a_part_of_any_option_is_wider_in_kusto_too(render: Render) -> None:
    assert verdict(render("kql", 'process.node.options contains "http"')) is Verdict.WIDER
    assert verdict(render("kql", 'process.node.script contains "http"')) is Verdict.EXACT


def test_kusto_says_what_it_puts_between_arguments(render: Render) -> None:
    rendering = render("kql", 'process.node.script is "app.js"')

    assert rendering.text is not None
    assert "// Requires: no U+001F in a command line" in rendering.text
    assert "U+001F" not in (render("kql", 'process.args is "app.js"').text or "")


def test_another_name_of_an_option_keeps_its_case(render: Render) -> None:
    text = query(render("kql", 'process.node.options is "--check"'))

    assert 'matches regex @"(?i)(?:^|\\x{1F})--check[=\\x{1F}]"' in text
    assert 'matches regex @"(?:^|\\x{1F})-c\\x{1F}"' in text


@pytest.mark.parametrize(
    "condition",
    [
        'process.node.options in ("--eval", "--print", "--run", "--test")',
        "process.node.options like any ('--require=*\\Users\\*', '--import=*\\AppData\\*.mjs')",
        'process.node.options in ("--inspect", "--inspect-brk", "--require", "--import", "--test")',
        'process.node.options contains "http"',
        "process.node.script like any ('?:\\Users\\*\\AppData\\*.dat', '*\\Temp\\*')",
    ],
)
def test_elastic_takes_whatever_is_close_enough_to_fit(render: Render, condition: str) -> None:
    rendering = render("eql", condition)

    assert verdict(rendering) is Verdict.WIDER
    assert rendering.lowered is not None
    for test in model.predicates(model.event_of(rendering.lowered.body).condition):
        assert registry.load("eql").exact(test)


def test_what_does_not_fit_is_looked_for_apart(render: Render) -> None:
    near = render("spl", "process.node.options like '--require=*\\Users\\*'")
    apart = render("eql", "process.node.options like '--require=*\\Users\\*'")

    assert query(near).count("match(") == 1
    assert query(apart).count("regex~") == 2  # the option, and its value
    assert near.lowered is not None
    assert apart.lowered is not None
    assert "anywhere" not in near.lowered.approximations[0].reason
    assert "anywhere" in apart.lowered.approximations[0].reason


def test_a_derived_field_is_blind_where_there_is_no_command_line(tmp_path: Path) -> None:
    text = 'rule r { detect process.start where process.parent.node.script is "-" }'
    (tmp_path / "r.rule").write_text(text, encoding="utf-8")
    (rule,) = pipeline.read([tmp_path / "r.rule"], registry.names(), tmp_path).rules

    source = load_source("splunk_security_4688")
    rendering = pipeline.render(rule, "spl", registry.load("spl"), (source,))

    assert rendering.text is None
    assert Code.NEVER_FIRES in codes(rendering)


def test_two_columns_for_a_line_are_two_places_to_look(tmp_path: Path) -> None:
    text = 'rule r { detect process.start where process.node.options is "--eval" }'
    (tmp_path / "r.rule").write_text(text, encoding="utf-8")
    (rule,) = pipeline.read([tmp_path / "r.rule"], registry.names(), tmp_path).rules

    source = load_source("splunk_security_4688")
    text = query(pipeline.render(rule, "spl", registry.load("spl"), (source,)))

    assert "match(CommandLine," in text
    assert "match(Process_Command_Line," in text


def test_options_are_shown_nowhere_and_a_script_where_it_is_made(render: Render) -> None:
    more = (
        "summarize by host.name "
        "{ Scripts = set(process.node.script) Options = set(process.node.options) }"
    )

    made = render("kql", "process.node.script exists", more)
    not_made = render("spl", "process.node.script exists", more)

    assert "Scripts = make_set(process_node_script)" in query(made).replace("make_set_if", "")
    for rendering, empty in ((made, {"Options"}), (not_made, {"Scripts", "Options"})):
        assert rendering.lowered is not None
        assert {each.output for each in rendering.lowered.blind} == empty


def test_a_field_is_not_held_against_options(render: Render) -> None:
    for target in ("kql", *OTHERS):
        assert render(target, "process.node.options is process.name").text is None
    assert render("kql", "process.node.script is process.executable").text is not None
    assert render("spl", "process.node.script is process.executable").text is None
