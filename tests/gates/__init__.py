"""The real parsers of the target languages, as gates that every golden output must pass.

`gates.eql`, `gates.kql`, `gates.sigma` and `gates.spl` each offer `problems(text) -> list[str]`:
an empty list is acceptance. None of them runs a query.
"""

from tocsin.engine import Missing

__all__ = ["Missing"]
