"""Sigma, run by pySigma and its SQLite backend on SQLite, mended where the specification differs.

Nothing of pySigma is loaded before the first query.
"""

from tocsin_engines.sigma.engine import ENGINE, SigmaEngine
from tocsin_engines.sigma.notes import ASSUMED, CORRECTED

__all__ = ["ASSUMED", "CORRECTED", "ENGINE", "SigmaEngine"]
