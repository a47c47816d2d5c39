"""What is found on the way down: departures, what no source sees, and what cannot be said."""

import dataclasses

from tocsin.backend import Approximation, Blind
from tocsin.diagnostics import Code, Diagnostic
from tocsin.model import Verdict
from tocsin.source import Span


@dataclasses.dataclass(slots=True)
class Found:
    """Gathers what is found for LABEL; INSIDE names the step and part that are looked at."""

    label: str
    inside: tuple[str, ...] = ()
    approximations: list[Approximation] = dataclasses.field(default_factory=list)
    blind: list[Blind] = dataclasses.field(default_factory=list)
    refused: list[Diagnostic] = dataclasses.field(default_factory=list)

    def departs(
        self, direction: Verdict, reason: str, field: str | None, span: Span, *, left: str = ""
    ) -> None:
        """Note that the rendering errs in DIRECTION; LEFT says what is found without a clause."""
        self.approximations.append(
            Approximation(direction, reason, field, span, inside=self.inside, left=left)
        )

    def unseen(self, blind: Blind) -> None:
        """Note what sources do not record."""
        self.blind.append(blind)

    def refuse(
        self, code: Code, message: str, span: Span, label: str = "", hint: str | None = None
    ) -> None:
        """Report what stops the rendering."""
        self.refused.append(Diagnostic(code, message, span, label, hint))

    def unsaid(self, why: str, span: Span, hint: str | None = None) -> None:
        """Report what the target has no words for."""
        self.refuse(
            Code.REFUSED, f"{self.label} cannot say this: {why}", span, "cannot be said", hint
        )
