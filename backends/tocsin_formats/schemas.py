"""JSON Schemas of the products' formats: what is made is held against them before it is written."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

_MOST_SHOWN = 200  # characters of a message: it repeats the value that does not fit


def problems(schema: Path, value: object) -> list[str]:
    """Say what in VALUE, made of what JSON knows, does not fit the schema in the file SCHEMA."""
    plain = json.loads(json.dumps(value))
    errors: Iterable[ValidationError] = _validator(schema).iter_errors(plain)
    return [_shown(each) for each in sorted(errors, key=lambda each: each.json_path)]


@cache
def _validator(schema: Path) -> Draft202012Validator:
    document = json.loads(schema.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document)


def _shown(error: ValidationError) -> str:
    message = error.message
    if len(message) > _MOST_SHOWN:
        message = f"{message[:_MOST_SHOWN]}…"
    return f"{error.json_path}: {message}"
