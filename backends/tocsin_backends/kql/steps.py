"""The steps of a sequence, and what their columns are called."""

from collections.abc import Iterator, Mapping, Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.frozen import dataclass
from tocsin.model import Field
from tocsin.schema import event_class
from tocsin.text import free_name
from tocsin_backends.kql.names import named, value

_ALL = "All"  # the key of a sequence that has none: a join wants one

Part = tuple[model.Part, Lowered]


class Names:
    """The names of the columns that all steps have, and those that are taken."""

    def __init__(self, body: model.Sequence, rule: Lowered) -> None:
        self.start, self.end = "Start", "End"
        self._taken = {self.start, self.end}
        columns = rule.parts[0].columns
        self.keys = [self.free(named(key, columns[key.name], ())) for key in body.keys]
        values = [value(columns[key.name]) for key in body.keys]
        # What two keys are both made of is shown once.
        self.shown = [key for at, key in enumerate(self.keys) if values.index(values[at]) == at]
        is_joined = len(body.steps) > 1 or body.until is not None
        self.by = self.keys or ([self.free(_ALL)] if is_joined else [])

    def free(self, name: str) -> str:
        """Take NAME, or one like it that is free."""
        free = free_name(name, self._taken)
        self._taken.add(free)
        return free


@dataclass(frozen=True, slots=True)
class Step:
    """The events of a step, or of `until`: REPEATS of them in a row, from FIRST to LAST.

    SHOWN are the columns that tell of the last of them.
    """

    name: str
    parts: tuple[Part, ...]
    repeats: int
    first: str
    last: str
    shown: Mapping[str, Field]

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns that no other step has."""
        return (*dict.fromkeys((self.last, self.first)), *self.shown)


def steps_of(
    body: model.Sequence, rule: model.Rule, parts: Sequence[Part], names: Names
) -> Iterator[Step]:
    """Name the columns of each step: the first and the last time are those of the match."""
    remaining = iter(parts)
    for place, step in enumerate(body.steps):
        own = tuple(next(remaining) for _ in step.parts)
        is_first, is_last, runs = place == 0, place == len(body.steps) - 1, step.repeats > 1
        if is_last:
            last = names.end
        else:
            last = names.start if is_first and not runs else names.free(f"{step.name}_time")
        first = last
        if is_first:
            first = names.start
        elif runs:
            first = names.free(f"{step.name}_start")
        shown = {names.free(each): field for each, field in _entities(step, rule)}
        yield Step(step.name, own, step.repeats, first, last, shown)
    for part in remaining:  # that of `until`
        time = names.free("until_time")
        yield Step("until", (part,), 1, time, time, {})


def _entities(step: model.Step, rule: model.Rule) -> Iterator[tuple[str, Field]]:
    """Find the fields of STEP that the rule's entities name, and what to call them."""
    start = f"{step.name}."
    wanted = (name for entity in rule.entities for name in entity.fields if name.startswith(start))
    for name in dict.fromkeys(each.removeprefix(start) for each in wanted):
        specs = (event_class(part.event.classes[0]).fields.get(name) for part in step.parts)
        spec = next((each for each in specs if each), None)
        if spec:
            column = f"{step.name}_{name.replace('.', '_')}"
            yield column, Field(spec.name, spec.type, spec.many)
