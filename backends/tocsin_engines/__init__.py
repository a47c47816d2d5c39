"""What runs a rendered query over records, to prove it. Knows queries and records, never a rule.

No engine shares code with the compiler: what one of them says, the compiler cannot have caused.
"""

from tocsin_engines.engine import Engine, Kind, Missing, Outcome, Record, Rejected, Scalar, Schema

__all__ = ["Engine", "Kind", "Missing", "Outcome", "Record", "Rejected", "Scalar", "Schema"]
