"""Microsoft KQL: Microsoft's parser and binder, and its bound tree run on DuckDB."""

from tocsin_engines.kql.run import Kql

KQL = Kql()
