"""Sigma rules: `CommandLine|contains: ' -e '`, as SigmaHQ writes them."""

import yaml

from tocsin import model
from tocsin.backend import Lowered
from tocsin.columns import Presence
from tocsin.header import header, span_of_time
from tocsin.model import Expr, Predicate
from tocsin.profiles import Source, load_source
from tocsin_backends.sigma import ends
from tocsin_backends.sigma.document import document
from tocsin_backends.sigma.gate import gated
from tocsin_backends.sigma.items import Item, tree
from tocsin_backends.sigma.layout import detection


class Sigma:
    """Sysmon's fields under SigmaHQ's log sources; what has no group in Sigma comes ungrouped."""

    suffix = ".yml"
    supports = frozenset(
        {
            *(model.Always, model.And, model.Or, model.Not),
            *(model.Equals, model.Contains, model.StartsWith, model.EndsWith, model.Like),
            *(model.Matches, model.NumberIn, model.NumberIs, model.NumberWithin, model.IpIn),
            *(model.BoolIs, model.Exists, model.SameAs),
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

    def emit(self, rule: Lowered) -> str:
        """Write the rule of an event; of a summary, the rule of its events."""
        whole = gated(rule.places, tree(_strict(rule)))
        comment = "".join(f"# {line}\n" for line in header(rule, *_grouping(rule)))
        return comment + document(rule, detection(whole, _always_there(rule)))

    def problems(self, text: str) -> list[str]:
        """Have pySigma build the rule from TEXT, and say what it has against it."""
        from sigma.collection import SigmaCollection  # no other target pays for pySigma

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, where PyYAML has it
        documents = list(yaml.load_all(text, Loader=loader))  # both are safe loaders
        rules = SigmaCollection.from_dicts(documents, collect_errors=True)
        return [str(error) for error in rules.errors]


def _strict(rule: Lowered) -> Expr:
    """Make `$` the end, but where lowering has said already that a test takes in too much."""
    close = {each.span for each in rule.approximations}

    def strict(expr: Expr) -> Expr:
        if isinstance(expr, model.Matches) and expr.span not in close:
            return ends.strict(expr)
        return expr

    return model.rewrite(model.event_of(rule.body).condition, strict)


def _always_there(rule: Lowered) -> Item:
    """Find a test that every event meets: Sigma has no selection without one."""
    for column in rule.places[0].columns.values():
        if column.name and column.presence is Presence.ALWAYS and column.field != "timestamp":
            return Item(column.name, ("exists",), (True,))
    return Item("EventID", ("exists",), (True,))  # Every record of Windows has one.


def _grouping(rule: Lowered) -> list[str]:
    summary = rule.rule.body
    if not isinstance(summary, model.Summary):
        return []
    by = f" by {', '.join(key.name for key in summary.keys)}" if summary.keys else ""
    bins = f" every {span_of_time(summary.every)}" if summary.every else ""
    return [f"The matches are meant to be summarized{by}{bins}, which Sigma cannot say."]


SIGMA = Sigma()
