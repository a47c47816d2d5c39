"""`tocsin.lock`: the version of every rule that was published, and what it meant then.

A version rises when the meaning changes, a revision when anything else does: words about the rule,
or a query that another compiler writes. What has left the project stays in the lock: if it comes
back, its versions go on.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tocsin import model
from tocsin.diagnostics import Code, Diagnostic
from tocsin.folders import digest
from tocsin.frozen import dataclass, field
from tocsin.meaning import meaning, rest
from tocsin.source import Span

FILE = "tocsin.lock"
FORMAT = 1
_MAX_BYTES = 256 * 1024 * 1024


class BadLock(Exception):
    """A lock that cannot be read: what is wrong with it."""


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A rule as it is now: digests of its meaning, of the rest, of the queries by label.

    The lock knows it by its ID; of one without, the lock says nothing.
    """

    name: str
    id: str
    span: Span
    meaning: str
    rest: str
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule as it was when it was last locked."""

    name: str
    version: int
    revision: int
    meaning: str
    rest: str
    outputs: Mapping[str, str] = field(hash=False)

    def differs(self, state: State) -> list[str]:
        """Name what of STATE is another than here, its meaning left out."""
        words = ["what it says of itself"] if self.rest != state.rest else []
        labels = sorted(self.outputs.keys() | state.outputs.keys())
        changed = [x for x in labels if self.outputs.get(x) != state.outputs.get(x)]
        return words + ([f"the output for {', '.join(changed)}"] if changed else [])


Lock = Mapping[str, Entry]  # by id


def state(rule: model.Rule, texts: Mapping[str, str]) -> State:
    """Take down RULE and its queries, by label, as they are now."""
    outputs = {label: digest(texts[label].encode("utf-8")) for label in sorted(texts)}
    return State(rule.name, rule.meta.id or "", rule.span, meaning(rule), rest(rule), outputs)


def is_there(root: Path) -> bool:
    """Whether the project in ROOT has a lock, whatever state that is in."""
    path = root / FILE
    return path.exists() or path.is_symlink()


def read(root: Path) -> Lock | None:
    """Read the lock of the project in ROOT; None if it has none. Raises `BadLock`."""
    path = root / FILE
    try:
        if not is_there(root):
            return None
        if not path.resolve().is_relative_to(root.resolve()):
            raise BadLock("it leads out of the project")
        if path.stat().st_size > _MAX_BYTES:
            raise BadLock(f"larger than {_MAX_BYTES >> 20} MiB")
        text = path.read_text(encoding="utf-8")
        return _lock(json.loads(text, object_pairs_hook=_once))
    except OSError as error:
        raise BadLock((error.strerror or "cannot be read").lower()) from error
    except RecursionError:
        raise BadLock("nested too deep") from None
    except RuntimeError:
        raise BadLock("links in a circle") from None
    except ValueError as error:
        raise BadLock(f"no JSON in UTF-8: {error}") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Take no key twice: a merge may leave two entries of a rule, and neither is the true one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise BadLock(f"`{next(name for name in names if names.count(name) > 1)}` is there twice")
    return found


def _lock(data: object) -> Lock:
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise BadLock(f"`format` is not {FORMAT}: another version of tocsin has written it")
    rules = data.get("rules")
    if not isinstance(rules, dict):
        raise BadLock("`rules` is missing")
    return {id_: _entry(id_, entry) for id_, entry in rules.items()}


def _entry(id_: str, data: object) -> Entry:
    match data:
        case {
            "name": str(name), "version": int(version), "revision": int(revision),
            "meaning": str(meant), "rest": str(other), "outputs": dict(outputs),
        } if version > 0 <= revision and bool not in map(type, (version, revision)):  # fmt: skip
            texts = {str(label): str(each) for label, each in outputs.items()}
            "".join((id_, name, *texts, *texts.values())).encode("utf-8")  # no half characters
            return Entry(name, version, revision, meant, other, texts)
        case _:
            raise BadLock(f"the entry `{id_}` is damaged")


def updated(lock: Lock, states: Iterable[State]) -> Lock:
    """Take STATES into LOCK: versions and revisions rise where something has changed."""
    entries = dict(lock)
    for each in states:
        if each.id:
            entries[each.id] = _risen(entries.get(each.id), each)
    return entries


def _risen(entry: Entry | None, now: State) -> Entry:
    version, revision = (entry.version, entry.revision) if entry else (1, 0)
    if entry and entry.meaning != now.meaning:
        version, revision = version + 1, 0
    elif entry and entry.differs(now):
        revision += 1
    return Entry(now.name, version, revision, now.meaning, now.rest, now.outputs)


def text(lock: Lock) -> str:
    """Write LOCK, rules by name, as it stands in the file."""
    rules = {
        id_: {
            "name": entry.name,
            "version": entry.version,
            "revision": entry.revision,
            "meaning": entry.meaning,
            "rest": entry.rest,
            "outputs": entry.outputs,
        }
        for id_, entry in sorted(lock.items(), key=lambda item: (item[1].name, item[0]))
    }
    return json.dumps({"format": FORMAT, "rules": rules}, indent=2, ensure_ascii=False) + "\n"


def stale(lock: Lock, states: Iterable[State], *, every: bool = False) -> Iterator[Diagnostic]:
    """Tell which rules are not any more what the lock has of them.

    With EVERY each rule has to be there, and another revision is an error as well.
    """
    for each in states:
        entry = lock.get(each.id)
        if entry is None:
            if every and each.id:
                yield _unknown(each)
        elif entry.meaning != each.meaning:
            yield _moved(entry, each)
        elif changed := entry.differs(each):
            yield _reworded(entry, each, changed, Code.UNLOCKED if every else Code.OUTPUT_CHANGED)


def _unknown(now: State) -> Diagnostic:
    message = f"`{now.name}` is not in {FILE}"
    hint = "`tocsin lock` takes it in, as version 1"
    return Diagnostic(Code.UNLOCKED, message, now.span, "never locked", hint)


def _reworded(entry: Entry, now: State, changed: list[str], code: Code) -> Diagnostic:
    message = f"`{now.name}` is not what version {entry.version} was locked with"
    hint = f"`tocsin lock` makes it revision {entry.revision + 1}"
    label = f"changed: {'; '.join(changed)}"
    return Diagnostic(code, message, now.span, label, hint)


def _moved(entry: Entry, now: State) -> Diagnostic:
    message = f"`{now.name}` means something else than the locked version {entry.version}"
    hint = f"`tocsin lock` makes it version {entry.version + 1}"
    return Diagnostic(Code.UNLOCKED, message, now.span, "its meaning has changed", hint)


def unreadable(error: BadLock) -> Diagnostic:
    """Say that the lock is damaged."""
    hint = "restore it from version control; a fresh one would begin every rule at version 1"
    return Diagnostic(Code.BAD_LOCK, f"cannot read {FILE}", Span(FILE, 0, 0), str(error), hint)
