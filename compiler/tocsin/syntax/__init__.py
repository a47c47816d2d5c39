"""Text to syntax tree. The only package that knows lark."""

from tocsin.syntax.portable import parse_regex
from tocsin.syntax.recover import MAX_DEPTH, parse

__all__ = ["MAX_DEPTH", "parse", "parse_regex"]
