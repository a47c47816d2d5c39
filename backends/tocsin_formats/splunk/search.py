"""A query with macros for where its events are kept, so that a site says that in one place.

The query is written anew by its backend, over places that have a macro each: no text is replaced.
"""

from collections import Counter
from collections.abc import Mapping

from tocsin import model
from tocsin.backend import Lowered
from tocsin.format import Query
from tocsin.frozen import dataclass, field, replace
from tocsin.profiles import Source, SourceClass
from tocsin_backends.spl import SPL
from tocsin_backends.spl.datamodel import SUMMARIES
from tocsin_backends.spl.raw import origin
from tocsin_backends.spl.shown import unmade
from tocsin_backends.spl.values import evals


@dataclass(frozen=True, slots=True)
class Search:
    """A search, what it is written of, and the MACROS in it by name; those of the site left out.

    Where events keep in one of several columns what an entity names, the search makes one of them.
    """

    text: str
    lowered: Lowered = field(hash=False)
    macros: Mapping[str, str] = field(hash=False)
    made: Mapping[str, str] = field(hash=False)  # columns that entities are named by: field -> name


def search(query: Query, prefix: str, late: int = 0) -> Search:
    """Write QUERY with macros whose names begin with PREFIX.

    A search for what is seen first cuts its own time: it looks back LATE milliseconds further.
    """
    macros: dict[str, str] = {}
    lowered = _with_macros(query.lowered, prefix, macros)
    if late and isinstance(lowered.rule.body, model.FirstSeen) and lowered.rule.schedule:
        schedule = lowered.rule.schedule
        later = replace(schedule, over=schedule.over + late)
        lowered = replace(lowered, rule=replace(lowered.rule, schedule=later))
        lowered = replace(lowered, assumed=tuple(SPL.assumes(lowered)))
    made = unmade(lowered, (each for entity in lowered.rule.entities for each in entity.fields))
    text = "\n".join([SPL.query(lowered).removesuffix("\n"), *evals(dict(made.values()))])
    columns = {name: column for name, (column, _) in made.items()}
    return Search(text, lowered, dict(sorted(macros.items())), columns)


def clash(macros: Mapping[str, str], made: Search) -> str | None:
    """Say which macro of MADE is already there and stands for something else."""
    for name, definition in made.macros.items():
        if macros.get(name, definition) != definition:
            return f"the macro `{name}` stands for the events of another source too"
    return None


def described(macro: str) -> str:
    """Say what a macro of ours is for."""
    if macro.endswith("_summariesonly"):
        return "How data models are searched; change it here for all searches that read them."
    return "Where the events are kept; change it here for all searches that read them."


def _with_macros(lowered: Lowered, prefix: str, macros: dict[str, str]) -> Lowered:
    sources = {source.name: source for source in lowered.sources}
    places = []
    for place in lowered.places:
        if not place.macro:
            name = _name(prefix, place, sources[place.source])
            macros[name] = _definition(place)
            place = replace(place, macro=f"`{name}`")
        places.append(place)
    parts = tuple(_with_macros(part, prefix, macros) for part in lowered.parts)
    return replace(lowered, places=tuple(places), parts=parts)


def _definition(place: SourceClass) -> str:
    return SUMMARIES if place.datamodel else " ".join(origin(place))


def _name(prefix: str, place: SourceClass, source: Source) -> str:
    """Name a macro for a source, or for the classes of it that are kept elsewhere than most."""
    if place.datamodel:
        return f"{prefix}_summariesonly"
    short = source.name.removeprefix("splunk_")
    kept = {name: _kept(source.event_class(name)) for name in source.classes()}
    (most, _), *_ = Counter(kept.values()).most_common(1)
    own = _kept(place)
    if own == most:
        return f"{prefix}_{short}"
    first = next(name for name, each in kept.items() if each == own)
    return f"{prefix}_{short}_{first.replace('.', '_')}"


def _kept(place: SourceClass | None) -> tuple[object, ...]:
    return (place.index, place.events, place.macro) if place else ()
