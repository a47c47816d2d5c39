"""What commands share: the project that is spoken of, its rules, and what they are rendered for."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin.cli.faults import Faults
from tocsin.cli.output import progress, similar, wrong_use
from tocsin.frozen import dataclass

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.backend import Backend
    from tocsin.diagnostics import Diagnostic
    from tocsin.pipeline import Plan, Rendering, Rules
    from tocsin.profiles import Source
    from tocsin.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Project:
    """The paths that a command is for, and the settings of the project that they are in."""

    root: Path
    paths: tuple[Path, ...]
    settings: "Settings"


def find_project(paths: Sequence[Path] | None = None) -> Project:
    """Find the project of PATHS, or the one that we are in; faults of its settings are raised."""
    from tocsin.files import find_root

    for path in paths or ():
        if not exists(path):
            wrong_use(f"no such file or folder: {path}")
    return project_in(find_root(paths[0] if paths else Path()), paths)


def project_in(root: Path, paths: Sequence[Path] | None = None, here: Path = Path()) -> Project:
    """Read the settings of the project in ROOT; without PATHS it is about the rules HERE."""
    from tocsin import registry
    from tocsin.settings import read_settings

    read = read_settings(root, registry.names(), registry.format_names())
    errors = [*read.errors, *([] if read.errors else _faults(read.settings))]
    if errors:
        raise ExceptionGroup("settings", errors)
    usual = here / "rules"
    rules = read.settings.rules or ((usual,) if usual.is_dir() else (here,))
    return Project(root, tuple(paths or rules), read.settings)


def exists(path: Path) -> bool:
    """Whether there is such a file or folder, whatever its name is made of."""
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, U+0000
        return False


def _faults(settings: "Settings") -> list[Exception]:
    """Say what the settings call sources that are none; they may be a plug-in's."""
    from tocsin import registry
    from tocsin.backend import brought
    from tocsin.schema import TaxonomyError
    from tocsin.settings import chosen

    found: list[Exception] = []
    for name, target in settings.targets.items():
        try:
            if target.sources:
                backend = registry.load(name)
                chosen(settings, name, backend.sources, brought(backend))
        except TaxonomyError as error:
            found.append(error)
    return found


def read_rules(project: Project) -> "Rules":
    """Read the rules of a project; none is wrong use."""
    from tocsin import pipeline, registry

    rules = pipeline.read(project.paths, registry.names(), project.root)
    if not rules.sources:
        raise Faults(rules.diagnostics)
    return rules


def backend_of(target: str) -> "Backend":
    """Load a target; an unknown one is wrong use."""
    from tocsin import registry
    from tocsin.diagnostics import nearest

    try:
        return registry.load(target)
    except LookupError:
        names = registry.names()
        known = f"; installed: {', '.join(names) or 'none'}"
        wrong_use(f"no such target: {target}{similar(nearest(target, names)) or known}")


def wanted_targets(project: Project) -> dict[str, "Backend"]:
    """Load the targets that the settings do not leave out."""
    from tocsin import registry

    return {name: registry.load(name) for name in enabled_targets(project)}


def enabled_targets(project: Project) -> list[str]:
    """Name the targets that the settings do not leave out."""
    from tocsin import registry

    return [name for name in registry.names() if project.settings.target(name).enabled]


def sources_of(project: Project, target: str) -> tuple["Source", ...]:
    """Find every source of a target as the project has it, also a plug-in's."""
    from tocsin.backend import brought
    from tocsin.settings import available

    return available(project.settings, target, brought(backend_of(target)))


def sources_read(project: Project, target: str) -> tuple["Source", ...]:
    """Find the sources that the project reads for a target."""
    from tocsin.backend import brought
    from tocsin.settings import chosen

    backend = backend_of(target)
    return chosen(project.settings, target, backend.sources, brought(backend))


def split_names(given: Sequence[str] | None, option: str = "--source") -> tuple[str, ...]:
    """Read names, each once: options with commas between; none if there is none."""
    names = dict.fromkeys(name.strip() for each in given or () for name in each.split(","))
    if "" in names:
        wrong_use(f"an empty name in {option}")
    return tuple(names)


def plans_of(project: Project, target: str, wanted: Sequence[str] = ()) -> list["Plan"]:
    """Plan for one target: for the sources WANTED, or those of the settings."""
    from tocsin import pipeline
    from tocsin.backend import brought
    from tocsin.settings import NoSource, find_source

    backend, settings = backend_of(target), project.settings
    most = settings.target(target).max_characters
    if not wanted:
        return pipeline.plans(target, backend, sources_read(project, target), most)
    try:
        found = [find_source(settings, target, brought(backend), name) for name in wanted]
    except NoSource as error:
        wrong_use(str(error))
    return pipeline.plans(target, backend, found, most)


def all_plans(project: Project) -> list["Plan"]:
    """Plan for every target that the settings do not leave out."""
    return [plan for target in wanted_targets(project) for plan in plans_of(project, target)]


def rendered(rules: "Rules", plans: Sequence["Plan"]) -> list["Rendering"]:
    """Render every rule by every plan, with a bar if that takes long."""
    from tocsin import pipeline

    return list(progress(pipeline.render_all(rules, plans), len(rules.rules) * len(plans)))


def all_found(rules: "Rules", renderings: Sequence["Rendering"]) -> tuple["Diagnostic", ...]:
    """Put together what there is to say of rules and of what they became."""
    from tocsin.diagnostics import in_order

    found = [each for rendering in renderings for each in rendering.diagnostics]
    return in_order([*rules.diagnostics, *found])
