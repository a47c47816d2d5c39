"""Detections made up for measuring, shaped as public Windows rules are; the same for the same seed.

Only shapes are taken from public rules: how often an operator, a condition and a length of list
occurs. `python bench/detections.py 3000` prints what came out beside what was asked for.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

SEED = 20_250_801


@dataclass(frozen=True, slots=True)
class Field:
    """One field, by our name and by Sigma's."""

    ours: str
    sigma: str


@dataclass(frozen=True, slots=True)
class Test:
    """A field, how it is compared (`contains`, `ends`, …) and the values of which one must fit.

    SAMPLE is a text that fits, for the rules' own tests.
    """

    field: Field
    how: str
    values: tuple[str, ...]
    sample: str
    every: bool = False


# A selection is maps of which one must hold; of a map, every test must.
Selection = tuple[tuple[Test, ...], ...]


@dataclass(frozen=True, slots=True)
class Detection:
    """One detection: SELECTIONS joined as SHAPE says, less FILTERS."""

    number: int
    id: str
    title: str
    event: str
    level: str
    technique: str
    shape: str
    selections: tuple[Selection, ...]
    filters: tuple[Selection, ...]

    @property
    def name(self) -> str:
        """Name the detection, and the file that it stands in."""
        return f"generated_{self.number:06}"

    def tests(self) -> Iterator[Test]:
        """Go through all tests, those of filters too."""
        for selection in (*self.selections, *self.filters):
            for tests in selection:
                yield from tests


_IMAGE = Field("process.executable", "Image")
_COMMAND = Field("process.command_line", "CommandLine")
_ORIGINAL = Field("process.pe.original_file_name", "OriginalFileName")
_PARENT = Field("process.parent.executable", "ParentImage")
_PARENT_COMMAND = Field("process.parent.command_line", "ParentCommandLine")
_KEY = Field("registry.path", "TargetObject")
_DATA = Field("registry.data.strings", "Details")
_FILE = Field("file.path", "TargetFilename")
_MODULE = Field("dll.path", "ImageLoaded")
_ADDRESS = Field("destination.ip", "DestinationIp")
_PORT = Field("destination.port", "DestinationPort")
_DOMAIN = Field("destination.domain", "DestinationHostname")
_QUESTION = Field("dns.question.name", "QueryName")

# Of each class of events: how often it is asked for, and how often a test is of this kind.
_Kinds = tuple[tuple[Field, str, int], ...]
CLASSES: dict[str, tuple[int, _Kinds]] = {
    "process.start": (
        70,
        (
            *((_IMAGE, "ends", 360), (_IMAGE, "contains", 80), (_IMAGE, "starts", 10)),
            *((_IMAGE, "is", 50), (_IMAGE, "like", 2), (_ORIGINAL, "is", 340)),
            *((_COMMAND, "contains", 680), (_COMMAND, "contains all", 210), (_COMMAND, "ends", 20)),
            *((_COMMAND, "matches", 15), (_COMMAND, "windash", 20), (_COMMAND, "like", 6)),
            *((_PARENT, "ends", 130), (_PARENT, "contains", 30), (_PARENT_COMMAND, "contains", 80)),
            *((_PARENT, "starts", 10), (_PARENT, "is", 60)),
        ),
    ),
    "registry.set": (
        11,
        (
            *((_KEY, "contains", 500), (_KEY, "ends", 250), (_KEY, "contains all", 60)),
            *((_DATA, "is", 250), (_DATA, "contains", 120), (_IMAGE, "ends", 60)),
            *((_DATA, "matches", 5), (_KEY, "like", 5)),
        ),
    ),
    "file.create": (
        10,
        (
            *((_FILE, "ends", 400), (_FILE, "contains", 400), (_FILE, "starts", 30)),
            *((_IMAGE, "ends", 200), (_FILE, "matches", 5), (_FILE, "like", 5)),
        ),
    ),
    "library.load": (4, ((_MODULE, "ends", 50), (_IMAGE, "ends", 25), (_MODULE, "starts", 12))),
    "network.connect": (
        3,
        (
            *((_IMAGE, "ends", 30), (_ADDRESS, "network", 8), (_DOMAIN, "ends", 20)),
            *((_PORT, "number", 4), (_DOMAIN, "contains", 8)),
        ),
    ),
    "dns.query": (2, ((_QUESTION, "ends", 30), (_QUESTION, "contains", 20), (_IMAGE, "ends", 15))),
}
_FILTERS: dict[str, _Kinds] = {
    event: (
        *((field, "starts", 4), (field, "is", 24), (_IMAGE, "ends", 14)),
        *((field, "missing", 4), (field, "empty", 2), (field, "contains", 20)),
    )
    for event, field in {
        "process.start": _PARENT,
        "registry.set": _DATA,
        "file.create": _IMAGE,
        "library.load": _IMAGE,
        "network.connect": _DOMAIN,
        "dns.query": _IMAGE,
    }.items()
}

# How conditions are put together: 44 % are one selection.
_SHAPES = {"one": 1252, "all of": 748, "1 of": 252, "and": 476, "or": 42, "and (or)": 88}
_FILTERED = 0.45
_SEVERAL_FILTERS = 0.78
# Up to how many values a list has, and how many lists are that long.
_LISTS = {5: 3440, 20: 736, 100: 120, 400: 22}
_IS_A_LIST = 0.55


def detections(count: int, seed: int = SEED) -> Iterator[Detection]:
    """Make COUNT detections, the same for the same SEED."""
    random = Random(seed)
    for number in range(count):
        yield _detection(number, random)


def _detection(number: int, random: Random) -> Detection:
    event = _drawn({name: weight for name, (weight, _) in CLASSES.items()}, random)
    shape = _drawn(_SHAPES, random)
    selections = _selections(event, shape, random)
    filters: tuple[Selection, ...] = ()
    if shape != "one" and random.random() < _FILTERED:
        several = random.random() < _SEVERAL_FILTERS
        filters = tuple(
            _filter(event, random) for _ in range(random.randint(2, 4) if several else 1)
        )
    return Detection(
        number,
        str(UUID(int=random.getrandbits(128), version=4)),
        f"{_word(random).capitalize()} {_word(random)} by {_word(random)} {number}",
        event,
        random.choice(("low", "medium", "medium", "high", "high", "critical")),
        random.choice(("T1059.001", "T1027", "T1105", "T1218.011", "T1047", "T1036")),
        shape,
        selections,
        filters,
    )


def _selections(event: str, shape: str, random: Random) -> tuple[Selection, ...]:
    count = {"one": 1, "and": 2, "or": 2, "and (or)": 3}.get(shape) or random.randint(2, 4)
    # Tests that must hold together have to agree on a value of their field.
    taken: set[tuple[Field, str]] = set()
    found: list[Selection] = []
    for place in range(count):
        apart = shape in {"1 of", "or"} or (shape == "and (or)" and place == 2)
        selection = _selection(event, set() if apart else taken, random)
        found += [selection] if selection else []
    return tuple(found)


def _selection(event: str, taken: set[tuple[Field, str]], random: Random) -> Selection | None:
    tests = []
    for _ in range(random.choice((1, 1, 1, 2, 2, 3))):
        test = _test(CLASSES[event][1], taken, random)
        tests += [test] if test else []
    if len(tests) == 1 and tests[0].field == _IMAGE and tests[0].how == "ends":
        return (
            (tuple(tests), (_of_kind(_ORIGINAL, "is", random),))
            if _renamed(event)
            else (tuple(tests),)
        )
    return (tuple(tests),) if tests else None


def _renamed(event: str) -> bool:
    """Whether the events tell what a program was called when it was built."""
    return event == "process.start"


def _test(kinds: _Kinds, taken: set[tuple[Field, str]], random: Random) -> Test | None:
    """Draw a test that can hold beside those whose place in the value is TAKEN."""
    for _ in range(8):
        field, how, _weight = kinds[_index([weight for *_, weight in kinds], random)]
        whole = how in {"is", "network", "number"}
        fields = {each for each, _ in taken}
        if (field, how) in taken or (field, "is") in taken or (whole and field in fields):
            continue
        taken.add((field, "is" if whole else how))
        return _of_kind(field, how, random)
    return None


def _filter(event: str, random: Random) -> Selection:
    kinds = _FILTERS[event]
    field, how, _weight = kinds[_index([weight for *_, weight in kinds], random)]
    tests = [_of_kind(field, how, random)]
    if random.random() < 0.4 and field != _IMAGE:
        tests.append(_of_kind(_IMAGE, "ends", random))
    return (tuple(tests),)


# --- values


def _of_kind(field: Field, how: str, random: Random) -> Test:
    match how:
        case "missing" | "empty":
            return Test(field, how, (), "")
        case "contains all":
            values = _values(field, "contains", random.randint(2, 4), random)
            return Test(field, "contains", values, " ".join(values), every=True)
        case "matches":
            word = _word(random)
            return Test(field, how, (rf"\\{word}\d{{1,4}}\.(exe|dll|bat)",), rf"\{word}12.exe")
        case "like":
            one, two = _word(random), _word(random)
            text = rf"\{one}-{{}}\x{{}}{two}"
            return Test(field, how, (rf"*\{one}-?\*{two}*",), text.format("x", "x"))
        case "windash":
            values = tuple(f" -{_word(random)} " for _ in range(random.randint(1, 3)))
            return Test(field, how, tuple(dict.fromkeys(values)), values[0])
        case _:
            values = _values(field, how, _length(random), random)
            return Test(field, how, values, _member(values[0]) if how == "network" else values[0])


def _member(network: str) -> str:
    """Return an address of NETWORK, which ends in a zero."""
    return network.split("/")[0][:-1] + "7"


def _length(random: Random) -> int:
    if random.random() > _IS_A_LIST:
        return 1
    most = int(_drawn({str(most): weight for most, weight in _LISTS.items()}, random))
    return random.randint({5: 2, 20: 6, 100: 21, 400: 101}[most], most)


def _values(field: Field, how: str, count: int, random: Random) -> tuple[str, ...]:
    """Make COUNT values, or fewer where some came out the same."""
    make = _maker(field, how)
    return tuple(dict.fromkeys(make(random) for _ in range(count)))


def _maker(field: Field, how: str) -> Callable[[Random], str]:
    if how in {"network", "number"}:
        return _network if how == "network" else lambda random: str(random.randint(1, 65_535))
    if field in {_DOMAIN, _QUESTION}:
        return {"contains": lambda r: f"{_word(r)}-", "is": _host}.get(
            how, lambda r: f".{_host(r)}"
        )
    if field in {_ORIGINAL, _DATA} and how == "is":
        return _program
    if field in {_COMMAND, _PARENT_COMMAND, _DATA}:
        return {"ends": lambda r: f" {_word(r)}"}.get(how, _argument)
    by_how = {"ends": lambda r: f"\\{_program(r)}", "contains": lambda r: f"\\{_word(r)}\\"}
    return by_how.get(how, lambda r: f"{_folder(r)}{_program(r) if how == 'is' else ''}")


_SYLLABLES = ("ba", "con", "der", "fix", "gor", "hal", "in", "ker", "lum", "mon", "net", "or",
              "pro", "run", "sys", "tel", "up", "ver", "win", "zen")  # fmt: skip


def _word(random: Random) -> str:
    return "".join(random.choice(_SYLLABLES) for _ in range(random.randint(2, 4)))


def _program(random: Random) -> str:
    return f"{_word(random)}.{random.choice(('exe', 'exe', 'exe', 'dll', 'ps1', 'com'))}"


def _folder(random: Random) -> str:
    drive = random.choice(("C:\\Program Files\\", "C:\\Windows\\", "C:\\ProgramData\\"))
    return f"{drive}{_word(random).capitalize()}\\{_word(random)}\\"


def _argument(random: Random) -> str:
    one, two = _word(random), _word(random)
    forms = (f" --{one}={two}", f"{one} /{two}", f"-{one} {two}", f"{one}.{two}(", f"{one}{two}")
    return random.choice(forms)


def _host(random: Random) -> str:
    return f"{_word(random)}.{_word(random)}.{random.choice(('com', 'net', 'io'))}"


def _network(random: Random) -> str:
    return f"{random.randint(11, 200)}.{random.randint(0, 255)}.{random.randint(0, 255)}.0/24"


def _drawn(weights: dict[str, int], random: Random) -> str:
    return list(weights)[_index(list(weights.values()), random)]


def _index(weights: Sequence[int], random: Random) -> int:
    return random.choices(range(len(weights)), weights)[0]


# --- what came out

# Rules of 2,858 that use each: a lexical count over public Sigma rules for Windows.
ASKED = {
    "contains": 2050, "ends": 1803, "is": 1456, "contains all": 712, "starts": 288, "matches": 96,
    "windash": 86, "missing": 79, "like": 48, "empty": 42, "network": 21, "number": 0,
}  # fmt: skip


def kinds(detection: Detection) -> set[str]:
    """Name the kinds of tests in DETECTION."""
    return {f"{test.how} all" if test.every else test.how for test in detection.tests()}


def main() -> None:
    """Print how many of each kind there are, in percent of rules, beside public rules."""
    count = int(sys.argv[1])
    made = list(detections(count))
    found = Counter(kind for each in made for kind in kinds(each))
    for kind, public in ASKED.items():
        sys.stdout.write(f"{kind:14}{found[kind] / count:7.1%}{public / 2858:8.1%}\n")
    lists = Counter(
        next(most for most in _LISTS if len(test.values) <= most)
        for each in made
        for test in each.tests()
        if len(test.values) > 1
    )
    for most, public in _LISTS.items():
        share = lists[most] / sum(lists.values())
        sys.stdout.write(f"to {most:<11}{share:7.1%}{public / sum(_LISTS.values()):8.1%}\n")


if __name__ == "__main__":
    main()
