"""Where things are kept that can be made again: the user's cache folder."""

from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path


def folder() -> Path | None:
    """Return the folder, made if it was not there; None if that cannot be."""
    path = user_cache_path("tocsin")
    with suppress(OSError):
        path.mkdir(parents=True, exist_ok=True)
        return path
    return None
