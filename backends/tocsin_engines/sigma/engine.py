"""The engine of Sigma: rules as YAML in, the places of the records or the groups out."""

from collections.abc import Callable, Sequence

from tocsin_engines.engine import Missing, Outcome, Record, Schema
from tocsin_engines.sigma.notes import ASSUMED


class SigmaEngine:
    """Runs one rule, several, or a correlation; log sources are looked at if there are several."""

    semantics = (
        "pySigma and its SQLite backend on SQLite, corrected where they depart from the Sigma "
        "specification; third party otherwise"
    )
    assumed = ASSUMED

    def ready(self) -> None:
        """Raise `Missing` if pySigma, its backend or libyaml is not installed."""
        _machine()

    def run(self, query: str, records: Sequence[Record], schema: Schema, /) -> Outcome:
        """Run QUERY over RECORDS; raise `Rejected` if pySigma or the specification refuses it."""
        return _machine()(query, records, schema)


def _machine() -> Callable[[str, Sequence[Record], Schema], Outcome]:
    try:
        from tocsin_engines.sigma.machine import run  # What it imports may not be installed.
    except ImportError as error:
        missing = "pySigma's backend for SQLite is not installed"
        raise Missing(f"{missing}: pip install 'tocsin[engines]'") from error
    return run


ENGINE = SigmaEngine()
