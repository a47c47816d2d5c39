"""Rules and their queries to files that a product imports. A rule is in them, or it is told why."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tocsin import lock, model, pack
from tocsin.diagnostics import Code, Diagnostic
from tocsin.folders import digest
from tocsin.format import Format, Publication, Query, Release, Wanted, lacks, refused
from tocsin.frozen import dataclass
from tocsin.manifest import MANIFEST
from tocsin.pipeline import Plan, Rendering, Rules
from tocsin.schema import Table

FORMAT = 1  # of the manifest

Asked = tuple[Wanted, Plan]  # what a format wants, and how that is made


class Lost(Exception):
    """A format has neither published a rule nor said why: a fault of the format."""


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """A rule without a fault, and what became of it by each plan, by the plan's label."""

    rule: model.Rule
    by: Mapping[str, Rendering]

    def state(self, labels: Iterable[str]) -> lock.State:
        """Take the rule down as it is now, with the queries by the plans LABELS."""
        queries = {label: self.by[label].query for label in labels}
        return lock.state(self.rule, {k: text for k, text in queries.items() if text is not None})

    def whole(self, asked: Sequence[Asked]) -> Sequence[Asked]:
        """Take of ASKED what every query is there of that was to be; all, if there is no such."""
        broken = {one[0].name for one in asked if self.errors([one])}
        there = {query.name for query in self.queries(asked)}
        return [one for one in asked if one[0].name in there - broken] or asked

    def queries(self, asked: Iterable[Asked]) -> Iterator[Query]:
        """Give the queries that could be written of those ASKED."""
        for wanted, plan in asked:
            made = self.by[plan.label]
            if made.query is not None and made.lowered is not None and wanted.takes(self.rule):
                yield Query(wanted.name, plan.label, made.query, made.lowered)

    def errors(self, asked: Iterable[Asked]) -> tuple[Diagnostic, ...]:
        """Say why the others could not."""
        plans = (plan for wanted, plan in asked if wanted.takes(self.rule))
        found = (one for plan in plans for one in self.by[plan.label].diagnostics)
        return tuple(dict.fromkeys(one for one in found if one.code.is_error))


def distinct(plans: Iterable[Plan]) -> list[Plan]:
    """Take plans of one label once: they make the same."""
    return list({plan.label: plan for plan in plans}.values())


def said(rules: Rules, plans: Sequence[Plan], renderings: Sequence[Rendering]) -> list[Said]:
    """Sort RENDERINGS, of every rule by every plan, by rule; leave broken rules out."""
    size = len(plans)
    found: list[Said] = []
    for at, (rule, is_sound) in enumerate(zip(rules.rules, rules.sound(), strict=True)):
        if is_sound:
            made = zip(plans, renderings[at * size : (at + 1) * size], strict=True)
            found.append(Said(rule, {plan.label: each for plan, each in made}))
    return found


# --- one format


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """A RULE that is not published, or not by the plans LABELS, and the ERRORS that say why."""

    rule: str
    labels: tuple[str, ...]
    errors: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a format makes of some rules: FILES by path, their manifest last.

    LEFT_OUT are the rules, and queries of rules, that could not be written.
    """

    files: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...]
    left_out: tuple[LeftOut, ...]

    def refused(self, allowed: frozenset[model.Verdict]) -> Iterator[Diagnostic]:
        """Give the errors of rules that were left out for more than ALLOWED verdicts."""
        for each in self.left_out:
            if not verdicts(each.errors) <= allowed:
                yield from each.errors


_VERDICTS = {Code.NARROWER: model.Verdict.NARROWER, Code.SKEWED: model.Verdict.SKEWED}


def verdicts(errors: Iterable[Diagnostic]) -> frozenset[model.Verdict]:
    """Name the verdicts behind the errors that keep a rule out."""
    return frozenset(_VERDICTS.get(each.code, model.Verdict.REFUSED) for each in errors)


def publish(
    name: str,
    format_: Format,
    rules: Sequence[Said],
    asked: Sequence[Asked],
    locked: lock.Lock,
    settings: Table,
) -> Outcome:
    """Have FORMAT_, called NAME, make its files of RULES, versioned as in LOCKED.

    Raises `TaxonomyError` if SETTINGS are wrong, `Lost` if the format loses a rule.
    """
    found: list[Diagnostic] = []
    left_out: list[LeftOut] = []
    releases: list[Release] = []
    for each in rules:
        whole = each.whole(asked)
        release = _release(each.rule, tuple(each.queries(whole)), locked)
        if missing := _missing(name, each, whole, release):
            left_out.append(missing)
        if asked and not release.queries:
            continue
        if release.id:
            releases.append(release)
        else:
            found.append(lacks(release, name, "an `id`", "`tocsin new` makes one"))
    if not releases:
        return Outcome(_files(name, Publication(()), ()), tuple(found), tuple(left_out))
    publication = format_.publish(releases, settings)
    found += (*publication.diagnostics, *_of_one_name(name, releases, publication))
    _check_all_there(name, releases, publication)
    return Outcome(_files(name, publication, releases), tuple(found), tuple(left_out))


def _missing(name: str, rule: Said, asked: Sequence[Asked], release: Release) -> LeftOut | None:
    """Say which queries of those ASKED a rule has not; none named, if it has none at all."""
    errors = rule.errors(asked)
    if not asked or (release.queries and not errors):
        return None
    labels = (plan.label for wanted, plan in asked if rule.errors([(wanted, plan)]))
    nothing = (lacks(release, name, "a query in a language that it takes"),)
    return LeftOut(rule.rule.name, tuple(labels) if release.queries else (), errors or nothing)


def _release(rule: model.Rule, queries: tuple[Query, ...], locked: lock.Lock) -> Release:
    id_ = rule.meta.id or ""
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


def _of_one_name(
    name: str, releases: Sequence[Release], publication: Publication
) -> Iterator[Diagnostic]:
    """Find files that cannot lie side by side: many systems do not look at the case of a name."""
    by_name = {release.rule.name: release for release in releases}
    taken = {MANIFEST}
    for file in publication.files:
        if not set(file.path.split("/")).isdisjoint({"", ".", ".."}) or set("\\\0") & {*file.path}:
            raise Lost(f"{name} has made a file outside of its folder: {file.path!r}")
        path = file.path.casefold()
        if path in taken:
            if not file.rules:
                raise Lost(f"{name} has made two files of the name {file.path}")
            for rule in file.rules:
                yield refused(by_name[rule], name, f"{file.path} is another file's name too")
        taken.add(path)


def _files(name: str, publication: Publication, releases: Sequence[Release]) -> dict[str, bytes]:
    manifest = {
        "format": FORMAT,
        "generator": "tocsin",
        "publication": name,
        "files": [
            {"path": each.path, "sha256": digest(each.data), "rules": list(each.rules)}
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
