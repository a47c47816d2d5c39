"""What was before an event: `first seen`, and windows that slide.

No function of ES|QL looks at another row. So the moments of a key are written into one text, in
order, beside each of its rows: what stands before a row's own moment there was right before it.
"""

from collections.abc import Sequence

from tocsin import model
from tocsin.backend import Lowered
from tocsin.text import WIDTH, free_name
from tocsin_backends.esql.events import columns_of
from tocsin_backends.esql.summary import Writer, laid_out
from tocsin_backends.esql.where import inline
from tocsin_backends.esql.words import named, span

# A moment as a text that sorts as moments do: milliseconds since 1970 and these, until 2255.
_BASE = 1_000_000_000_000
DIGITS = 13


def first_seen(body: model.FirstSeen, rule: Lowered) -> list[str]:
    """Keep the events whose values were in none shortly before."""
    names = Names(rule)
    made, keys = _keyed(body.fields, Writer(rule), names)
    schedule = rule.rule.schedule
    if schedule and schedule.over <= body.within:
        seen, first = names.free("seen"), names.free("first_seen")
        recent = f"NOW() - {span(schedule.over)}"
        # All that is asked about lies closer together than what is looked back on.
        return [
            *made,
            *inline_stats(
                [
                    f"{seen} = MAX(@timestamp) WHERE @timestamp <= {recent}",
                    f"{first} = MIN(@timestamp) WHERE @timestamp > {recent}",
                ],
                keys,
            ),
            f"| WHERE @timestamp == {first} AND",
            f"    ({seen} IS NULL OR {seen} < @timestamp - {span(body.within)})",
            f"| DROP {seen}, {first}",
        ]
    moment, moments, place = names.free("moment"), names.free("moments"), names.free("place")
    before = milliseconds(f"SUBSTRING({moments}, {place} - {DIGITS + 1}, {DIGITS})")
    asked = [f"| WHERE @timestamp > NOW() - {span(schedule.over)}"] if schedule else []
    return [
        *made,
        f"| EVAL {moment} = {digits('@timestamp')}",
        *_beside(moment, moments, place, keys),
        f"| WHERE {place} == 1 OR {before} < TO_LONG(@timestamp) - {body.within}",
        *asked,
        f"| DROP {moment}, {moments}, {place}",
    ]


def slide(body: model.Summary, rule: Lowered) -> list[str]:
    """Write a row for the first of the moments in a row at which `having` is met.

    Events lie in bins as long as the window, each in its own and in the next, where it meets the
    moments that it can be of use to.
    """
    assert body.sliding is not None
    assert body.having is not None
    writer, names = Writer(rule), Names(rule)
    made, keys = _keyed(body.keys, writer, names)
    own, bin_, moment, met = (names.free(n) for n in ("own_bin", "bin", "moment", "met"))
    mark, marks, place = (names.free(n) for n in ("mark", "marks", "place"))
    outputs = [writer.output(output) for output in body.outputs]
    having = inline(body.having, writer.counted)
    return [
        *made,
        f"| EVAL {own} = TO_LONG(@timestamp) / {body.sliding}",
        f"| EVAL {bin_} = MV_APPEND({own}, {own} + 1)",
        f"| MV_EXPAND {bin_}",
        *inline_stats([f"{moment} = VALUES(@timestamp) WHERE {own} == {bin_}"], [*keys, bin_]),
        f"| MV_EXPAND {moment}",
        f"| WHERE {moment} >= @timestamp AND {moment} <= @timestamp + {span(body.sliding)}",
        *laid_out(outputs, [*keys, moment]),
        f'| EVAL {met} = CASE({having}, "1", "0")',
        f"| EVAL {mark} = CONCAT({digits(moment)}, {met})",
        *_beside(mark, marks, place, keys),
        f'| WHERE {met} == "1" AND ({place} == 1 OR SUBSTRING({marks}, {place} - 2, 1) == "0")',
        f"| DROP {met}, {mark}, {marks}, {place}",
    ]


def digits(time: str) -> str:
    """Write a time as a text of so many DIGITS."""
    return f"TO_STRING(TO_LONG({time}) + {_BASE})"


def milliseconds(text: str) -> str:
    """Write the milliseconds since 1970 of such a text."""
    return f"TO_LONG({text}) - {_BASE}"


class Names:
    """Names for columns of the query's own, unlike any that is read or shown."""

    def __init__(self, rule: Lowered) -> None:
        self.taken = columns_of(rule) | {output.name for output in model.outputs(rule.body)}

    def free(self, name: str) -> str:
        """Return NAME, or one like it, and give it to nobody else."""
        found = free_name(name, self.taken)
        self.taken.add(found)
        return named(found)


def _keyed(
    fields: Sequence[model.Field], writer: Writer, names: Names
) -> tuple[list[str], list[str]]:
    """Name the columns that tell matches apart, each once; what is a part of one is made."""
    made: dict[str, str] = {}
    for field in fields:
        value = writer.value(field)
        if value not in made:
            plain = value == writer.column(field)
            made[value] = value if plain else names.free(field.name.replace(".", "_"))
    evals = [f"| EVAL {name} = {value}" for value, name in made.items() if name != value]
    return evals, list(made.values())


def _beside(own: str, all_: str, place: str, keys: Sequence[str]) -> list[str]:
    """Put beside each row what its key has of a column, sorted, and where its own stands in it."""
    joined = f'{all_} = MV_CONCAT(MV_SORT(VALUES({own})), "|")'
    return [*inline_stats([joined], keys), f"| EVAL {place} = LOCATE({all_}, {own})"]


def inline_stats(outputs: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Put what comes of a group beside each of its rows."""
    by = f" BY {', '.join(keys)}" if keys else ""
    line = f"| INLINE STATS {', '.join(outputs)}{by}"
    if len(line) <= WIDTH:
        return [line]
    lines = ["| INLINE STATS", *(f"    {each}," for each in outputs[:-1]), f"    {outputs[-1]}"]
    return [*lines, f" {by}"] if by else lines
