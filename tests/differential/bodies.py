"""Rules of more than one event: sequences, any of several kinds, what is first seen."""

from hypothesis import strategies as st

from differential.rules import TEXTS, Asked, Writer, Written
from tocsin.profiles import Source
from tocsin.schema import FieldSpec, FieldType, class_names

_NAMES = ("a", "b", "c")


@st.composite
def bodies(draw: st.DrawFn, *, source: Source | None = None) -> Written:
    """Draw a rule whose events have to do with each other; all of it within SOURCE."""
    return draw(st.one_of(sequences(source), sequences(source), any_of(source), first(source)))


@st.composite
def sequences(draw: st.DrawFn, source: Source | None) -> Written:
    """Draw two or three steps, tied by keys of all or of each."""
    parts = [_writer(draw, source) for _ in range(draw(st.integers(2, 3)))]
    has_until = draw(st.integers(0, 3)) == 0
    parts += [_writer(draw, source)] if has_until else []
    shared = _shared(draw, parts)
    own = _own(draw, parts) if not shared or draw(st.booleans()) else [()] * len(parts)
    by = f" by {', '.join(shared)}" if shared else ""
    steps: list[str] = []
    for name, writer, keys in zip((*_NAMES[: len(parts) - has_until], "until"), parts, own,
                                  strict=False):  # fmt: skip
        tied = f" by {', '.join(keys)}" if keys else ""
        head = "until" if has_until and writer is parts[-1] else f"{name}:"
        often = draw(st.integers(0, 5)) == 0 and head != "until"
        repeats = f" repeats {draw(st.integers(1, 3))}" if often else ""
        where = _where(draw, writer)
        steps.append(f"    {head} {writer.asked.event_class}{tied}{repeats}{where}")
    within = draw(st.sampled_from(["5m", "5m", "300s", "10m", "15m"]))
    body = f"detect sequence{by} within {within} {{\n" + "\n".join(steps) + "\n  }"
    keys_of = tuple((*shared, *keys) for keys in own)
    return _written(body, parts, keys_of)


@st.composite
def any_of(draw: st.DrawFn, source: Source | None) -> Written:
    """Draw two or three parts of classes that may be the same."""
    parts = [_writer(draw, source) for _ in range(draw(st.integers(2, 3)))]
    lines = [
        f"    {name}: {writer.asked.event_class} where {writer.condition(draw(st.integers(0, 1)))}"
        for name, writer in zip(_NAMES, parts, strict=False)
    ]
    system = draw(st.sampled_from(["", " on windows"]))
    body = f"detect any{system} {{\n" + "\n".join(lines) + "\n  }"
    return _written(body, parts, ((),) * len(parts))


@st.composite
def first(draw: st.DrawFn, source: Source | None) -> Written:
    """Draw events and the fields whose values are new."""
    writer = _writer(draw, source)
    fields = draw(st.lists(st.sampled_from(_single(writer)), min_size=1, max_size=2, unique=True))
    where = _where(draw, writer)
    within = draw(st.sampled_from(["5m", "10m"]))
    body = f"detect {writer.asked.event_class}{where}"
    body += f"\n  first seen ({', '.join(fields)}) in {within}"
    return _written(body, [writer], (tuple(fields),))


def _writer(draw: st.DrawFn, source: Source | None) -> Writer:
    names = source.classes() if source else class_names()
    likely = ["process.start"] * (6 if "process.start" in names else 0)
    return Writer(draw, Asked(draw(st.sampled_from(likely + list(names)))), source)


def _where(draw: st.DrawFn, writer: Writer) -> str:
    """Ask for little: a sequence is found only if each of its steps is."""
    kind = draw(st.integers(0, 5))
    return "" if kind <= 3 else f" where {writer.condition(1 if kind == 5 else 0)}"


def _fields(writer: Writer) -> list[FieldSpec]:
    kinds = (*TEXTS, FieldType.NUMBER)
    specs = [spec for kind in kinds for spec in writer.specs.get(kind, ())]
    return [spec for spec in specs if not spec.many and ".hash." not in spec.name]


def _single(writer: Writer) -> list[str]:
    return [spec.name for spec in _fields(writer)]


def _shared(draw: st.DrawFn, parts: list[Writer]) -> tuple[str, ...]:
    names = [name for name in _single(parts[0]) if all(name in _single(p) for p in parts)]
    likely = [name for name in names if name.startswith(("host.", "user.", "process.entity"))]
    chosen = st.lists(st.sampled_from(names + likely * 4), max_size=2, unique=True)
    return tuple(draw(chosen)) if names else ()


def _own(draw: st.DrawFn, parts: list[Writer]) -> list[tuple[str, ...]]:
    """Draw a key for each part, all of one type."""
    texts = [[s.name for s in _fields(p) if s.type in TEXTS] for p in parts]
    if not all(texts):
        return [()] * len(parts)
    return [(draw(st.sampled_from(names)),) for names in texts]


def _written(
    body: str, parts: list[Writer], keys: tuple[tuple[str, ...], ...]
) -> Written:  # fmt: skip
    asked = tuple(part.asked for part in parts)
    return Written(f"rule generated {{\n  {body}\n}}\n", asked, keys, close=True)
