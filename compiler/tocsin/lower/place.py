"""Where the sources of one query keep a field: in one column, in several, in none."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from tocsin.columns import Column, Form
from tocsin.frozen import dataclass, field, replace
from tocsin.model import Field, Part, Sequence, Step
from tocsin.profiles import SourceClass
from tocsin.schema import event_class

# Forms whose column is the value itself.
AS_IS = frozenset({Form.DIRECT, Form.ARRAY_ANY, Form.NT_DEVICE_PATH})

_PARTS = frozenset({Form.PATH_BASENAME, Form.DOMAIN_USER})

# Reached only through another table or event: the event itself does not carry the value.
_NOT_ON_THE_EVENT = frozenset({Form.JOIN})


@dataclass(frozen=True, slots=True)
class Place:
    """The columns that hold a field, each with what lowering calls it; none: no source has it."""

    columns: tuple[tuple[Column, Field], ...]
    lacking: Mapping[str, str] = field(hash=False)  # source -> why it has no part in this
    misread: Mapping[str, str] = field(default_factory=dict, hash=False)  # source -> what is there
    clash: tuple[str, str] | None = None  # why the columns cannot be read together; a way out


@cache  # the same few fields and sources, in every rule
def place_of(wanted: Field, places: tuple[SourceClass, ...]) -> Place:
    """Find the columns of WANTED in all of PLACES.

    Sources of one query are told apart by nothing: a column may be read only if no other source
    means something else by it.
    """
    held: dict[str, tuple[Column, SourceClass]] = {}
    lacking: dict[str, str] = {}
    for place in places:
        column = place.columns.get(wanted.name)
        if column is None or column.form in _NOT_ON_THE_EVENT:
            lacking[place.source] = place.absent.get(wanted.name, "only reached by a join")
        elif column.elsewhere and len({each.source for each in places}) > 1:
            lacking[place.source] = f"kept in {column.name}, elsewhere {column.elsewhere}"
        elif _made(held.setdefault(place.source, (column, place))) != _made((column, place)):
            where = f"{held[place.source][0].name} and {column.name}"
            why = f"its classes keep `{wanted.name}` differently: {where}"
            return Place((), lacking, clash=(why, "a rule for each class can be said"))
    columns = {source: column for source, (column, _) in held.items()}
    found = _several(wanted, places, columns, lacking)
    return replace(found, misread=dict(_misread(found, places)))


def _misread(found: Place, places: tuple[SourceClass, ...]) -> Iterator[tuple[str, str]]:
    """Find the sources in which a column that the query reads holds something else."""
    read = {name for column, _ in found.columns for name in column.names}
    for each in places:
        if each.source in found.lacking:
            for column in each.columns.values():
                shared = sorted(read & set(column.names))
                if shared and column.form is not Form.CONSTANT:
                    yield each.source, f"{', '.join(shared)} holds {column.field} there"
                    break


def _made(kept: tuple[Column, SourceClass]) -> tuple[object, ...]:
    """Tell two ways of keeping a value apart, the making of the columns included."""
    column, place = kept
    return (_kept(column), tuple(place.derived.get(name) for name in column.inputs))


def _kept(column: Column) -> tuple[object, ...]:
    """Tell two ways of keeping a value apart: all but how often it is there."""
    form = None if column.form in AS_IS else column.form
    words = (*sorted(column.words.items()), *sorted(column.codes.items()), *column.styles)
    told = (
        column.part,
        column.algorithm,
        column.value,
        column.separator,
        column.folded,
        words,
        tuple(map(_kept, column.also)),
    )
    return (
        column.inputs,
        form,
        column.expr,
        column.bare,
        column.loose,
        column.absent,
        *told,
    )


def _several(
    wanted: Field,
    places: tuple[SourceClass, ...],
    held: Mapping[str, Column],
    lacking: dict[str, str],
) -> Place:
    if len({_kept(column) for column in held.values()}) <= 1:
        column = next(iter(held.values()), None)
        return Place(_columns(wanted, [column] if column else [], bool(lacking)), lacking)
    chosen: dict[str, Column] = {}
    beside: dict[str, Column] = {}
    # A column that is the value comes before one of the same name that holds it otherwise.
    for source, column in sorted(held.items(), key=lambda each: each[1].form not in AS_IS):
        taken = next((chosen[name] for name in column.inputs if name in chosen), None)
        if taken and _speaks_otherwise(taken, column):
            beside[source] = column
        elif _means_other(column, wanted, places) or (taken and _kept(taken) != _kept(column)):
            lacking[source] = f"kept in {column.name or column.form}, which is read otherwise here"
        else:
            chosen |= dict.fromkeys(column.inputs, column)
    if not chosen:
        others = ", ".join(sorted(held))
        why = f"{others} keep `{wanted.name}` in different forms"
        return Place((), lacking, clash=(why, "`--source` takes one of them"))
    kept = (*chosen.values(), *{_kept(column): column for column in beside.values()}.values())
    in_order = [c for c in held.values() if any(c is each for each in kept)]
    return Place(_columns(wanted, in_order, True), lacking)


def _speaks_otherwise(one: Column, other: Column) -> bool:
    """Whether columns of one name differ in their words only, none of which both have."""
    if one.form not in AS_IS or other.form is not Form.WORDS:
        return False
    return not set(map(str.lower, other.words)) & set(map(str.lower, other.words.values()))


def _means_other(column: Column, wanted: Field, places: tuple[SourceClass, ...]) -> bool:
    """Whether a name of the column's is another field's: elsewhere it holds something else."""
    names = set(column.inputs) - {wanted.name}
    return any(names & event_class(place.event_class).fields.keys() for place in places)


def _columns(
    wanted: Field, columns: list[Column], optional: bool
) -> tuple[tuple[Column, Field], ...]:
    return tuple(
        (column, Field(column.name, wanted.type, _many(wanted, column), optional))
        for column in columns
    )


def is_whole(column: Column) -> bool:
    """Whether the column, or an expression in its place, is the value and nothing else."""
    return (column.form in AS_IS and not column.also) or column.expr is not None


def is_shown(column: Column) -> bool:
    """Whether a summary can show the value: as it is, as an expression, or as a part of a path.

    The arguments of a line are an array there, which is no value.
    """
    if column.form is Form.ARGS_FROM_CMDLINE:
        return False
    return is_whole(column) or (column.form in _PARTS and not column.also)


def tells_apart(column: Column) -> bool:
    """Whether two values are equal just where the texts of the column are: it can be a key."""
    braced = column.form is Form.GUID_BRACED and not column.loose
    return (column.form in AS_IS or braced) and not column.also


def is_part(column: Column) -> bool:
    """Whether the value is a part of the column's text: others may hold the same value."""
    return column.form in _PARTS and not column.also


Tied = tuple[tuple[Column | None, ...], ...]  # of each key: its column in every part, if any


def tied_by(parts: Iterable[Part], places: Iterable[SourceClass]) -> Tied | str:
    """Find the columns by which PARTS may be joined; or say why these are not of one kind."""
    parts, places = tuple(parts), tuple(places)
    tied: list[tuple[Column | None, ...]] = []
    for keys in zip(*(part.keys for part in parts), strict=True):
        found: list[Column | None] = []
        for key, part in zip(keys, parts, strict=True):
            classes = part.event.classes
            place = place_of(key, tuple(each for each in places if each.event_class in classes))
            if place.clash or len(place.columns) > 1:
                return place.clash[0] if place.clash else f"`{key.name}` is in several columns"
            found += [column for column, _ in place.columns] or [None]
        if len({(c.form not in AS_IS and c.form, c.part, c.also) for c in found if c}) > 1:
            names = sorted({column.name for column in found if column})
            return f"{' and '.join(names)} differ in form"
        tied.append(tuple(found))
    return tuple(tied)


def torn(body: Sequence, tied: Tied) -> Step | None:
    """Find the step whose parts are TIED by different columns, so that it is not one list."""
    start = 0
    for step in body.steps:
        end = start + len(step.parts)
        if any(len({each.name for each in row[start:end] if each}) > 1 for row in tied):
            return step
        start = end
    return None


def whole(column: Column, wanted: Field) -> Field:
    """Name what is the value and nothing else: the column, or what an expression is called."""
    if column.form in AS_IS and not column.also:
        return Field(column.name, wanted.type, _many(wanted, column))
    return Field(column.computed, wanted.type, wanted.many, array=wanted.many)


def _many(wanted: Field, column: Column) -> bool:
    return wanted.many and column.form in AS_IS
