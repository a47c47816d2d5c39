"""Values of fields that hang together: a path and its name, a command line and its arguments."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, product
from subprocess import list2cmdline

from tocsin import evaluate, model
from tocsin.events import ARGUMENTS, NAMES, base_name, split_command_line, with_derived
from tocsin.frozen import dataclass, replace
from tocsin.model import Field, FieldTest, Occurrence, Predicate, Scalar
from tocsin.schema import event_class, field_specs
from tocsin.source import Span
from tocsin.witness.values import Values, values

Fields = Mapping[str, Values]

_TRIES = 200
_MOST = 6  # of one group
_NOWHERE = Span("", 0, 0)


@dataclass(frozen=True, slots=True)
class Asked:
    """A field, the tests that it is to meet, and those that it is to fail."""

    field: Field
    met: tuple[FieldTest, ...] = ()
    failed: tuple[FieldTest, ...] = ()


def asked(settled: Mapping[Predicate, bool]) -> dict[str, Asked]:
    """Sort tests on one field each by their fields."""
    found: dict[str, Asked] = {}
    for test, wanted in settled.items():
        if not isinstance(test, model.SameAs | model.OrderedAs):
            one = found.get(test.field.name, Asked(test.field))
            more = replace(one, met=(*one.met, test)) if wanted else None
            found[test.field.name] = more or replace(one, failed=(*one.failed, test))
    return found


def root(name: str, event: str) -> str:
    """Name the field of an EVENT class that decides what NAME is: a path, a command line."""
    spec = field_specs()[name]
    for whole, part in (*NAMES.items(), *ARGUMENTS.items()):
        if name == part and whole in event_class(event).fields:
            return whole
    return spec.derived.source if spec.derived else name


def groups(tests: Mapping[str, Asked], event: str) -> list[Sequence[Fields]] | None:
    """Find values for all fields of TESTS, those that hang together at once; best ones first.

    None says that for some of them there is nothing.
    """
    together: dict[str, list[Asked]] = {}
    for name, each in tests.items():
        together.setdefault(root(name, event), []).append(each)
    found: list[Sequence[Fields]] = []
    for top, some in together.items():
        found.append(_group(top, tuple(some), event))
        if not found[-1]:
            return None
    return found


@lru_cache(maxsize=4096)  # most ways of a condition ask the same of most fields
def _group(top: str, tests: tuple[Asked, ...], event: str) -> Sequence[Fields]:
    return tuple(islice(_fitting(top, tests, event), _MOST))


def _fitting(top: str, tests: Sequence[Asked], event: str) -> Iterator[Fields]:
    seen: list[Fields] = []
    for fields in islice(_candidates(top, tests), _TRIES):
        found = completed(Occurrence(frozenset({event}), 0, fields), event)
        if fields not in seen and all(_fits(each, found) for each in tests):
            seen.append(fields)
            yield fields


def _fits(each: Asked, event: Occurrence) -> bool:
    met = all(evaluate.holds(test, event) for test in each.met)
    return met and not any(evaluate.holds(test, event) for test in each.failed)


def completed(event: Occurrence, name: str) -> Occurrence:
    """Fill in what follows from the fields of an EVENT of the class NAME."""
    known, fields = event_class(name).fields, dict(event.fields)
    for path, part in NAMES.items():
        if path in fields and part in known:
            fields[part] = tuple(base_name(str(each)) for each in fields[path])
    for line, args in ARGUMENTS.items():
        if line in fields and args in known:
            split = (each for text in fields[line] for each in split_command_line(str(text)))
            fields[args] = tuple(filter(None, split))
    kept: dict[str, tuple[Scalar, ...]] = {key: each for key, each in fields.items() if each}
    return with_derived(replace(event, fields=kept), [s.name for s in known.values() if s.derived])


# --- candidates, which may still be wrong


def _candidates(top: str, tests: Sequence[Asked]) -> Iterator[Fields]:
    parts = [each for each in tests if each.field.name != top]
    whole = next((each for each in tests if each.field.name == top), None)
    if not parts:
        assert whole is not None
        yield from ({top: each} if each else {} for each in values(*_of(whole)))
    elif top in NAMES:
        yield from _paths(top, whole, parts[0])
    else:
        yield from _command_lines(top, whole, parts)


def _of(each: Asked) -> tuple[Field, Sequence[FieldTest], Sequence[FieldTest]]:
    return each.field, each.met, each.failed


def _paths(top: str, whole: Asked | None, part: Asked) -> Iterator[Fields]:
    """Name a file: alone, if nothing is asked of its path, else as the end of one."""
    for (name,) in filter(None, values(*_of(part))):
        if whole is None:
            yield {part.field.name: (name,)}
            continue
        end = model.EndsWith(whole.field, model.Values((f"\\{name}",)), True, _NOWHERE)
        yield {top: (f"C:\\x\\{name}",)}
        yield from ({top: each} for each in values(whole.field, (*whole.met, end), whole.failed))
    yield from ({top: each} if each else {} for each in (values(*_of(whole)) if whole else [()]))


def _command_lines(top: str, whole: Asked | None, parts: Sequence[Asked]) -> Iterator[Fields]:
    """Write a command line of what is looked for in it, an argument each."""
    wanted = [_arguments(each) for each in parts]
    texts = list(islice(values(*_of(whole)), 4)) if whole else [()]
    for chosen in islice(product(*wanted), _TRIES):
        args = dict.fromkeys(str(each) for one in chosen for each in one)
        if whole is None:
            line = ("x.exe", *args)
            yield {ARGUMENTS[top]: line} if args else {}
            continue
        for text in texts:
            found, quoted = " ".join(map(str, text)), list2cmdline(args)
            yield {top: (" ".join(filter(None, (found or "x.exe", quoted))),)}
            yield {top: (" ".join(filter(None, ("x.exe", quoted, found))),)}
            yield {top: text} if text else {}


def _arguments(each: Asked) -> list[Values]:
    """Find arguments that meet the tests of EACH, an option and its value also as two."""
    found = list(islice(values(*_of(each)), _MOST))
    return [*found, *(_parted(one) for one in found)]


def _parted(arguments: Values) -> Values:
    """Write `--option=value` as two arguments."""
    return tuple(part for each in arguments for part in str(each).split("=", 1))
