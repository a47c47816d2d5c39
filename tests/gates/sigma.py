"""Sigma, judged by pySigma: its parser, its validators, and SigmaHQ's that suit anybody's rule.

ATT&CK is read from the project's own list; a validator that reaches for the network fails.
"""

from collections.abc import Hashable, Iterator

import yaml
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError
from sigma.rule import SigmaDetectionItem, SigmaRule
from sigma.validators import core, sigmahq
from sigma.validators.base import SigmaRuleValidator, SigmaValidationIssue

from . import sigma_offline

# Left out: the house rules of SigmaHQ's repository, and what has another judge here.
LEFT_OUT = {
    "sigmahq_author_existence": "an author is optional in Sigma",
    "sigmahq_category_event_id": "its list of categories comes from the network",
    "sigmahq_category_windows_provider_name": "its list of providers comes from the network",
    "sigmahq_correlation_filename_prefix": "we judge text, which has no file name",
    "sigmahq_correlation_group_by_existence": "group-by is optional in Sigma: a count of all",
    "sigmahq_date_existence": "a date is optional in Sigma",
    "sigmahq_description_existence": "a description is optional in Sigma",
    "sigmahq_description_length": "how long a description is, is its author's affair",
    "sigmahq_falsepositives_banned_word": "the choice of words is their author's affair",
    "sigmahq_falsepositives_capital": "a matter of SigmaHQ's style",
    "sigmahq_fieldname_cast": "its list of fields comes from the network; names.toml has ours",
    "sigmahq_filename_convention": "we judge text, which has no file name",
    "sigmahq_filename_prefix": "we judge text, which has no file name",
    "sigmahq_github_link": "a matter of SigmaHQ's style",
    "sigmahq_invalid_fieldname": "its list of fields comes from the network; names.toml has ours",
    "sigmahq_link_in_description": "a matter of SigmaHQ's style",
    "sigmahq_logsource_unknown": "its list of log sources comes from the network",
    "sigmahq_mitre_link": "a matter of SigmaHQ's style",
    "sigmahq_redundant_field": "its list of fields comes from the network",
    "sigmahq_redundant_modified": "a matter of SigmaHQ's style",
    "sigmahq_status": "about the folders of SigmaHQ's repository",
    "sigmahq_status_to_high": "about how rules ripen in SigmaHQ's repository, by today's date",
    "sigmahq_tags_detection": "about the folders of SigmaHQ's repository",
    "sigmahq_tags_tlp": "SigmaHQ publishes TLP:CLEAR only; a user may not",
    "sigmahq_title_case": "a matter of SigmaHQ's style",
    "sigmahq_title_end": "a matter of SigmaHQ's style",
    "sigmahq_title_length": "SigmaHQ wants 120; Sigma allows 256",
    "sigmahq_title_start": "a matter of SigmaHQ's style",
    "d3_fendtag": "no list of D3FEND in this project, and no tag of it",
    "duplicate_filename": "we judge text, which has no file name",
    "escaped_wildcard": "a literal `*` is meant: patterns are typed before they are written",
    "filename_length": "we judge text, which has no file name",
    "number_as_string": "a string that looks like a number is meant: values are typed",
    "tlpv1_tag": "the old standard refuses TLP:CLEAR; `tlptag` knows both",
    "tlpv2_tag": "the new standard refuses TLP:WHITE; `tlptag` knows both",
}

KNOWN = core.validators | sigmahq.validators


def problems(text: str) -> list[str]:
    """Return what pySigma says against `text`, as "<validator>: <message>"."""
    wrong = list(_yaml_problems(text))
    if wrong:
        return wrong
    with sigma_offline.attack():
        rules = load(text)
        return list(_errors(rules)) or list(_issues(rules))


def load(text: str) -> SigmaCollection:
    """Read rules, keeping what pySigma says against them in `errors`."""
    try:
        return SigmaCollection.from_yaml(text, collect_errors=True)
    except SigmaError as error:
        return SigmaCollection([], errors=[error])
    except (AttributeError, TypeError, ValueError) as error:  # A value of an unforeseen type.
        return SigmaCollection([], errors=[SigmaError(str(error))])


def _errors(rules: SigmaCollection) -> Iterator[str]:
    if not rules.rules and not rules.errors:
        yield "parse: no rule"
    yield from (f"parse: {error}" for error in rules.errors)
    for rule in rules.rules:
        if isinstance(rule, SigmaRule) and not rule.errors:
            yield from _condition_errors(rule)


def _condition_errors(rule: SigmaRule) -> Iterator[str]:
    for condition in rule.detection.parsed_condition:
        try:
            condition.parse()
        except SigmaError as error:
            yield f"condition: {error}"


def _issues(rules: SigmaCollection) -> Iterator[str]:
    for name, validator in _validators():
        found = [issue for rule in rules.rules for issue in validator.validate(rule)]
        yield from (f"{name}: {_message(issue)}" for issue in [*found, *validator.finalize()])


def _validators() -> Iterator[tuple[str, SigmaRuleValidator]]:
    """Make every validator anew: some remember the rules that they have seen."""
    for name, kind in sorted(KNOWN.items()):
        if name not in LEFT_OUT:
            yield name, kind()


def _message(issue: SigmaValidationIssue) -> str:
    found = {name: value for name, value in vars(issue).items() if name != "rules"}
    details = ", ".join(f"{name}={_brief(value)}" for name, value in found.items())
    return f"{issue.description} ({details})" if details else issue.description


def _brief(value: object) -> object:
    return value.field if isinstance(value, SigmaDetectionItem) else value


class _Strict(yaml.BaseLoader):
    """A loader that refuses what YAML forbids and PyYAML forgives: a key given twice."""

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Hashable, object]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key `{key.value}` given twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _yaml_problems(text: str) -> Iterator[str]:
    try:
        documents = list(yaml.load_all(text, Loader=_Strict))
    except yaml.YAMLError as error:
        yield f"yaml: {error}"
        return
    yield from ("yaml: not a mapping" for one in documents if not isinstance(one, dict))
