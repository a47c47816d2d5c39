"""`detect …` and what may stand beside it: the body of a rule, whatever its kind."""

from tocsin import model, tree
from tocsin.analyze.clauses import Clauses
from tocsin.analyze.condition import Conditions
from tocsin.analyze.fields import Fields, fields_of
from tocsin.analyze.parts import any_of, sequence
from tocsin.analyze.scope import Names, Scope
from tocsin.analyze.seen import first_seen
from tocsin.analyze.summary import summary
from tocsin.diagnostics import Code, Diagnostic, unknown
from tocsin.frozen import dataclass
from tocsin.schema import class_names
from tocsin.source import Span

SYSTEMS = ("windows", "linux", "macos")


@dataclass(frozen=True, slots=True, eq=False)
class Bodies:
    """Reads the body of one rule from its CLAUSES."""

    clauses: Clauses
    names: Names
    scope: Scope

    def detect(self) -> tuple[Fields, tree.AnyDetect] | None:
        """Find the `detect`, and the fields that all of its classes have."""
        written = self.clauses.written
        detects = [c for c in written.clauses if isinstance(c, tree.AnyDetect)]
        self.clauses.only(detects, "`detect` clause")
        if not detects:
            if self._readable():
                name = written.name
                message = f"rule `{name.text}` detects nothing"
                hint = "`detect process.start where …` says what is malicious"
                self.clauses.found.append(
                    Diagnostic(Code.MISSING_CLAUSE, message, name.span, "no `detect`", hint)
                )
            return None
        detect = detects[0]
        for system in detect.systems:
            if system.text not in SYSTEMS:
                self.clauses.found.append(
                    unknown(Code.UNKNOWN_WORD, "system", system.text, system.span, SYSTEMS)
                )
        fields = self._fields(detect)
        return (fields, detect) if fields else None

    def _fields(self, detect: tree.AnyDetect) -> Fields | None:
        if isinstance(detect, tree.Detect):
            fields, found = fields_of(detect.classes)
            self.clauses.found.extend(found)
            return fields
        words = {word.text: word for part in tree.parts_of(detect) for word in part.classes}
        # Those that are no classes are told of where their part is read.
        known = tuple(word for name, word in words.items() if name in class_names())
        return fields_of(known)[0] if known else None

    def _readable(self) -> bool:
        """Whether the file was read without an error: a clause may have been left behind."""
        return self.scope.module.file.whole

    def body(self, fields: Fields, clause: tree.AnyDetect) -> model.Body | None:
        """Resolve the body around CLAUSE; None if a part of it is wrong."""
        summarize, first = self.clauses.one(tree.Summarize), self.clauses.one(tree.FirstSeen)
        conditions = Conditions(fields, self.names, self.clauses.found)
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
        word = self.clauses.first_word(span)
        message, label = f"{one} beside {other}", "one or the other"
        self.clauses.found.append(Diagnostic(Code.REPEATED_CLAUSE, message, word.span, label))

    def _event(
        self, conditions: Conditions, clause: tree.Detect, *, alone: bool
    ) -> model.Event | None:
        condition: model.Expr | None = model.Always(True, clause.span)
        if clause.where:
            condition = conditions.analyze_whole(clause.where, self.scope)
        elif alone:
            message = "every event of the class would match"
            hint = "`where` says which"
            self.clauses.found.append(
                Diagnostic(Code.MISSING_CLAUSE, message, clause.span, "no condition", hint)
            )
            return None
        if condition is None:
            return None
        systems = tuple(system.text for system in clause.systems)
        classes = tuple(dict.fromkeys(word.text for word in clause.classes))
        return model.Event(classes, systems, condition, clause.span)
