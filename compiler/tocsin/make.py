"""Makes the unit of a rule file: reads it with what it uses, and says it by every plan."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tocsin import model, pack, pipeline
from tocsin.folders import digest
from tocsin.frozen import dataclass, replace
from tocsin.lock import State, state
from tocsin.modules import Loader, Project
from tocsin.units import Bulk, Query, Rule, Unit, Used, Wanted


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """What holds for all units of a build. It can be sent to other processes."""

    root: Path  # resolved
    targets: tuple[str, ...]
    plans: tuple[pipeline.Plan, ...]
    locked: bool = False  # whether a lock is going to be asked about the rules


class Maker:
    """Makes one unit after the other; files that several of them use are read once."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self._loader = Loader(order.root)
        self._shared: set[Path] = set()
        self._suffixes = {plan.target: plan.backend.suffix for plan in order.plans}

    def make(self, wanted: Wanted) -> tuple[Unit, Bulk]:
        """Make the unit of a file."""
        path = Path(wanted.path)
        project = self._load(path)
        if not wanted.given:
            project = replace(project, given=())
        rules, claims = pipeline.compile_file(project, path, self.order.targets)
        size = len(self.order.plans)
        renderings = list(pipeline.render_all(rules, self.order.plans))
        said = [renderings[at * size : (at + 1) * size] for at in range(len(rules.rules))]
        entries = [
            pack.entry(rule, each, self._suffixes)
            for rule, each in zip(rules.rules, said, strict=True)
        ]
        digests = [digest(entry.encode("utf-8", "surrogatepass")) for entry in entries]
        files = pack.texts(renderings, self._suffixes)
        made = tuple(
            Rule(
                rule.name,
                rule.span,
                tuple(test.name for test in rule.tests),
                entry,
                tuple(self._query(rendering, files) for rendering in each),
                self._state(rule, each) if is_sound else None,
            )
            for rule, is_sound, entry, each in zip(
                rules.rules, rules.sound(), digests, said, strict=True
            )
        )
        modules = tuple(self._name(each) for each in project.modules if each != path)
        unit = Unit(claims, rules.diagnostics, made, modules, self._used(project))
        return unit, Bulk(
            dict(zip(digests, entries, strict=True)),
            {name: data.decode("utf-8") for name, data in files.items()},
        )

    def _load(self, path: Path) -> Project:
        project = self._loader.load([path])
        self._shared.update(each for each in project.modules if each != path)
        if path not in self._shared:
            self._loader.forget(path)
        return project

    def _state(self, rule: model.Rule, renderings: Sequence[pipeline.Rendering]) -> State | None:
        if not self.order.locked:
            return None
        return state(rule, {e.label: e.query for e in renderings if e.query is not None})

    def _query(self, each: pipeline.Rendering, files: dict[str, bytes]) -> Query:
        if each.text is None:
            return Query(each.label, None, "", pack.withheld(each).value, each.diagnostics)
        path = pack.path_of(each, self._suffixes)
        return Query(each.label, path, digest(files[path]), "", each.diagnostics)

    def _used(self, project: Project) -> tuple[Used, ...]:
        return tuple(
            Used(self._name(each.asked), self._name(each.path), each.digest)
            for each in project.used
        )

    def _name(self, path: Path) -> str:
        """Name a path from the root, so that a project may be moved; `..` stays as it is."""
        text, root = str(path), str(self.order.root)
        inside = text.startswith(root.rstrip(os.sep) + os.sep)
        return text[len(root.rstrip(os.sep)) + 1 :] if inside else text


def summed(
    rules: pipeline.Rules, renderings: Sequence[pipeline.Rendering], plans: Sequence[pipeline.Plan]
) -> Iterator[Rule]:
    """Sum up rules that were looked at as a whole, by PLANS: nothing of it is for a pack."""
    suffixes = {plan.target: plan.backend.suffix for plan in plans}
    for at, rule in enumerate(rules.rules):
        queries = (
            Query(
                each.label,
                None if each.text is None else pack.path_of(each, suffixes),
                "",
                pack.withheld(each).value if each.text is None else "",
                each.diagnostics,
            )
            for each in renderings[at * len(plans) : (at + 1) * len(plans)]
        )
        tests = tuple(test.name for test in rule.tests)
        yield Rule(rule.name, rule.span, tests, "", tuple(queries))
