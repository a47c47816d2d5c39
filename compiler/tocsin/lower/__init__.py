"""Fit a rule to a source and a target: its columns, its tests. What departs gets a verdict."""

from tocsin.lower.rule import lower

__all__ = ["lower"]
