"""The contract of an engine, for the engines here."""

from tocsin.engine import Engine, Kind, Missing, Outcome, Record, Rejected, Scalar, Schema

__all__ = ["Engine", "Kind", "Missing", "Outcome", "Record", "Rejected", "Scalar", "Schema"]
