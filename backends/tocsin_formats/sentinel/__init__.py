"""Microsoft Sentinel: analytics rules and hunting queries, as YAML and as ARM templates."""

from tocsin_formats.sentinel.arm import SENTINEL_ARM
from tocsin_formats.sentinel.repository import SENTINEL_YAML

__all__ = ["SENTINEL_ARM", "SENTINEL_YAML"]
