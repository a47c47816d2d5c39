"""Rules and their queries to files that a product imports. A rule is in them, or it is told why."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

from tocsin import lock, model, pack
from tocsin.diagnostics import Code, Diagnostic
from tocsin.format import Format, Publication, Query, Release, Wanted, lacks
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
class Outcome:
    """What a format makes of some rules: FILES by path, their manifest last.

    LEFT_OUT are the rules that no query could be written of, each with the errors that say why.
    """

    files: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...]
    left_out: Mapping[str, tuple[Diagnostic, ...]]

    def refused(self, allowed: frozenset[model.Verdict]) -> Iterator[Diagnostic]:
        """Give the errors of rules that were left out for more than ALLOWED verdicts."""
        for errors in self.left_out.values():
            if not verdicts(errors) <= allowed:
                yield from errors


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
    left_out: dict[str, tuple[Diagnostic, ...]] = {}
    releases: list[Release] = []
    for each in rules:
        release = _release(each.rule, tuple(each.queries(asked)), locked)
        if format_.wanted and not release.queries:
            left_out[each.rule.name] = each.errors(asked)
        elif not release.id:
            found.append(lacks(release, name, "an `id`", "`tocsin new` makes one"))
        else:
            releases.append(release)
    if not releases:
        return Outcome({}, tuple(found), left_out)
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
    paths = [file.path for file in publication.files]
    if len({*paths}) < len(paths):
        raise Lost(f"{name} has made two files of one name")


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
