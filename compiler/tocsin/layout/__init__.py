"""The one canonical layout of rule files: what `tocsin fmt` writes."""

from tocsin.layout.files import Formatted, difference, format_data, format_file, write
from tocsin.layout.layout import formatted
from tocsin.layout.proof import lost

__all__ = [
    "Formatted",
    "difference",
    "format_data",
    "format_file",
    "formatted",
    "lost",
    "write",
]
