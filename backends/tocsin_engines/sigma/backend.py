"""Rules to SQL: the SQLite backend of pySigma, mended where it departs from the specification."""

from collections.abc import Callable
from typing import ClassVar, Protocol, cast

from sigma.backends.sqlite.correlation import literal, quote
from sigma.backends.sqlite.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.conditions import ConditionFieldEqualsValueExpression as FieldIs
from sigma.conditions import ConditionItem, ConditionValueExpression
from sigma.conversion.base import TextQueryBackend
from sigma.conversion.state import ConversionState
from sigma.correlations import (
    CorrelationConditionItem,
    SigmaCorrelationRule,
    SigmaRuleReference,
)
from sigma.exceptions import SigmaRegularExpressionError
from sigma.rule import SigmaRule
from sigma.types import (
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaTimestampPart,
)

from tocsin_engines.sigma import regex
from tocsin_engines.sigma.database import CIDR, NUMBER, PART, PLACE, SEARCH, TABLE, TIME

_Outer = ConditionItem | CorrelationConditionItem
_Inner = _Outer | FieldIs | ConditionValueExpression | SigmaRuleReference | None


class Converter(Protocol):
    """What is used of the backend, which has no annotations there."""

    fields: set[str]

    def convert(self, rules: SigmaCollection, /) -> list[str]:
        """Convert RULES to SQL."""
        ...


class _Mended(sqliteBackend):
    """Each member stands for a line of `CORRECTED`, or fits SQL to our table."""

    table = TABLE
    timestamp_field = TIME
    event_id_field = PLACE
    timestamp_seconds_expression = "{field}"  # in microseconds, as are the spans

    bool_expression: ClassVar[str] = "{field}={value}"
    # Lone surrogates: SQLite takes none, so no literal has them.
    glob_wildcard_multi_placeholder: ClassVar[str] = "\ud800"
    glob_wildcard_single_placeholder: ClassVar[str] = "\ud801"

    def __init__(self) -> None:
        self.fields: set[str] = set()
        cast(Callable[[], None], super().__init__)()  # It has no annotations.

    def resolve_table(self, state: object = None) -> str:
        return TABLE

    def escape_and_quote_field(self, field: str) -> str:
        """Quote every name, and keep it for the table."""
        self.fields.add(field)
        return quote(field)

    def convert_condition_field_eq_val_num(self, cond: FieldIs, state: ConversionState) -> str:
        """Compare with the number's text."""
        return f"{self.escape_and_quote_field(cond.field)}={literal(str(cond.value))}"

    def convert_condition_field_compare_op_val(self, cond: FieldIs, state: ConversionState) -> str:
        """Compare as numbers."""
        assert isinstance(cond.value, SigmaCompareExpression)
        left = self._number(cond.field, cond.value.number)
        return f"{left} {self.compare_operators[cond.value.op]} {cond.value.number}"

    def convert_condition_field_eq_val_timestamp_part(
        self, cond: FieldIs, state: ConversionState
    ) -> str:
        """Compare the part of a time."""
        assert isinstance(cond.value, SigmaTimestampPart)
        return f"{self._number(cond.field, cond.value)} = {cond.value}"

    def _number(self, field: str, value: SigmaNumber) -> str:
        column = self.escape_and_quote_field(field)
        if isinstance(value, SigmaTimestampPart):
            return f"{PART}({column}, {literal(value.timestamp_part.name.lower())})"
        return f"{NUMBER}({column})"

    def convert_condition_field_eq_val_cidr(self, cond: FieldIs, state: ConversionState) -> str:
        """Test for addresses, not for texts that look like some."""
        assert isinstance(cond.value, SigmaCIDRExpression)
        network = literal(str(cond.value.network))
        return f"{CIDR}({self.escape_and_quote_field(cond.field)}, {network})"

    def compare_precedence(self, outer: _Outer, inner: _Inner) -> bool:
        """Decide as pySigma does; the SQLite backend would spell out every network first."""
        return TextQueryBackend.compare_precedence(self, outer, inner)

    def convert_condition_field_eq_val_re(self, cond: FieldIs, state: ConversionState) -> str:
        """Search by the specification's regular expressions."""
        assert isinstance(cond.value, SigmaRegularExpression)
        pattern = str(cond.value.regexp)
        letters = SigmaRegularExpression.sigma_to_re_flag
        flags = "".join(sorted(letters[flag] for flag in cond.value.flags))
        try:
            regex.compiled(pattern, flags)
        except regex.Unlisted as error:
            raise SigmaRegularExpressionError(str(error)) from error
        column = self.escape_and_quote_field(cond.field)
        return f"{SEARCH}({column}, {literal(pattern)}, {literal(flags)})"

    def finalize_query_default(
        self,
        rule: SigmaRule | SigmaCorrelationRule,
        query: str,
        index: int,
        state: ConversionState,
    ) -> str:
        """Ask for places; of a correlation, keep the fields, which it quotes by itself."""
        if isinstance(rule, SigmaCorrelationRule):
            plan = self._correlation_plans.pop(id(rule))
            self.fields.update(plan["required_fields"][TABLE])
            return query
        return f"SELECT {quote(PLACE)} FROM {TABLE} WHERE {query}"  # noqa: S608  # of pySigma


def converter() -> Converter:
    """Make a backend; it keeps what it has seen, so each text has its own."""
    return cast(Converter, _Mended())
