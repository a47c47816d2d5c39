"""What a pack says of each rendering: its file, and how it stands to its rule and its source."""

from collections.abc import Iterable, Mapping, Sequence

from tocsin import manifest, model
from tocsin.backend import Approximation, Blind, Lowered
from tocsin.diagnostics import Code
from tocsin.folders import digest
from tocsin.manifest import Artefact, RuleEntry, Standing
from tocsin.pipeline import Rendering


def texts(renderings: Iterable[Rendering], suffixes: Mapping[str, str]) -> dict[str, bytes]:
    """Lay out the files of a rule, or of several."""
    return {
        path_of(each, suffixes): each.text.encode("utf-8")
        for each in renderings
        if each.text is not None
    }


def path_of(rendering: Rendering, suffixes: Mapping[str, str]) -> str:
    """Name the file of a rendering."""
    return f"{rendering.label}/{rendering.rule.name}{suffixes[rendering.target]}"


def entry(rule: model.Rule, renderings: Sequence[Rendering], suffixes: Mapping[str, str]) -> str:
    """Write what the manifest says of one rule, as it stands there."""
    targets: dict[str, Artefact] = {}
    for each in renderings:
        if each.text is not None and each.lowered:
            targets[each.label] = Artefact(
                path=path_of(each, suffixes),
                sha256=digest(each.text.encode("utf-8")),
                **standing(each.lowered),
            )
    told = RuleEntry(
        name=rule.name,
        id=rule.meta.id,
        title=rule.meta.title,
        file=rule.span.file,
        targets=targets,
    )
    return manifest.entry(told)


def standing(lowered: Lowered) -> Standing:
    """Tell how a rendering stands to its rule and its source."""
    return Standing(
        sources=[source.name for source in lowered.sources],
        verdict=lowered.verdict.value,
        ungrouped=lowered.ungrouped,
        approximations=[_approximation(one) for one in lowered.approximations],
        blind=[_blind(one) for one in lowered.blind],
        coverage=list(lowered.coverage),
        requires=list(lowered.requires),
    )


def _approximation(each: Approximation) -> dict[str, str | int | None]:
    return {
        "direction": each.direction.value,
        "field": each.field,
        "reason": each.why,
        "accepted": each.accepted,
        "written": each.written,
        "file": each.span.file,
        "line": each.line,
    }


def _blind(each: Blind) -> dict[str, str | int | list[str]]:
    return {
        "field": each.field,
        "kind": "exclusion" if each.exclusion else "branch",
        "sources": list(each.sources),
        "all": each.all,
        "why": each.why,
        "file": each.span.file,
        "line": each.line,
    }


_DIRECTIONS = {Code.NARROWER: model.Verdict.NARROWER, Code.SKEWED: model.Verdict.SKEWED}


def verdicts(
    renderings: Sequence[Rendering],
) -> dict[str, dict[str, Standing | dict[str, str]]]:
    """Tell how each rendering stands to its rule; of one that is withheld, only the verdict."""
    table: dict[str, dict[str, Standing | dict[str, str]]] = {}
    for each in renderings:
        of_rule = table.setdefault(each.rule.name, {})
        if each.lowered and each.text is not None:
            of_rule[each.label] = standing(each.lowered)
        else:
            of_rule[each.label] = {"verdict": withheld(each).value}
    return table


def withheld(rendering: Rendering) -> model.Verdict:
    """Name the verdict behind the errors: a direction that nobody has accepted, or a refusal."""
    errors = {each.code for each in rendering.diagnostics if each.code.is_error}
    only = errors.pop() if len(errors) == 1 else None
    return _DIRECTIONS.get(only, model.Verdict.REFUSED) if only else model.Verdict.REFUSED
