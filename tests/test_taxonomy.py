from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tocsin.columns import Column, Form, Presence
from tocsin.profiles import Source, SourceClass, load_source, read_source, source_names
from tocsin.programs import program_names
from tocsin.schema import (
    DATA,
    EventClass,
    FieldType,
    TaxonomyError,
    class_names,
    event_class,
    field_specs,
    read_class,
    read_fields,
)

CLASSES = {
    *("process.start", "process.access", "network.connect", "dns.query"),
    *("file.create", "file.modify", "file.rename", "file.delete"),
    *("registry.set", "library.load", "script.run", "logon.attempt"),
}
EVENTS = Path(os.environ.get("TOCSIN_EVENTS", "events"))

# The types of the fields that a form can give; the others give any.
GIVES = {
    Form.PATH_BASENAME: {FieldType.TEXT},
    Form.PATH_DIRECTORY: {FieldType.PATH},
    Form.PATH_EXTENSION: {FieldType.TEXT},
    Form.JOINED: {FieldType.PATH},
    Form.NT_DEVICE_PATH: {FieldType.PATH},
    Form.HASH_BLOB: {FieldType.TEXT},
    Form.DOMAIN_USER: {FieldType.TEXT},
    Form.PID_HEX: {FieldType.NUMBER},
    Form.NUMBER_TEXT: {FieldType.NUMBER},
    Form.NUMBER_TO_TEXT: {FieldType.TEXT},
    Form.CODES: {FieldType.TEXT},
    Form.COUNT_OF_ARGS: {FieldType.NUMBER},
    Form.INTEGRITY: {FieldType.TEXT},
    Form.ARGS_FROM_CMDLINE: {FieldType.TEXT},
    Form.PROGRAM_OPTIONS: {FieldType.TEXT},
    Form.PROGRAM_SCRIPT: {FieldType.PATH},
    Form.GUID_BRACED: {FieldType.TEXT},
    Form.BOOL_WORD: {FieldType.BOOL},
    Form.WORDS: {FieldType.TEXT},
}


def recorded() -> Iterator[tuple[Source, SourceClass]]:
    for name in source_names():
        source = load_source(name)
        for class_name in source.classes():
            found = source.event_class(class_name)
            assert found is not None
            yield source, found


def columns() -> Iterator[tuple[SourceClass, Column]]:
    for _, source_class in recorded():
        for column in source_class.columns.values():
            yield source_class, column


def test_every_class_of_the_language_is_there() -> None:
    assert set(class_names()) == CLASSES


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_field_is_mapped_or_says_why_it_is_absent(name: str) -> None:
    fields = set(event_class(name).fields)

    for source in map(load_source, source_names()):
        found = source.event_class(name)
        if found is not None:
            assert set(found.columns) | set(found.absent) == fields
            assert not set(found.columns) & set(found.absent)
            assert all(found.absent.values())


def test_every_field_belongs_to_a_class() -> None:
    used = {name for class_name in CLASSES for name in event_class(class_name).fields}

    assert used == set(field_specs())


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_aliases_name_fields_of_the_class_and_hide_none(name: str) -> None:
    found = event_class(name)

    assert set(found.aliases.values()) <= set(found.fields)
    assert not set(found.aliases) & set(field_specs())
    assert found.aliases["@timestamp"] == "timestamp"


def test_an_alias_means_what_the_class_means_by_it() -> None:
    start = event_class("process.start").aliases
    create = event_class("file.create").aliases

    assert start["Image"] == create["Image"] == "process.executable"
    assert (start["FileName"], create["FileName"]) == ("process.name", "file.name")
    assert start["InitiatingProcessFileName"] == "process.parent.name"
    assert create["InitiatingProcessFileName"] == "process.name"
    assert start["ParentProcessName"] == "process.parent.parent.name"
    assert start["Processes.process"] == "process.command_line"


def test_every_class_tells_its_events_by_ecs() -> None:
    known = ("event.", "process.Ext.api.name")

    for name in CLASSES:
        rules = event_class(name).ecs
        assert rules
        assert all(key.startswith(known) for rule in rules for key in rule)


def test_lists_and_types_are_those_of_ecs() -> None:
    specs = field_specs()

    assert {name for name, spec in specs.items() if spec.many} == {
        *("process.args", "process.parent.args", "dns.resolved_ip", "registry.data.strings"),
        *("process.node.options", "process.parent.node.options"),
    }
    assert specs["dns.resolved_ip"].type is FieldType.IP
    assert specs["timestamp"].type is FieldType.TIME
    assert specs["process.logon_id"].extension
    assert not specs["process.name"].extension


def test_a_field_ending_the_same_way_has_the_same_type() -> None:
    endings = ("pid", "port", "ip", "executable", "trusted", "exists", "name", "args")
    for ending in endings:
        types = {s.type for n, s in field_specs().items() if n.split(".")[-1] == ending}
        assert len(types) == 1, ending


def test_every_source_is_of_a_known_target() -> None:
    assert {load_source(name).target for name in source_names()} == {"eql", "kql", "sigma", "spl"}
    counts = {target: len(source_names(target)) for target in ("eql", "kql", "sigma", "spl")}
    assert counts == {"eql": 7, "kql": 5, "sigma": 2, "spl": 3}


def test_every_class_is_recorded_by_a_source_of_each_kind() -> None:
    recorders = {(c.event_class, s.target) for s, c in recorded()}

    assert {name for name, target in recorders if target == "eql"} == CLASSES
    assert {name for name, target in recorders if target == "kql"} == CLASSES
    assert {name for name, target in recorders if target == "sigma"} == CLASSES - {"file.modify"}


def test_only_a_source_of_one_system_implies_it() -> None:
    for source, found in recorded():
        column = found.columns["host.os.type"]
        if column.form is Form.CONSTANT:
            # Only Windows has a registry.
            assert column.value == "windows"
            assert source.systems == {"windows"} or found.event_class == "registry.set"
        else:
            assert not source.systems


def test_the_time_column_is_the_timestamp() -> None:
    for source, found in recorded():
        if source.target in ("kql", "spl"):
            assert found.columns["timestamp"].name == found.time


def test_forms_fit_the_type_of_their_field() -> None:
    for source_class, column in columns():
        spec = field_specs()[column.field]
        where = f"{source_class.source} {source_class.event_class} {column.field}"
        assert spec.type in GIVES.get(column.form, set(FieldType)), where
        if column.form in (Form.ARRAY_ANY, Form.LIST_TEXT, Form.PROGRAM_OPTIONS):
            assert spec.many, where


def test_forms_carry_what_they_need() -> None:
    for _, column in columns():
        if column.form is Form.HASH_BLOB:
            assert column.algorithm
        if column.form is Form.DOMAIN_USER:
            assert column.part == ("domain" if column.field.endswith(".domain") else "name")
        if column.form is Form.BOOL_WORD:
            assert "true" in column.words
        if column.form in (Form.PROGRAM_OPTIONS, Form.PROGRAM_SCRIPT):
            assert column.program in program_names()
        assert bool(column.name) == (column.form is not Form.CONSTANT)
        assert column.inputs[:1] == ((column.name,) if column.name else ())


def test_a_same_name_column_needs_only_its_presence() -> None:
    found = load_source("elastic_defend").event_class("process.start")

    assert found is not None
    assert found.columns["process.name"] == Column(
        "process.name", "process.name", inputs=("process.name",)
    )
    assert found.columns["process.pe.imphash"].presence is Presence.CONDITIONAL


def test_unknown_names_are_lookup_errors() -> None:
    with pytest.raises(LookupError):
        event_class("process.nmae")
    with pytest.raises(LookupError):
        load_source("../sources/sigma")
    assert load_source("sigma").event_class("file.modify") is None
    assert load_source("sigma").event_class("source") is None


SOURCE = 'title = "Mine"\ntarget = "toy"\n'
FIELDS = {
    "[fields]": "",
    **{f'"{name}"': '"always"' for name in event_class("logon.attempt").fields},
}


def profile(change: Mapping[str, str] | None = None, head: str = "") -> str:
    lines = {**FIELDS, **(change or {})}
    body = "\n".join(f"{k} = {v}" if v else k for k, v in lines.items() if v != "gone")
    return f"{head}\n{body}\n"


def own(folder: Path, text: str, source: str = SOURCE) -> Source:
    (folder / "source.toml").write_text(source)
    (folder / "logon.attempt.toml").write_text(text)
    return read_source(folder)


def test_a_source_of_ones_own_has_the_same_files(tmp_path: Path) -> None:
    source = own(tmp_path, profile({'"logon.id"': '{ column = "Id", form = "pid_hex" }'}))

    found = source.event_class("logon.attempt")

    assert found is not None
    assert found.columns["logon.id"].name == "Id"
    assert source.classes() == ("logon.attempt",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({'"logon.ip"': '"always"'}, "`logon.ip` is no field of logon.attempt"),
        ({'"logon.id"': "gone"}, "`logon.id` is neither mapped nor absent"),
        ({"[absent]": "", '"logon.id" ': '"why"'}, "`logon.id` is both mapped and absent"),
        ({'"logon.id"': '"often"'}, "`often`, which is none of always, conditional"),
        ({'"logon.id"': '{ form = "strange" }'}, "`strange`, which is none of direct"),
        ({'"logon.id"': '{ form = "hash_blob" }'}, "form hash_blob needs `algorithm`"),
        ({'"logon.id"': '{ form = "coalesce" }'}, "form coalesce needs `columns`"),
        ({'"logon.id"': '{ form = "domain_user", part = "all" }'}, "`part` has `all`"),
        ({'"logon.id"': '{ form = "program_script" }'}, "form program_script needs `program`"),
        ({'"logon.id"': '{ program = "nod" }'}, "`program` cannot be `nod`"),
        ({'"logon.id"': '{ colum = "Id" }'}, "unknown key `colum`"),
        ({'"logon.id"': '{ column = "A", columns = ["B"] }'}, "exclude each other"),
        ({'"logon.id"': '{ column = "" }'}, "`column` must name columns"),
        ({'"logon.id"': '{ column = "A\\nB" }'}, "`column` must name columns"),
        ({'"logon.id"': '{ columns = ["A", "B"] }'}, "form direct reads one column"),
        (
            {'"logon.id"': '{ form = "words", words = { a = "b" }, true = "c" }'},
            "exclude each other",
        ),
        ({'"logon.id"': "3"}, "`logon.id` must be a table"),
        ({'"logon.id"': "{ column = 3 }"}, "`column` must be a text"),
        ({'"logon.id"': '{ columns = ["A", 3] }'}, "`columns` must be a list of texts"),
        ({'"logon.id"': "["}, "Invalid value"),
    ],
)
def test_damaged_profiles_are_named(tmp_path: Path, change: dict[str, str], message: str) -> None:
    source = own(tmp_path, profile(change))

    with pytest.raises(TaxonomyError) as caught:
        source.event_class("logon.attempt")

    assert message in caught.value.message
    assert caught.value.path == tmp_path / "logon.attempt.toml"
    assert str(tmp_path) in str(caught.value)


def test_a_profile_says_what_its_target_needs(tmp_path: Path) -> None:
    source = own(tmp_path, profile(), 'title = "Mine"\ntarget = "kql"\n')

    with pytest.raises(TaxonomyError, match="`table` is missing, which target kql needs"):
        source.event_class("logon.attempt")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('target = "kql"\n', "`title` must be a text"),
        (SOURCE + "systems = true\n", "`systems` must be a list of texts"),
        (SOURCE + 'colour = "red"\n', "unknown key `colour`"),
    ],
)
def test_damaged_sources_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TaxonomyError, match=message):
        own(tmp_path, "", text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyError, match=r"source\.toml"):
        read_source(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"a.b" = { type = "words", about = "x" }', "`words`, which is none of text"),
        ('"a.b" = { type = "text" }', "`about` must be a text"),
        ('"a.b" = { type = "text", about = "x", list = 1 }', "`list` must be true or false"),
        ('"a.b" = { type = "text", about = "x", many = true }', "unknown key `many`"),
        ('"a.b" = "text"', "`a.b` must be a table"),
        ('"a.b" = { type = "text", about = "x", derived = { from = "c" } }', "`program` must be"),
        (
            '"a.b" = { type = "text", about = "x", derived = { from = "c", program = "d", '
            'part = "all" } }',
            "`all`, which is none of options, script",
        ),
    ],
)
def test_damaged_fields_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "fields.toml"
    path.write_text(text)

    with pytest.raises(TaxonomyError, match=message) as caught:
        read_fields(path)

    assert caught.value.path == path


GOOD = 'about = "x"\nfields = ["user.name"]\n'
ECS = '[[ecs]]\n"event.category" = ["x"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD, "`ecs` must be an array of tables"),
        (GOOD + "[[ecs]]\n", "would hold for every event"),
        (GOOD + '[[ecs]]\n"event.category" = "x"\n', "must be a list of texts"),
        (GOOD + ECS + '[aliases]\nUser = "user.nmae"\n', "`user.nmae`, no field of the class"),
        (GOOD + ECS + '[aliases]\n"user.name" = "user.name"\n', "is a field of the class"),
        (GOOD.replace("user.name", "user.nmae") + ECS, "unknown field `user.nmae`"),
        ('about = "x"\nfields = ["user.name", "user.name"]\n' + ECS, "is listed twice"),
        ('about = "x"\nfields = []\n' + ECS, "`fields` must be a list of texts"),
        (
            'about = "x"\nfields = ["process.node.script"]\n' + ECS,
            "`process.node.script` follows from `process.command_line`, which is missing",
        ),
    ],
)
def test_damaged_classes_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "logon.attempt.toml"
    path.write_text(text)

    with pytest.raises(TaxonomyError, match=message) as caught:
        read_class(path, field_specs())

    assert caught.value.path == path


def classify(event: Mapping[str, str]) -> set[str]:
    return {
        name
        for name in class_names()
        for rule in event_class(name).ecs
        if all(event.get(key, "") in values for key, values in rule.items())
    }


SYSMON = "Microsoft-Windows-Sysmon"


@pytest.mark.parametrize(
    ("category", "kind", "action", "code", "name"),
    [
        ("process", "start", "start", "1", {"process.start"}),
        ("process", "start", "start", "4688", {"process.start"}),
        ("process", "end", "end", "5", set[str]()),
        ("process", "access", "process_access", "10", {"process.access"}),
        ("network", "start", "connection_attempted", "3", {"network.connect"}),
        ("network", "info", "lookup_requested", "22", {"dns.query"}),
        ("network", "protocol", "DnsRequest", "", {"dns.query"}),
        ("file", "creation", "creation", "11", {"file.create"}),
        ("file", "change", "overwrite", "", {"file.modify"}),
        ("file", "change", "creation_time_change", "2", set[str]()),
        ("file", "change", "rename", "", {"file.rename"}),
        ("file", "deletion", "deletion", "23", {"file.delete"}),
        ("registry", "change", "creation", "12", set[str]()),
        ("registry", "change", "deletion", "12", set[str]()),
        ("registry", "change", "modification", "13", {"registry.set"}),
        ("library", "start", "load", "7", {"library.load"}),
        ("authentication", "start", "logged-in", "4624", {"logon.attempt"}),
        ("authentication", "start", "logged-in-explicit", "4648", set[str]()),
    ],
)
def test_an_event_is_of_one_class(
    category: str, kind: str, action: str, code: str, name: set[str]
) -> None:
    event = {
        "event.category": category,
        "event.type": kind,
        "event.action": action,
        "event.code": code,
        "event.provider": SYSMON,
    }

    assert classify(event) == name


def test_no_real_event_is_of_two_classes() -> None:
    files = sorted(EVENTS.glob("*.ndjson.gz"))
    if not files:
        pytest.skip(f"no events in {EVENTS}: name their folder in TOCSIN_EVENTS")

    seen: set[str] = set()
    for shape in {shape for path in files for shape in shapes(path)}:
        names = classify(dict(shape))
        seen |= names
        assert len(names) <= 1, shape
    assert {"process.start", "network.connect", "dns.query", "registry.set"} <= seen


def shapes(path: Path) -> Iterator[tuple[tuple[str, str], ...]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line).get("event")
            if isinstance(event, dict):
                yield tuple((f"event.{k}", v) for k, v in event.items() if isinstance(v, str))


def test_the_data_holds_nothing_that_no_loader_reads() -> None:
    files = {path.relative_to(DATA).as_posix() for path in DATA.rglob("*.toml")}
    files -= {"templates/repository/tocsin.toml"}  # what `tocsin init` writes
    read = {"fields.toml"} | {f"classes/{name}.toml" for name in class_names()}
    read |= {f"programs/{name}.toml" for name in program_names()}
    for name in source_names():
        source = load_source(name)
        read |= {f"sources/{name}/{stem}.toml" for stem in ("source", *source.classes())}

    assert files == read


def test_a_class_is_read_once() -> None:
    first: EventClass = event_class("process.start")

    assert event_class("process.start") is first
    assert load_source("sigma").event_class("process.start") is load_source("sigma").event_class(
        "process.start"
    )
