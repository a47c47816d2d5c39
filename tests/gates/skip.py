"""What a test does where a gate cannot work: skip at home, fail in CI."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from . import Missing


@contextmanager
def where_missing() -> Iterator[None]:
    """Skip the running test if a gate is missing what it needs; fail it where CI is set."""
    try:
        yield
    except Missing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
