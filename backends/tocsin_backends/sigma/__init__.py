"""Sigma rules: `CommandLine|contains: ' -e '`, as SigmaHQ writes them."""

from collections.abc import Sequence

import yaml

from tocsin import model
from tocsin.backend import Departure, Lowered
from tocsin.header import header, span_of_time
from tocsin.model import Predicate
from tocsin.profiles import Source, SourceClass, load_source
from tocsin.schema import FieldType
from tocsin_backends.sigma import ends
from tocsin_backends.sigma.correlation import counted, ordered
from tocsin_backends.sigma.document import document
from tocsin_backends.sigma.events import events
from tocsin_backends.sigma.having import bounds, reading_of
from tocsin_backends.sigma.lacking import departs, lacks

_TEXTUAL = frozenset({FieldType.TEXT, FieldType.PATH})


class Sigma:
    """Sysmon's fields under SigmaHQ's log sources; what a correlation cannot say is left out."""

    suffix = ".yml"
    supports = frozenset(
        {
            *(model.Always, model.And, model.Or, model.Not),
            *(model.Equals, model.Contains, model.StartsWith, model.EndsWith, model.Like),
            *(model.Matches, model.NumberIn, model.NumberIs, model.NumberWithin, model.IpIn),
            *(model.BoolIs, model.Exists, model.SameAs),
            *(model.AnyOf, model.Sequence, model.Summary),
        }
    )

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return the source that has SigmaHQ's names."""
        return (load_source("sigma"),)

    def exact(self, test: Predicate) -> bool:
        """Refuse `$` where a final line feed cannot be told off, and exact field references."""
        match test:
            case model.Matches():
                return ends.sayable(test)
            case model.SameAs():
                return not test.cased
            case _:
                return True

    def lacks(self, body: model.Body, places: Sequence[SourceClass]) -> str | None:
        """Refuse what no correlation says."""
        return lacks(body, places)

    def departs(self, body: model.Body, places: Sequence[SourceClass]) -> tuple[Departure, ...]:
        """Say where windows slide, and where a column is more than a key or what is counted."""
        return tuple(departs(body, places))

    def assumes(self, rule: Lowered) -> tuple[str, ...]:
        """Say what the specification of correlations leaves to who runs them."""
        columns = ", ".join(_compared(rule))
        ordered = isinstance(rule.body, model.Sequence)
        return (
            *([f"no two values of {columns} {KEYS_IN_CASE}"] if columns else []),
            *([_ORDER] * ordered),
        )

    def emit(self, rule: Lowered) -> str:
        """Write the rules of a body; of a summary without `having`, the rule of its events."""
        return self.head(rule) + self.query(rule)

    def head(self, rule: Lowered) -> str:
        """Write what the output says of itself."""
        lines = header(rule, *_shows(rule), *_grouping(rule))
        return "".join(f"# {line}\n" for line in lines)

    def query(self, rule: Lowered) -> str:
        """Write the documents alone."""
        return "---\n".join(_documents(rule))

    def problems(self, text: str) -> list[str]:
        """Have pySigma build the rule from TEXT, and say what it has against it."""
        from sigma.collection import SigmaCollection  # no other target pays for pySigma

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, where PyYAML has it
        documents = list(yaml.load_all(text, Loader=loader))  # both are safe loaders
        rules = SigmaCollection.from_dicts(documents, collect_errors=True)
        return [str(error) for error in rules.errors]


KEYS_IN_CASE = (
    "that differ in case only: one or two, the specification of correlations does not say"
)
_ORDER = (
    "who runs it wants events at rising times, one for each rule: the specification of "
    "temporal_ordered says neither"
)


def _documents(rule: Lowered) -> list[str]:
    match rule.body:
        case model.Event():
            return [document(rule.rule, events([rule]))]
        case model.AnyOf(parts):
            named = zip(parts, rule.parts, strict=True)
            return [document(rule.rule, events([each]), part.name) for part, each in named]
        case model.Sequence():
            return ordered(rule, rule.body)
        case model.Summary():
            return counted(rule, rule.body)
        case model.FirstSeen():
            raise AssertionError(type(rule.body).__name__)  # which is not supported


def _compared(rule: Lowered) -> list[str]:
    """Name the columns of texts that a correlation compares: its keys, and what it counts."""
    body = rule.body
    found: list[tuple[Lowered, model.Field]] = []
    if isinstance(body, model.Sequence):
        parts = zip(rule.parts, model.parts(body), strict=True)
        found += ((each, key) for each, part in parts for key in part.keys)
    if isinstance(body, model.Summary):
        reading = reading_of(_having(rule), body.outputs)
        counts = bounds(reading) if reading else ()
        found += ((rule, each) for each in (*body.keys, *(c.field for c in counts if c.field)))
    texts = (each.columns[field.name].name for each, field in found if field.type in _TEXTUAL)
    return list(dict.fromkeys(texts))


def _having(rule: Lowered) -> model.Expr | None:
    """Return the `having` that the author wrote: lowering has spelled `N of` out."""
    body = rule.rule.body
    return body.having if isinstance(body, model.Summary) else None


def _shows(rule: Lowered) -> list[str]:
    """Say what the documents are, and what they do not show."""
    match rule.body:
        case model.AnyOf():
            return ["A rule for each part, whose name its title has."]
        case model.Summary(outputs=outputs):
            having = _having(rule)
            read = model.reads(having) if having else frozenset()
            left = ", ".join(each.name for each in outputs if each.name not in read)
            line = f"A correlation shows no more than what it counts, not {left}."
            return [line] if left else []
        case model.Sequence():
            return ["A correlation, and a rule for each event that it ties together."]
        case model.Event() | model.FirstSeen():
            return []


def _grouping(rule: Lowered) -> list[str]:
    summary = rule.rule.body
    if not isinstance(summary, model.Summary) or isinstance(rule.body, model.Summary):
        return []
    by = f" by {', '.join(key.name for key in summary.keys)}" if summary.keys else ""
    bins = f" every {span_of_time(summary.every)}" if summary.every else ""
    return [f"The matches are meant to be summarized{by}{bins}, which Sigma cannot say."]


SIGMA = Sigma()
