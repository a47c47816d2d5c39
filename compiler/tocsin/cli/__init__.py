"""The command line: arguments in, text and an exit code out. 0 fine, 1 findings, 2 wrong use.

What a command needs is imported by the command: `tocsin --version` must not pay for a parser.
"""

from tocsin.cli import (
    checking,
    comparing,
    formatting,
    listing,
    publishing,
    testing,
    writing,
)
from tocsin.cli.app import app, run

__all__ = [
    "app",
    "checking",
    "comparing",
    "formatting",
    "listing",
    "publishing",
    "run",
    "testing",
    "writing",
]
