"""The query of a `new_terms` rule: the events whose values Kibana remembers by itself.

Kibana takes KQL or Lucene there. KQL has no test without case on a `keyword`, but for the
`.caseless` fields of Elastic Defend; Lucene has regexes, in which a letter stands in both cases.
"""

from collections.abc import Sequence

from tocsin import model
from tocsin.automaton import too_hard
from tocsin.backend import Lowered
from tocsin.frame import whole
from tocsin.frozen import replace
from tocsin.header import span_of_time
from tocsin.lower.place import tells_apart, tied_by
from tocsin.lucene import MAX_REGEX
from tocsin.model import Expr, Predicate
from tocsin.profiles import Source, SourceClass
from tocsin.schema import FieldType
from tocsin.text import trailing
from tocsin_backends.eql import EQL
from tocsin_formats.elastic.gates import Unread, gate
from tocsin_formats.elastic.lucene import conjuncts, regex_text

LANGUAGE = "lucene"
_MOST_FIELDS = 3  # Kibana's `new_terms_fields`
_TEXTUAL = frozenset({FieldType.TEXT, FieldType.PATH})


class NewTerms:
    """Events in Lucene's words, over the sources of target `eql`."""

    suffix = ".lucene"
    supports = frozenset(
        {
            *(model.Always, model.And, model.Or, model.Not, model.Equals, model.Matches),
            *(model.NumberIn, model.NumberIs, model.NumberWithin, model.IpIn, model.BoolIs),
            *(model.Exists, model.FirstSeen),
        }
    )

    @property
    def sources(self) -> tuple[Source, ...]:
        """Return those of EQL."""
        return EQL.sources

    def exact(self, test: Predicate) -> bool:
        """Refuse regexes that Elasticsearch does, and addresses that it stores otherwise."""
        match test:
            case model.Equals(cased=False):
                return all(self._fits(each) for each in test.values.items)
            case model.Matches():
                return self.beyond(test) is None
            case model.IpIn():
                return EQL.exact(test)
            case _:
                return True

    def beyond(self, expr: Expr) -> str | None:
        """Say which limit of a regex is passed: each is one by itself there."""
        if not isinstance(expr, model.Matches):
            return None
        if any(len(regex_text(each, expr.cased)) > MAX_REGEX for each in expr.patterns):
            return f"a regular expression of over {MAX_REGEX:,} characters there"
        if any(too_hard(whole(each)) for each in expr.patterns):
            return "a regular expression that takes Elasticsearch too many determinized states"
        return None

    def _fits(self, text: str) -> bool:
        return 4 * len(text) <= MAX_REGEX  # a letter takes four characters, any other two at most

    def lacks(self, body: model.Body, places: Sequence[SourceClass]) -> str | None:
        """Refuse what is no `first seen`, more than three fields of it, and unlike columns."""
        if not isinstance(body, model.FirstSeen):
            return "a new_terms rule is about what was not seen before"
        if len(body.fields) > _MOST_FIELDS:
            return f"a new_terms rule looks at {_MOST_FIELDS} fields at most"
        tied = tied_by([replace(each, keys=body.fields) for each in model.parts(body)], places)
        if isinstance(tied, str):
            return tied
        for column in (each for row in tied for each in row if each):
            if not tells_apart(column):
                return f"{column.name} is not `{column.field}` by itself"
        try:
            gate(places, body.span)
        except Unread as unread:
            return f"what tells the events of a source apart has no words in Lucene: {unread}"
        return None

    def assumes(self, rule: Lowered) -> tuple[str, ...]:
        """Say what Elasticsearch does not index, and from where Kibana looks back."""
        if not isinstance(rule.body, model.FirstSeen):
            return EQL.assumes(rule)
        back = span_of_time(rule.body.within)
        return (
            *EQL.assumes(rule),
            f"events of {back}: what was not kept counts as not seen",
            f"the {back} are counted back from the moment at which the rule runs, not from each "
            "event: what was last seen nearly so long ago may be told again",
        )

    def emit(self, rule: Lowered) -> str:
        """Write the query: the language has no comments."""
        return self.query(rule)

    def query(self, rule: Lowered) -> str:
        """Write what an event must meet, one predicate a line."""
        event = model.event_of(rule.body)
        keys = {rule.columns[each.name].name for each in model.keys(rule.body)}
        first, *others = _operands(event.condition)
        told = gate(rule.places, event.span)
        system = isinstance(first, model.Equals) and first.field.name == "host.os.type"
        wanted = [first, told, *others] if system else [told, first, *others]
        blocks = [block for each in wanted for block in _blocks(each, keys)]
        return "\n".join(trailing(blocks, "AND")) + "\n"


def _operands(expr: Expr) -> tuple[Expr, ...]:
    return expr.operands if isinstance(expr, model.And) else (expr,)


def _blocks(expr: Expr, keys: set[str]) -> list[list[str]]:
    """Write a condition; that a key is there is what Kibana sees to, but for the empty text."""
    if not (isinstance(expr, model.Exists) and expr.field.name in keys):
        return conjuncts(expr)
    if expr.field.type not in _TEXTUAL:
        return []
    return conjuncts(model.Not(_empty(expr), expr.span))


def _empty(expr: model.Exists) -> Expr:
    return model.Equals(expr.field, model.Values(("",)), True, expr.span)


NEW_TERMS = NewTerms()
