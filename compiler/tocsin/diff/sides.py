"""One of the two projects that are compared, compiled: each of its rules as it is told."""

import re
from collections.abc import Iterator

from tocsin import across, model, render, tree
from tocsin.diagnostics import Code, Diagnostic
from tocsin.diff.change import Version
from tocsin.frozen import dataclass
from tocsin.pipeline import Plan, Rules
from tocsin.source import Span

# What begins an item, for those of which the parser could keep nothing.
_ITEM = re.compile(r"^[ \t]*(?:use|let|rule[ \t]+(\w+))\b", re.MULTILINE)
_ELSEWHERE = "what it uses of other files does not compile"


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A project compiled for PLANS, under the settings whose text is SETTINGS.

    ASKED and ABOUT name it to people. Its files are named from its own folder, so that two sides
    name them alike.
    """

    asked: str
    about: str
    rules: Rules
    plans: tuple[Plan, ...]
    settings: str


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A rule of a side: how it is told, its id, and what it means (None: it does not compile)."""

    version: Version
    id: str | None
    rule: model.Rule | None


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """The rules of a side, and the errors that belong to none of them, as they are drawn."""

    members: tuple[Member, ...]
    faults: tuple[str, ...]


def members(side: Compiled) -> Members:
    """Tell each rule of SIDE with its text and what is wrong with it."""
    rules = side.rules
    errors = [
        each
        for each in rules.diagnostics
        if each.code.is_error and each.code is not Code.NO_RULES  # which may be on purpose
    ]
    drawn = {each: render.text(each, rules.sources) for each in dict.fromkeys(errors)}
    written = [each for file in rules.files for each in _written(file)]
    # A rule whose own test fails is read well enough to be compared.
    broken = [each for each in errors if each.code is not Code.TEST_FAILED]
    known = {rule.span: rule for rule in rules.rules}
    placed: set[Diagnostic] = set()
    found: list[Member] = []
    readable = across.sound([each.name.span for each in written], broken)
    for each, is_sound in zip(written, readable, strict=True):
        file = each.name.span.file
        own = [error for error in drawn if error.span.file == file and each.has(error)]
        placed.update(own)
        rule = known.get(each.name.span) if is_sound else None
        title, id_ = (rule.meta.title, rule.meta.id) if rule else (each.title, each.id)
        faults = tuple(drawn[error] for error in own) or (() if rule else (_ELSEWHERE,))
        text = rules.sources[file].text[each.start : each.end].strip()
        found.append(Member(Version(each.name.text, title, file, text, faults), id_, rule))
    return Members(tuple(found), tuple(drawn[each] for each in drawn if each not in placed))


@dataclass(frozen=True, slots=True)
class _Written:
    """A rule as written: its name, and where it stands, the comments before it included."""

    name: tree.Word
    title: str
    id: str | None
    start: int
    end: int

    def has(self, error: Diagnostic) -> bool:
        """Whether ERROR, of the same file, stands in here."""
        return self.start <= error.span.start < self.end


def _written(file: tree.File) -> Iterator[_Written]:
    """Find the rules of FILE, also those that cannot be read."""
    text = file.source.text
    items = sorted((*file.items, *_lost(file)), key=lambda item: item.span.start)
    before = 0
    for place, item in enumerate(items):
        after = items[place + 1].span.start if place + 1 < len(items) else len(text)
        end = item.span.end
        if after == len(text):
            end = after
        elif end > after:  # its end could not be read
            end = text.rfind("}", item.span.start, after) + 1 or after
        if isinstance(item, tree.Rule):
            meta = {
                e.key.text: e.value
                for c in item.clauses
                if isinstance(c, tree.Meta)
                for e in c.entries
            }
            title, id_ = (_text(meta.get(key)) for key in ("title", "id"))
            yield _Written(item.name, title or item.name.text, id_, before, end)
        before = end


def _lost(file: tree.File) -> Iterator[tree.Rule | tree.Use]:
    """Find the items of which the parser has kept nothing, each as if it had no end."""
    name, text = file.source.name, file.source.text
    known = [(item.span.start, item.span.end) for item in file.items]
    for found in _ITEM.finditer(text) if not file.whole else ():
        at = found.end() - len(found[0].lstrip())
        if not any(start <= at < end for start, end in known):
            span = Span(name, at, len(text))
            if found[1]:
                yield tree.Rule(tree.Word(found[1], Span(name, *found.span(1))), (), span)
            else:
                yield tree.Use(tree.Text("", span), span)


def _text(value: object) -> str | None:
    return value.value if isinstance(value, tree.Text) else None
