"""Rules of a project, clause by clause."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from tocsin import model, tree
from tocsin.analyze.condition import Conditions
from tocsin.analyze.facts import Tests
from tocsin.analyze.fields import Fields, fields_of
from tocsin.analyze.meta import meta
from tocsin.analyze.parts import any_of, sequence
from tocsin.analyze.scope import Names, Scope, names_of
from tocsin.analyze.seen import first_seen
from tocsin.analyze.summary import summary
from tocsin.diagnostics import Code, Diagnostic, Edit, Note, unknown
from tocsin.modules import Project
from tocsin.schema import class_names
from tocsin.source import Span

SYSTEMS = ("windows", "linux", "macos")
ENTITY_KINDS = ("account", "dns", "file", "hash", "host", "ip", "process", "registry", "url")
_DAY = 86_400_000  # milliseconds

C = TypeVar("C", bound=tree.Clause)


def analyze(
    project: Project, targets: Sequence[str]
) -> tuple[tuple[model.Rule, ...], tuple[Diagnostic, ...]]:
    """Resolve the rules of the given files; a rule with an error is reported, not returned."""
    names = names_of(project)
    found = names.found
    rules: list[model.Rule] = []
    written: list[tree.Rule] = []
    for module in project.given:
        for item in module.file.items:
            if isinstance(item, tree.Rule):
                written.append(item)
                rule = _Rule(item, names, names.scope(module), targets).rule()
                rules += [rule] if rule else []
    found += _duplicates(written, rules)
    return tuple(rules), tuple(found)


def _duplicates(written: list[tree.Rule], rules: list[model.Rule]) -> Iterator[Diagnostic]:
    names: dict[str, Span] = {}
    for item in written:
        first = names.setdefault(item.name.text, item.name.span)
        if first is not item.name.span:
            message = f"two rules are named `{item.name.text}`"
            note = Note("the first one", first)
            label = "the same name"
            yield Diagnostic(Code.DUPLICATE_RULE, message, item.name.span, label, notes=(note,))
    ids: dict[str, model.Rule] = {}
    for rule in rules:
        if rule.meta.id and ids.setdefault(rule.meta.id, rule) is not rule:
            first_rule = ids[rule.meta.id]
            message = f"`{rule.name}` has the id of `{first_rule.name}`"
            note = Note("the first one", first_rule.span)
            hint = "`tocsin new` makes a fresh one"
            yield Diagnostic(
                Code.DUPLICATE_ID, message, rule.span, rule.meta.id, hint, notes=(note,)
            )


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

    def rule(self) -> model.Rule | None:
        before = len(self.found)
        self._name()
        about = meta(self._one(tree.Meta), self.written.name, self.found)
        schedule = self._schedule()
        detect = self._detect()
        if detect is None:
            return None
        fields, _ = detect
        body = self._body(detect)
        accepts = tuple(
            each
            for clause in self._all(tree.Accept)
            if (each := self._accept(clause, fields, body))
        )
        entities = self._entities(fields, body)
        if body is None:
            return None
        self._check_schedule(schedule, body)
        tests = self._tests(body, fields)
        if any(each.code.is_error for each in self.found[before:]):
            return None
        return model.Rule(
            self.written.name.text, about, body, schedule, entities, accepts, tests,
            self.written.name.span,
        )  # fmt: skip

    def _all(self, kind: type[C]) -> list[C]:
        return [clause for clause in self.written.clauses if isinstance(clause, kind)]

    def _one(self, kind: type[C]) -> C | None:
        clauses = self._all(kind)
        self._only(clauses, "schedule" if kind is tree.Schedule else "")
        return clauses[0] if clauses else None

    def _only(self, clauses: Sequence[tree.Clause], called: str) -> None:
        """Report every clause but the first of a kind that is CALLED so, or by its first word."""
        for again in clauses[1:]:
            word = self._first_word(again.span)
            what = called or f"`{word.text}` clause"
            note = Note("the first one", self._first_word(clauses[0].span).span)
            message, label = f"a second {what}", "a rule has one"
            self.found.append(
                Diagnostic(Code.REPEATED_CLAUSE, message, word.span, label, notes=(note,))
            )

    def _first_word(self, span: Span) -> tree.Word:
        """Return the keyword that begins a clause: the smallest text that stands for it."""
        word = self.scope.module.file.source.text[span.start : span.end].split(None, 1)[0]
        return tree.Word(word, Span(span.file, span.start, span.start + len(word)))

    def _name(self) -> None:
        name = self.written.name
        if _is_name(name.text):
            return
        message = f"`{name.text}` is no rule name"
        label = "a letter, then letters, digits and `_`, all lower case"
        edit = Edit(name.span, name.text.lower()) if _is_name(name.text.lower()) else None
        self.found.append(Diagnostic(Code.SYNTAX, message, name.span, label, edit=edit))

    # --- bodies

    def _detect(self) -> tuple[Fields, tree.AnyDetect] | None:
        detects = [c for c in self.written.clauses if isinstance(c, tree.AnyDetect)]
        self._only(detects, "`detect` clause")
        if not detects:
            if self._readable():
                name = self.written.name
                message = f"rule `{name.text}` detects nothing"
                hint = "`detect process.start where …` says what is malicious"
                self.found.append(
                    Diagnostic(Code.MISSING_CLAUSE, message, name.span, "no `detect`", hint)
                )
            return None
        detect = detects[0]
        for system in detect.systems:
            if system.text not in SYSTEMS:
                self.found.append(
                    unknown(Code.UNKNOWN_WORD, "system", system.text, system.span, SYSTEMS)
                )
        parts = () if isinstance(detect, tree.Detect) else tuple(tree.parts_of(detect))
        classes = (word for part in parts for word in part.classes)
        words = detect.classes if isinstance(detect, tree.Detect) else tuple(classes)
        fields, found = fields_of(tuple({word.text: word for word in words}.values()))
        # The classes of parts are told where these are read.
        self.found += found if isinstance(detect, tree.Detect) else ()
        if fields is None and not isinstance(detect, tree.Detect):
            known = tuple(word for word in words if word.text in class_names())
            fields = fields_of(known)[0] if known else None
        return (fields, detect) if fields else None

    def _readable(self) -> bool:
        """Whether the file was read without an error: a clause may have been left behind."""
        return self.scope.module.file.whole

    def _body(self, detect: tuple[Fields, tree.AnyDetect]) -> model.Body | None:
        fields, clause = detect
        summarize, first = self._one(tree.Summarize), self._one(tree.FirstSeen)
        conditions = Conditions(fields, self.names, self.found)
        if isinstance(clause, tree.Detect):
            event = self._event(conditions, clause, alone=not (summarize or first))
            if summarize and first:
                self._beside(first.span, "`first seen`", "a summary")
            if summarize:
                return summary(summarize, event, conditions, self.scope)
            return first_seen(first, event, conditions, self.scope) if first else event
        for extra in (each for each in (summarize, first) if each):
            what = "a sequence" if isinstance(clause, tree.DetectSequence) else "`detect any`"
            name = "a summary" if isinstance(extra, tree.Summarize) else "`first seen`"
            self._beside(extra.span, name, what)
        if isinstance(clause, tree.DetectSequence):
            return sequence(clause, conditions, self.scope)
        return any_of(clause, conditions, self.scope)

    def _beside(self, span: Span, one: str, other: str) -> None:
        """Report two clauses that are for the events of `detect CLASS` alone."""
        word = self._first_word(span)
        message, label = f"{one} beside {other}", "one or the other"
        self.found.append(Diagnostic(Code.REPEATED_CLAUSE, message, word.span, label))

    def _event(
        self, conditions: Conditions, clause: tree.Detect, *, alone: bool
    ) -> model.Event | None:
        condition: model.Expr | None = model.Always(True, clause.span)
        if clause.where:
            condition = conditions.analyze_whole(clause.where, self.scope)
        elif alone:
            message = "every event of the class would match"
            hint = "`where` says which"
            self.found.append(
                Diagnostic(Code.MISSING_CLAUSE, message, clause.span, "no condition", hint)
            )
            return None
        if condition is None:
            return None
        systems = tuple(system.text for system in clause.systems)
        classes = tuple(dict.fromkeys(word.text for word in clause.classes))
        return model.Event(classes, systems, condition, clause.span)

    # --- other clauses

    def _schedule(self) -> model.Schedule | None:
        clause = self._one(tree.Schedule)
        if clause is None:
            return None
        over = self.names.duration(clause.over, self.scope)
        every = self.names.duration(clause.every, self.scope) if clause.every else None
        if over is None or (clause.every and every is None):
            return None
        if over <= 0 or every == 0:
            message = "a schedule of no length"
            self.found.append(Diagnostic(Code.WINDOW, message, clause.span, "longer than 0"))
        if every and over < every:
            message = "the look-back is shorter than the interval"
            hint = f"events between two runs would be lost; write `over {_shown(every)}` or more"
            self.found.append(Diagnostic(Code.WINDOW, message, clause.over.span, "too short", hint))
        return model.Schedule(every, over, clause.span)

    def _check_schedule(self, schedule: model.Schedule | None, body: model.Body) -> None:
        if schedule is None:
            return
        match body:
            case model.Summary(every=every, sliding=sliding) if every or sliding:
                what = "a whole bin" if every else "a whole window"
                self._holds(schedule, every or sliding or 0, what)
            case model.Sequence(within=within):
                self._holds(schedule, within, "a whole sequence")
            case model.FirstSeen(within=within) if schedule.every and within < schedule.over:
                message = "what was never seen in less than the look-back"
                hint = f"`in {_shown(schedule.over)}` or more"
                self.found.append(Diagnostic(Code.WINDOW, message, body.span, "too short", hint))
            case _:
                pass

    def _holds(self, schedule: model.Schedule, length: int, what: str) -> None:
        """See that what takes LENGTH lies whole within one look-back, or a hunt's only one."""
        least = length + (schedule.every or 0)
        if schedule.over >= least:
            return
        message = f"the look-back does not hold {what}"
        hint = f"`over {_shown(least)}` or more"
        if schedule.every:
            message, hint = f"{message} of every run", f"interval and {what[8:]} together: {hint}"
        self.found.append(Diagnostic(Code.WINDOW, message, schedule.span, "too short", hint))

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

    def _entities(self, fields: Fields, body: model.Body | None) -> tuple[model.Entity, ...]:
        clause = self._one(tree.Entities)
        entities: list[model.Entity] = []
        for entry in clause.entries if clause else ():
            kind = entry.kind
            if kind.text not in ENTITY_KINDS:
                self.found.append(
                    unknown(Code.UNKNOWN_WORD, "entity", kind.text, kind.span, ENTITY_KINDS)
                )
            named = [name for ref in entry.fields if (name := self._entity(ref, fields, body))]
            entities.append(model.Entity(kind.text, tuple(named)))
        return tuple(entities)

    def _entity(self, ref: tree.FieldRef, fields: Fields, body: model.Body | None) -> str | None:
        """Resolve what names an entity: a field of the event, or a column of the summary's rows."""
        if body is None and not self._is_plain():
            return None  # the body is wrong, what it shows is not known
        if isinstance(body, model.Summary):
            columns = [*(key.name for key in body.keys), *(each.name for each in body.outputs)]
            if ref.name not in columns:
                self.found.append(
                    unknown(Code.UNKNOWN_FIELD, "column", ref.name, ref.span, columns)
                )
            return ref.name
        if isinstance(body, model.Sequence):
            found = self._of_step(ref, body)
        else:
            field = fields.find(ref)
            found = field if isinstance(field, Diagnostic) else field.name
        if isinstance(found, Diagnostic):
            self.found.append(found)
            return None
        return found

    def _is_plain(self) -> bool:
        """Whether the rule is about single events of one kind."""
        others = (tree.Summarize, tree.DetectAny, tree.DetectSequence)
        return not any(isinstance(clause, others) for clause in self.written.clauses)

    def _of_step(self, ref: tree.FieldRef, body: model.Sequence) -> str | Diagnostic:
        """Resolve `step.field`, or a bare field: a key, or one of the last step's."""
        first, _, rest = ref.name.partition(".")
        steps = {step.name: step for step in body.steps}
        if ref.name in {key.name for key in body.keys}:
            return ref.name
        step = steps.get(first, body.steps[-1])
        name = rest if first in steps else ref.name
        words = [tree.Word(each, ref.span) for part in step.parts for each in part.event.classes]
        fields, _none = fields_of(tuple(words))
        assert fields
        field = fields.find(tree.FieldRef(name, ref.span))
        return field if isinstance(field, Diagnostic) else f"{step.name}.{field.name}"

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
        clauses = self._all(tree.Test)
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


def _shown(ms: int) -> str:
    for unit, size in (("d", _DAY), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms}ms"
