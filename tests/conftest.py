"""What the tests share: golden files, and fixed seeds for generated cases."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

Check = Callable[[Path, str], None]

# In CI the generated cases are always the same; at home each run looks elsewhere.
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=300)
settings.register_profile("home", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "home")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the golden files")
    parser.addoption(
        "--comparisons", default="2400", help="how often generated queries are run and compared"
    )
    parser.addoption("--seed", default="0", help="where generated comparisons begin")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Check:
    """Hold text against a golden file, or with --update write it there."""

    def check(path: Path, actual: str) -> None:
        if request.config.getoption("--update"):
            path.write_text(actual, encoding="utf-8")
        assert path.exists(), f"no golden file {path.name}: run pytest --update"
        assert path.read_text(encoding="utf-8") == actual

    return check
