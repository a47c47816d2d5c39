"""A build: the units of a project, taken from a store where they are as they were, else made.

What it finds and writes is the same as if there were no store; only less is done for it.
"""

import json
import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

from tocsin import manifest
from tocsin.diagnostics import Diagnostic
from tocsin.files import name_of
from tocsin.folders import Draft, digest
from tocsin.frozen import dataclass
from tocsin.lock import State
from tocsin.manifest import MANIFEST
from tocsin.source import Source as Text
from tocsin.stamps import Stamps
from tocsin.store import Store
from tocsin.unit_text import Foreign, decode, decode_bulk
from tocsin.units import Bulk, Pack, Packed, Together, Unit, Wanted, check_complete, put_together


class Crew(Protocol):
    """Who makes units: with as many processes as it likes, and queries written into FOLDER."""

    def __call__(
        self, wanted: Sequence[Wanted], folder: Path | None, /
    ) -> Generator[tuple[int, Packed], None, None]:
        """Make units, each with its place in WANTED, as they are done."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A unit: in the store under KEY, or just made, with its long texts beside it."""

    wanted: Wanted
    unit: Unit
    key: str
    bulk: bytes | None


class Build:
    """The units of the rule files at PATHS, and what becomes of them.

    BASIS is a digest of all else that they depend on (`fingerprint`).
    """

    def __init__(
        self, root: Path, basis: str, stamps: Stamps, store: Store | None, crew: Crew
    ) -> None:
        self._root = str(root)
        self._basis = basis
        self._stamps = stamps
        self._store = store
        self._crew = crew
        self._made: list[Made] = []
        self.together = Together((), ())

    def run(self, files: Iterable[Path], draft: Draft | None) -> bool:
        """Find or make every unit; false if the project has to be looked at as a whole."""
        try:
            self._run(files, draft)
        except _NotAlone:
            return False
        return True

    def _run(self, files: Iterable[Path], draft: Draft | None) -> None:
        given = list(dict.fromkeys(self._stamps.leads_to(str(path)) for path in files))
        self._made = self._units([Wanted(path, True) for path in given], draft)
        others = dict.fromkeys(
            self._path(name) for each in self._made for name in each.unit.modules
        )
        asked = set(given)
        self._made += self._units([Wanted(p, False) for p in others if p not in asked], None)
        units = [each.unit for each in self._made]
        self.together = put_together(units)
        if not any(each.code.is_error for each in self.together.found):
            check_complete(units)

    # --- units

    def _units(self, wanted: Sequence[Wanted], draft: Draft | None) -> list[Made]:
        found = self._found(wanted)
        missing = [each for each in wanted if each.path not in found]
        if missing:
            with closing(self._crew(missing, draft.folder() if draft else None)) as crew:
                for number, packed in crew:
                    each = missing[number]
                    found[each.path] = self._new(each, packed)
        return [found[each.path] for each in wanted]

    def _found(self, wanted: Sequence[Wanted]) -> dict[str, Made]:
        """Take from the store what is there and has used nothing but what is still the same."""
        if self._store is None or not wanted:
            return {}
        self._stamps.expect([each.path for each in wanted])
        keys = {self._key(each, self._stamps.digest(each.path)): each for each in wanted}
        return {
            keys[key].path: Made(keys[key], unit, key, None)
            for key, unit in self._store.units(list(keys))
            if self._holds(unit)
        }

    def _key(self, wanted: Wanted, content: str) -> str:
        name = name_of(wanted.path, self._root)
        parts = f"{self._basis}\0{wanted.given}\0{name}\0{content}"
        return digest(parts.encode("utf-8", "surrogatepass"))

    def _holds(self, unit: Unit) -> bool:
        for used in unit.used:
            path = self._path(used.path)
            if self._stamps.leads_to(self._path(used.asked)) != path:
                return False
            if used.digest and self._stamps.digest(path) != used.digest:
                return False
        return True

    def _path(self, name: str) -> str:
        return os.path.join(self._root, name)  # noqa: PTH118  # `..` is where it was written

    def _new(self, wanted: Wanted, packed: Packed) -> Made:
        unit = decode(packed.unit)
        if not unit.stands_alone(name_of(wanted.path, self._root)):
            raise _NotAlone  # as early as it is known
        content = next((u.digest for u in unit.used if self._path(u.path) == wanted.path), "")
        key = self._key(wanted, content)
        kept = self._store is not None and unit.lasts()
        if self._store and kept:
            self._store.add(key, packed)
        return Made(wanted, unit, key, None if kept else packed.bulk)

    # --- long texts

    def _bulk(self, made: Made) -> Bulk:
        """Find the long texts of a unit, or make them once more."""
        if made.bulk is not None:
            return decode_bulk(made.bulk, made.unit)
        bulk = self._store.bulk(made.key, made.unit) if self._store else None
        if bulk:
            return bulk
        ((_, packed),) = self._crew([made.wanted], None)
        try:
            return decode_bulk(packed.bulk, made.unit)
        except Foreign:
            raise Changed(made.wanted.path) from None

    def _entries(self, known: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
        """Yield what a manifest says of each rule; KNOWN are such entries, perhaps of others."""
        digests = {digest(each.encode("utf-8", "surrogatepass")): each for each in known}
        for made in self._made:
            for rule in made.unit.rules:
                if rule.entry not in digests:
                    digests |= self._bulk(made).entries
                yield rule.name, digests[rule.entry]

    def verdicts(self) -> dict[str, dict[str, object]]:
        """Tell how each query stands to its rule; of one that is withheld, only the verdict."""
        table: dict[str, dict[str, object]] = {}
        entries = self._entries()
        for rule, (_, entry) in zip(self.together.rules, entries, strict=True):
            targets: dict[str, dict[str, object]] = json.loads(entry)["targets"]
            of_rule = table.setdefault(rule.name, {})
            for query in rule.queries:
                if query.path is None:
                    of_rule[query.label] = {"verdict": query.verdict}
                else:
                    told = targets[query.label]
                    of_rule[query.label] = {
                        key: told[key] for key in told if key not in ("path", "sha256")
                    }
        return table

    def states(self) -> tuple[State, ...]:
        """Return what a lock is asked about each rule, if that was to be found out."""
        return tuple(rule.state for rule in self.together.rules if rule.state)

    def sources(self, found: Sequence[Diagnostic]) -> Mapping[str, Text]:
        """Read the texts that FOUND is about."""
        names = {each.span.file for each in found}
        names |= {note.span.file for each in found for note in each.notes}
        paths = (self._path(used.path) for made in self._made for used in made.unit.used)
        named = {name_of(path, self._root): path for path in dict.fromkeys(paths)} if names else {}
        return {name: Text(name, _text(named[name])) for name in names if name in named}

    # --- the pack

    def publish(self, draft: Draft) -> int:
        """Put the queries and the manifest where the draft is for; return how many files it has."""
        files, entries = self.together.files(), self.together.entries()
        before = self._store.pack(draft.out) if self._store else None
        text: list[bytes] = []
        if before and before.entries == entries:
            of_manifest = before.known.files.get(MANIFEST, "")
        else:
            text.append(manifest.write(dict(self._entries(manifest.entries(draft.out)))))
            of_manifest = digest(text[0])
        files[MANIFEST] = of_manifest
        owners = {
            query.path: made
            for made in self._made
            for rule in made.unit.rules
            for query in rule.queries
            if query.path
        }

        def lost(name: str) -> bytes:
            if name == MANIFEST:
                return text[0] if text else manifest.write(dict(self._entries()))
            return self._bulk(owners[name]).texts[name].encode("utf-8")

        published = draft.publish(files, lost, manifest.listed, before.known if before else None)
        if self._store and (published.touched or before is None or before.entries != entries):
            self._store.add_pack(draft.out, Pack(published.known, entries))
        return len(files)


class _NotAlone(Exception):
    """A unit is not the same without all others."""


class Changed(Exception):
    """A file was changed while it was built."""


def _text(path: str) -> str:
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except (OSError, ValueError):
        return ""
