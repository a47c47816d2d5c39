"""The Sigma gate: what it must accept, and the slips that must not pass it."""

import pytest

from gates import sigma

RULE = r"""
title: Node Started Inline
id: 4c9a1c4e-2f1b-4d4c-9a77-6a4a0d4a2a11
name: inline
status: experimental
tags:
  - attack.execution
  - attack.t1059.007
logsource:
  category: process_creation
  product: windows
detection:
  selection:
    Image|endswith: '\node.exe'
    CommandLine|contains: ' -e '
  condition: selection
level: high
"""
CORRELATION = r"""
---
title: Node Started Inline Often
id: 4c9a1c4e-2f1b-4d4c-9a77-6a4a0d4a2a12
status: experimental
correlation:
  type: event_count
  rules: [inline]
  group-by: [Computer]
  timespan: 30m
  condition: {gte: 3}
level: high
"""
OTHER = RULE.replace("inline", "other").replace("2a11", "2a13").replace("Inline", "Otherwise")
ORDERED = CORRELATION.replace("event_count", "temporal_ordered").replace(
    "[inline]", "[inline, other]"
).replace("{gte: 3}", "{gte: 2}\n  aliases: {who: {inline: User, other: ParentUser}}").replace(
    "[Computer]", "[Computer, who]"
)  # fmt: skip
COUNTED = CORRELATION.replace("event_count", "value_count").replace("gte: 3", "gte: 3, field: User")
VALUE = "CommandLine|contains: ' -e '"


@pytest.mark.parametrize(
    "text",
    [
        RULE,
        RULE + CORRELATION,
        RULE + "---" + OTHER,
        RULE + "---" + OTHER + ORDERED,
        RULE + COUNTED,
        RULE.replace("condition: selection", "condition: not selection"),
        *(
            RULE.replace(VALUE, other)
            for other in (
                "CommandLine|cased|contains: 'a*b'",
                r"CommandLine|contains: 'a\*b'",
                "CommandLine|re: '(?i)^a.*b$'",
                "CommandLine|exists: false",
                "CommandLine: null",
                "DestinationIp|cidr: '10.0.0.0/8'",
                "ProcessId|gte: 5",
                "CommandLine|fieldref: Image",
                "EventCode: '4624'",
            )
        ),
    ],
)
def test_sigma_is_accepted(text: str) -> None:
    assert sigma.problems(text) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("|endswith", "|endwith", "parse: Unknown modifier"),
        ("t1059.007", "t9999", "attacktag: Invalid MITRE ATT&CK"),
        ("  - attack.execution\n", "", "sigmahq_tags_techniques_without_tactics: "),
        ("id: 4c9a1c4e-2f1b-4d4c-9a77-6a4a0d4a2a11\n", "", "identifier_existence: "),
        ("id: 4c9a", "id: zzzz", "parse: "),
        ("experimental", "ready", "parse: 'ready' is not a valid Sigma rule status"),
        ("level: high", "level: awful", "parse: 'awful' is not"),
        ("level: high", "", "sigmahq_level_existence: "),
        ("level: high", "level: high\nfoo: 1", "sigmahq_unknown_field: "),
        ("level: high", "level: high\ndate: 2025-13-01", "parse: "),
        ("condition: selection", "condition: selection and", "condition: "),
        ("condition: selection", "condition: other", "condition: "),
        ("condition: selection", "condition: 1 of other_*", "condition: "),
        ("CommandLine|contains", "Image|endswith", "yaml: key `Image|endswith` given twice"),
        ("' -e '", "5", "parse: Modifier"),
        (VALUE, "CommandLine: '*x*'", "wildcards_instead_of_modifiers: "),
        (VALUE, "CommandLine|all: x", "invalid_modifier_combinations: "),
        (VALUE, "CommandLine: [a, A]", "sigmahq_field_duplicate_value: "),
        (VALUE, "CommandLine|re: '(a'", "parse: Regular expression"),
        (VALUE, "DestinationIp|cidr: '10.0.0.1/8'", "parse: Invalid CIDR"),
        (RULE, "", "parse: no rule"),
        (RULE, "- 1", "yaml: not a mapping"),
        (RULE, "a: [", "yaml: "),
        ("rules: [inline]", "rules: [nope]", "parse: Rule 'nope' not found"),
        ("event_count", "temporal", "sigmahq_correlation_rules_minimum: "),
        ("30m", "30x", "parse: Timespan"),
    ],
)
def test_sigma_is_refused(old: str, new: str, says: str) -> None:
    text = RULE if old in RULE else RULE + CORRELATION

    assert sigma.problems(text.replace(old, new))[0].startswith(says)


def test_every_sigma_validator_left_out_exists() -> None:
    assert sigma.LEFT_OUT.keys() <= sigma.KNOWN.keys()
