"""Text to syntax tree. The only package that knows lark."""

from tocsin.syntax.recover import MAX_DEPTH, parse

__all__ = ["MAX_DEPTH", "parse"]
