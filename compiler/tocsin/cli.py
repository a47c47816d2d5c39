"""The command line: arguments in, text and an exit code out. 0 fine, 1 findings, 2 wrong use.

What a command needs is imported by the command: `tocsin --version` must not pay for a parser.
"""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from tocsin import __version__

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.backend import Backend
    from tocsin.diagnostics import Diagnostic
    from tocsin.engine import Engine
    from tocsin.pipeline import Rendering, Rules
    from tocsin.profiles import Source
    from tocsin.source import Source as Text

T = TypeVar("T")

app = typer.Typer(
    name="tocsin",
    help="Write a detection once; compile it for every SIEM, exactly or with the error named.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    """How findings are shown."""

    TEXT = "text"
    JSON = "json"


Paths = Annotated[
    list[Path] | None,
    typer.Argument(help="Rule files, or folders of them [default: rules, or this folder]"),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How findings are shown.")]


def run() -> None:
    """Run the command line; Ctrl-C and a closed pipe end it without a traceback."""
    try:
        app()
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tocsin {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


# --- commands


@app.command()
def check(paths: Paths = None, format_: FormatOption = Format.TEXT) -> None:
    """Find everything that is wrong: syntax, types, sense, tests, every target's verdict.

    Example: tocsin check rules --format json
    """
    rules, renderings = _compiled(_given(paths))
    found = _all_diagnostics(rules, renderings)
    if format_ is Format.JSON:
        from tocsin.pack import verdicts

        _print_json({"diagnostics": _as_data(found, rules.sources), "rules": verdicts(renderings)})
    else:
        _show(found, rules.sources)
        _say(
            f"{_number(len(rules.rules), 'rule')}, {_number(rules.tests, 'test')}: {_counts(found)}"
        )
    raise typer.Exit(_code(found))


@app.command()
def build(
    paths: Paths = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write.")] = Path("dist"),
    format_: FormatOption = Format.TEXT,
) -> None:
    """Write every rule for every target, and a manifest; with an error nothing is written.

    Example: tocsin build rules -o dist
    """
    from tocsin import pack

    rules, renderings = _compiled(_given(paths))
    found = _all_diagnostics(rules, renderings)
    if format_ is Format.JSON:
        _print_json(
            {"diagnostics": _as_data(found, rules.sources), "rules": pack.verdicts(renderings)}
        )
    else:
        _show(found, rules.sources)
    if _code(found):
        _say(f"{_counts(found)}; {out} is left as it was")
        raise typer.Exit(1)
    suffixes = {target: backend.suffix for target, backend in _backends().items()}
    try:
        files = pack.build(renderings, suffixes, out)
    except pack.NotAPack as error:
        _wrong_use(str(error))
    except OSError as error:
        _wrong_use(f"cannot write {error.filename or out}: {error.strerror}; it is left as it was")
    _say(
        f"{_number(len(rules.rules), 'rule')} for {_number(len(suffixes), 'target')}: "
        f"{_number(len(files), 'file')} in {out}"
    )


@app.command("compile")
def compile_(
    paths: Annotated[list[Path], typer.Argument(help="Rule files, or folders of them.")],
    target: Annotated[str, typer.Option("--target", "-t", help="eql, kql, sigma, spl, …")],
    source: Annotated[
        str | None, typer.Option("--source", help="Source profiles, with commas between.")
    ] = None,
    format_: FormatOption = Format.TEXT,
) -> None:
    """Print rules for one target.

    Example: tocsin compile rules/execution/node_spawns_shell.rule -t kql
    """
    from tocsin import pipeline

    backend = _backend(target)
    sources = _sources(target, backend, source) if source else None
    rules = _read(paths)
    renderings = [
        pipeline.render(rule, target, backend, sources, rules.sources) for rule in rules.rules
    ]
    found = _all_diagnostics(rules, renderings)
    if format_ is Format.JSON:
        outputs = {each.rule.name: each.text for each in renderings}
        _print_json({"diagnostics": _as_data(found, rules.sources), "outputs": outputs})
    else:
        typer.echo("\n".join(each.text for each in renderings if each.text is not None), nl=False)
        _show(found, rules.sources)
    raise typer.Exit(_code(found))


@app.command()
def test(
    paths: Paths = None,
    engines_: Annotated[
        bool, typer.Option("--engines", help="Run the rendered queries over the tests, too.")
    ] = False,
    target: Annotated[
        str | None, typer.Option("--target", "-t", help="With --engines: this target only.")
    ] = None,
    events: Annotated[
        list[str] | None,
        typer.Option(
            help="With --engines: NDJSON files, .gz too, to run the queries over as well."
        ),
    ] = None,
    format_: FormatOption = Format.TEXT,
) -> None:
    """Run the rules' own tests by the reference meaning, and by each target's engine.

    Example: tocsin test rules --engines
    """
    from tocsin.diagnostics import Code

    if (target or events) and not engines_:
        _wrong_use("--target and --events go with --engines")
    rules = _read(_given(paths))
    found = rules.diagnostics
    failed = sum(each.code is Code.TEST_FAILED for each in found)
    passed = rules.tests - failed
    errors = [each for each in found if each.code.is_error]
    if engines_ and not errors:
        _prove(rules, passed, target, events or [], format_)
    if format_ is Format.JSON:
        data = _as_data(errors, rules.sources)
        _print_json({"passed": passed, "failed": failed, "diagnostics": data})
    else:
        _show(errors, rules.sources)
        _say(f"{_number(len(rules.rules), 'rule')}: {passed} passed, {failed} failed")
    raise typer.Exit(_code(found))


def _prove(
    rules: "Rules", passed: int, target: str | None, files: Sequence[str], format_: Format
) -> NoReturn:
    """Run every query over its rule's tests; nothing is shown as proved if an engine is missing."""
    from tocsin import proofs
    from tocsin.match import read_events

    engines = _engines(target)
    complaints: list[str] = []
    recorded = []
    for each in read_events(files, complaints.append):
        if proofs.is_storable(each.event):
            recorded.append(each.event)
        else:
            complaints.append(f"{each.file}:{each.line}: a text that no product stores")
    steps = proofs.run(rules, engines, recorded)
    proved = list(_progress(steps, len(rules.rules) * len(engines)))
    found = [each for proof in proved for each in proof.faults]
    if format_ is Format.JSON:
        data = _as_data(found, rules.sources)
        semantics = {name: engine.semantics for name, engine in engines.items()}
        listed = [proof.data() for proof in proved]
        _print_json(
            {"passed": passed, "failed": 0, "diagnostics": data, "engines": semantics,
             "proofs": listed}
        )  # fmt: skip
    else:
        _print_table(proofs.table(proved, list(engines)))
        for name, engine in engines.items():
            typer.echo(f"{name}: {engine.semantics}")
        _show(found, rules.sources)
        for proof in proved:
            if proof.query and proof.faults:
                _say(f"the query of `{proof.rule.name}` for {proof.target}:\n{proof.query}")
        _say(proofs.summary(proved))
    _complain(complaints)
    raise typer.Exit(_code(found) or int(bool(complaints)))


def _engines(target: str | None) -> dict[str, "Engine"]:
    """Load the engines, all of them ready to run."""
    from tocsin import registry
    from tocsin.engine import Missing

    if target is not None:
        _backend(target)  # says what targets there are
    wanted = [target] if target else [n for n in registry.engine_names() if n in _backends()]
    engines: dict[str, Engine] = {}
    missing: list[str] = []
    for name in wanted:
        engine = registry.engine(name)
        if engine is None:
            missing.append(f"{name}: no engine is installed for this target")
            continue
        try:
            engine.ready()
        except Missing as error:
            missing.append(f"{name}: {error}")
        engines[name] = engine
    if missing:
        lines = "\n  ".join(missing)
        _wrong_use(f"nothing was proved, for an engine is missing\n  {lines}")
    return engines


@app.command()
def match(
    rules_path: Annotated[Path, typer.Argument(metavar="RULES", help="A rule file or a folder.")],
    events: Annotated[
        list[str], typer.Argument(help="NDJSON files, .gz too; - is standard input.")
    ],
) -> None:
    """Run rules over events by the reference meaning; one line of JSON a match.

    Example: tocsin match rules events.ndjson.gz
    """
    import json

    from tocsin.match import match as matches

    rules = _read([rules_path])
    errors = [each for each in rules.diagnostics if each.code.is_error]
    _show(errors, rules.sources)
    if errors:
        raise typer.Exit(1)
    complaints: list[str] = []
    for each in matches(rules.rules, events, complaints.append):
        typer.echo(json.dumps(each, ensure_ascii=False, separators=(",", ":")))
    _complain(complaints)
    raise typer.Exit(int(bool(complaints)))


@app.command()
def explain(code: Annotated[str, typer.Argument(help="Such as E102.")]) -> None:
    """Explain a diagnostic code: what it is, why it matters, an example, what to write instead.

    Example: tocsin explain E102
    """
    from tocsin.diagnostics import Code, nearest
    from tocsin.explain import page

    text = page(code)
    if text is None:
        _wrong_use(f"no such code: {code}{_similar(nearest(code, list(Code)))}")
    typer.echo(text, nl=False)


@app.command()
def targets(format_: FormatOption = Format.TEXT) -> None:
    """List the installed targets and the sources that each one reads.

    Example: tocsin targets
    """
    listed = {
        name: {"suffix": backend.suffix, "sources": [each.name for each in backend.sources]}
        for name, backend in _backends().items()
    }
    if format_ is Format.JSON:
        _print_json(listed)
        return
    _print_table([[n, str(a["suffix"]), ", ".join(a["sources"])] for n, a in listed.items()])


@app.command()
def fields(
    event_class: Annotated[str | None, typer.Argument(help="Such as process.start.")] = None,
    format_: FormatOption = Format.TEXT,
) -> None:
    """List the event classes, or the fields of one of them.

    Example: tocsin fields process.start
    """
    from tocsin import schema
    from tocsin.diagnostics import nearest

    if event_class is None:
        rows = [[name, schema.event_class(name).about] for name in schema.class_names()]
    elif event_class in schema.class_names():
        specs = schema.event_class(event_class).fields.values()
        rows = [[s.name, f"{s.type}{' list' if s.many else ''}", s.about] for s in specs]
    else:
        close = nearest(event_class, schema.class_names())
        _wrong_use(f"no such event class: {event_class}{_similar(close)}")
    if format_ is Format.JSON:
        names = ("name", "about") if event_class is None else ("name", "type", "about")
        _print_json([dict(zip(names, row, strict=True)) for row in rows])
        return
    _print_table(rows)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="a-z, 0-9 and _, such as node_spawns_shell.")],
    folder: Annotated[Path, typer.Option("--folder", "-d", help="Where to write it.")] = Path(),
    author: Annotated[str, typer.Option(help="Who writes the rule.")] = "Unknown author",
) -> None:
    """Write a first rule that compiles and proves itself.

    Example: tocsin new node_spawns_shell -d rules/execution
    """
    from datetime import UTC, datetime
    from uuid import uuid4

    from tocsin.scaffold import is_rule_name, new_rule

    if not is_rule_name(name):
        _wrong_use(f"no rule name: {name} (a letter, then letters, digits and _, all lower case)")
    path = folder / f"{name}.rule"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(new_rule(name, str(uuid4()), datetime.now(UTC).date().isoformat(), author))
    except FileExistsError:
        _wrong_use(f"{path} exists already")
    except OSError as error:
        _wrong_use(f"cannot write {path}: {error.strerror}")
    _say(f"wrote {path}")


engines_app = typer.Typer(
    name="engines", help="What runs the rendered queries, to prove them.", no_args_is_help=True
)
app.add_typer(engines_app)


@engines_app.command("list")
def engines_list() -> None:
    """List the engines, whose semantics each carries, and what it still needs.

    Example: tocsin engines list
    """
    from tocsin import registry
    from tocsin.engine import Missing

    for name in registry.engine_names():
        engine = registry.engine(name)
        assert engine is not None
        try:
            engine.ready()
            state = "ready"
        except Missing as error:
            state = f"not ready: {error}"
        _print_table([[name, engine.semantics], ["", state]])


@engines_app.command("install")
def engines_install() -> None:
    """Fetch what engines need beside Python packages, pinned, into the user's cache folder.

    Example: tocsin engines install
    """
    from tocsin import registry
    from tocsin.engine import Installable, Missing

    for name in registry.engine_names():
        engine = registry.engine(name)
        try:
            if isinstance(engine, Installable):
                _say(f"{name}: {engine.install()}")
        except Missing as error:
            _wrong_use(f"{name}: {error}")


# --- shared


def _given(paths: Sequence[Path] | None) -> list[Path]:
    if paths:
        return list(paths)
    return [Path("rules")] if Path("rules").is_dir() else [Path()]


def _read(paths: Sequence[Path]) -> "Rules":
    from tocsin import pipeline, registry

    for path in paths:
        if not path.exists():
            _wrong_use(f"no such file or folder: {path}")
    rules = pipeline.read(paths, registry.names())
    if not rules.sources:
        _show(rules.diagnostics, rules.sources)
        raise typer.Exit(2)
    return rules


def _compiled(paths: Sequence[Path]) -> tuple["Rules", list["Rendering"]]:
    from tocsin import pipeline

    rules = _read(paths)
    backends = _backends()
    steps = pipeline.render_all(rules, backends)
    return rules, list(_progress(steps, len(rules.rules) * len(backends)))


def _progress(steps: Iterable[T], total: int) -> Iterable[T]:
    """Show a bar for long work on a terminal, nothing elsewhere."""
    if total < 200 or not sys.stderr.isatty():
        return steps
    from rich.console import Console
    from rich.progress import track

    return track(steps, "compiling", total, console=Console(stderr=True), transient=True)


def _backends() -> dict[str, "Backend"]:
    from tocsin import registry

    return {name: registry.load(name) for name in registry.names()}


def _backend(target: str) -> "Backend":
    from tocsin import registry
    from tocsin.diagnostics import nearest

    try:
        return registry.load(target)
    except LookupError:
        names = registry.names()
        known = f"; installed: {', '.join(names) or 'none'}"
        _wrong_use(f"no such target: {target}{_similar(nearest(target, names)) or known}")


def _sources(target: str, backend: "Backend", wanted: str) -> tuple["Source", ...]:
    """Find profiles by name: the backend's own, and those of ours that are for its target."""
    from tocsin import profiles
    from tocsin.diagnostics import nearest

    ours = (profiles.load_source(name) for name in profiles.source_names(target))
    known = {source.name: source for source in (*ours, *backend.sources)}
    for name in wanted.split(","):
        if name not in known:
            hint = _similar(nearest(name, known)) or f"; known: {', '.join(known)}"
            _wrong_use(f"no source of {target}: {name}{hint}")
    return tuple(known[name] for name in dict.fromkeys(wanted.split(",")))


def _all_diagnostics(rules: "Rules", renderings: Sequence["Rendering"]) -> tuple["Diagnostic", ...]:
    from tocsin.diagnostics import in_order

    rendered = [found for each in renderings for found in each.diagnostics]
    return in_order([*rules.diagnostics, *rendered])


def _show(found: Sequence["Diagnostic"], sources: Mapping[str, "Text"]) -> None:
    if not found:
        return
    from tocsin import render

    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    for each in found:
        typer.echo(render.text(each, sources, colour=colour), err=True)


def _as_data(found: Sequence["Diagnostic"], sources: Mapping[str, "Text"]) -> list[object]:
    from tocsin import render

    return [render.data(each, sources) for each in found]


def _counts(found: Sequence["Diagnostic"]) -> str:
    from tocsin import render

    return render.counts(found)


def _code(found: Sequence["Diagnostic"]) -> int:
    return int(any(each.code.is_error for each in found))


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


def _print_json(value: object) -> None:
    import json

    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _complain(complaints: Sequence[str]) -> None:
    """Tell what could not be read of event files."""
    for each in complaints:
        _say(each)
    if complaints:
        _say(f"{_number(len(complaints), 'line')} could not be read")


def _say(message: str) -> None:
    typer.echo(message, err=True)


def _similar(close: str | None) -> str:
    return f"; `{close}` has a similar name" if close else ""


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _wrong_use(message: str) -> NoReturn:
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(2)
