"""Microsoft KQL: Microsoft's parser and binder, and its bound tree run on DuckDB."""

from tocsin_engines.kql.assumed import ASSUMED, Assumption
from tocsin_engines.kql.run import KqlEngine

__all__ = ["ASSUMED", "ENGINE", "Assumption", "KqlEngine"]

ENGINE = KqlEngine()
