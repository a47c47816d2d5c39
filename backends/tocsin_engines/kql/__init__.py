"""Microsoft KQL: Microsoft's parser and binder, and its bound tree run on DuckDB."""

from tocsin_engines.kql.assumed import ASSUMED
from tocsin_engines.kql.run import KqlEngine

__all__ = ["ASSUMED", "ENGINE", "KqlEngine"]

ENGINE = KqlEngine()
