"""Documents to pySigma's rules, without what the specification forbids and pySigma lets pass."""

from collections.abc import Iterator, Sequence
from typing import Final

from sigma import modifiers
from sigma.collection import SigmaCollection
from sigma.correlations import (
    SigmaCorrelationCondition,
    SigmaCorrelationConditionOperator,
    SigmaCorrelationRule,
    SigmaCorrelationType,
)
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import SigmaCompareExpression, SigmaNull, SigmaNumber, SigmaString, SigmaType

from tocsin_engines.engine import Rejected
from tocsin_engines.sigma.database import SOURCE
from tocsin_engines.sigma.documents import Document

_SOURCE: Final = "_source"  # `them` does not take what begins so


def rules(documents: Sequence[Document]) -> SigmaCollection:
    """Build the rules of DOCUMENTS: any number of detections, or one correlation over them."""
    for each in documents:
        if "action" in each or "filter" in each:
            raise Rejected("neither actions nor filters are known here")
    # Its annotation knows no lists.
    found = SigmaCollection.from_dicts(list(documents))  # type: ignore[arg-type]
    for rule in found.rules:
        if rule.taxonomy != "sigma":
            raise Rejected(f"taxonomy `{rule.taxonomy}` is not known here")
        if isinstance(rule, SigmaCorrelationRule):
            _check_correlation(rule)
        else:
            _check_detection(rule)
    _check_roots(found.rules)
    _sort_out(found.rules)
    return found


def _sort_out(found: Sequence[SigmaRule | SigmaCorrelationRule]) -> None:
    """Hold each rule to the records of its log source, if there are several of these."""
    detections = [each for each in found if isinstance(each, SigmaRule)]
    if len({source_of(each) for each in detections}) < 2:
        return
    for rule in detections:
        item = SigmaDetectionItem(SOURCE, [], [SigmaString(source_of(rule))])
        rule.detection.detections[_SOURCE] = SigmaDetection([item])
        for condition in rule.detection.parsed_condition:
            condition.condition = f"{_SOURCE} and ({condition.condition})"


def source_of(rule: SigmaRule) -> str:
    """Name a log source as the table of a record does: `process_creation/windows`."""
    source = rule.logsource
    return "/".join(filter(None, (source.category, source.product, source.service)))


def _check_roots(found: Sequence[SigmaRule | SigmaCorrelationRule]) -> None:
    """Refuse two questions in one text: of events and of groups."""
    roots = [each for each in found if not each._backreferences]
    if any(isinstance(each, SigmaCorrelationRule) for each in found) and len(roots) != 1:
        raise Rejected("a correlation stands beside rules that it does not refer to")


# --- detections

_LARGEST: Final = 2**63 - 1


def _check_detection(rule: SigmaRule) -> None:
    if "timeframe" in rule.detection.detections:
        raise Rejected("`timeframe` went with Sigma 2: use a correlation")
    for detection in rule.detection.detections.values():
        for item in _items(detection):
            _check_values(item)
            _check_modifiers(item)
            for value in item.value:
                _check_number(value)


def _items(detection: SigmaDetection) -> Iterator[SigmaDetectionItem]:
    for each in detection.detection_items:
        if isinstance(each, SigmaDetection):
            yield from _items(each)
        else:
            yield each


def _check_values(item: SigmaDetectionItem) -> None:
    values = item.original_value or []
    if not values:
        raise Rejected(f"`{item.field}` has no value")
    if len(values) > 1 and any(isinstance(each, SigmaNull) for each in values):
        raise Rejected(f"`{item.field}`: null does not stand in a list")
    if len(values) == 1 and modifiers.SigmaAllModifier in item.modifiers:
        raise Rejected(f"`{item.field}`: `all` wants several values")


_PATTERN_ENDS: Final = {
    modifiers.SigmaContainsModifier,
    modifiers.SigmaStartswithModifier,
    modifiers.SigmaEndswithModifier,
}
_LOSING_CASE: Final = {
    modifiers.SigmaBase64Modifier,
    modifiers.SigmaBase64OffsetModifier,
    modifiers.SigmaFieldReferenceModifier,
    modifiers.SigmaUTF16Modifier,
    modifiers.SigmaUTF16BEModifier,
    modifiers.SigmaWideModifier,
    modifiers.SigmaWindowsDashModifier,
}


def _check_modifiers(item: SigmaDetectionItem) -> None:
    used = item.modifiers
    if modifiers.SigmaExpandModifier in used:
        raise Rejected("`expand`: no placeholder is defined here")
    if modifiers.SigmaTimestampWeekModifier in used:
        raise Rejected("`week`: the specification does not say where a week begins")
    if modifiers.SigmaRegularExpressionModifier in used:
        if _PATTERN_ENDS.intersection(used):
            raise Rejected("`re` is a search already: no `contains`, `startswith`, `endswith`")
        if not all(_is_text(each) for each in item.original_value or []):
            raise Rejected("`re` wants texts")
    if modifiers.SigmaCaseSensitiveModifier in used:
        after = used[used.index(modifiers.SigmaCaseSensitiveModifier) :]
        if _LOSING_CASE.intersection(after):
            raise Rejected("`cased` must follow what changes the value")


def _is_text(value: SigmaType) -> bool:
    # pySigma wraps whatever stands behind `re`, be it text or not.
    return isinstance(value, SigmaString) and isinstance(value.original, str)


def _check_number(value: SigmaType) -> None:
    found = value.number if isinstance(value, SigmaCompareExpression) else value
    if not isinstance(found, SigmaNumber):
        return
    number = found.number
    # pySigma makes a float of a whole number only where it could not keep it.
    if abs(number) > _LARGEST or (isinstance(number, float) and number.is_integer()):
        raise Rejected(f"`{number}` is too large a number to be exact")


# --- correlations

_TYPES: Final = {
    SigmaCorrelationType.EVENT_COUNT,
    SigmaCorrelationType.VALUE_COUNT,
    SigmaCorrelationType.TEMPORAL,
    SigmaCorrelationType.TEMPORAL_ORDERED,
    SigmaCorrelationType.VALUE_SUM,
}
_MICROSECONDS: Final = 1_000_000


def _check_correlation(rule: SigmaCorrelationRule) -> None:
    if rule.type not in _TYPES:
        raise Rejected(f"correlation type `{rule.type.name.lower()}` is not known here")
    if rule.generate:
        raise Rejected("`generate` asks two questions at once")
    if not isinstance(rule.condition, SigmaCorrelationCondition):
        raise Rejected("a correlation's condition is a mapping")
    if rule.condition.op is SigmaCorrelationConditionOperator.NEQ:
        raise Rejected("`neq` is no condition of a correlation")
    if rule.timespan.unit not in "smhd":
        raise Rejected(f"`{rule.timespan.unit}` is no unit of a timespan: s, m, h and d are")
    # The backend takes the span as it stands, in the unit of the time column: ours.
    rule.timespan.seconds *= _MICROSECONDS
