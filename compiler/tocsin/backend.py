"""The contract of a backend. This page is all that a backend's author must read.

A backend is found through the entry-point group `tocsin.backends`. `lower` brings a rule into its
source's columns and into the tests it `supports`, and gives each departure a verdict; `emit` then
only writes text. docs/backends.md walks through one.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cache
from typing import Protocol, runtime_checkable

from tocsin import model
from tocsin.columns import Column
from tocsin.frozen import dataclass, field
from tocsin.profiles import Source, SourceClass
from tocsin.programs import Program
from tocsin.source import Span


@dataclass(frozen=True, slots=True)
class Approximation:
    """One place where the rendering departs from the rule, in which DIRECTION, and why."""

    direction: model.Verdict
    reason: str
    field: str | None
    span: Span
    accepted: str | None = None  # the author's reason, if the rule takes the error on
    inside: tuple[str, ...] = ()  # the step and the part of the body that it lies in
    left: str = ""  # what is found where a clause is left out: an error unless it is taken on
    written: str = ""  # the test as the rule has it
    line: int = 0  # where it stands, from 1; 0 if that is not known

    @property
    def why(self) -> str:
        """Say why, and what that leads to if it does not say so itself."""
        return f"{self.reason}: {self.left}" if self.left else self.reason


@dataclass(frozen=True, slots=True)
class Blind:
    """A test on a field that some of the sources (ALL of them?) never carry."""

    field: str
    exclusion: bool  # whether the test excludes (stands under `not`)
    sources: tuple[str, ...]
    why: str
    all: bool
    span: Span
    line: int = 0
    output: str | None = None  # it is no test: this output of a summary stays empty
    value: bool = False  # the field is there, but never with such a value
    classes: tuple[str, ...] = ()  # the event classes that were looked at


@dataclass(frozen=True, slots=True)
class Lowered:
    """A rule in the columns of its source, ready to be written.

    In BODY, conditions read columns; a summary's keys and outputs keep the neutral names, which
    COLUMNS maps. COMPUTED are the columns that the query has to make first, name to expression,
    each after those that it is made of. UNGROUPED says that the rule's summary is left to the
    reader.

    A body of several kinds of events has PARTS, one for each of `model.parts(body)`: each is the
    `Event` of its kind with places and columns of its own, among them its keys.
    """

    rule: model.Rule
    file: str
    sources: tuple[Source, ...]
    places: tuple[SourceClass, ...]
    body: model.Body
    columns: Mapping[str, Column]
    approximations: tuple[Approximation, ...]
    blind: tuple[Blind, ...]
    ungrouped: bool
    computed: Mapping[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()  # what the target's own operators take for granted
    parts: tuple["Lowered", ...] = ()

    @property
    def verdict(self) -> model.Verdict:
        """How the rendering as a whole stands to the rule."""
        directions = {each.direction for each in self.approximations}
        if not directions:
            return model.Verdict.EXACT
        return directions.pop() if len(directions) == 1 else model.Verdict.SKEWED

    def made_for(self, read: Set[str]) -> dict[str, str]:
        """Take of `computed` what is READ, and what that is made of."""
        wanted = set(read)
        for name, expr in reversed(list(self.computed.items())):
            if name in wanted:
                wanted |= set(re.findall(r"\w+", expr))
        return {name: expr for name, expr in self.computed.items() if name in wanted}

    @property
    def never_empty(self) -> frozenset[str]:
        """Name the columns that the condition wants a value of, whatever else holds."""
        if not isinstance(self.body, model.OneEvent):
            return frozenset()
        return model.wanted(model.event_of(self.body).condition)

    @property
    def coverage(self) -> tuple[str, ...]:
        """What a source leaves out of the classes that the rule asks for."""
        lines = (f"{place.source}: {line}" for place in self.places for line in place.notes)
        return tuple(dict.fromkeys(lines))

    @property
    def requires(self) -> tuple[str, ...]:
        """What must be so for the query to see what the rule means."""
        told: dict[str, dict[str, None]] = {}
        fields = self.fields
        for source in self.sources:
            for place in (each for each in self.places if each.source == source.name):
                for line in (*source.requires, *place.requires, *_about(place, fields)):
                    told.setdefault(line, {})[source.name] = None
        several = len(self.sources) > 1
        lines = (f"{', '.join(names)}: {each}" if several else each for each, names in told.items())
        return (*lines, *self.assumed)

    @property
    def fields(self) -> frozenset[str]:
        """Name the fields that the rule reads, by their neutral names."""
        read = set(model.reads(*model.conditions(self.rule.body)))
        if any(part.event.systems for part in model.parts(self.rule.body)):
            read.add("host.os.type")
        tied = (key for part in model.parts(self.body) for key in part.keys)
        shown = (output.field for output in model.outputs(self.body) if output.field)
        return frozenset(read | {each.name for each in (*model.keys(self.body), *tied, *shown)})


def _about(place: SourceClass, fields: Set[str]) -> Iterator[str]:
    """Say what must be so for FIELDS to be filled."""
    about: dict[str, list[str]] = {}
    for name, line in _conditional(place):
        if name in fields:
            about.setdefault(line, []).append(name)
    yield from (f"{line} ({', '.join(names)})" for line, names in about.items())


@cache  # asked of every rule, and few columns want anything
def _conditional(place: SourceClass) -> tuple[tuple[str, str], ...]:
    """Find the fields whose columns are filled only if something is so, and what."""
    columns = place.columns.items()
    return tuple((name, column.requires) for name, column in columns if column.requires)


class Backend(Protocol):
    """A target: a query language, and the sources it is run on."""

    @property
    def suffix(self) -> str:
        """The ending of the files it makes, such as `.eql`."""
        ...

    @property
    def sources(self) -> tuple[Source, ...]:
        """The source profiles that one query reads, unless others are asked for."""
        ...

    @property
    def supports(self) -> Set[type[model.Expr] | type[model.Body] | type[model.Entity]]:
        """The nodes it can write. `emit` is given no others; `lower` says the rest with these.

        `Event` comes to every target; a body that is not named is refused or left out. `Entity`
        says that the rows of a sequence have columns for what the rule's entities name.
        """
        ...

    def exact(self, test: model.Predicate, /) -> bool:
        """Whether this very test, its literals included, can be written without a loss."""
        ...

    def emit(self, rule: Lowered, /) -> str:
        """Write RULE. Total: it has no errors of its own."""
        ...


@runtime_checkable
class Checked(Protocol):
    """A backend whose target has a library that can judge an output; it may have this too."""

    def problems(self, text: str, /) -> Sequence[str]:
        """Say what the target's own library has against TEXT; nothing if it takes it."""
        ...


@runtime_checkable
class Limited(Protocol):
    """A backend whose target takes conditions of a certain size only; it may have this too."""

    def beyond(self, expr: model.Expr, /) -> str | None:
        """Say which limit a fitted node goes beyond by itself; None if it is fine."""
        ...


@runtime_checkable
class Choosy(Protocol):
    """A backend that can write some bodies of a kind and others not; it may have this too.

    It is asked of bodies that it does not support as well: its own reason is better than ours.
    """

    def lacks(self, body: model.Body, places: Sequence[SourceClass], /) -> str | None:
        """Say what the target lacks for BODY over PLACES; None if it can be written."""
        ...


@dataclass(frozen=True, slots=True)
class Departure:
    """How a target's own words for a body, or a clause of it, err, and where that is."""

    direction: model.Verdict
    reason: str
    span: Span


@runtime_checkable
class Departing(Protocol):
    """A backend whose words for some bodies come only close; it may have this too."""

    def departs(self, body: model.Body, places: Sequence[SourceClass], /) -> Sequence[Departure]:
        """Say how what is written for BODY over PLACES errs; nothing if it is exact."""
        ...


@dataclass(frozen=True, slots=True)
class Split:
    """A command line taken apart, in a target's own language.

    OPTIONS are the arguments before the script, each ended by U+001F, the program's own name left
    out; SCRIPT is the first behind them. Both are empty where there are none.
    """

    options: str
    script: str


@runtime_checkable
class Splitting(Protocol):
    """A backend whose target takes a command line apart; it may have this too."""

    def split(self, column: str, program: Program, /) -> Split:
        """Say how the command line in COLUMN is taken apart as PROGRAM reads it."""
        ...


@runtime_checkable
class Assuming(Protocol):
    """A backend whose words are exact only if something else is so; it may have this too."""

    def assumes(self, rule: Lowered, /) -> Sequence[str]:
        """Say what must be so for the output of RULE to mean what RULE means."""
        ...


@runtime_checkable
class Bare(Protocol):
    """A backend whose output can stand without the comment at its head; it may have this too."""

    def head(self, rule: Lowered, /) -> str:
        """Write the comment: `emit` is this and the query."""
        ...

    def query(self, rule: Lowered, /) -> str:
        """Write RULE without what it says of itself."""
        ...


@runtime_checkable
class Stocked(Protocol):
    """A backend that brings more sources than it reads by itself; it may have this too."""

    @property
    def others(self) -> tuple[Source, ...]:
        """The source profiles that are read if they are asked for, in a query each."""
        ...


def beyond(backend: Backend, expr: model.Expr) -> str | None:
    """Say which limit of BACKEND a fitted node goes beyond by itself, if it is a `Limited` one."""
    # It is asked at every node, and `isinstance` of a protocol looks all its members up.
    limit: Callable[[model.Expr], str | None] | None = getattr(backend, "beyond", None)
    return limit(expr) if limit else None


def departures(
    backend: Backend, body: model.Body, places: Sequence[SourceClass]
) -> Sequence[Departure]:
    """Say how what BACKEND writes for BODY over PLACES errs, if it is a `Departing` one."""
    say: Callable[[model.Body, Sequence[SourceClass]], Sequence[Departure]] | None
    say = getattr(backend, "departs", None)
    return say(body, places) if say else ()


def taken_for_granted(backend: Backend, rule: Lowered) -> Sequence[str]:
    """Say what must be so for what BACKEND writes of RULE, if it is an `Assuming` one."""
    say: Callable[[Lowered], Sequence[str]] | None = getattr(backend, "assumes", None)
    return say(rule) if say else ()


def written(backend: Backend, rule: Lowered) -> tuple[str, str]:
    """Have BACKEND write the comment at the head of RULE and the query, apart if it is `Bare`."""
    head: Callable[[Lowered], str] | None = getattr(backend, "head", None)
    query: Callable[[Lowered], str] | None = getattr(backend, "query", None)
    return (head(rule), query(rule)) if head and query else ("", backend.emit(rule))


def objections(backend: Backend, text: str) -> Sequence[str]:
    """Say what the library of BACKEND's target has against TEXT, if it is a `Checked` one."""
    say: Callable[[str], Sequence[str]] | None = getattr(backend, "problems", None)
    return say(text) if say else ()


def brought(backend: Backend) -> tuple[Source, ...]:
    """Return every source that BACKEND brings along."""
    return (*backend.sources, *(backend.others if isinstance(backend, Stocked) else ()))
