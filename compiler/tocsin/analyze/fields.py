"""Which fields a rule may ask of its event classes, and what a wrong name was meant to be."""

from collections.abc import Mapping

from tocsin import tree
from tocsin.diagnostics import Code, Diagnostic, Edit, unknown
from tocsin.frozen import dataclass
from tocsin.model import Field
from tocsin.schema import EventClass, FieldSpec, FieldType, class_names, event_class

KINDS = {
    FieldType.TEXT: "a text",
    FieldType.PATH: "a path",
    FieldType.NUMBER: "a number",
    FieldType.IP: "an IP address",
    FieldType.BOOL: "true or false",
    FieldType.TIME: "a time",
}


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """The fields of some event classes; a condition over all of them may use the shared ones."""

    classes: tuple[EventClass, ...]
    shared: Mapping[str, FieldSpec]

    def find(self, ref: tree.FieldRef) -> Field | Diagnostic:
        """Resolve a field as written."""
        spec = self.shared.get(ref.name)
        if spec:
            return Field(spec.name, spec.type, spec.many)
        aliased = {each.aliases[ref.name] for each in self.classes if ref.name in each.aliases}
        if len(aliased) == 1:
            name = aliased.pop()
            return Diagnostic(
                Code.ALIAS,
                f"`{ref.name}` is called `{name}` here",
                ref.span,
                "another product's name",
                f"write `{name}`",
                Edit(ref.span, name),
            )
        owners = [each.name for each in self.classes if ref.name in each.fields]
        if owners:
            others = ", ".join(each.name for each in self.classes if each.name not in owners)
            return Diagnostic(
                Code.NOT_SHARED,
                f"`{ref.name}` is no field of {others}",
                ref.span,
                f"a field of {', '.join(owners)} only",
                "`detect any { name: CLASS where … }` gives each class its own condition",
            )
        return self._elsewhere(ref) or unknown(
            Code.UNKNOWN_FIELD, "field", ref.name, ref.span, self.shared
        )

    def _elsewhere(self, ref: tree.FieldRef) -> Diagnostic | None:
        """Report a field that only other classes have."""
        owners = [name for name in class_names() if ref.name in event_class(name).fields]
        if not owners:
            return None
        mine = " or ".join(each.name for each in self.classes)
        message = f"`{ref.name}` is no field of {mine}"
        label = f"a field of {', '.join(owners)}"
        return Diagnostic(Code.UNKNOWN_FIELD, message, ref.span, label)


def fields_of(words: tuple[tree.Word, ...]) -> tuple[Fields | None, list[Diagnostic]]:
    """Look up event classes as written."""
    known = class_names()
    found = [
        unknown(Code.UNKNOWN_CLASS, "event class", word.text, word.span, known)
        for word in words
        if word.text not in known
    ]
    if found:
        return None, found
    classes = tuple(event_class(word.text) for word in words)
    first, *rest = (each.fields for each in classes)
    shared = {name: spec for name, spec in first.items() if all(name in more for more in rest)}
    return Fields(classes, shared), []
