"""The contract of an engine, for the engines here."""

from tocsin.engine import (
    Assumption,
    Engine,
    Kind,
    Missing,
    Outcome,
    Record,
    Rejected,
    Scalar,
    Schema,
)

__all__ = [
    "Assumption",
    "Engine",
    "Kind",
    "Missing",
    "Outcome",
    "Record",
    "Rejected",
    "Scalar",
    "Schema",
]
