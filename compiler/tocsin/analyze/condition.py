"""Conditions: names resolved, operators checked against the fields' types."""

import dataclasses

from tocsin import model, tree
from tocsin.analyze import lints
from tocsin.analyze.fields import KINDS, Fields
from tocsin.analyze.predicate import Literals, compare, in_, is_, not_a_number, text_test
from tocsin.analyze.scope import Names, Scope
from tocsin.diagnostics import Code, Diagnostic, Edit, Note, nearest
from tocsin.frozen import dataclass, replace
from tocsin.passes.simplify import constants
from tocsin.schema import FieldType
from tocsin.source import Span
from tocsin.syntax import MAX_DEPTH

# `let` names may share parts; what they expand to must still be a query that a person can read.
MAX_TESTS = 5_000
_MAX_NODES = 10 * MAX_TESTS

_NOTHING = frozenset({"null", "nil", "none"})


@dataclasses.dataclass(slots=True)
class Conditions:
    """Analyzes the conditions of one rule. FOUND gathers what is wrong."""

    fields: Fields
    names: Names
    found: list[Diagnostic]
    tests: int = 0
    nodes: int = 0
    too_large: bool = False

    def over(self, fields: Fields) -> "Conditions":
        """Read conditions over other FIELDS, within the same limits."""
        return dataclasses.replace(self, fields=fields)

    def count(self, other: "Conditions") -> None:
        """Take over what OTHER, made by `over`, has counted."""
        self.tests, self.nodes, self.too_large = other.tests, other.nodes, other.too_large

    def analyze(self, expr: tree.Expr, scope: Scope) -> model.Expr | None:
        """Resolve a condition; None if something in it is wrong, which is then in FOUND."""
        return _Condition(self, scope, {}, MAX_DEPTH, outer=True).expr(expr)

    def analyze_whole(self, expr: tree.Expr, scope: Scope) -> model.Expr | None:
        """Resolve the condition of an event, and look at it as a whole."""
        condition = self.analyze(expr, scope)
        if condition is None:
            return None
        self.found += lints.fields_differ(condition)
        for place, value in constants(condition):
            message = f"this condition is always {str(value).lower()}"
            self.found.append(Diagnostic(Code.CONSTANT, message, place, "whatever the event"))
        return condition

    def field(self, ref: tree.FieldRef) -> model.Field | None:
        """Resolve a field outside of a condition."""
        found = self.fields.find(ref)
        if isinstance(found, Diagnostic):
            self.found.append(found)
            return None
        return found


@dataclass(frozen=True, slots=True)
class _Condition:
    """One file's view: SCOPE has its names, PARAMETERS the field of `let name(field)`.

    OUTER tells the rule's own condition from that of a `let`.
    """

    all: Conditions
    scope: Scope
    parameters: dict[str, model.Field]
    depth_left: int
    outer: bool = False

    def expr(self, expr: tree.Expr) -> model.Expr | None:
        if self._over_the_limit(expr):
            return None
        match expr:
            case tree.Group(operand):
                return self.expr(operand)
            case tree.Not(operand, span):
                inner = self._below().expr(operand)
                return model.Not(inner, span) if inner else None
            case tree.And() | tree.Or():
                return self._joined(expr)
            case tree.SomeOf():
                return self._some_of(expr)
            case tree.Word():
                return self._named(expr, None, expr.span)
            case tree.Call():
                return self._called(expr)
            case tree.Is() | tree.Exists() | tree.In() | tree.TextTest() | tree.Compare():
                return self._predicate(expr)

    def _over_the_limit(self, expr: tree.Expr) -> bool:
        """Count; report a condition that grows too large, and then read no more of it."""
        everything = self.all
        everything.nodes += 1
        is_test = isinstance(expr, tree.Predicate)
        everything.tests += is_test
        over = everything.tests > MAX_TESTS or everything.nodes > _MAX_NODES
        if over and not everything.too_large:
            everything.too_large = True
            message, label = f"a condition of more than {MAX_TESTS} tests", "one too many"
            hint = "each use of a `let` repeats its tests"
            everything.found.append(Diagnostic(Code.TOO_LARGE, message, expr.span, label, hint))
        return over

    def _below(self) -> "_Condition":
        return replace(self, depth_left=self.depth_left - 1)

    def _joined(self, expr: tree.And | tree.Or) -> model.Expr | None:
        self.all.found += lints.mixed(expr)
        operands = self._operands(expr.operands)
        if operands is None:
            return None
        kind = model.And if isinstance(expr, tree.And) else model.Or
        return kind(operands, expr.span)

    def _operands(self, exprs: tuple[tree.Expr, ...]) -> tuple[model.Expr, ...] | None:
        below = self._below()
        operands = [below.expr(each) for each in exprs]  # all of them: one run shows every error
        present = tuple(each for each in operands if each)
        return present if len(present) == len(operands) else None

    def _some_of(self, expr: tree.SomeOf) -> model.Expr | None:
        operands = self._operands(expr.operands)
        if operands is None:
            return None
        if expr.count == "any":
            return model.any_of(operands, expr.span)
        if expr.count == "all":
            return model.all_of(operands, expr.span)
        if not 1 <= expr.count <= len(operands):
            message = f"`{expr.count} of` {len(operands)} conditions"
            place = Span(expr.span.file, expr.span.start, expr.span.start + len(str(expr.count)))
            label = f"from 1 to {len(operands)}"
            self.all.found.append(Diagnostic(Code.COUNT, message, place, label))
            return None
        return model.AtLeast(expr.count, operands, expr.span)

    # --- names

    def _called(self, call: tree.Call) -> model.Expr | None:
        field = self._field(call.argument)
        return self._named(call.name, field, call.span) if field else None

    def _named(
        self, word: tree.Word, argument: model.Field | None, span: Span
    ) -> model.Expr | None:
        binding = self.all.names.find(word, self.scope)
        if binding is None:
            return None
        let = binding.let
        if (let.parameter is None) != (argument is None):
            self.all.found.append(_wrong_call(word, let, span))
            return None
        if isinstance(let.value, tree.ListOf | tree.ListFile | tree.Literal_):
            message = f"`{word.text}` is a value, not a condition"
            self.all.found.append(
                Diagnostic(Code.WRONG_KIND, message, span, "a condition is needed")
            )
            return None
        if self.depth_left <= 0:
            message = f"condition nested more than {MAX_DEPTH} deep"
            self.all.found.append(Diagnostic(Code.TOO_DEEP, message, span, "too deep from here"))
            return None
        parameters = {let.parameter.text: argument} if let.parameter and argument else {}
        inside = _Condition(
            self.all, self.all.names.scope(binding.module), parameters, self.depth_left - 1
        )
        before = len(self.all.found)
        result = inside.expr(let.value)
        if self.outer:
            self._used_here(before, span)
        return result

    def _used_here(self, before: int, span: Span) -> None:
        """Say of an error in a `let` which use met it; in the next use the same is no news."""
        later = self.all.found[before:]
        if not later:
            return
        known = {replace(each, notes=()) for each in self.all.found[:before]}
        del self.all.found[before:]
        for each in later:
            if not each.code.is_error:
                self.all.found.append(each)
            elif replace(each, notes=()) not in known:
                note = Note("used here", span)
                self.all.found.append(replace(each, notes=(*each.notes, note)))

    def _field(self, ref: tree.FieldRef) -> model.Field | None:
        if ref.name in self.parameters:
            return self.parameters[ref.name]
        binding = self.scope.names.get(ref.name)
        if binding and ref.name not in self.all.fields.shared:
            message = f"`{ref.name}` is a `let` name, not a field"
            note = Note("it is defined here", binding.let.name.span)
            label = "a field is needed"
            problem = Diagnostic(Code.WRONG_KIND, message, ref.span, label, notes=(note,))
            self.all.found.append(problem)
            return None
        return self.all.field(ref)

    # --- predicates

    def _predicate(self, test: tree.Predicate) -> model.Expr | None:
        field = self._field(test.field)
        if field is None:
            return None
        match test:
            case tree.Exists(_, negated, span):
                result: model.Expr | Diagnostic | None = model.Exists(field, span)
            case tree.Is(_, negated) | tree.In(_, negated) | tree.TextTest(_, negated):
                result = self._typed(test, field)
            case tree.Compare():
                negated = test.op == "!="
                result = self._typed(test, field)
        if isinstance(result, Diagnostic):
            elsewhere = result.span.file != test.span.file or not (
                test.span.start <= result.span.start <= test.span.end
            )
            notes = (Note("used here", test.span),) if elsewhere and self.outer else ()
            self.all.found.append(replace(result, notes=(*result.notes, *notes)))
            return None
        return model.Not(result, test.span) if result and negated else result

    def _typed(
        self, test: tree.Is | tree.In | tree.TextTest | tree.Compare, field: model.Field
    ) -> model.Expr | Diagnostic | None:
        found = self.all.found
        match test:
            case (
                tree.Is(operand=tree.FieldRef() as ref)
                | tree.Compare(operand=tree.FieldRef() as ref)
            ):
                return self._with_reference(test, field, ref)
            case tree.Is():
                assert not isinstance(test.operand, tree.FieldRef)
                return is_(test, field, Literals((test.operand,)), found)
            case tree.Compare():
                assert not isinstance(test.operand, tree.FieldRef)
                return compare(test, field, test.operand)
            case tree.In():
                literals = self._literals(test.items)
                return in_(test, field, literals, found) if literals else None
            case tree.TextTest():
                literals = self._literals(test.needles)
                return text_test(test, field, literals, found) if literals else None

    def _literals(self, items: tuple[tree.Item, ...]) -> Literals | None:
        resolved = [self.all.names.values(item, self.scope) for item in items]
        values = tuple(value for each, _ in resolved for value in each)
        if not all(each for each, _ in resolved) or not values:
            return None
        return Literals(values, resolved[0][1] if len(resolved) == 1 else None)

    def _with_reference(
        self, test: tree.Is | tree.Compare, field: model.Field, ref: tree.FieldRef
    ) -> model.Expr | Diagnostic | None:
        """Resolve a bare name on the right: a `let` value, or else another field."""
        if ref.name in self.scope.names and ref.name not in self.parameters:
            literals = self._literals((tree.Word(ref.name, ref.span),))
            if literals is None:
                return None
            if isinstance(test, tree.Is):
                return is_(test, field, literals, self.all.found)
            first = literals.values[0]
            if len(literals.values) > 1 or isinstance(first, tree.Range):
                return Diagnostic(
                    Code.WRONG_KIND, f"`{ref.name}` is a list", ref.span, "one number"
                )
            return compare(test, field, first)
        if "." not in ref.name and ref.name not in self.parameters and ref.name != "timestamp":
            return self._no_name(ref)
        other = self._field(ref)
        return _same(test, field, other) if other else None

    def _no_name(self, ref: tree.FieldRef) -> Diagnostic | None:
        if ref.name.lower() in _NOTHING:
            message, label = f"`{ref.name}` is called `missing` here", "write `missing`"
            edit = Edit(ref.span, "missing")
            return Diagnostic(Code.FOREIGN, message, ref.span, label, None, edit)
        if not self.scope.complete:
            return None  # a file that could not be read may have it
        known = [*self.scope.names, *self.all.fields.shared]
        close = nearest(ref.name, known)
        hint = f"`{close}` has a similar name" if close else "a text stands in quotes"
        message = f"unknown name `{ref.name}`"
        return Diagnostic(Code.UNKNOWN_NAME, message, ref.span, "no such name or field", hint)


def _wrong_call(word: tree.Word, let: tree.Let, span: Span) -> Diagnostic:
    note = Note("it is defined here", let.name.span)
    if let.parameter is None:
        message, label = f"`{word.text}` takes no field", "too much"
        edit = Edit(span, word.text)
        return Diagnostic(Code.WRONG_KIND, message, span, label, None, edit, (note,))
    message, hint = f"`{word.text}` takes a field", f"such as `{word.text}(process.executable)`"
    return Diagnostic(Code.WRONG_KIND, message, span, "of which field?", hint, notes=(note,))


def _same(
    test: tree.Is | tree.Compare, field: model.Field, other: model.Field
) -> model.Expr | Diagnostic:
    texts = {FieldType.TEXT, FieldType.PATH}
    if field.type is not other.type and not {field.type, other.type} <= texts:
        message = f"`{field.name}` is {KINDS[field.type]}, `{other.name}` {KINDS[other.type]}"
        return Diagnostic(Code.TYPE_MISMATCH, message, test.span, "two types")
    if isinstance(test, tree.Is):
        return model.SameAs(field, other, test.cased or field.type not in texts, test.span)
    if field.type is not FieldType.NUMBER:
        return not_a_number(test, field)
    if test.op in {"==", "!="}:
        return model.SameAs(field, other, True, test.span)
    return model.OrderedAs(field, model.Ordering(test.op), other, test.span)
