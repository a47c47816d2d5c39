"""What a program reads in its command line: by hand, and as the program itself says."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tocsin.columns import Column, Form
from tocsin.derived import with_derived
from tocsin.events import occurrence, split_command_line
from tocsin.events import with_derived as with_fields
from tocsin.model import Occurrence
from tocsin.profiles import load_source, source_names
from tocsin.programs import Program, program, program_names, read, read_program
from tocsin.schema import DATA, Part, Table, TaxonomyError, event_class, field_specs

NODE = program("node")
TOY = Program("toy", "Toy", frozenset({"--out"}), {"-o": "--out", "-q": "--quiet"}, False)


@pytest.mark.parametrize(
    ("line", "options", "script"),
    [
        ("node app.js", (), "app.js"),
        ("node", (), ""),
        ("node --no-warnings app.js -e x", ("--no-warnings",), "app.js"),
        ("node -r hook.js app.js", ("--require", "--require=hook.js"), "app.js"),
        ("node --require=hook.js app.js", ("--require", "--require=hook.js"), "app.js"),
        ("node --experimental_loader x a.mjs",
         ("--experimental-loader", "--experimental-loader=x"), "a.mjs"),
        ("node --loader=a_b-c", ("--experimental-loader", "--experimental-loader=a_b-c"), ""),
        ("node -pe 1", ("--print", "--print=1"), ""),
        ("node -p -e 1", ("--print", "--eval", "--eval=1"), ""),
        ("node --eval --inspect=0.0.0.0 x", ("--eval", "--inspect", "--inspect=0.0.0.0"), "x"),
        ('node -e ""', ("--eval", "--eval="), ""),
        ("node --title=a=b", ("--title", "--title=a=b"), ""),
        ("node -r=x app.js", ("-r=x",), "app.js"),
        ("node -C dev -c app.js", ("--conditions", "--conditions=dev", "--check"), "app.js"),
        ("node -R hook app.js", ("-R",), "hook"),
        ("node - -e", (), "-"),
        ("node -- -e", (), "-e"),
        ("node -i --", ("--interactive",), ""),
        ('node "" -e x', (), ""),
        ('"C:\\Program Files\\nodejs\\node.exe"\t"-"e "a b" C:\\x.js',
         ("--eval", "--eval=a b"), "C:\\x.js"),
    ],
)  # fmt: skip
def test_node_reads_options_and_then_a_script(
    line: str, options: tuple[str, ...], script: str
) -> None:
    reading = read(NODE, split_command_line(line))

    assert (reading.options, reading.script) == (options, script)


def test_an_underscore_is_a_hyphen_only_where_the_program_says_so() -> None:
    args = ("toy", "--no_color", "-o", "x", "in")

    assert read(TOY, args).options == ("--no_color", "--out", "--out=x")
    assert read(NODE, args).options == ("--no-color", "-o")


def test_no_values_are_no_values_of_a_field() -> None:
    reading = read(NODE, ("node",))

    assert reading.part(Part.OPTIONS) == ()
    assert reading.part(Part.SCRIPT) == ()


# --- the program itself


def real(folder: Path, *args: str) -> tuple[int, list[str]]:
    """Ask Node.js how many arguments are options, or values of one, and for what is left."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js here")
    (folder / "hook.js").write_text("", encoding="utf-8")
    told = "console.log(JSON.stringify([process.execArgv.length, process.argv.slice(1)]))"
    (folder / "script.js").write_text(told, encoding="utf-8")
    done = subprocess.run(
        [node, *(each.replace("CODE", told) for each in args)],
        cwd=folder, capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    taken, left = json.loads(done.stdout)
    return taken, left


@pytest.mark.parametrize(
    "args",
    [
        ("script.js", "-e", "x"),
        ("--no-warnings", "script.js"),
        ("-r", "./hook.js", "script.js", "-r"),
        ("--require=./hook.js", "--title", "x y", "script.js"),
        ("--max_http_header_size", "9000", "script.js"),
        ("-C", "dev", "--conditions=x", "--stack-trace-limit=5", "script.js"),
        ("--no-warnings", "--", "script.js", "--title"),
        ("-e", "CODE", "first", "-p"),
        ("--no-warnings", "--eval=CODE", "first"),
        ("--redirect_warnings=w.txt", "--diagnostic-dir", ".", "--trace-warnings", "script.js"),
    ],
    ids=" ".join,
)
def test_node_itself_agrees(tmp_path: Path, args: tuple[str, ...]) -> None:
    taken, left = real(tmp_path, *args)

    script = read(NODE, ("node", *args)).script

    place = list(args).index(script)
    assert place - args[:place].count("--") == taken
    assert Path(left[0]).name == script
    assert left[1:] == list(args[place + 1 :])


def test_every_option_that_node_has_with_a_value_is_known() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js here")
    told = (
        "const { internalBinding } = require('internal/test/binding');"
        "const found = internalBinding('options').getCLIOptionsInfo();"
        "console.log(JSON.stringify([...found.options].map(([name, info]) => [name, info.type])))"
    )
    done = subprocess.run(
        [node, "--expose-internals", "--no-warnings", "-e", told],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("this Node.js does not tell")

    # Its own numbers: no-ops, V8's and truths take no value in an argument of its own.
    valued = {name for name, kind in json.loads(done.stdout) if kind > 2 and name[0] == "-"}

    assert valued
    assert valued - NODE.values == set()


# --- the data


def test_every_program_is_read_and_named_by_a_field() -> None:
    derived = [spec.derived for spec in field_specs().values() if spec.derived]

    assert program_names() == tuple(sorted({each.program for each in derived}))
    for name in program_names():
        assert program(name).values
    with pytest.raises(LookupError):
        program("../sources/sigma")


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ({"values": ["--a"]}, "`about` must be a text"),
        ({"about": "x"}, "`values` must be a list of texts"),
        ({"about": "x", "values": ["a"]}, "`a` is no name of an option"),
        ({"about": "x", "values": ["--"]}, "`--` is no name of an option"),
        ({"about": "x", "values": ["--a=b"]}, "`--a=b` is no name of an option"),
        ({"about": "x", "values": ["--a"], "aliases": {"a": "--a"}}, "`a` is no name"),
        ({"about": "x", "values": ["--a"], "aliases": {"--a": "--b"}}, "no other name"),
        (
            {"about": "x", "values": ["--a"], "aliases": {"-a": "-b", "-b": "--a"}},
            "`-a` is no other name of an option",
        ),
        ({"about": "x", "values": ["--a"], "dash": "/"}, "unknown key `dash`"),
    ],
)
def test_a_damaged_program_is_named(items: dict[str, object], message: str) -> None:
    with pytest.raises(TaxonomyError, match=message):
        read_program(Table(DATA / "programs" / "x.toml", (), items), "x")


# --- where the fields are kept

LINE = Column("process.command_line", "Line", inputs=("Line",))
SPECS = event_class("process.start").fields
DERIVED = [name for name, spec in SPECS.items() if spec.derived]


def test_a_derived_field_is_kept_wherever_its_command_line_is() -> None:
    for source in map(load_source, source_names()):
        place = source.event_class("process.start")
        assert place is not None
        for name in DERIVED:
            derived = SPECS[name].derived
            assert derived is not None
            assert (name in place.columns) == (derived.source in place.columns)
            if name in place.columns:
                assert place.columns[name].inputs == place.columns[derived.source].inputs
            else:
                assert place.absent[name] == place.absent[derived.source]


def test_what_a_profile_says_of_a_derived_field_stays() -> None:
    own = Column("process.node.script", "Script", inputs=("Script",))
    said = {"process.command_line": LINE, "process.node.script": own}

    columns, absent = with_derived(SPECS.values(), said, {"process.node.options": "no need"})

    assert columns["process.node.script"] == own
    assert absent == {"process.node.options": "no need"}


def test_a_command_line_that_is_made_of_other_columns_is_not_read() -> None:
    line = Column("process.command_line", "A", form=Form.COALESCE, inputs=("A", "B"))

    columns, absent = with_derived(SPECS.values(), {"process.command_line": line}, {})

    assert set(columns) == {"process.command_line"}
    assert "kept as coalesce" in absent["process.node.options"]


# --- events


def test_an_event_is_read_by_its_command_line_or_else_by_its_arguments() -> None:
    line = occurrence({"@timestamp": 0, "process.command_line": "node -e 1 x", "process.args": "y"})
    args = occurrence({"@timestamp": 0, "process.args": ["node", "--eval=1", "x"]})

    for event in (line, args):
        fields = with_fields(event, DERIVED).fields
        assert fields["process.node.options"] == ("--eval", "--eval=1")
        assert fields["process.node.script"] == ("x",)
        assert "process.parent.node.options" not in fields


def test_what_an_event_says_itself_stays() -> None:
    fields = {"process.command_line": ("node a.js",), "process.node.script": ("b.js",)}

    event = with_fields(Occurrence(frozenset(), 0, fields), ["process.node.script"])

    assert event.fields["process.node.script"] == ("b.js",)
