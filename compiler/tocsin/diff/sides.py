"""One of the two projects that are compared, compiled: each of its rules as it is told."""

from collections.abc import Mapping
from pathlib import Path

from tocsin import across, model, render
from tocsin.diagnostics import Code, Diagnostic
from tocsin.diff.change import Version
from tocsin.frozen import dataclass
from tocsin.pipeline import Plan, Rules
from tocsin.source import Source
from tocsin.syntax import parse


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """What stands in FOLDER, compiled for PLANS, under the settings whose text is SETTINGS.

    ASKED and ABOUT name it to people.
    """

    asked: str
    about: str
    folder: Path
    rules: Rules
    plans: tuple[Plan, ...]
    settings: str


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """A rule of a side: what it means, how it is told, and if nothing is wrong with it."""

    rule: model.Rule
    version: Version
    sound: bool


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """The rules of a side, and the errors that belong to none of them, as they are drawn."""

    members: tuple[Member, ...]
    faults: tuple[str, ...]


def members(side: Compiled) -> Members:
    """Tell each rule of SIDE with its text and what is wrong with it."""
    stretches = _Stretches(side.rules.sources)
    errors = [each for each in side.rules.diagnostics if each.code.is_error]
    # A rule whose own test fails is read well enough to be compared.
    broken = [each for each in errors if each.code is not Code.TEST_FAILED]
    readable = across.sound([rule.span for rule in side.rules.rules], broken)
    drawn = {each: render.text(each, side.rules.sources) for each in dict.fromkeys(errors)}
    placed: set[Diagnostic] = set()
    found: list[Member] = []
    for rule, sound in zip(side.rules.rules, readable, strict=True):
        start, end = stretches.of(rule)
        own = [
            each
            for each in drawn
            if each.span.file == rule.span.file and start <= each.span.start < end
        ]
        placed.update(own)
        text = side.rules.sources[rule.span.file].text[start:end].strip()
        file = _within(rule.span.file, side.folder)
        faults = tuple(drawn[each] for each in own)
        version = Version(rule.name, rule.meta.title, file, text, faults)
        found.append(Member(rule, version, sound))
    return Members(tuple(found), tuple(drawn[each] for each in drawn if each not in placed))


def _within(name: str, folder: Path) -> str:
    """Name a file from FOLDER, whatever messages call it."""
    path = Path(name)
    for place in (path, folder / path):
        if place.exists() and place.resolve().is_relative_to(folder):
            return place.resolve().relative_to(folder).as_posix()
    return name


class _Stretches:
    """Where each rule stands in its file, the comments before it included."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = sources
        self._known: dict[str, dict[int, tuple[int, int]]] = {}

    def of(self, rule: model.Rule) -> tuple[int, int]:
        """Return the start and the end of RULE in its file."""
        file = rule.span.file
        if file not in self._known:
            self._known[file] = _stretches(self._sources[file])
        return self._known[file][rule.span.start]


def _stretches(source: Source) -> dict[int, tuple[int, int]]:
    """Find the stretch of each rule of a file by where its name begins."""
    file, _ = parse(source)
    found: dict[int, tuple[int, int]] = {}
    before = 0
    for place, item in enumerate(file.items):
        end = item.span.end if place + 1 < len(file.items) else len(source.text)
        name = getattr(item, "name", None)
        if name is not None:
            found[name.span.start] = (before, end)
        before = end
    return found
