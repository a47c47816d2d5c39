"""The contract of a format. This page is all that a format's author must read.

A format makes files that a product imports, out of rules and what targets say of them. It is found
through the entry-point group `tocsin.formats`; docs/publishing.md walks through one. `publish`
gives it every rule with its queries, and writes what comes back if nothing is wrong with it.
"""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID, uuid5

from tocsin import model
from tocsin.backend import Backend, Lowered
from tocsin.diagnostics import Code, Diagnostic
from tocsin.frozen import dataclass
from tocsin.schema import Table


@dataclass(frozen=True, slots=True)
class Wanted:
    """Queries that a format asks for: those of TARGET, as the project builds it.

    With a BACKEND of its own they are written by that, over TARGET's sources and under NAME. BODIES
    are the kinds of bodies that they are wanted of; none named, of all.
    """

    name: str
    target: str
    backend: Backend | None = None
    bodies: tuple[type[model.Body], ...] = ()

    def takes(self, rule: model.Rule) -> bool:
        """Whether queries of RULE are wanted."""
        return not self.bodies or isinstance(rule.body, self.bodies)


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A rule as one target says it: TEXT, without a comment at its head.

    NAME is that of what was wanted. LABEL tells queries over different sources apart.
    """

    name: str
    label: str
    text: str
    lowered: Lowered


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """A rule to be published. VERSION rises with its meaning, REVISION with all else in it.

    ID is the rule's. QUERIES are those that could be written, in the order wanted.
    """

    rule: model.Rule
    id: str
    version: int
    revision: int
    queries: tuple[Query, ...]

    def of(self, name: str) -> tuple[Query, ...]:
        """Return the queries of what was wanted by NAME: one for each plan, or none."""
        return tuple(each for each in self.queries if each.name == name)

    def id_for(self, query: Query) -> str:
        """Return the id of what is made of QUERY: the rule's own, for the first of its name.

        Those over other sources have ids that follow from the rule's and the source. So a source
        more leaves what was published before as it is.
        """
        if query.label == self.of(query.name)[0].label:
            return self.id
        return str(uuid5(UUID(self.id), query.lowered.sources[0].name))


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """A file of a publication. PATH has `/` between folders; RULES names those that it holds."""

    path: str
    data: bytes
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Publication:
    """What a format makes. An error among DIAGNOSTICS keeps all of it from being written."""

    files: tuple[File, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


class Format(Protocol):
    """A format of files that a product imports."""

    @property
    def about(self) -> str:
        """What it makes, in a line."""
        ...

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The queries that it can do with; a rule has to have one of them at least.

        Empty for a format that is about the rules and not about queries.
        """
        ...

    def publish(self, releases: Sequence[Release], settings: Table, /) -> Publication:
        """Make the files of RELEASES, in which every rule has its own place or an error.

        SETTINGS are `[publish.NAME]` of the project, maybe empty. Raises `TaxonomyError` if these
        are wrong. What a product's limit or schema does not allow is an error with `lacks` or
        `beyond`; nothing is cut short in silence. The same input makes the same bytes.
        """
        ...


def lacks(release: Release, format_: str, what: str, hint: str | None = None) -> Diagnostic:
    """Say that a format needs something that a rule has not."""
    message = f"{format_} needs {what}, which `{release.rule.name}` lacks"
    bare = what.removeprefix("a ").removeprefix("an ")
    return Diagnostic(Code.LACKS, message, release.rule.span, f"no {bare}", hint)


def beyond(
    release: Release, format_: str, what: str, count: int, most: int, unit: str = "characters"
) -> Diagnostic:
    """Say that a product takes no more than MOST of what a rule has COUNT of."""
    message = f"{format_}: {what} has {count:,} {unit}"
    return Diagnostic(
        Code.BEYOND, message, release.rule.span, f"the product takes {most:,} at most"
    )


def refused(release: Release, format_: str, problem: str) -> Diagnostic:
    """Say that a schema or a product's own library does not take what was made of a rule."""
    message = f"{format_}: the artefact is refused"
    return Diagnostic(Code.ARTEFACT, message, release.rule.span, problem)


def untold(release: Release, format_: str, what: str, why: str) -> Diagnostic:
    """Say what a rule says and a product has no word for: it is left out of the artefact."""
    message = f"{format_}: {what} of `{release.rule.name}` is left out"
    return Diagnostic(Code.UNTOLD, message, release.rule.span, why)
