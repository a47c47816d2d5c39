"""Options of a program in a rule: by the one name that is read, which begins with a hyphen."""

from tocsin import tree
from tocsin.diagnostics import Code, Diagnostic, Edit
from tocsin.model import Field
from tocsin.patterns import parse_pattern
from tocsin.programs import Program, program
from tocsin.schema import Part, field_specs


def unread(op: str, field: Field, text: tree.Text) -> Diagnostic | None:
    """Report an option that is never read so: OP would look for TEXT in vain."""
    spec = field_specs().get(field.name)
    if spec is None or spec.derived is None or spec.derived.part is not Part.OPTIONS:
        return None
    reader = program(spec.derived.program)
    if op in {"is", "in", "starts with"} and not text.value.startswith("-"):
        message = f"`{text.value}` is no option"
        hint = "an option is looked for with its hyphens: `--eval`"
        return Diagnostic(Code.OPTION, message, text.span, "begins with no hyphen", hint)
    name = _name(op, text, reader)
    meant = name and reader.canonical(name)
    if not name or not meant or name == meant:
        return None
    message = f"`{name}` is read as `{meant}`"
    hint = f"write `{text.value.replace(name, meant, 1)}`"
    mended = text.written.replace(name, meant, 1)
    edit = Edit(text.span, mended) if name in text.written else None
    return Diagnostic(Code.OPTION, message, text.span, "no option has that name", hint, edit)


def _name(op: str, text: tree.Text, reader: Program) -> str | None:
    """Return the name of an option that TEXT begins with, if all of it is there."""
    if op not in {"is", "in", "starts with", "like"}:
        return None
    first = parse_pattern(text.value)[0] if op == "like" else text.value
    if not isinstance(first, str):
        return None
    name, equals, _ = first.partition("=")
    whole = op in {"is", "in"} or equals or name in reader.aliases
    return name if whole else None
