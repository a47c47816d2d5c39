"""The answer of a form: a test as it reads on the column."""

from tocsin.frozen import dataclass
from tocsin.model import Expr, Verdict


@dataclass(frozen=True, slots=True)
class Stored:
    """The test as it reads on the column; DIRECTION if it only comes close, with the REASON."""

    expr: Expr
    direction: Verdict | None = None
    reason: str = ""
