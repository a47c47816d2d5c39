"""A build with a memory says and writes what one without says and writes; only less is done."""

import os
import shutil
import sqlite3
import threading
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tocsin import pipeline, registry, render
from tocsin.builds import Build
from tocsin.cli.project import all_plans, find_project
from tocsin.crew import Crew
from tocsin.diagnostics import in_order
from tocsin.files import rule_files
from tocsin.fingerprint import fingerprint
from tocsin.folders import Draft, Known
from tocsin.frozen import dataclass
from tocsin.make import Order
from tocsin.pack import verdicts
from tocsin.stamps import Stamps
from tocsin.store import Store
from tocsin.unit_text import decode, encode
from tocsin.units import Lost, Pack, Packed, Query, Rule, Unit, Wanted, check_complete

GOLDEN = Path(__file__).parent / "golden"
SETTINGS = """
[targets.eql]
enabled = true
[targets.esql]
enabled = false
[targets.sigma]
enabled = false
[targets.spl]
enabled = false
"""
LIB = 'let tools = ["curl.exe", "wget.exe"]\nlet hosts = file "hosts.txt"\n'


def rule(name: str, number: int = 1, test: str = "curl.exe") -> str:
    return f"""use "lib/names.rule"
rule {name} {{
  meta {{ title = "T {name}" id = "00000000-0000-4000-8000-{number:012}" severity = "low" }}
  detect process.start on windows where process.name in tools or host.name in hosts
  test "a" fires {{ process.name = "{test}" }}
  test "b" silent {{ process.name = "deno.exe" host.name = "x" }}
}}
"""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a build has said, written and made."""

    said: str
    files: dict[str, bytes]
    made: list[str]

    def same(self) -> tuple[str, dict[str, bytes]]:
        return self.said, self.files


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A project, and the cache of who builds it."""

    root: Path
    cache: Path
    complaints: list[str]

    def write(self, name: str, text: str) -> None:
        """Write a file; it looks different from before even to who only looks at times."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def build(
        self, out: str = "dist", *, cached: bool = True, jobs: int = 1, paths: Sequence[Path] = ()
    ) -> Outcome:
        project = find_project(paths or None)
        made: list[str] = []
        order = Order(project.root.resolve(), registry.names(), tuple(all_plans(project)))

        def crew(
            wanted: Sequence[Wanted], folder: Path | None
        ) -> Generator[tuple[int, Packed], None, None]:
            made.extend(Path(each.path).name for each in wanted)
            with Crew(order, jobs, folder) as workers:
                yield from workers.make(wanted)

        store = Store(self.cache, self.complaints.append) if cached else None
        stamps = Stamps(store)
        basis = fingerprint(project.root, project.settings.path, stamps)
        build = Build(project.root, basis, stamps, store, crew)
        with Draft(self.root / out) as draft:
            found = build.together.found
            if build.run(rule_files(project.paths), draft):
                found = build.together.found
                if not any(each.code.is_error for each in found):
                    build.publish(draft)
        said = "".join(render.text(each, build.sources(found)) for each in found)
        stamps.keep()
        if store:
            store.close()
        return Outcome(said, contents(self.root / out), sorted(made))

    def cold(self, out: str = "cold") -> Outcome:
        shutil.rmtree(self.root / out, ignore_errors=True)
        return self.build(out, cached=False)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def times(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    root = tmp_path / "project"
    made = Site(root, tmp_path / "cache.sqlite", [])
    made.write("tocsin.toml", SETTINGS)
    made.write("rules/lib/names.rule", LIB)
    made.write("rules/lib/hosts.txt", "pc1\npc2\n")
    for number, name in enumerate(("one", "two", "three")):
        made.write(f"rules/{name}.rule", rule(name, number))
    monkeypatch.chdir(root)
    return made


ALL = ["names.rule", "one.rule", "three.rule", "two.rule"]


# --- what is made anew


def test_nothing_is_made_or_touched_if_nothing_has_changed(site: Site) -> None:
    first = site.build()
    before = times(site.root / "dist")

    again = site.build()

    assert (first.made, again.made) == (ALL, [])
    assert again.same() == first.same() == site.cold().same()
    assert times(site.root / "dist") == before


def test_one_rule_is_made_if_one_has_changed(site: Site) -> None:
    site.build()
    before = times(site.root / "dist")
    site.write("rules/two.rule", rule("two", 1).replace('"T two"', '"Another"'))

    again = site.build()

    assert again.made == ["two.rule"]
    assert again.same() == site.cold().same()
    after = times(site.root / "dist")
    changed = {Path(path).name for path in after if after[path] != before[path]}
    assert changed - {"eql", "kql"} == {"two.eql", "two.kql", "manifest.json"}


def test_a_change_without_an_effect_is_not_written(site: Site) -> None:
    site.build()
    before = times(site.root / "dist")
    site.write("rules/two.rule", rule("two", 1) + "// a remark\n")

    again = site.build()

    assert again.made == ["two.rule"]
    assert times(site.root / "dist") == before


@pytest.mark.parametrize(
    ("name", "text", "made"),
    [
        ("rules/lib/names.rule", LIB.replace("wget", "fetch"), ALL),
        ("rules/lib/hosts.txt", "pc3\n", ALL),
        ("rules/four.rule", rule("four", 4), ["four.rule"]),
        ("tocsin.toml", SETTINGS + '\n[sources.defender_xdr]\nrequires = ["ours"]\n', ALL),
        ("rules/lone.rule", "let never = 1\n", ["lone.rule"]),
    ],
    ids=["a used file", "a list", "a new rule", "a source", "an unused name"],
)
def test_what_has_used_a_changed_file_is_made_anew(
    site: Site, name: str, text: str, made: list[str]
) -> None:
    before = site.build()
    site.write(name, text)

    again = site.build()

    assert again.made == made
    assert again.same() == site.cold().same()
    assert again.same() != before.same()


def test_rules_go_and_change_names(site: Site) -> None:
    site.build()
    (site.root / "rules" / "one.rule").unlink()
    (site.root / "rules" / "two.rule").rename(site.root / "rules" / "second.rule")

    again = site.build()

    assert again.made == ["second.rule"]
    assert again.same() == site.cold().same()
    assert "eql/one.eql" not in again.files


def test_clashes_between_files_come_and_go(site: Site) -> None:
    first = site.build()
    site.write("rules/two.rule", rule("one", 0))

    clash = site.build()
    assert "[E116]" in clash.said
    assert "[E117]" in clash.said
    assert clash.said == site.cold().said
    assert clash.files == first.files

    site.write("rules/two.rule", rule("two", 1))
    assert site.build().same() == first.same()


def test_a_name_is_unused_once_the_last_file_has_stopped_using_it(site: Site) -> None:
    site.write("rules/lib/names.rule", LIB + 'let last = "x.exe"\n')
    site.write("rules/one.rule", rule("one", 0).replace("in tools", "is last", 1))
    used = site.build()
    site.write("rules/one.rule", rule("one", 0))

    unused = site.build()

    assert "[W101]" not in used.said
    assert "[W101]: `last` is never used" in unused.said
    assert unused.same() == site.cold().same()


def test_warnings_are_shown_each_time(site: Site) -> None:
    site.write("rules/one.rule", rule("one", 0).replace('  test "b"', '  //test "b"'))

    first, again = site.build(), site.build()

    assert "[W209]" in first.said
    assert again.said == first.said
    assert again.made == []


def test_a_failed_test_fails_each_time(site: Site) -> None:
    first = site.build()
    site.write("rules/one.rule", rule("one", 0, test="bash"))

    failed, again = site.build(), site.build()

    assert "[E211]" in failed.said
    assert failed.same() == again.same()
    assert again.files == first.files


def test_a_file_that_was_missing_is_noticed_when_it_comes(site: Site) -> None:
    site.write("rules/one.rule", rule("one", 0).replace("lib/names", "lib/new"))
    assert "[E109]" in site.build().said
    site.write("rules/lib/new.rule", LIB)

    assert site.build().same() == site.cold().same()


def test_a_link_that_leads_elsewhere_is_noticed(site: Site) -> None:
    lib = site.root / "rules" / "lib"
    site.write("rules/lib/other.rule", LIB.replace("wget", "fetch"))
    (lib / "names.rule").rename(lib / "first.rule")
    (lib / "names.rule").symlink_to("first.rule")
    site.build()
    (lib / "names.rule").unlink()
    (lib / "names.rule").symlink_to("other.rule")

    assert site.build().same() == site.cold().same()


def test_a_file_outside_of_the_given_ones_is_found_unused_by_nobody(site: Site) -> None:
    path = site.root / "rules" / "one.rule"

    first = site.build(paths=[path])

    assert first.made == ["names.rule", "one.rule"]
    assert site.build(paths=[path]).made == []
    assert sorted(first.files) == ["eql/one.eql", "kql/one.kql", "manifest.json"]


def test_a_change_that_keeps_size_and_time_is_noticed(site: Site) -> None:
    path = site.root / "rules" / "one.rule"
    old = path.stat()
    site.build()
    site.write("rules/one.rule", rule("one", 0).replace("curl", "gurl"))
    os.utime(path, ns=(old.st_atime_ns, old.st_mtime_ns))

    assert "[E211]" in site.build().said


def test_other_settings_and_another_root_make_everything_anew(site: Site) -> None:
    stamps = Stamps(None)
    before = fingerprint(site.root, None, stamps)

    assert fingerprint(site.root, None, Stamps(None)) == before
    assert fingerprint(site.root, site.root / "tocsin.toml", stamps) != before
    assert fingerprint(site.root / "rules", None, stamps) != before


def test_a_plug_in_that_is_changed_in_place_makes_everything_anew(
    site: Site, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path_factory.mktemp("plug-in")
    (path / "plugged").mkdir()
    code = path / "plugged" / "__init__.py"
    code.write_text("X = 1\n", encoding="utf-8")
    found = {**registry.references(), "plugged": "plugged:X"}
    monkeypatch.setattr(registry, "references", lambda: found)
    monkeypatch.syspath_prepend(path)
    before = fingerprint(site.root, None, Stamps(None))

    code.write_text("X = 2\n", encoding="utf-8")
    after = fingerprint(site.root, None, Stamps(None))
    code.write_text("X = 1\n", encoding="utf-8")

    assert after != before
    assert fingerprint(site.root, None, Stamps(None)) == before


@pytest.mark.parametrize("filled", ["units", "packs"])
def test_a_store_that_is_too_large_lets_go_of_what_is_oldest(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "builds.sqlite"
    most = 200_000
    monkeypatch.setattr("tocsin.store.MAX_BYTES", most)
    for number in range(40):
        store = Store(path, pytest.fail)
        if filled == "packs":
            known = Known("", {f"{number}/{each}": "0" * 64 for each in range(200)})
            store.add_pack(tmp_path / str(number), Pack(known, ""))
        store.add(f"key {number}", Packed(b"0" * 20_000, b""))
        store.close()

    with closing(sqlite3.connect(path)) as base:
        (pages,), (free,), (size,) = (
            base.execute(f"PRAGMA {each}").fetchone()
            for each in ("page_count", "freelist_count", "page_size")
        )
        keys = [key for (key,) in base.execute("SELECT key FROM units")]
    assert (pages - free) * size <= most
    assert "key 39" in keys
    assert "key 0" not in keys


# --- the pack


def test_a_pack_that_was_changed_by_hand_is_mended(site: Site) -> None:
    first = site.build()
    (site.root / "dist" / "eql" / "one.eql").write_text("changed", encoding="utf-8")
    (site.root / "dist" / "eql" / "two.eql").unlink()

    again = site.build()

    assert again.made == []
    assert again.same() == first.same()


def test_a_pack_elsewhere_is_written_without_making_anything(site: Site) -> None:
    first = site.build()
    shutil.rmtree(site.root / "dist")

    again, other = site.build(), site.build("other")

    assert (again.made, other.made) == ([], [])
    assert again.same() == other.same() == first.same()


def test_without_a_cache_an_equal_pack_is_left_alone(site: Site) -> None:
    first = site.build(cached=False)
    before = times(site.root / "dist")

    again = site.build(cached=False)

    assert again.made == first.made == ALL
    assert times(site.root / "dist") == before


# --- several processes


def test_two_workers_say_and_write_what_one_does(site: Site) -> None:
    for number in range(20):
        site.write(f"rules/more_{number}.rule", rule(f"more_{number}", 100 + number))
    site.write("rules/more_7.rule", "rule more_7 { detect nothing }")

    one, two = site.build("one", cached=False), site.build("two", cached=False, jobs=2)
    assert one.same() == two.same()
    assert one.said

    site.write("rules/more_7.rule", rule("more_7", 107))
    one, two = site.build("one", cached=False), site.build("two", cached=False, jobs=2)
    assert one.same() == two.same()
    assert len(one.files) == 2 * 23 + 1


def test_workers_start_from_nothing_where_they_cannot_be_copies(site: Site) -> None:
    """With a second thread about, a process is not copied; on macOS and Windows it never is."""
    one = site.build("one", cached=False)
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        two = site.build("two", cached=False, jobs=2)
    finally:
        done.set()
        thread.join()

    assert one.same() == two.same()


# --- a cache that is damaged, foreign, closed


@pytest.mark.parametrize("damage", ["text", "cut", "foreign", "version", "tables"])
def test_a_damaged_cache_is_named_and_made_anew(site: Site, damage: str) -> None:
    first = site.build()
    if damage in ("foreign", "version", "tables"):
        if damage == "foreign":
            site.cache.unlink()
        base = sqlite3.connect(site.cache)
        change = {
            "foreign": "CREATE TABLE mine (x)",
            "version": "PRAGMA user_version = 99",
            "tables": "DROP TABLE units",
        }
        base.execute(change[damage])
        base.close()
    elif damage == "text":
        site.cache.write_bytes(b"not a database, but long enough to be looked at" * 100)
    else:
        data = site.cache.read_bytes()
        site.cache.write_bytes(data[: len(data) // 2])

    again = site.build()

    assert again.same() == first.same()
    assert len(site.complaints) == 1
    assert str(site.cache) in site.complaints[0]
    assert site.build().made == []
    assert len(site.complaints) == 1


@pytest.mark.parametrize("column", ["unit", "bulk"])
def test_a_spoiled_entry_is_made_anew(site: Site, column: str) -> None:
    first = site.build()
    base = sqlite3.connect(site.cache)
    base.execute(f"UPDATE units SET {column} = x'5b5d'")
    base.commit()
    base.close()
    shutil.rmtree(site.root / "dist")

    again = site.build()

    assert again.same() == first.same()
    assert [each for each in site.complaints if "damaged in part" in each]


def test_a_cache_that_cannot_be_there_costs_time_only(site: Site) -> None:
    first = site.build()
    site.cache.unlink()
    site.cache.mkdir()

    again = site.build()

    assert again.same() == first.same()
    assert "not used" in site.complaints[0]


def test_a_cache_that_somebody_is_writing_to_costs_time_only(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.store.WAIT", 0.1)
    first = site.build()
    base = sqlite3.connect(site.cache, isolation_level=None)
    base.execute("BEGIN EXCLUSIVE")

    again = site.build()
    base.close()

    assert again.same() == first.same()
    assert "locked" in site.complaints[0]
    assert site.build().made == []


def test_what_nobody_asks_for_is_let_go(site: Site) -> None:
    site.build()
    base = sqlite3.connect(site.cache)
    base.execute("UPDATE units SET used = 1")
    base.commit()
    site.write("rules/one.rule", rule("one", 0).replace('"T one"', '"Another"'))
    site.write("rules/lib/names.rule", LIB.replace("wget", "fetch"))

    site.build()

    assert base.execute("SELECT count(*) FROM units").fetchone() == (4,)
    base.close()


# --- nothing gets lost


def test_a_rule_that_is_lost_is_a_fault_of_the_compiler(site: Site) -> None:
    unit = decode(unit_of(site))
    made = unit.rules[0]
    gone = Rule(made.name, made.span, made.tests, made.entry, (Query("eql", None, "", "", ()),))

    check_complete([unit])
    with pytest.raises(Lost, match="for eql"):
        check_complete([Unit(unit.claims, unit.found, (gone,), unit.modules, unit.used)])
    with pytest.raises(Lost, match="one"):
        check_complete([Unit(unit.claims, unit.found, (), unit.modules, unit.used)])


def test_a_unit_comes_back_from_its_text(site: Site) -> None:
    site.write(
        "rules/one.rule", rule("one", 0).replace("in tools", "in tols").replace("one {", "One {")
    )
    text = unit_of(site)

    unit = decode(text)

    assert encode(unit).encode() == text
    assert unit.found


def unit_of(site: Site) -> bytes:
    site.build()
    base = sqlite3.connect(site.cache)
    rows = base.execute("SELECT unit FROM units").fetchall()
    base.close()
    (found,) = [row[0] for row in rows if b"rules/one.rule" in row[0]]
    assert isinstance(found, bytes)
    return found


# --- the units together are the whole


def cases() -> list[Path]:
    diagnostics, compiled = GOLDEN / "diagnostics", GOLDEN / "compile"
    folders = [diagnostics, diagnostics / "poor", compiled]
    single = [path for folder in folders for path in sorted(folder.iterdir())]
    return [
        diagnostics,
        compiled,
        *(path for path in single if path.suffix == ".rule" or path.is_dir()),
    ]


def test_units_find_what_the_whole_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = tuple(pipeline.plans("kql", registry.load("kql")))
    at_once = 0
    for path in cases():
        monkeypatch.chdir(path if path.is_dir() else path.parent)
        root = Path.cwd()
        files = rule_files([path])
        order = Order(root, registry.names(), plans)

        def crew(
            wanted: Sequence[Wanted], folder: Path | None, order: Order = order
        ) -> Generator[tuple[int, Packed], None, None]:
            with Crew(order, 1, folder) as workers:
                yield from workers.make(wanted)

        build = Build(root, "", Stamps(None), None, crew)
        if not build.run(files, None):
            at_once += 1
            continue
        rules = pipeline.read(files, registry.names(), root)
        said = list(pipeline.render_all(rules, plans))
        found = in_order([*rules.diagnostics, *(d for each in said for d in each.diagnostics)])
        assert build.together.found == found, path
        assert build.verdicts() == verdicts(said), path
        assert [r.name for r in build.together.rules] == [r.name for r in rules.rules], path
        for name, text in build.sources(found).items():
            assert text.text == rules.sources[name].text
    assert 0 < at_once < 40
