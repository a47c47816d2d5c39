"""Syntax tree to semantic model: every name is resolved here, once."""

from tocsin.analyze.rule import analyze

__all__ = ["analyze"]
