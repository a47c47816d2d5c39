"""`meta { … }`: a closed set of keys, each with its type and its values."""

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar
from uuid import UUID

from tocsin import attack, model, tree
from tocsin.diagnostics import Code, Diagnostic, Edit, Note, nearest, unknown
from tocsin.source import Span

STATUS = ("experimental", "test", "stable", "deprecated")
SEVERITY = ("informational", "low", "medium", "high", "critical")
_LINES = frozenset({"title"})
_PROSE = frozenset({"description", "investigate", "respond", "setup"})
_LISTS = frozenset({"author", "references", "related", "tags", "false_positives", "attack"})
_DATES = frozenset({"created", "modified"})
_CHOICES: Mapping[str, tuple[str, ...]] = {"status": STATUS, "severity": SEVERITY}
KEYS = _LINES | _PROSE | _LISTS | _DATES | frozenset(_CHOICES) | {"id", "risk"}
_ASKED_FOR = ("title", "id", "severity")
_PLAIN = re.compile(r'[^"\\\n]+')
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TAG = re.compile(r"[a-z0-9][a-z0-9_.-]*")
MAX_TITLE = 256  # characters, Sigma's and Sentinel's limit

T = TypeVar("T")


def meta(clause: tree.Meta | None, rule: tree.Word, found: list[Diagnostic]) -> model.Meta:
    """Read a rule's metadata; what is wrong is reported and left out."""
    entries: dict[str, tree.MetaEntry] = {}
    for entry in clause.entries if clause else ():
        key = entry.key.text
        if key not in KEYS:
            found.append(unknown(Code.UNKNOWN_META, "meta key", key, entry.key.span, KEYS))
        elif key in entries:
            message = f"`{key}` stands in `meta` twice"
            note = Note("the first one", entries[key].key.span)
            label = "once is enough"
            found.append(Diagnostic(Code.META_VALUE, message, entry.key.span, label, notes=(note,)))
        else:
            entries[key] = entry
    missing = [key for key in _ASKED_FOR if key not in entries]
    if missing:
        names = ", ".join(f"`{key}`" for key in missing)
        hint = "`meta { … }` says what a rule is for"
        label = "which rule is this?"
        found.append(Diagnostic(Code.NO_META, f"no {names} in `meta`", rule.span, label, hint))
    return _Reader(entries, found).meta(rule)


def _as(kind: type[object], value: tree.Literal_ | tree.ListOf) -> Edit | None:
    """Write a text as the list or the date that was meant."""
    if kind is tree.ListOf and isinstance(value, tree.Text) and _PLAIN.fullmatch(value.value):
        return Edit(value.span, f'["{value.value}"]')
    if kind is tree.Date and isinstance(value, tree.Text) and _DAY.fullmatch(value.value):
        return Edit(value.span, value.value)
    return None


def _kind(value: tree.Literal_ | tree.ListOf) -> str:
    match value:
        case tree.ListOf():
            return "a list"
        case tree.Text():
            return "a text"
        case tree.Number():
            return "a number"
        case tree.Duration():
            return "a length of time"
        case tree.Date():
            return "a date"
        case tree.Bool():
            return "true or false"


class _Reader:
    def __init__(self, entries: Mapping[str, tree.MetaEntry], found: list[Diagnostic]) -> None:
        self.entries = entries
        self.found = found

    def meta(self, rule: tree.Word) -> model.Meta:
        return model.Meta(
            title=self._text("title") or rule.text.replace("_", " "),
            id=self._id(),
            status=self._choice("status"),
            severity=self._choice("severity"),
            risk=self._risk(),
            author=self._texts("author"),
            created=self._date("created"),
            modified=self._date("modified"),
            description=self._text("description"),
            attack=self._techniques(),
            references=self._texts("references"),
            related=self._texts("related"),
            tags=self._tags(),
            false_positives=self._texts("false_positives"),
            investigate=self._text("investigate"),
            respond=self._text("respond"),
            setup=self._text("setup"),
        )

    def _wrong(self, span: Span, message: str, label: str = "", hint: str | None = None) -> None:
        self.found.append(Diagnostic(Code.META_VALUE, message, span, label, hint))

    def _value(self, key: str, kind: type[T], name: str) -> T | None:
        entry = self.entries.get(key)
        if entry is None:
            return None
        if isinstance(entry.value, kind):
            return entry.value
        edit = _as(kind, entry.value)
        message, label = f"`{key}` is {name}", _kind(entry.value)
        span = entry.value.span
        self.found.append(Diagnostic(Code.META_VALUE, message, span, label, None, edit))
        return None

    def _text(self, key: str) -> str | None:
        text = self._value(key, tree.Text, "a text")
        if text is None:
            return None
        if not text.value.strip():
            self._wrong(text.span, f"`{key}` is empty", "nothing but blanks", "leave the key out")
        elif key in _LINES and ("\n" in text.value or len(text.value) > MAX_TITLE):
            lines, length = text.value.count("\n") + 1, len(text.value)
            label = f"{lines} lines" if lines > 1 else f"{length} characters"
            self._wrong(text.span, f"`{key}` is one line of at most {MAX_TITLE} characters", label)
        return text.value

    def _texts(self, key: str) -> tuple[str, ...]:
        return tuple(item.value for item in self._items(key))

    def _items(self, key: str) -> list[tree.Text]:
        values = self._value(key, tree.ListOf, "a list of texts: `[…]`")
        if values is None:
            return []
        if not values.items:
            self._wrong(values.span, f"`{key}` is an empty list", "leave the key out")
        texts: list[tree.Text] = []
        for item in values.items:
            if isinstance(item, tree.Text) and item.value.strip():
                texts.append(item)
            else:
                label = "an empty text" if isinstance(item, tree.Text) else "not a text"
                self._wrong(item.span, f"`{key}` is a list of texts", label)
        return texts

    def _choice(self, key: str) -> str | None:
        text = self._value(key, tree.Text, "a text")
        if text is None or text.value in _CHOICES[key]:
            return text.value if text else None
        close = nearest(text.value, _CHOICES[key])
        known = ", ".join(f"`{choice}`" for choice in _CHOICES[key])
        hint = f"`{close}` has a similar name" if close else f"one of {known}"
        self._wrong(text.span, f"unknown {key} `{text.value}`", f"no such {key}", hint)
        return None

    def _risk(self) -> int | None:
        number = self._value("risk", tree.Number, "a number")
        if number and not 0 <= number.value <= 100:
            self._wrong(number.span, "`risk` goes from 0 to 100", "outside")
        return number.value if number else None

    def _date(self, key: str) -> str | None:
        date = self._value(key, tree.Date, "a date such as 2025-11-12")
        return date.value if date else None

    def _id(self) -> str | None:
        text = self._value("id", tree.Text, "a UUID")
        if text is None:
            return None
        try:
            if str(UUID(text.value)) == text.value:
                return text.value
        except ValueError:
            pass
        label, hint = "no such UUID", "`tocsin new` makes a fresh one"
        self._wrong(text.span, "`id` is a UUID in lower case", label, hint)
        return None

    def _tags(self) -> tuple[str, ...]:
        for item in self._items("tags"):
            if not _TAG.fullmatch(item.value):
                self._wrong(item.span, f"`{item.value}` is no tag", "a-z, 0-9, `-`, `_` and `.`")
        return self._texts("tags")

    # --- ATT&CK

    def _techniques(self) -> tuple[model.Technique, ...]:
        techniques = [_technique(item, self.found) for item in self._items("attack")]
        return tuple(dict.fromkeys(each for each in techniques if each))


def _technique(text: tree.Text, found: list[Diagnostic]) -> model.Technique | None:
    tactic, _, id_ = text.value.rpartition("/")
    known = attack.technique(id_)
    if known is None:
        found.append(_no_technique(text, id_))
        return None
    if tactic in known.tactics:
        return model.Technique(known.id, tactic)
    if not tactic and len(known.tactics) == 1:
        return model.Technique(known.id, known.tactics[0])
    choices = [f"{each}/{known.id}" for each in known.tactics]
    shown = " or ".join(f"`{choice}`" for choice in choices)
    if tactic:
        message = f"{known.id} {known.name} does not serve `{tactic}`"
        label = "not a tactic of this technique" if attack.tactic(tactic) else "no such tactic"
    else:
        message, label = (
            f"{known.id} {known.name} serves several tactics",
            "which one is meant here?",
        )
    edit = Edit(text.span, f'"{choices[0]}"') if len(choices) == 1 else None
    found.append(
        Diagnostic(
            Code.WRONG_TACTIC, message, text.span, label,
            f"ATT&CK {attack.version()} has {shown}", edit,
        )
    )  # fmt: skip
    return None


def _respelled(written: str, id_: str) -> Iterator[str]:
    yield id_.strip().upper()
    yield written.strip().upper().replace("/", ".")


def _no_technique(text: tree.Text, id_: str) -> Diagnostic:
    successors = attack.successors(id_)
    if successors:
        now = " or ".join(f"`{each}`" for each in successors)
        message = f"ATT&CK has withdrawn {id_}"
        edit = Edit(text.span, f'"{successors[0]}"') if len(successors) == 1 else None
        return Diagnostic(
            Code.UNKNOWN_TECHNIQUE, message, text.span, "withdrawn", f"write {now}", edit
        )
    message = f"unknown technique `{text.value}`"
    mended = next(filter(attack.technique, _respelled(text.value, id_)), "")
    if mended:
        edit = Edit(text.span, f'"{mended}"')
        label = f"write `{mended}`"
        return Diagnostic(Code.UNKNOWN_TECHNIQUE, message, text.span, label, None, edit)
    hint = "such as `T1059.007`, or `persistence/T1053.005`"
    return Diagnostic(
        Code.UNKNOWN_TECHNIQUE, message, text.span, f"not in ATT&CK {attack.version()}", hint
    )
