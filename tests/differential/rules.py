"""Well-typed rules over the whole language, as text, and what their tests look for."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from differential import command_lines
from differential.literals import needles, patterns, regexes, written
from tocsin.columns import Form
from tocsin.profiles import Source, SourceClass
from tocsin.recording import provable
from tocsin.schema import FieldSpec, FieldType, class_names, event_class

NUMBERS = (0, 1, 4, 7, 443, 1024, 65535, -1, 2**31, 2**53 - 1)
NETWORKS = (
    *("10.0.0.0/8", "192.168.1.0/24", "10.1.2.3", "0.0.0.0/0", "203.0.113.7"),
    *("fe80::/10", "2001:db8::/33", "::1", "::/0", "2001:db8::5", "::ffff:10.0.0.0/104"),
)
TEXTS = (FieldType.TEXT, FieldType.PATH)
HASHES = ("a" * 32, "0123456789abcdefABCDEF0123456789", "b" * 40, "C" * 64)


@dataclass(slots=True)
class Asked:
    """What one rule asks of its events: literals by field, so that events can be made of them."""

    event_class: str
    texts: dict[str, list[str]] = field(default_factory=dict)
    numbers: dict[str, list[int]] = field(default_factory=dict)
    addresses: dict[str, list[str]] = field(default_factory=dict)
    truths: set[str] = field(default_factory=set)
    lines: dict[str, list[str]] = field(default_factory=dict)  # what command lines are read for

    def text(self, name: str, values: Sequence[str]) -> None:
        """Remember that VALUES are looked for in field NAME."""
        self.texts.setdefault(name, []).extend(values)


@dataclass(frozen=True, slots=True)
class Written:
    """A rule as text, and what each part of its body asks for.

    KEYS are the fields that tie events together, part by part: they have few values. CLOSE says
    that events are minutes apart, not half hours.
    """

    text: str
    asked: tuple[Asked, ...]
    keys: tuple[tuple[str, ...], ...] = ((),)
    close: bool = False


def specs(name: str) -> dict[FieldType, list[FieldSpec]]:
    """Sort the fields of a class by type; left out are times and what no source can prove."""
    sorted_: dict[FieldType, list[FieldSpec]] = {}
    for spec in event_class(name).fields.values():
        if spec.type is not FieldType.TIME and spec.name != "host.os.type":
            sorted_.setdefault(spec.type, []).append(spec)
    return sorted_


@st.composite
def rules(draw: st.DrawFn, *, summaries: bool = True, source: Source | None = None) -> Written:
    """Draw a rule of one event class, now and then with a summary; all of it within SOURCE."""
    names = source.classes() if source else class_names()
    likely = ["process.start"] * (6 if "process.start" in names else 0)
    name = draw(st.sampled_from(likely + list(names)))
    asked = Asked(name)
    writer = Writer(draw, asked, source)
    condition = writer.condition(draw(st.integers(0, 3)))
    system = draw(st.sampled_from(["", " on windows"]))
    more = writer.summary() if summaries and draw(st.integers(0, 5)) == 0 else ""
    body = f"detect {name}{system} where\n    {condition}{more}"
    close = " sliding " in more
    return Written(f"rule generated {{\n  {body}\n}}\n", (asked,), close=close)


def _is_kept(place: SourceClass, spec: FieldSpec) -> bool:
    """Whether a source keeps a field on the event, so that a record of it can be made."""
    column = place.columns.get(spec.name)
    return column is not None and column.form is not Form.JOIN and provable(column)


class Writer:
    """Writes the conditions and the summary of one event class, and notes what they ask."""

    def __init__(self, draw: st.DrawFn, asked: Asked, source: Source | None) -> None:
        self.draw = draw
        self.asked = asked
        self.specs = specs(asked.event_class)
        place = source.event_class(asked.event_class) if source else None
        if place:
            kept = {
                kind: [s for s in each if _is_kept(place, s)] for kind, each in self.specs.items()
            }
            self.specs = {kind: each for kind, each in kept.items() if each}

    def one_of(self, *values: str) -> str:
        return self.draw(st.sampled_from(values))

    # --- structure

    def condition(self, depth: int) -> str:
        kind = self.draw(st.integers(0, 9)) if depth else 9
        if kind <= 2:
            return f"({' and '.join(self.several(depth))})"
        if kind <= 5:
            return f"({' or '.join(self.several(depth))})"
        if kind == 6:
            return f"not {self.condition(depth - 1)}"
        if kind == 7:
            parts = [self.condition(0) for _ in range(self.draw(st.sampled_from([3, 3, 5])))]
            return f"{self.one_of('1', '2', '3', 'any', 'all')} of ({', '.join(parts)})"
        return self.predicate()

    def several(self, depth: int) -> list[str]:
        return [self.condition(depth - 1) for _ in range(self.draw(st.integers(2, 3)))]

    # --- predicates

    def predicate(self) -> str:
        kinds = [kind for kind in self.specs for _ in range(_WEIGHT[kind])]
        spec = self.draw(st.sampled_from(self.specs[self.draw(st.sampled_from(kinds))]))
        if self.draw(st.integers(0, 9)) == 0:
            return f"{spec.name} {self.one_of('exists', 'is missing')}"
        match spec.type:
            case FieldType.NUMBER:
                return self.number(spec)
            case FieldType.IP:
                return self.address(spec)
            case FieldType.BOOL:
                self.asked.truths.add(spec.name)
                return f"{spec.name} {self.one_of('is true', 'is not true', 'is false')}"
            case _:
                return self.text(spec)

    def text(self, spec: FieldSpec) -> str:
        op = self.one_of("is", "is", "in", "contains", "starts with", "ends with", "like", "has",
                         "matches", "field")  # fmt: skip
        if op == "field":
            return self.two_texts(spec)
        cased = self.one_of("", "", "cased ")
        source = {"like": patterns(), "matches": regexes()}.get(op, self.needle(spec))
        # What begins with no hyphen is no option: a rule that asks so is none.
        if spec.derived and (op in {"is", "in", "starts with"} or self.draw(st.integers(0, 3))):
            read = {"like": command_lines.patterns, "matches": command_lines.regexes}
            source = read.get(op, command_lines.needles(spec.derived))
        wanted = [self.draw(source) for _ in range(self.draw(st.sampled_from([1, 1, 2, 3])))]
        self.asked.text(spec.name, wanted)
        if spec.derived:
            self.asked.lines.setdefault(spec.derived.source, []).extend(wanted)
        if op == "is":
            return f"{spec.name} {self.one_of('is', 'is not')} {cased}{written(wanted[0])}"
        listed = f"({', '.join(map(written, wanted))})"
        negation = self.one_of("", "", "not ")
        if op == "in":
            return f"{spec.name} {negation}in {cased}{listed}"
        if len(wanted) == 1:
            return f"{spec.name} {negation}{op} {cased}{written(wanted[0])}"
        return f"{spec.name} {negation}{op} {self.one_of('any', 'all')} {cased}{listed}"

    def needle(self, spec: FieldSpec) -> st.SearchStrategy[str]:
        return st.sampled_from(HASHES) if ".hash." in spec.name else needles

    def two_texts(self, spec: FieldSpec) -> str:
        others = [each for kind in TEXTS for each in self.specs.get(kind, ())]
        other = self.draw(st.sampled_from(others))
        self.asked.text(spec.name, [])
        self.asked.text(other.name, [])
        return f"{spec.name} {self.one_of('is', 'is not', 'is cased')} {other.name}"

    def number(self, spec: FieldSpec) -> str:
        number = self.draw(st.sampled_from(NUMBERS))
        asked = self.asked.numbers.setdefault(spec.name, [])
        asked.append(number)
        if self.draw(st.integers(0, 5)) == 0:
            other = self.draw(st.sampled_from(self.specs[FieldType.NUMBER]))
            return f"{spec.name} {self.one_of('==', '!=', '<', '>=')} {other.name}"
        if self.draw(st.integers(0, 2)):
            return f"{spec.name} {self.one_of('==', '!=', '<', '<=', '>', '>=')} {number}"
        low, high = sorted((number, self.draw(st.sampled_from(NUMBERS))))
        asked += [low, high]
        extra = self.draw(st.sampled_from(NUMBERS))
        return f"{spec.name} {self.one_of('in', 'not in')} ({extra}, {low}..{high})"

    def address(self, spec: FieldSpec) -> str:
        wanted = self.draw(st.lists(st.sampled_from(NETWORKS), min_size=1, max_size=3, unique=True))
        self.asked.addresses.setdefault(spec.name, []).extend(wanted)
        listed = ", ".join(f'"{each}"' for each in wanted)
        return f"{spec.name} {self.one_of('in', 'not in')} ({listed})"

    # --- summaries

    def summary(self) -> str:
        single = [
            s for k in (*TEXTS, FieldType.NUMBER) for s in self.specs.get(k, ()) if not s.many
        ]
        keys = self.draw(st.lists(st.sampled_from(single), max_size=2, unique_by=lambda s: s.name))
        by = f" by {', '.join(key.name for key in keys)}" if keys else ""
        every = self.one_of("", " every 30m", " every 1h", " every 1d")
        for key in keys:
            if key.type is FieldType.NUMBER:
                self.asked.numbers.setdefault(key.name, [])
            else:
                self.asked.text(key.name, [])
        aggregates = [self.aggregate() for _ in range(self.draw(st.integers(1, 4)))]
        outputs = [f"O{n} = {each}" for n, each in enumerate(aggregates)]
        numbers = [f"O{n}" for n, each in enumerate(aggregates) if _is_number(each)]
        having, kind = "", self.draw(st.integers(0, 5))
        if kind <= 1:
            having = f" having {self.having(numbers, 1)}"
        elif kind == 2:
            every, having = " sliding 5m", f" having {self.lower_bound(aggregates)}"
        return f"\n  summarize{by}{every} {{ {'  '.join(outputs)} }}{having}"

    def having(self, numbers: Sequence[str], depth: int) -> str:
        if depth and self.draw(st.booleans()):
            parts = [self.having(numbers, depth - 1) for _ in range(2)]
            joint = self.one_of(" and ", " or ", ", ")
            inner = f"({joint.join(parts)})"
            return f"{self.one_of('1', '2')} of {inner}" if joint == ", " else inner
        what = self.one_of(*numbers, "count()")
        number = self.draw(st.integers(1, 4))
        bound = self.one_of(f"in {number}..{number + 1}", *(f"{op} {number}" for op in _ORDERS))
        return f"{self.one_of('', '', 'not ')}{what} {bound}"

    def lower_bound(self, aggregates: Sequence[str]) -> str:
        rising = [f"O{n}" for n, each in enumerate(aggregates) if each.startswith("count")]
        what = self.one_of(*rising, "count()")
        more = self.one_of("", "", f" {self.one_of('and', 'or')} count() > 1")
        return f"{what} {self.one_of('>', '>=')} {self.draw(st.integers(1, 3))}{more}"

    def aggregate(self) -> str:
        texts = [each for kind in TEXTS for each in self.specs.get(kind, ())]
        text = self.draw(st.sampled_from(texts)).name
        self.asked.text(text, [])
        numbers = self.specs.get(FieldType.NUMBER, [])
        choices = [
            *("count()", f"count(where {self.predicate()})", f"count(distinct {text})"),
            *(f"set({text})", f"sample({text})", f"first({text})", f"last({text})"),
            *("min(timestamp)", "max(timestamp)", "set(timestamp)", "sample(timestamp)"),
            "count(distinct timestamp)",
        ]
        if numbers:
            number = self.draw(st.sampled_from(numbers)).name
            self.asked.numbers.setdefault(number, [])
            choices += [f"{name}({number})" for name in ("min", "max", "sum", "avg")]
        return self.draw(st.sampled_from(choices))


def _is_number(aggregate: str) -> bool:
    """Whether an aggregate may stand in `having`."""
    name, _, field = aggregate.partition("(")
    return name in {"count", "sum", "avg"} or (name in {"min", "max"} and field != "timestamp)")


_ORDERS = ("==", "!=", "<", "<=", ">", ">=")
_WEIGHT = {FieldType.TEXT: 6, FieldType.PATH: 4, FieldType.NUMBER: 2, FieldType.IP: 2,
           FieldType.BOOL: 1}  # fmt: skip
