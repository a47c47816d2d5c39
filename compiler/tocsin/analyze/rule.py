"""Rules of a project, clause by clause."""

from collections.abc import Iterable, Sequence

from tocsin import model, tree
from tocsin.across import Claims, Identified, Named, clashes
from tocsin.analyze.bodies import Bodies
from tocsin.analyze.clauses import Clauses
from tocsin.analyze.entities import entities
from tocsin.analyze.facts import Tests
from tocsin.analyze.fields import Fields
from tocsin.analyze.meta import meta
from tocsin.analyze.schedule import schedule, too_short
from tocsin.analyze.scope import Names, Scope, named, names_of, used
from tocsin.diagnostics import Code, Diagnostic, Edit, unknown
from tocsin.frozen import dataclass
from tocsin.modules import Module, Project


@dataclass(frozen=True, slots=True, eq=False)
class Analyzed:
    """Some files of a project: their rules, what they claim in it, what was found in them."""

    rules: tuple[model.Rule, ...]
    claims: Claims
    found: tuple[Diagnostic, ...]


def analyze(
    project: Project, targets: Sequence[str]
) -> tuple[tuple[model.Rule, ...], tuple[Diagnostic, ...]]:
    """Resolve the rules of the given files; a rule with an error is reported, not returned."""
    all_of_it = analyze_files(project, targets, project.modules.values())
    return all_of_it.rules, (*all_of_it.found, *clashes([all_of_it.claims]))


def analyze_files(project: Project, targets: Sequence[str], files: Iterable[Module]) -> Analyzed:
    """Resolve the rules of the given files, and tell what FILES claim beside others."""
    names = names_of(project)
    rules: list[model.Rule] = []
    written: list[Named] = []
    for module in project.given:
        for item in module.file.items:
            if isinstance(item, tree.Rule):
                written.append(Named(item.name.text, item.name.span))
                rule = _Rule(item, names, names.scope(module), targets).rule()
                rules += [rule] if rule else []
    claims = Claims(
        tuple(written),
        tuple(Identified(r.name, r.meta.id, r.span) for r in rules if r.meta.id),
        tuple(let for module in project.given for let in named(module, names)),
        frozenset(span for module in files for span in used(module, names)),
        all(module.file.whole for module in project.modules.values()),
    )
    return Analyzed(tuple(rules), claims, tuple(names.found))


class _Rule:
    """Analyzes one rule. What is found goes where the names' findings go, in order."""

    def __init__(
        self, written: tree.Rule, names: Names, scope: Scope, targets: Sequence[str]
    ) -> None:
        self.written = written
        self.names = names
        self.scope = scope
        self.targets = targets
        self.found = names.found
        self.clauses = Clauses(written, scope.module.file.source, names.found)

    def rule(self) -> model.Rule | None:
        before = len(self.found)
        self._name()
        about = meta(self.clauses.one(tree.Meta), self.written.name, self.found)
        when = schedule(self.clauses.one(tree.Schedule), self.names, self.scope)
        bodies = Bodies(self.clauses, self.names, self.scope)
        detect = bodies.detect()
        if detect is None:
            return None
        fields, clause = detect
        body = bodies.body(fields, clause)
        accepts = tuple(
            each
            for clause in self.clauses.all(tree.Accept)
            if (each := self._accept(clause, fields, body))
        )
        about_what = entities(self.clauses, fields, body)
        if body is None:
            return None
        if when and (short := too_short(when, body)):
            self.found.append(short)
        tests = self._tests(body, fields)
        if any(each.code.is_error for each in self.found[before:]):
            return None
        name = self.written.name
        return model.Rule(name.text, about, body, when, about_what, accepts, tests, name.span)

    def _name(self) -> None:
        name = self.written.name
        if _is_name(name.text):
            return
        message = f"`{name.text}` is no rule name"
        label = "a letter, then letters, digits and `_`, all lower case"
        edit = Edit(name.span, name.text.lower()) if _is_name(name.text.lower()) else None
        self.found.append(Diagnostic(Code.SYNTAX, message, name.span, label, edit=edit))

    def _accept(
        self, clause: tree.Accept, fields: Fields, body: model.Body | None
    ) -> model.Accept | None:
        verdicts = {each.value: each for each in model.Verdict if each is not model.Verdict.EXACT}
        verdicts.pop("refused")
        verdict = verdicts.get(clause.verdict.text)
        if verdict is None:
            word = clause.verdict
            self.found.append(unknown(Code.UNKNOWN_WORD, "verdict", word.text, word.span, verdicts))
        if clause.target.text not in self.targets:
            word = clause.target
            self.found.append(
                unknown(Code.UNKNOWN_WORD, "target", word.text, word.span, self.targets)
            )
        field = None
        if clause.field:
            known = self._of_parts(clause.field, fields, body)
            if isinstance(known, Diagnostic):
                self.found.append(known)
            else:
                field = known
        if not clause.reason.value.strip():
            message = "an acceptance without a reason"
            self.found.append(Diagnostic(Code.META_VALUE, message, clause.reason.span, "why?"))
        if verdict is None:
            return None
        return model.Accept(verdict, clause.target.text, field, clause.reason.value, clause.span)

    def _of_parts(
        self, ref: tree.FieldRef, fields: Fields, body: model.Body | None
    ) -> str | Diagnostic:
        """Resolve what a departure lies on: a field of some event of the body, or a step."""
        names = {part.name for part in model.parts(body)} if body else set[str]()
        if isinstance(body, model.Sequence):
            names |= {step.name for step in body.steps}
        if ref.name in names or any(ref.name in each.fields for each in fields.classes):
            return ref.name
        field = fields.find(ref)
        return field if isinstance(field, Diagnostic) else field.name

    def _tests(self, body: model.Body, fields: Fields) -> tuple[model.Test, ...]:
        reader = Tests(body, fields, self.found)
        clauses = self.clauses.all(tree.Test)
        outcomes = {clause.outcome.text for clause in clauses}
        missing = [word for word in ("fires", "silent") if word not in outcomes]
        if missing:
            words = " and no ".join(f"`{word}`" for word in missing)
            message = f"rule `{self.written.name.text}` has no {words} test"
            hint = 'such as `test "the usual case" fires { … }`'
            self.found.append(
                Diagnostic(Code.NO_TESTS, message, self.written.name.span, "no proof", hint)
            )
        return tuple(test for clause in clauses if (test := reader.test(clause)))


def _is_name(text: str) -> bool:
    return text.isascii() and text == text.lower() and text[0].isalpha()
