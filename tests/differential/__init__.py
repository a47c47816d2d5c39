"""Rendered queries run on engines, held against the reference meaning."""
