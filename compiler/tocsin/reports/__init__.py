"""What a check has found, as other programs read it: SARIF, GitHub's commands, JUnit.

Each format is one function from a `Report` to text. All that comes from an author is made visible.
"""

from tocsin.reports.report import Report

__all__ = ["Report"]
