"""Syntax tree to semantic model: every name is resolved here, once."""

from tocsin.analyze.rule import Analyzed, analyze, analyze_files

__all__ = ["Analyzed", "analyze", "analyze_files"]
