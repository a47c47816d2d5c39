"""`explain`, `targets`, `fields` and `engines`: what there is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.cli.app import Format, FormatOption, Sources, app
from tocsin.cli.faults import faults_shown
from tocsin.cli.output import print_json, print_table, say, similar, wrong_use
from tocsin.cli.project import (
    Project,
    backend_of,
    find_project,
    sources_of,
    sources_read,
    split_names,
)

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.profiles import Source


@app.command()
def explain(code: Annotated[str, typer.Argument(help="Such as E102.")]) -> None:
    """Explain the code of a finding. What it is, why it matters, an example, what to write instead.

    Example: tocsin explain E102
    """
    from tocsin.diagnostics import Code, nearest
    from tocsin.explain import page

    text = page(code)
    if text is None:
        wrong_use(f"no such code: {code}{similar(nearest(code, list(Code)))}")
    typer.echo(text, nl=False)


@app.command()
@faults_shown
def targets(
    target: Annotated[
        str | None, typer.Argument(help="One target: what its sources read, class by class.")
    ] = None,
    format_: FormatOption = Format.TEXT,
) -> None:
    """List the targets and their sources. Those that each target reads, and those that it could.

    Example: tocsin targets kql
    """
    from tocsin import overview, registry

    project = find_project()
    names = [target] if target else list(registry.names())
    known = {name: sources_of(project, name) for name in names}
    if format_ is Format.JSON:
        print_json({name: _target_data(project, name, known[name]) for name in names})
    elif target:
        rows = [
            row for each in known[target] for row in overview.selector_rows(overview.source(each))
        ]
        print_table([["source", "class", "selectors"], *rows])
    else:
        print_table([["target", "suffix", "reads"], *(_summary(project, name) for name in names)])
        typer.echo()
        print_table([
            ["source", "target", "title", "classes"],
            *([each.name, name, each.title, ", ".join(each.classes())]
              for name in names for each in known[name]),
        ])  # fmt: skip


def _summary(project: Project, name: str) -> list[str]:
    reads = ", ".join(source.name for source in sources_read(project, name))
    enabled = project.settings.target(name).enabled
    return [
        name,
        backend_of(name).suffix,
        reads if enabled else "nothing: left out in the settings",
    ]


def _target_data(project: Project, name: str, known: Sequence["Source"]) -> dict[str, object]:
    from tocsin import overview

    return {
        "suffix": backend_of(name).suffix,
        "enabled": project.settings.target(name).enabled,
        "sources": [source.name for source in sources_read(project, name)],
        "known": [overview.source(each) for each in known],
    }


@app.command()
@faults_shown
def fields(
    event_class: Annotated[str | None, typer.Argument(help="Such as process.start.")] = None,
    field: Annotated[str | None, typer.Argument(help="Such as process.name.")] = None,
    source: Sources = None,
    target: Annotated[
        str | None, typer.Option("--target", "-t", help="The sources of this target only.")
    ] = None,
    format_: FormatOption = Format.TEXT,
) -> None:
    """List event classes, or the fields of one. With where each source keeps them.

    Example: tocsin fields process.start process.name -t kql
    """
    from tocsin import overview

    wanted = split_names(source)
    sources = _narrowed(find_project(), wanted, target)
    if event_class is None:
        listed = overview.classes(sources)
        if format_ is Format.JSON:
            print_json(listed)
        else:
            rows = [[each["name"], each["about"], ", ".join(each["sources"])] for each in listed]
            print_table([["class", "about", "sources"], *rows])
        return
    _check_field(event_class, field)
    found = overview.fields(event_class, sources, field)
    if format_ is Format.JSON:
        print_json(found)
    else:
        print_table(overview.field_rows(found))
    lacking = [each.name for each in sources if wanted and event_class not in each.classes()]
    for name in lacking:
        say(f"{name} does not record {event_class}")
    raise typer.Exit(int(bool(lacking)))


def _check_field(event_class: str, field: str | None) -> None:
    from tocsin import schema
    from tocsin.diagnostics import known_names

    if event_class not in schema.class_names():
        hint = known_names(event_class, schema.class_names())
        wrong_use(f"no such event class: {event_class}; {hint}")
    known = schema.event_class(event_class)
    if field is None or field in known.fields:
        return
    if field in known.aliases:
        wrong_use(f"{field} is written {known.aliases[field]}")
    wrong_use(f"no field of {event_class}: {field}; {schema.field_hint(known, field)}")


def _narrowed(project: Project, wanted: Sequence[str], target: str | None) -> list["Source"]:
    """Find the sources of the installed targets, or of TARGET, or the WANTED of these."""
    from tocsin import registry
    from tocsin.diagnostics import known_names

    targets = [target] if target else registry.names()
    known = {each.name: each for name in targets for each in sources_of(project, name)}
    for name in wanted:
        if name not in known:
            of = f" of {target}" if target else ""
            wrong_use(f"no source{of}: {name}; {known_names(name, known)}")
    return [known[name] for name in sorted(wanted or known)]


engines_app = typer.Typer(
    name="engines", help="List or install what runs queries, to prove them.", no_args_is_help=True
)
app.add_typer(engines_app)


@engines_app.command("list")
def engines_list() -> None:
    """List the engines. Whose semantics each carries, and what it still needs.

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
        print_table([[name, engine.semantics], ["", state]])


@engines_app.command("install")
def engines_install() -> None:
    """Fetch what engines need beside Python packages. Pinned, into the user's cache folder.

    Example: tocsin engines install
    """
    from tocsin import registry
    from tocsin.engine import Installable, Missing

    for name in registry.engine_names():
        engine = registry.engine(name)
        try:
            if isinstance(engine, Installable):
                say(f"{name}: {engine.install()}")
        except Missing as error:
            wrong_use(f"{name}: {error}")
