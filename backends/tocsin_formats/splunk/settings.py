"""What a project sets of the app, and of the files for contentctl."""

import re
from collections.abc import Mapping

from tocsin.frozen import dataclass, field
from tocsin.schema import Table

_NAME = re.compile("[a-z][a-z0-9_]{0,63}")
_VERSION = re.compile(r"(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}")
_SLACK = re.compile(r"(\d{1,5})([smh])")
_UNITS = {"s": 1000, "m": 60_000, "h": 3_600_000}
_LABEL = (5, 80)  # characters (app.conf.spec, `label`)


@dataclass(frozen=True, slots=True)
class AppSettings:
    """`[publish.splunk-app]`; SLACK in milliseconds, VERSION None if it follows from the rules.

    NAMES are those of searches, by rules'.
    """

    app: str
    label: str
    author: str
    version: str | None
    enabled: bool
    notable: bool
    risk: bool
    slack: int
    names: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class YamlSettings:
    """`[publish.splunk-yaml]`; SLACK in milliseconds, NAMES of detections by rules'."""

    prefix: str
    slack: int
    stories: tuple[str, ...]
    names: Mapping[str, str] = field(hash=False)


def app_settings(table: Table) -> AppSettings:
    """Read the settings of the app; what is wrong there is a `TaxonomyError`."""
    table.only(
        *("app", "label", "author", "version", "enabled", "notable", "risk", "slack", "names")
    )
    version = table.text("version") if "version" in table.items else None
    if version is not None and not _VERSION.fullmatch(version):
        raise table.error(f"`{version}` is no version of three numbers", "version")
    return AppSettings(
        _name(table, "app"),
        _label(table),
        _line(table, "author", "Tocsin"),
        version,
        table.flag("enabled"),
        table.flag("notable", default=True),
        table.flag("risk", default=True),
        _slack(table),
        table.table("names").all_texts(),
    )


def yaml_settings(table: Table) -> YamlSettings:
    """Read the settings of the files for contentctl."""
    table.only("prefix", "slack", "analytic_story", "names")
    names, stories = table.table("names").all_texts(), table.texts("analytic_story", ())
    return YamlSettings(_name(table, "prefix"), _slack(table), stories, names)


def _name(table: Table, key: str) -> str:
    name = table.text(key, "tocsin")
    if not _NAME.fullmatch(name):
        hint = "a letter, then letters, digits and _, all lower case"
        raise table.error(f"`{name}` cannot be part of names in Splunk", key, hint=hint)
    return name


def _label(table: Table) -> str:
    label = _line(table, "label", "Tocsin")
    least, most = _LABEL
    if not least <= len(label) <= most or set("[]") & set(label):
        hint = f"{least} to {most} characters, without brackets"
        raise table.error(f"`{label}` cannot be the label of an app", "label", hint=hint)
    return label


def _line(table: Table, key: str, default: str) -> str:
    text = table.text(key, default)
    if not text.isprintable() or text != text.strip() or not text or text.endswith("\\"):
        raise table.error(f"`{key}` must be one line without blanks around it", key)
    return text


def _slack(table: Table) -> int:
    """Read how late events may be indexed."""
    text = table.text("slack", "5m")
    found = _SLACK.fullmatch(text)
    slack = int(found[1]) * _UNITS[found[2]] if found else 0
    if not found or slack > 24 * _UNITS["h"]:
        raise table.error(f"`{text}` is no time such as 5m, at most 24h", "slack")
    return slack
