"""What `check` and `build` share: the units of a project, and what is shown of them."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tocsin.cli.app import Format
from tocsin.cli.output import as_data, code, print_json, progress, say, show, wrong_use
from tocsin.cli.project import Project, all_found, all_plans, read_rules, rendered
from tocsin.frozen import dataclass, replace

if TYPE_CHECKING:  # the types of what commands import by themselves
    from tocsin.builds import Build
    from tocsin.diagnostics import Diagnostic
    from tocsin.folders import Draft
    from tocsin.lock import Lock, State
    from tocsin.reports import Report
    from tocsin.source import Source as Text
    from tocsin.store import Store
    from tocsin.units import Packed, Rule, Wanted


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What there is to say of a project; PUBLISH writes the pack and counts its files.

    SOURCES reads the texts that findings are about.
    """

    found: Sequence["Diagnostic"]
    rules: Sequence["Rule"]
    states: Sequence["State"]
    sources: Callable[[Sequence["Diagnostic"]], Mapping[str, "Text"]]
    verdicts: Callable[[], Mapping[str, object]]
    publish: Callable[[], int]

    def tests(self) -> int:
        """Count the rules' own tests."""
        return sum(len(rule.tests) for rule in self.rules)


def show_result(result: Result, format_: Format) -> None:
    """Show what was found; as JSON with the verdict of each rule for each target."""
    sources = result.sources(result.found)
    if format_ is Format.JSON:
        data = as_data(result.found, sources)
        print_json({"diagnostics": data, "rules": result.verdicts()})
    else:
        show(result.found, sources)


def report_of(result: Result, project: Project) -> "Report":
    """Make a report of what was found, for other programs."""
    from tocsin.files import from_repository
    from tocsin.reports import Report

    sources, named = result.sources(result.found), from_repository(project.root)
    return Report(result.found, sources, result.rules, code(result.found), named)


def held(result: Result, known: "Lock | None", *, every: bool = False) -> Result:
    """Add what rules are not any more that KNOWN has of them; EVERY one may have to be in there."""
    if known is None:
        return result
    from tocsin.diagnostics import in_order
    from tocsin.lock import stale

    more = stale(known, result.states, every=every)
    return replace(result, found=in_order([*result.found, *more]))


@contextmanager
def built(
    project: Project, out: Path | None, jobs: int | None, cache: bool, *, lock: bool = False
) -> Iterator[Result]:
    """Have the units of a project made, and their queries laid out for OUT.

    If a lock is going to be written, or is there, each has what that is asked about its rules.
    """
    from tocsin.builds import Build
    from tocsin.files import rule_files
    from tocsin.fingerprint import fingerprint
    from tocsin.folders import Draft
    from tocsin.lock import is_there
    from tocsin.stamps import Stamps

    files = rule_files(project.paths)
    if not files:
        read_rules(project)  # says so
    with ExitStack() as stack:
        store = stack.enter_context(_store(cache))
        stamps = Stamps(store)
        stack.callback(stamps.keep)
        locked = lock or is_there(project.root)
        basis = fingerprint(project.root, project.settings.path, stamps) if store else ""
        crew = _Crew(project, jobs, locked)
        build = Build(project.root, f"{basis} {locked}", stamps, store, crew)
        with _faults_told(out):
            draft = stack.enter_context(Draft(out)) if out else None
            is_sum = build.run(files, draft)
        yield _of_units(build, draft, out) if is_sum else _of_the_whole(project)


@contextmanager
def _faults_told(out: Path | None) -> Iterator[None]:
    from tocsin.builds import Changed
    from tocsin.folders import NotOurs
    from tocsin.units import Lost

    try:
        yield
    except NotOurs as error:
        wrong_use(str(error))
    except Changed as error:
        wrong_use(f"{error} was changed meanwhile; nothing is written")
    except Lost as error:
        say(f"error: {error}: the compiler is broken, nothing is written")
        raise typer.Exit(1) from None
    except OSError as error:
        if out is None:
            raise
        wrong_use(f"cannot write {error.filename or out}: {error.strerror}; it is left as it was")


@contextmanager
def _store(wanted: bool) -> Iterator["Store | None"]:
    from tocsin import caches
    from tocsin.store import Store

    folder = caches.folder() if wanted else None
    if folder is None:
        yield None
        return
    store = Store(folder / "builds.sqlite", lambda complaint: say(f"note: {complaint}"))
    try:
        yield store
    finally:
        store.close()


class _Crew:
    """Those who make units, with what they need: nothing of it is loaded if nothing is made."""

    def __init__(self, project: Project, jobs: int | None, locked: bool) -> None:
        self._project = project
        self._jobs = jobs
        self._locked = locked

    def __call__(
        self, wanted: Sequence["Wanted"], folder: Path | None
    ) -> Generator[tuple[int, "Packed"], None, None]:
        from tocsin import registry
        from tocsin.crew import Crashed, Crew, workers_for
        from tocsin.make import Order

        plans = tuple(all_plans(self._project))
        order = Order(self._project.root.resolve(), registry.names(), plans, self._locked)
        try:
            with Crew(order, workers_for(len(wanted), self._jobs), folder) as crew:
                yield from progress(crew.make(wanted), len(wanted))
        except Crashed as error:
            wrong_use(f"{error}; nothing is written")


def _of_units(build: "Build", draft: "Draft | None", out: Path | None) -> Result:
    together = build.together

    def publish() -> int:
        assert draft is not None
        with _faults_told(out):
            return build.publish(draft)

    def verdicts() -> Mapping[str, object]:
        with _faults_told(out):
            return build.verdicts()

    rules, states = together.rules, build.states()
    return Result(together.found, rules, states, build.sources, verdicts, publish)


def _of_the_whole(project: Project) -> Result:
    """Look at all files at once: what is wrong depends on the order in which they are read."""
    from tocsin.make import summed
    from tocsin.pack import verdicts

    rules = read_rules(project)
    plans = all_plans(project)
    renderings = rendered(rules, plans)

    def publish() -> int:
        raise AssertionError("there is an error")

    return Result(
        all_found(rules, renderings),
        tuple(summed(rules, renderings, plans)),
        (),
        lambda _: rules.sources,
        lambda: verdicts(renderings),
        publish,
    )
