"""The phases in their order. Only this module knows all of them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tocsin import across, evaluate, model, tree
from tocsin.across import Claims
from tocsin.analyze import analyze, analyze_files
from tocsin.backend import Backend, Lowered, objections, taken_for_granted, written
from tocsin.diagnostics import Code, Diagnostic, in_order
from tocsin.files import find_root, rule_files
from tocsin.frozen import dataclass, replace
from tocsin.lower import lower
from tocsin.modules import Project, load
from tocsin.passes import PASSES
from tocsin.profiles import Source
from tocsin.source import Source as Text
from tocsin.source import Span


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The rules of some FILES, analyzed and proved by their own tests."""

    rules: tuple[model.Rule, ...]
    sources: Mapping[str, Text]
    diagnostics: tuple[Diagnostic, ...]
    files: tuple[tree.File, ...] = ()

    def sound(self) -> Iterator[bool]:
        """Say of each rule if nothing is wrong with it: of a broken one a part may be missing."""
        yield from across.sound([rule.span for rule in self.rules], self.diagnostics)

    @property
    def tests(self) -> int:
        """Count the rules' own tests."""
        return sum(len(rule.tests) for rule in self.rules)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What every rule is to be rendered for: a target, and the sources that one query reads.

    LABEL tells plans of one target apart. A query over MAX_CHARACTERS is an error.
    """

    label: str
    target: str
    backend: Backend
    sources: tuple[Source, ...]
    max_characters: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Rendering:
    """One rule for one plan; without a text it could not be said, and DIAGNOSTICS tell why.

    QUERY is the text without the comment at its head, where the target can do without.
    """

    rule: model.Rule
    label: str
    target: str
    text: str | None
    lowered: Lowered | None
    diagnostics: tuple[Diagnostic, ...]
    query: str | None = None


def read(paths: Sequence[Path], targets: Sequence[str], root: Path | None = None) -> Rules:
    """Read, analyze and test the rules in PATHS; TARGETS are the names a rule may speak of."""
    files = rule_files(paths)
    if not files:
        return Rules((), {}, tuple(_nothing(path) for path in paths))
    return compile_project(load(files, root or find_root(paths[0])), targets)


def compile_project(project: Project, targets: Sequence[str]) -> Rules:
    """Analyze and test the rules of PROJECT."""
    rules, found = analyze(project, targets)
    return _tested(project, rules, found)


def compile_file(project: Project, path: Path, targets: Sequence[str]) -> tuple[Rules, Claims]:
    """Analyze and test the file at PATH, which PROJECT was read for; tell what it claims.

    What clashes with other files is not found here, but over the claims of all (`across`).
    """
    module = project.modules.get(path)
    analyzed = analyze_files(project, targets, [module] if module else [])
    return _tested(project, analyzed.rules, analyzed.found), analyzed.claims


def _tested(
    project: Project, rules: tuple[model.Rule, ...], found: tuple[Diagnostic, ...]
) -> Rules:
    failed = [each for rule in rules for each in _failed_tests(rule)]
    diagnostics = in_order([*project.found, *found, *failed])
    files = tuple(module.file for module in project.given)
    return Rules(tuple(map(_simplified, rules)), project.sources, diagnostics, files)


def _nothing(path: Path) -> Diagnostic:
    message = f"no rule file (`*.rule`) in {path}"
    return Diagnostic(
        Code.NO_RULES, message, Span(str(path), 0, 0), "", "`tocsin new NAME` writes one"
    )


def _simplified(rule: model.Rule) -> model.Rule:
    for simplify in PASSES:
        rule = simplify(rule)
    return rule


def _failed_tests(rule: model.Rule) -> Iterator[Diagnostic]:
    """Hold the rule's own tests against the reference meaning."""
    for test in rule.tests:
        fired = evaluate.fires(rule.body, list(test.events))
        if fired != test.fires:
            should, does = ("fire", "does not") if test.fires else ("stay silent", "fires")
            message = f"test `{test.name}` should {should}, but {does}"
            yield Diagnostic(Code.TEST_FAILED, message, test.span, f"rule `{rule.name}` {does}")


def plans(
    target: str,
    backend: Backend,
    sources: Sequence[Source] = (),
    max_characters: int | None = None,
) -> list[Plan]:
    """Plan for SOURCES, or for those that BACKEND reads by itself.

    A target that reads several by itself reads all in one query; another has a query for each.
    """
    wanted = tuple(sources) or backend.sources
    if len(wanted) == 1 or len(backend.sources) > 1:
        return [Plan(target, target, backend, wanted, max_characters)]
    return [
        Plan(f"{target}/{each.name}", target, backend, (each,), max_characters) for each in wanted
    ]


def render(
    rule: model.Rule,
    target: str,
    backend: Backend,
    sources: tuple[Source, ...] | None = None,
    texts: Mapping[str, Text] | None = None,
) -> Rendering:
    """Say RULE for one target: lower, then write. With TEXTS each verdict names its place."""
    return _rendered(rule, Plan(target, target, backend, sources or backend.sources), texts or {})


def _rendered(rule: model.Rule, plan: Plan, texts: Mapping[str, Text]) -> Rendering:
    target, backend = plan.target, plan.backend
    lowered, found = lower(rule, target, backend, plan.sources, plan.label)
    if lowered is None:
        return Rendering(rule, plan.label, target, None, None, in_order(found))
    lowered = _placed(lowered, texts)
    if assumed := taken_for_granted(backend, lowered):
        lowered = replace(lowered, assumed=tuple(assumed))
    head, query = written(backend, lowered)
    text = head + query
    refused = (*_refused(rule, target, backend, text), *_too_long(rule, plan, text))
    found = in_order(found + refused)
    if refused:
        return Rendering(rule, plan.label, target, None, lowered, found)
    return Rendering(rule, plan.label, target, text, lowered, found, query)


def _too_long(rule: model.Rule, plan: Plan, text: str) -> Iterator[Diagnostic]:
    if plan.max_characters is not None and len(text) > plan.max_characters:
        message = f"{plan.label}: the query has {len(text):,} characters"
        label = f"the settings allow {plan.max_characters:,}"
        yield Diagnostic(Code.TOO_LONG, message, rule.span, label, "a list file is shorter in `in`")


def _placed(lowered: Lowered, texts: Mapping[str, Text]) -> Lowered:
    """Give what departs from the rule the words and the line that it comes from."""

    def line(span: Span) -> int:
        return texts[span.file].locate(span.start)[0] if span.file in texts else 0

    def written(span: Span) -> str:
        return texts[span.file].text[span.start : span.end] if span.file in texts else ""

    return replace(
        lowered,
        approximations=tuple(
            replace(each, written=written(each.span), line=line(each.span))
            for each in lowered.approximations
        ),
        blind=tuple(replace(each, line=line(each.span)) for each in lowered.blind),
    )


def _refused(rule: model.Rule, target: str, backend: Backend, text: str) -> Iterator[Diagnostic]:
    """Have the target's own library judge the output, where it has one."""
    for problem in objections(backend, text):
        message = f"{target}: the output is refused by the target's own library"
        yield Diagnostic(Code.ARTEFACT, message, rule.span, problem)


def render_all(rules: Rules, wanted: Sequence[Plan]) -> Iterator[Rendering]:
    """Say every rule by every plan, a rule at a time; a broken rule is not said at all."""
    for rule, is_sound in zip(rules.rules, rules.sound(), strict=True):
        if is_sound:
            yield from render_plans(rule, wanted, rules.sources)
        else:
            yield from (Rendering(rule, p.label, p.target, None, None, ()) for p in wanted)


def render_plans(
    rule: model.Rule, wanted: Sequence[Plan], texts: Mapping[str, Text]
) -> Iterator[Rendering]:
    """Say one sound rule by every plan; each verdict names its place in TEXTS."""
    yield from _elsewhere([_rendered(rule, plan, texts) for plan in wanted])


def _elsewhere(renderings: Sequence[Rendering]) -> Iterator[Rendering]:
    """Leave a rule out where one of several sources of a target lacks its events."""
    said = {each.target for each in renderings if each.text is not None}
    for each in renderings:
        errors = [found for found in each.diagnostics if found.code.is_error]
        if each.target in said and errors and all(e.code is Code.NO_CLASS for e in errors):
            left_out = (replace(e, code=Code.LEFT_OUT) for e in each.diagnostics)
            yield replace(each, diagnostics=tuple(left_out))
        else:
            yield each
