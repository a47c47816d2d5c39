"""Splunk SPL: an evaluator of our own, written from Splunk's documentation (9.4).

No Splunk product and no part of one runs here. What the documentation leaves open, and what was
chosen, is the table `ASSUMED`; a query outside of what is written here is `Rejected`.
"""

from tocsin_engines.spl.assumed import ASSUMED, Readings
from tocsin_engines.spl.engine import ENGINE, SplEngine

__all__ = ["ASSUMED", "ENGINE", "Readings", "SplEngine"]
