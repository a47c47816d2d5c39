"""Elastic ES|QL, judged by Elastic's own parser, with the grammar of 9.4, and its verifier.

That is the oldest version that we write for. The verifier knows functions with their arguments, and
the types of the columns that a query reads, which it takes from our source profiles. It runs
nothing. Of a rule that alerts it wants the columns that Kibana needs.
"""

import importlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Protocol, cast

from platformdirs import user_cache_path

from tocsin import registry
from tocsin.backend import brought
from tocsin.columns import NUMBERS, Form
from tocsin.schema import FieldType, event_class

from . import Missing

_PINNED = Path(__file__).with_name("esql.txt")
_NAME = "esql-0.1.0"
_STACK = "9.4.0"
_TYPES = {
    FieldType.TEXT: "keyword",
    FieldType.PATH: "keyword",
    FieldType.NUMBER: "long",
    FieldType.IP: "ip",
    FieldType.BOOL: "boolean",
    FieldType.TIME: "date",
}
_AS_TYPED = frozenset({Form.DIRECT, Form.ARRAY_ANY})


class _Esql(Protocol):
    """The part of `esql` that is used here."""

    EsqlError: type[Exception]

    def parse_query(self, text: str) -> object: ...
    def validate_detection_rule_query(self, tree: object) -> None: ...
    def is_aggregate_query(self, tree: object) -> bool: ...
    def Schema(self, mapping: Mapping[str, str]) -> AbstractContextManager[object]: ...  # noqa: N802
    def ParserConfig(self, **config: str) -> AbstractContextManager[object]: ...  # noqa: N802


def problems(text: str) -> list[str]:
    """Return what Elastic's parser and verifier say against `text`."""
    esql = _parser()
    try:
        with esql.ParserConfig(min_stack_version=_STACK), esql.Schema(columns()):
            tree = esql.parse_query(text)
            if "| KEEP" in text:
                esql.validate_detection_rule_query(tree)
    except esql.EsqlError as error:
        first, *more = str(error).splitlines()
        return [f"{first}: {more[0] if more else ''}"]
    return []


@cache
def columns() -> dict[str, str]:
    """Say of which type every column is that one of our sources has."""
    found = {"event.category": "keyword", "event.type": "keyword"}
    for name in ("event.action", "event.code", "event.provider", "process.Ext.api.name"):
        found[name] = "keyword"
    for source in brought(registry.load("esql")):
        for place in filter(None, map(source.event_class, source.classes())):
            specs = event_class(place.event_class).fields
            for main in place.columns.values():
                for column in (main, *main.also):
                    kind = _TYPES[specs[main.field].type]
                    if column.form in NUMBERS:
                        kind = "long"
                    elif column.form not in _AS_TYPED:
                        kind = "keyword"
                    found |= dict.fromkeys(column.inputs, kind)
    return found


@cache
def _parser() -> _Esql:
    """Import the parser, from the cache; install it there if it is not there."""
    where = user_cache_path("tocsin") / _NAME
    if not where.is_dir():
        install(where)
    sys.path.insert(0, str(where))
    try:
        # The package has no annotations: this is the place where it gets its types.
        return cast(_Esql, importlib.import_module("esql"))
    finally:
        sys.path.remove(str(where))


def install(where: Path) -> None:
    """Install beside WHERE, then rename: whoever sees the folder sees all of it."""
    where.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{_NAME}-", dir=where.parent) as outer:
        inner = Path(outer) / _NAME
        command = [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"),
            *("--ignore-requires-python", "--target", str(inner), "-r", str(_PINNED)),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing(f"pip could not install Elastic's ES|QL parser: {done.stderr[-500:]}")
        try:
            inner.rename(where)
        except OSError:
            if not where.is_dir():  # Another process was faster: the same bytes.
                raise
