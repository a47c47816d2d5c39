"""What a project says of itself: read, obeyed, and told where it is wrong."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from differential.harness import engine_of
from test_cli import no_traceback, tocsin
from tocsin.places import MAX_DEPTH, places, too_deep
from tocsin.settings import read_settings

RULE = """rule good {
  meta { title = "Good" id = "11111111-1111-4111-8111-111111111111" severity = "low" }
  hunt over 1d
  detect process.start on windows where process.name is "node.exe"
  test "node" fires { process.name = "node.exe" }
  test "other" silent { process.name = "deno.exe" }
}
"""
DNS = """rule resolves {
  detect dns.query where dns.question.name is "a.example"
}
"""
TARGETS = ("eql", "esql", "kql", "sigma", "spl")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "good.rule").write_text(RULE, encoding="utf-8")
    return tmp_path


def settings(project: Path, text: str | bytes, name: str = "tocsin.toml") -> None:
    data = text.encode("utf-8") if isinstance(text, str) else text
    (project / name).write_bytes(data)


def found(project: Path, *arguments: str) -> list[tuple[str, str, str]]:
    """Run `check`, which must end with 2; return code, place and message of what it says."""
    result = tocsin("check", *arguments, "--format", "json", cwd=project)
    assert result.returncode == 2, result.stdout + result.stderr
    assert result.stderr == ""
    no_traceback(result)
    return [
        (each["code"], f"{each['file']}:{each['line']}:{each['column']}", each["message"])
        for each in json.loads(result.stdout)["diagnostics"]
    ]


def compiled(project: Path, target: str, *more: str) -> str:
    result = tocsin("compile", "rules", "-t", target, *more, cwd=project)
    assert result.returncode == 0, result.stderr
    return result.stdout


# --- what is wrong, and where


@pytest.mark.parametrize(
    ("text", "code", "place", "message"),
    [
        ('rule = ["rules"]', "E502", "1:1", "unknown key `rule`"),
        ("rules = true", "E503", "1:1", "`rules` must be a list of texts"),
        ('rules = ["rules", 3]', "E503", "1:1", "`rules` must be a list of texts"),
        ('rules = ["rules", ".."]', "E503", "1:19", "`..` leads out of the project"),
        ('rules = ["/etc"]', "E503", "1:10", "`/etc` leads out of the project"),
        ('rules = ["none"]', "E503", "1:10", "no such file or folder: `none`"),
        ('rules = ["a\\u0000b"]', "E503", "1:10", "no such file or folder: `a\0b`"),
        (f'rules = ["{"a" * 5000}"]', "E503", "1:10", f"no such file or folder: `{'a' * 5000}`"),
        ("targets = 1", "E503", "1:1", "`targets` must be a table"),
        ("rules = []", "E503", "1:1", "`rules` is empty"),
        ('rules = ["rules", ""]', "E503", "1:19", "an empty name in `rules`"),
        ("[targets.kql]\nsources = []", "E503", "2:1", "`sources` is empty"),
        ('[targets.kql]\nsources = [""]', "E503", "2:12", "an empty name in `sources`"),
        (
            "[targets]\n" + "".join(f"{name}.enabled = false\n" for name in TARGETS), "E503", "2:5",
            "every target is left out: there is nothing to do",
        ),
        ("[targets]\nkql = 1", "E503", "2:1", "`kql` must be a table"),
        ("\n[targets.kqll]", "E502", "2:10", "no target `kqll` is installed"),
        ("[targets.kql]\nenable = true", "E502", "2:1", "unknown key `enable`"),
        ("[targets.kql]\nenabled = 1", "E503", "2:1", "`enabled` must be true or false"),
        ("targets.kql.sources = 1", "E503", "1:13", "`sources` must be a list of texts"),
        *(
            (f"[targets.kql]\nmax_characters = {value}", "E503", "2:1",
             "`max_characters` must be a whole number above 0")
            for value in ("0", "-1", "1.5", "true", '"9"')
        ),
        ("[sources]\nmine = 1", "E503", "2:1", "`mine` must be a table"),
        (
            '[sources."../../x"]\nextends = "sigma"', "E503", "1:10",
            "`../../x` cannot be a source's name, which is a name of files too",
        ),
        (
            '[sources.mine]\nextends = "splunk_sysmn"', "E504", "2:11",
            "no source `splunk_sysmn` to extend",
        ),
        (
            '[sources.mine]\nextends = "mine"', "E504", "2:11",
            "`extends` leads in a circle: mine -> mine",
        ),
        (
            '[sources.mine]\nextends = "defender_xdr"\ntarget = "spl"', "E504", "3:10",
            "`target` is `spl`, but the source below is one of kql",
        ),
        (
            '[sources.defender_xdr]\ntarget = "spl"', "E504", "2:10",
            "`target` is `spl`, but the source below is one of kql",
        ),
        (
            '[sources.defender_xdr]\nextends = "sentinel_asim"', "E504", "2:11",
            "`defender_xdr` is a source of ours and stands over itself",
        ),
        (
            '[sources.mine]\nextends = "splunk_sysmon"\nevents = ""\n'
            '[sources.mine.classes."dns.query"]\nsearch = [" "]', "E505", "4:23",
            "the class has neither `events`, `search`, `macro` nor `datamodel`:"
            " it would be every event",
        ),
        (
            '[sources.mine]\nextends = "sentinel_sysmon"\n'
            '[sources.mine.classes."dns.query"]\ntable = ""', "E503", "4:1",
            "`table` is missing, which target kql needs",
        ),
        (
            '[sources.mine]\nextends = "splunk_sysmon"\nlacks = ["dns.query"]\n'
            '[sources.mine.classes."dns.query"]', "E505", "4:23",
            "`dns.query` is in `classes` and in `lacks`",
        ),
        (
            '[sources.b]\nextends = "a"\n[sources.b.classes."dns.query"]\n'
            '[sources.a]\nextends = "splunk_sysmon"\nlacks = ["dns.query"]', "E505", "3:20",
            "`dns.query` is in `classes` and in `lacks`",
        ),
        (
            '[sources.mine]\ntitle = "Mine"\ntarget = "kql"', "E504", "1:10",
            "the source maps nothing: it has neither `extends` nor `classes`",
        ),
        (
            '[sources.mine]\nextends = "splunk_sysmon"\nindexs = ["a"]', "E502", "3:1",
            "unknown key `indexs`",
        ),
        (
            '[sources.mine]\nextends = "splunk_sysmon"\nindex = "a"', "E503", "3:1",
            "`index` must be a list of texts",
        ),
        (
            '[sources.mine]\nextends = "splunk_sysmon"\nmacro = "a\\nb"', "E503", "3:1",
            "`macro` must be one line",
        ),
        (
            '[sources.mine]\nextends = "splunk_sysmon"\nrename = { Imge = "I" }', "E505", "3:12",
            "no column `Imge` to rename",
        ),
        (
            '[sources.mine]\nextends = "splunk_sysmon"\nlacks = ["dns.qury"]', "E505", "3:10",
            "unknown event class `dns.qury`",
        ),
        (
            '[sources.mine]\nextends = "splunk_sysmon"\n[sources.mine.classes."dns.qury"]',
            "E505", "3:23", "unknown event class `dns.qury`",
        ),
        (
            '[sources.splunk_sysmon.classes."process.start".fields]\n"process.nmae" = "always"',
            "E505", "2:1", "`process.nmae` is no field of process.start",
        ),
        (
            '[sources.splunk_sysmon.classes."process.start".fields]\n"process.name" = "allways"',
            "E503", "2:18", "`process.name` cannot be `allways`",
        ),
        (
            '[sources.splunk_sysmon.classes."process.start".fields]\n"process.name" = "seldom"',
            "E503", "2:18", "`process.name` has `seldom`, which is none of always, conditional",
        ),
        (
            '[sources.splunk_sysmon.classes."process.start".fields]\n"process.name" = 1',
            "E503", "2:1", "`process.name` must be a table",
        ),
        (
            '[sources.splunk_sysmon.classes."process.start".fields]\n'
            '"process.name" = { form = "words" }', "E503", "2:27", "form words needs `words`",
        ),
        (
            '[sources.splunk_sysmon.classes."process.start".fields]\n'
            '"process.name" = { column = "A", form = "expression", expr = "lower({2})" }',
            "E505", "2:55", "`expr` has the placeholder `{2}`; known: {1}, {column}",
        ),
        (
            '[sources.splunk_sysmon.classes."process.start".fields]\n'
            '"process.name" = { column = "A", form = "expression", expr = "lower({" }',
            "E505", "2:55",
            "`expr` has a single brace: a placeholder is `{name}`, a brace is doubled",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(
    project: Path, text: str, code: str, place: str, message: str
) -> None:
    settings(project, text)

    assert found(project) == [(code, f"tocsin.toml:{place}", message)]


def test_all_faults_are_told_at_once(project: Path) -> None:
    settings(
        project, 'colour = 1\n[targets.kqll]\n[sources.a]\nextends = "b"\n[targets.spl]\nx = 1'
    )

    assert [(code, place) for code, place, _ in found(project)] == [
        ("E502", "tocsin.toml:1:1"),
        ("E502", "tocsin.toml:2:10"),
        ("E504", "tocsin.toml:4:11"),
        ("E502", "tocsin.toml:6:1"),
    ]


def test_a_circle_of_sources_is_told_at_each(project: Path) -> None:
    settings(project, '[sources.a]\nextends = "b"\n[sources.b]\nextends = "a"')

    assert found(project) == [
        ("E504", "tocsin.toml:2:11", "`extends` leads in a circle: b -> a -> b"),
        ("E504", "tocsin.toml:4:11", "`extends` leads in a circle: a -> b -> a"),
    ]


def test_sources_of_a_target_are_told_where_they_stand(project: Path) -> None:
    settings(project, '[targets.kql]\nsources = [\n  "sentinel_sysmon",\n  "sentinel_sysmn",\n]')
    assert found(project) == [("E504", "tocsin.toml:4:3", "no source of kql: `sentinel_sysmn`")]

    settings(project, '[targets.kql]\nsources = ["elastic_defend"]')
    assert found(project) == [
        ("E504", "tocsin.toml:2:12", "`elastic_defend` is a source of eql")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"rules = [\n", "1:9", "invalid value"),
        (b"a = 1\r\nb = = 2\r\n", "2:5", "invalid value"),
        (b"a = 1\na = 2\n", "2:5", "cannot overwrite a value"),
        (b'a = "\xc3\xa9\xff"\n', "1:7", "not UTF-8: byte 0xFF"),
        (b"\xff\xfea\x00", "1:1", "not UTF-8: byte 0xFF"),
        (b"a\x00b = 1", "1:2", "expected '=' after a key in a key/value pair"),
        (b"# " + b"x" * (1 << 20), "1:1", "larger than 1024 KiB"),
        (b"a = " + b"[" * 100_000, "1:54", "nested too deep"),
        (b"a = " + b"{ a = " * 100_000, f"1:{1 + 6 * 50}", "nested too deep"),
        (b"a." * 500_000 + b"a = 1", "1:101", "nested too deep"),
        (b"[" + b"a." * 500_000 + b"a]", "1:102", "nested too deep"),
        (b"# 1\nmax = [\n  1, -" + b"1_" * 5999 + b"1]", "3:6", "a number of 6000 digits"),
        (b"word " * 100, "1:6", "expected '=' after a key in a key/value pair"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_file_that_cannot_be_read_is_told(
    project: Path, data: bytes, place: str, message: str
) -> None:
    settings(project, data)

    assert found(project) == [("E501", f"tocsin.toml:{place}", message)]


def test_what_is_no_file_is_told(project: Path) -> None:
    (project / "tocsin.toml").mkdir()
    assert found(project) == [("E501", "tocsin.toml:1:1", "no regular file")]

    (project / "tocsin.toml").rmdir()
    os.mkfifo(project / "tocsin.toml")
    assert found(project) == [("E501", "tocsin.toml:1:1", "no regular file")]


@pytest.mark.parametrize("name", ["tocsin.toml", "pyproject.toml"])
@pytest.mark.parametrize("to", ["nowhere", "tocsin.toml"])
def test_a_link_that_leads_nowhere_is_told(project: Path, name: str, to: str) -> None:
    (project / name).symlink_to(to)

    ((code, place, _),) = found(project)

    assert (code, place) == ("E501", f"{name}:1:1")


def helped(project: Path, text: str) -> str:
    """Return the help of the one fault that TEXT has."""
    settings(project, text)
    result = tocsin("check", "--format", "json", cwd=project)
    (fault,) = json.loads(result.stdout)["diagnostics"]
    return str(fault["help"])


FIELDS = '[sources.splunk_sysmon.classes."process.start".fields]\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sources.splunk_sysmon.classes.process.start.fields]", "process.start"),
        ("[sources.splunk_sysmon.classes.process.strat.fields]", "process.start"),
        ("[sources.splunk_sysmon.classes.process]\nx = 1", "process.access"),
        (FIELDS + 'process.name = { column = "A" }', "process.name"),
        (FIELDS + 'process.hash.sha256 = "always"', "process.hash.sha256"),
        (FIELDS + 'process.nmae = "always"', "process.name"),
        (FIELDS.replace("fields", "absent") + 'process.pid = "none"', "process.pid"),
        ('[sources.splunk_sysmon]\nrename = { event.Image = "I" }', "event.Image"),
    ],
)
def test_a_name_that_wants_quotes_is_shown_in_them(project: Path, text: str, said: str) -> None:
    assert helped(project, text) == f'a dot is a level in TOML: write "{said}" in quotes'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FIELDS + '"process.nmae" = "always"', "`process.name` has a similar name"),
        (FIELDS.replace("fields", "absent") + '"process.nmae" = "no"', "`process.name` has a"),
        (FIELDS + '"Image" = "always"', "`Image` is written `process.executable`"),
        (
            FIELDS + '"process.user" = "always"',
            "fields of that name: `process.parent.user.name`, `user.name`, `user.domain`,",
        ),
        (FIELDS + '"zzz" = "always"', "`tocsin fields process.start` lists the fields"),
        (FIELDS + '"process.name" = "allways"', "`always` has a similar name"),
        (FIELDS + '"process.name" = { form = "direkt" }', "`direct` has a similar name"),
        (
            FIELDS + '"process.name" = { form = "domain_user", part = "nam" }',
            "`name` has a similar name",
        ),
        ('[sources.x]\ntitle = "X"\ntarget = "splk"\nindex = ["x"]\ntime = "_time"\n'
         'lacks = ["dns.query"]\n[sources.x.classes."file.create".fields]', "`spl` has a"),
    ],
)  # fmt: skip
def test_the_nearest_name_is_told(project: Path, text: str, said: str) -> None:
    settings(project, text)

    result = tocsin("check", "--format", "json", cwd=project)

    assert str(json.loads(result.stdout)["diagnostics"][0]["help"]).startswith(said)


def test_lacks_that_is_inherited_can_be_ended(project: Path) -> None:
    text = (
        '[sources.a]\nextends = "splunk_sysmon"\nlacks = ["dns.query"]\n'
        '[sources.b]\nextends = "a"\n{}\n[sources.b.classes."dns.query"]\nindex = ["dns"]'
    )
    assert helped(project, text.format("")).startswith("`lacks` is that of the source below")

    settings(project, text.format("lacks = []"))
    assert tocsin("check", cwd=project).returncode == 0


@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("build",),
        ("compile", "rules", "-t", "kql"),
        ("test",),
        ("match", "rules", "e.ndjson"),
        ("targets",),
        ("fields", "process.start"),
    ],
)
def test_every_command_that_reads_settings_shows_their_faults(
    project: Path, command: Sequence[str]
) -> None:
    settings(project, "[targets.kql]\nenabled = 1\n")

    result = tocsin(*command, cwd=project)

    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == (
        "error[E503]: `enabled` must be true or false\n"
        " --> tocsin.toml:2:1\n"
        "  |\n"
        "2 | enabled = 1\n"
        "  | ^^^^^^^ this does not fit\n\n"
    )


def test_a_fault_is_named_from_the_root_where_we_are_below_it(project: Path) -> None:
    settings(project, "colour = 1")

    result = tocsin("check", "good.rule", cwd=project / "rules")

    assert "--> tocsin.toml:1:1" in result.stderr


def test_a_plug_ins_broken_profile_is_a_fault_too(project: Path) -> None:
    (project / "plug.py").write_text(
        "from pathlib import Path\n"
        "from tocsin.profiles import read_source\n"
        "class Plug:\n"
        "    suffix = '.plug'\n"
        "    @property\n"
        "    def sources(self):\n"
        "        return (read_source(Path(__file__).parent / 'logs'),)\n"
        "PLUG = Plug()\n",
        encoding="utf-8",
    )
    (project / "logs").mkdir()
    (project / "logs" / "source.toml").write_text('title = "L"\ntarget = 3\n', encoding="utf-8")
    (project / "logs" / "dns.query.toml").write_text("", encoding="utf-8")
    (project / "plug.dist-info").mkdir()
    (project / "plug.dist-info" / "entry_points.txt").write_text(
        "[tocsin.backends]\nplug = plug:PLUG\n", encoding="utf-8"
    )

    for command in (("check",), ("compile", "rules", "-t", "plug"), ("targets",)):
        result = tocsin(*command, cwd=project)

        assert result.returncode == 2, result.stderr
        assert "error[E503]: `target` must be a text\n --> logs/source.toml:2:1\n" in result.stderr
        no_traceback(result)
    assert found(project) == [("E503", "logs/source.toml:2:1", "`target` must be a text")]


# --- what is obeyed


def test_rules_are_read_from_the_folders_of_the_settings(project: Path) -> None:
    (project / "rules").rename(project / "hunts")
    settings(project, 'rules = ["hunts"]')
    (project / "below").mkdir()

    for folder in (project, project / "below"):
        result = tocsin("test", cwd=folder)
        assert (result.returncode, result.stderr) == (0, "1 rule: 2 passed, 0 failed\n")


def test_settings_may_stand_in_pyproject(project: Path) -> None:
    text = '[project]\nname = "x"\n[tool.tocsin.targets.kql]\nenabled = "no"\n'
    settings(project, text, "pyproject.toml")
    assert found(project) == [("E503", "pyproject.toml:4:1", "`enabled` must be true or false")]

    settings(project, text.replace('"no"', "false"), "pyproject.toml")
    rules = json.loads(tocsin("check", "--format", "json", cwd=project).stdout)["rules"]
    assert list(rules["good"]) == ["eql", "esql", "sigma", "spl"]


def test_tocsin_toml_comes_before_pyproject(project: Path) -> None:
    settings(project, "[tool.tocsin]\ncolour = 1", "pyproject.toml")
    settings(project, "[targets.eql]\nenabled = false")

    result = tocsin("build", cwd=project)

    assert "1 rule for 4 targets: 5 files in dist" in result.stderr


def test_a_target_that_is_left_out_can_be_named(project: Path) -> None:
    settings(project, "[targets.sigma]\nenabled = false")

    assert "logsource:" in compiled(project, "sigma")
    result = tocsin("test", "--engines", "-t", "sigma", cwd=project)
    assert "exact, proved on 2 events" in result.stdout


def test_engines_run_what_the_settings_choose(project: Path) -> None:
    settings(
        project,
        "[targets.eql]\nenabled = false\n[targets.kql]\nenabled = false\n"
        "[targets.esql]\nenabled = false\n"
        '[targets.spl]\nsources = ["splunk_sysmon", "splunk_security_4688"]\n'
        "[sources.splunk_sysmon]\nmacro = '`sysmon`'\n",
    )

    result = tocsin("test", "--engines", cwd=project)

    assert result.returncode == 0, result.stderr
    assert result.stdout.split("\n")[0].split() == [
        *("rule", "sigma", "spl/splunk_sysmon", "spl/splunk_security_4688")
    ]
    assert "3 queries: 3 proved" in result.stderr


def test_two_sources_give_two_files(project: Path) -> None:
    settings(project, '[targets.kql]\nsources = ["sentinel_sysmon", "defender_xdr"]')

    result = tocsin("build", cwd=project)

    assert result.returncode == 0, result.stderr
    files = (project / "dist" / "kql").rglob("*.kql")
    assert sorted(each.relative_to(project / "dist").as_posix() for each in files) == [
        "kql/defender_xdr/good.kql",
        "kql/sentinel_sysmon/good.kql",
    ]
    manifest = json.loads((project / "dist" / "manifest.json").read_text(encoding="utf-8"))
    assert {
        name: (each["path"], each["sources"])
        for name, each in manifest["rules"][0]["targets"].items()
        if name.startswith("kql")
    } == {
        "kql/sentinel_sysmon": ("kql/sentinel_sysmon/good.kql", ["sentinel_sysmon"]),
        "kql/defender_xdr": ("kql/defender_xdr/good.kql", ["defender_xdr"]),
    }


def test_one_source_gives_one_file(project: Path) -> None:
    settings(project, '[targets.kql]\nsources = ["sentinel_sysmon"]')

    tocsin("build", cwd=project)

    text = (project / "dist" / "kql" / "good.kql").read_text(encoding="utf-8")
    assert "// Source: sentinel_sysmon\n" in text


def test_a_flag_beats_the_settings(project: Path) -> None:
    settings(project, '[targets.kql]\nsources = ["sentinel_sysmon"]')

    assert "Source: sentinel_sysmon" in compiled(project, "kql")
    both = compiled(project, "kql", "--source", "defender_xdr, sentinel_asim")
    assert "Source: defender_xdr\n" in both
    assert "Source: sentinel_asim\n" in both
    assert "sentinel_sysmon" not in both
    assert both == compiled(
        project, "kql", "--source", "defender_xdr", "--source", "sentinel_asim,defender_xdr"
    )


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("sentinel_sysmn", "no source of kql: `sentinel_sysmn`; `sentinel_sysmon` has a similar"),
        ("elastic_defend", "`elastic_defend` is a source of eql; known: defender_xdr, "),
        ("defender_xdr,", "an empty name in --source\n"),
        ("", "an empty name in --source\n"),
    ],
)
def test_a_wrong_source_on_a_flag_is_wrong_use(project: Path, source: str, said: str) -> None:
    result = tocsin("compile", "rules", "-t", "kql", "--source", source, cwd=project)

    assert result.returncode == 2
    assert result.stderr.startswith(f"error: {said}")


def test_sources_that_lack_the_class_cannot_carry_the_rule(project: Path) -> None:
    (project / "rules" / "good.rule").write_text(DNS, encoding="utf-8")

    result = tocsin(
        "compile", "rules", "-t", "eql", "--source", "elastic_windows_security", cwd=project
    )

    assert result.returncode == 1
    assert result.stdout == ""
    assert "error[E304]" in result.stderr
    assert "--> rules/good.rule:2:3" in result.stderr


def test_a_query_over_the_limit_is_a_finding(project: Path) -> None:
    settings(project, "[targets.kql]\nmax_characters = 300")

    result = tocsin("check", "--format", "json", cwd=project)

    (finding,) = [e for e in json.loads(result.stdout)["diagnostics"] if e["code"] == "E306"]
    assert (finding["file"], finding["line"], finding["column"]) == ("rules/good.rule", 1, 6)
    assert finding["label"] == "the settings allow 300"
    assert result.returncode == 1


# --- a project's own sources

SPLUNK = '[targets.spl]\nsources = ["ours"]\n[sources.ours]\nextends = "splunk_sysmon"\n'


def test_a_teams_index_stands_in_the_query(project: Path) -> None:
    settings(project, f'{SPLUNK}index = ["edr", "win*"]')

    text = compiled(project, "spl")

    assert "Source: ours\n" in text
    assert "(index=edr OR index=win*) " in text


def test_a_teams_macro_stands_in_the_query(project: Path) -> None:
    settings(project, f"{SPLUNK}macro = '`our_sysmon`'")

    text = compiled(project, "spl")

    assert "\n`our_sysmon` EventCode=1 " in text
    assert "sourcetype" not in text


def test_a_renamed_column_is_read_by_its_new_name(project: Path) -> None:
    settings(project, f'{SPLUNK}rename = {{ Image = "ImageName" }}')

    assert 'ImageName="*\\\\node.exe"' in compiled(project, "spl")


def test_one_of_ours_is_changed_for_everybody(project: Path) -> None:
    settings(project, '[sources.defender_xdr]\ntime = "TimeGenerated"\ntable = "Defender()"')

    text = compiled(project, "kql")

    assert "\nDefender()\n| where TimeGenerated > ago(1d)\n" in text
    assert "Source: defender_xdr\n" in text


def test_a_source_of_several_layers_reads_the_uppermost(project: Path) -> None:
    settings(
        project,
        '[targets.kql]\nsources = ["b"]\n'
        '[sources.a]\nextends = "sentinel_sysmon_windowsevent"\ntable = "A_CL"\n'
        '[sources.b]\nextends = "a"\nlacks = ["dns.query"]\n'
        '[sources.b.classes."process.start".fields]\n"process.name" = { column = "Name" }\n',
    )

    text = compiled(project, "kql")

    assert "\nA_CL\n" in text
    assert 'Name =~ "node.exe"' in text


def test_a_source_that_nothing_reads_does_no_harm(project: Path) -> None:
    settings(project, '[sources.spare]\nextends = "splunk_cim"\n')

    assert tocsin("check", cwd=project).returncode == 0


def test_settings_with_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    settings(tmp_path, b"\xef\xbb\xbf[targets.kql]\r\nenabled = false\r\n")

    assert read_settings(tmp_path, TARGETS).settings.target("kql").enabled is False


# --- where keys stand


def test_keys_are_found_however_they_are_written() -> None:
    text = (
        'a.b = 1 # c = 2\n"x.y".\'z\' = """\nfake = 1\n"""\n[[t]]\n"k\\u0041" = [\n  "v",\n'
        "  { in = { deep = 3 } },\n]\n[ t . u ]\nlast = '''x'''\n"
    )

    at = {keys: text[start:end] for keys, (start, end) in places(text).items()}

    assert at == {
        ("a",): "a",
        ("a", "b"): "b",
        ("x.y",): '"x.y"',
        ("x.y", "z"): "'z'",
        ("x.y", "z", "fake = 1\n"): '"""\nfake = 1\n"""',
        ("t",): "t",
        ("t", "kA"): '"k\\u0041"',
        ("t", "kA", "v"): '"v"',
        ("t", "kA", "in"): "in",
        ("t", "kA", "in", "deep"): "deep",
        ("t", "u"): "u",
        ("t", "u", "last"): "last",
        ("t", "u", "last", "x"): "'''x'''",
    }


@pytest.mark.parametrize(
    "text",
    ['"""\\' * 300_000, '"' * 1_000_001, "'''a''" * 200_000, "\\" * 1_000_000, "]}," * 300_000],
)
def test_keys_are_looked_for_in_any_text_in_no_time(text: str) -> None:
    places(text)
    assert too_deep(text) is None


def test_depth_is_counted_in_all_ways_of_writing_it() -> None:
    for before, level, after in (("", "a.", "a = 1"), ("a = ", "[", ""), ("[", "a.", "a]")):
        assert too_deep(f"{before}{level * MAX_DEPTH}{after}") is not None
        assert too_deep(f"{before}{level * (MAX_DEPTH - 1)}{after}") is None


@pytest.mark.parametrize(
    ("target", "source", "rename", "body", "there", "gone"),
    [
        (
            "spl",
            "splunk_security_4688",
            'New_Process_Name = "NPN"',
            "process.name is 'a' summarize by process.name { n = count() }",
            "coalesce(NewProcessName, NPN)",
            "New_Process_Name",
        ),
        ("kql", "sentinel_securityevent", 'EventID = "EID"', "user.name is 'a'", "EID", "EventID"),
        ("kql", "sentinel_sysmon", 'EventData = "Xml"', "user.name is 'a'", "parse_xml(Xml)",
         "EventData has"),
        ("kql", "sentinel_sysmon", 'Image = "ImagePath"', "process.name is 'a'",
         "ImagePath = tostring(E.Image)", "| where Image "),
    ],
)  # fmt: skip
def test_a_rename_reaches_expressions_gates_and_bags(
    project: Path, target: str, source: str, rename: str, body: str, there: str, gone: str
) -> None:
    (project / "rules" / "good.rule").write_text(
        f"rule r {{ detect process.start where {body} }}\n", encoding="utf-8"
    )
    settings(
        project,
        f'[targets.{target}]\nsources = ["{source}"]\n[sources.{source}]\nrename = {{ {rename} }}',
    )

    text = compiled(project, target)

    assert there in text
    assert gone not in text


def test_a_table_of_ones_own_is_not_provable_and_no_error(project: Path) -> None:
    settings(
        project,
        '[targets.kql]\nsources = ["ours"]\n'
        '[sources.ours]\nextends = "defender_xdr"\ntable = "Ours_CL"',
    )

    engine_of("kql")

    result = tocsin("test", "rules", "--engines", "-t", "kql", cwd=project)

    no_traceback(result)
    assert result.returncode == 0, result.stderr
    assert "not provable" in result.stdout
    assert "Ours_CL" in result.stdout
