"""Rules and their queries to files that a product imports: each rule is in them, or it is told why."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

from tocsin import lock, model, pack
from tocsin.backend import Backend, Bare
from tocsin.diagnostics import Code, Diagnostic
from tocsin.format import Format, Publication, Query, Release, Wanted, lacks
from tocsin.frozen import dataclass
from tocsin.pipeline import Plan, Rendering
from tocsin.schema import Table

MANIFEST = "manifest.json"
FORMAT = 1


class Lost(Exception):
    """A format has neither published a rule nor said why: a fault of the format."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a format makes of some rules: FILES by path, their manifest last.

    LEFT_OUT are the rules that no query could be written of, each with the errors that say why.
    """

    files: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...]
    left_out: Mapping[str, tuple[Diagnostic, ...]]


def bare(backend: Backend, rendering: Rendering) -> str | None:
    """Take the query of RENDERING without what it says of itself at its head."""
    if rendering.text is None or rendering.lowered is None:
        return None
    return backend.query(rendering.lowered) if isinstance(backend, Bare) else rendering.text


def states(
    rendered: Iterable[tuple[model.Rule, Sequence[Rendering]]], plans: Sequence[Plan]
) -> Iterator[lock.State]:
    """Take down every rule, with its queries by PLANS, as it is now."""
    for rule, renderings in rendered:
        texts = {
            plan.label: text
            for plan, each in zip(plans, renderings, strict=True)
            if (text := bare(plan.backend, each)) is not None
        }
        yield lock.state(rule, texts)


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A rule, and what became of it by the plans of everything that a format wants."""

    rule: model.Rule
    renderings: tuple[tuple[Wanted, Plan, Rendering], ...]

    @property
    def queries(self) -> tuple[Query, ...]:
        """The queries that could be written."""
        return tuple(
            Query(wanted.name, plan.label, text, each.lowered)
            for wanted, plan, each in self.renderings
            if (text := bare(plan.backend, each)) is not None and each.lowered is not None
        )

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Why the others could not."""
        found = (one for _, _, each in self.renderings for one in each.diagnostics)
        return tuple(dict.fromkeys(one for one in found if one.code.is_error))


def publish(
    name: str, format_: Format, made: Sequence[Made], locked: lock.Lock, settings: Table
) -> Outcome:
    """Have FORMAT_, called NAME, make its files of the rules MADE, versioned as in LOCKED.

    Raises `TaxonomyError` if SETTINGS are wrong, `Lost` if the format loses a rule.
    """
    found: list[Diagnostic] = []
    left_out: dict[str, tuple[Diagnostic, ...]] = {}
    releases: list[Release] = []
    for each in made:
        queries = each.queries
        release = _release(each.rule, queries, locked)
        if format_.wanted and not queries:
            left_out[each.rule.name] = each.errors
        elif each.rule.meta.id is None:
            found.append(lacks(release, name, "an `id`", "`tocsin new` makes one"))
        else:
            releases.append(release)
    publication = format_.publish(releases, settings)
    found += publication.diagnostics
    _check_all_there(name, releases, publication)
    return Outcome(_files(name, publication, releases), tuple(found), left_out)


def _release(rule: model.Rule, queries: tuple[Query, ...], locked: lock.Lock) -> Release:
    id_ = (rule.meta.id or "").lower()
    entry = locked.get(id_)
    version, revision = (entry.version, entry.revision) if entry else (1, 0)
    return Release(rule, id_, version, revision, queries)


def _check_all_there(name: str, releases: Sequence[Release], publication: Publication) -> None:
    """See that N rules in are N rules out, or that an error speaks of those that are not."""
    there = {rule for file in publication.files for rule in file.rules}
    told = {each.span for each in publication.diagnostics if each.code.is_error}
    for release in releases:
        if release.rule.name not in there and release.rule.span not in told:
            raise Lost(f"{name} has lost `{release.rule.name}`")


def _files(name: str, publication: Publication, releases: Sequence[Release]) -> dict[str, bytes]:
    manifest = {
        "format": FORMAT,
        "generator": "tocsin",
        "publication": name,
        "files": [
            {"path": each.path, "sha256": sha256(each.data).hexdigest(), "rules": list(each.rules)}
            for each in publication.files
        ],
        "rules": [_entry(each) for each in releases],
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    files = {each.path: each.data for each in publication.files}
    return {**files, MANIFEST: text.encode("utf-8")}


def _entry(release: Release) -> dict[str, object]:
    return {
        "name": release.rule.name,
        "id": release.id,
        "title": release.rule.meta.title,
        "version": release.version,
        "revision": release.revision,
        "queries": {each.label: pack.standing(each.lowered) for each in release.queries},
    }


def unlocked(locked: lock.Lock, states: Iterable[lock.State]) -> Iterator[Diagnostic]:
    """Tell, before a publication that may not change the lock, what it does not have as it is."""
    for each in states:
        if each.id and each.id not in locked:
            message = f"`{each.rule.name}` is not in {lock.FILE}"
            hint = "`tocsin lock` takes it in, as version 1"
            span = each.rule.span
            yield Diagnostic(Code.UNLOCKED, message, span, "never locked", hint)
        else:
            yield from lock.stale(locked, [each])
