"""The events of a sequence's steps: a search for each kind, and the columns that it makes.

Behind the searches these columns are all that is left: the number of the step, its keys, and what
the rule's entities name of its events.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from tocsin import model
from tocsin.backend import Lowered
from tocsin.frozen import dataclass, field
from tocsin.model import Field
from tocsin.schema import event_class
from tocsin.text import free_name
from tocsin_backends.spl import raw
from tocsin_backends.spl.search import quoted
from tocsin_backends.spl.values import column_names, evals, value, words

# Stands for no value where one is handed on from step to step; Windows writes it for nothing.
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Step:
    """A step, NUMBER from 1, and the columns SHOWN of its events; HANDED on to the next."""

    number: int
    name: str
    repeats: int
    parts: tuple[Lowered, ...] = field(hash=False)
    shown: Mapping[str, Field] = field(hash=False)
    handed: bool


class Steps:
    """The steps of a sequence, and names unlike each other and unlike any that an event has."""

    def __init__(self, body: model.Sequence, rule: Lowered) -> None:
        """Read the steps, and behind them what ends a sequence."""
        self._taken = set(column_names(rule))
        self._made = [
            [value(lowered, key, present=True) for key in part.keys]
            for part, lowered in zip(model.parts(body), rule.parts, strict=True)
        ]
        self.keys = _keys(body.keys, self._made)
        self._taken.update(self.keys)
        self.number = self.free("step")
        parts, last = iter(rule.parts), len(body.steps)
        self.steps = [
            Step(at, step.name, step.repeats, tuple(islice(parts, len(step.parts))),
                 dict(self._shown(step, rule.rule)), at < last)
            for at, step in enumerate(body.steps, 1)
        ]  # fmt: skip
        self.until = [Step(last + 1, "until", 1, (part,), {}, False) for part in parts]

    def free(self, name: str) -> str:
        """Take NAME, or the next one that is free."""
        free = free_name(name, self._taken)
        self._taken.add(free)
        return free

    @property
    def told(self) -> list[str]:
        """Name the keys that are told apart; two that are one column at first are always equal."""
        first = self._made[0]
        return [key for at, key in enumerate(self.keys) if first.index(first[at]) == at]

    def _shown(self, step: model.Step, rule: model.Rule) -> Iterator[tuple[str, Field]]:
        """Find the fields of STEP that the rule's entities name, and name their columns."""
        names = dict.fromkeys(name for entity in rule.entities for name in entity.fields)
        specs = event_class(step.parts[0].event.classes[0]).fields
        for name in names:
            spec = specs.get(name.removeprefix(f"{step.name}."))
            if name.startswith(f"{step.name}.") and spec:
                yield self.free(name.replace(".", "_")), Field(spec.name, spec.type, spec.many)

    def searches(self) -> Iterator[list[str]]:
        """Write a search for each kind of events; it makes the columns behind them."""
        keys = iter(self._made)
        for step in (*self.steps, *self.until):
            for part in step.parts:
                made = {self.number: str(step.number)}
                made |= {name: _value(step, part, each) for name, each in step.shown.items()}
                made |= dict(zip(self.keys, next(keys), strict=True))
                new = {name: expr for name, expr in made.items() if expr not in ("", name)}
                yield [*raw.events(part), *evals(new)]

    @property
    def filled(self) -> list[str]:
        """Name the columns in which NOTHING may stand."""
        return [
            name
            for step in self.steps
            if step.handed
            for name, each in step.shown.items()
            if not all(_is_there(part, each) for part in step.parts)
        ]


def _keys(fields: Sequence[Field], made: Sequence[Sequence[str]]) -> list[str]:
    """Name the keys that each part has MADE of its columns, one after the other.

    So a name must not be that of a column which a part still needs for a later key.
    """
    names: list[str] = []
    for at, key in enumerate(fields):
        pending = {word for exprs in made for expr in exprs[at + 1 :] for word in words(expr)}
        names.append(free_name(key.name.replace(".", "_"), {*names, *pending}))
    return names


def _value(step: Step, part: Lowered, shown: Field) -> str:
    """Write what a column shows, nothing if it is empty; what is handed on is never NULL."""
    if shown.name not in part.columns:
        return quoted(NOTHING) if step.handed else ""
    if not step.handed:
        return value(part, shown)
    made = value(part, shown, present=True)
    return made if _is_there(part, shown) else f"coalesce({made}, {quoted(NOTHING)})"


def _is_there(part: Lowered, shown: Field) -> bool:
    """Whether the search of PART wants a value, and one column has it."""
    column = part.columns.get(shown.name)
    return column is not None and not column.computed and column.name in part.never_empty
