"""What files hold, as digests: read only where a file looks different from last time."""

import os
import time
from collections.abc import Sequence
from hashlib import sha256
from stat import S_ISREG

from tocsin.store import Stamp, Store

# A file that has changed just now may change again without looking different.
_SETTLED_NS = 2_000_000_000


class Stamps:
    """Digests of files, each asked for once a run; STORE remembers them, if there is one."""

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._known: dict[str, Stamp] = {}
        self._found: dict[str, str] = {}
        self._led: dict[str, str] = {}
        self._new: dict[str, Stamp] = {}

    def expect(self, paths: Sequence[str]) -> None:
        """Look up at once what is known of many files."""
        if self._store:
            self._known |= self._store.stamps(paths)

    def digest(self, path: str) -> str:
        """Return a digest of what the file at PATH holds; an empty text if it cannot be read."""
        if path not in self._found:
            try:
                self._found[path] = self._digest(path)
            except (OSError, ValueError):
                self._found[path] = ""
        return self._found[path]

    def _digest(self, path: str) -> str:
        status = os.stat(path)  # noqa: PTH116  # texts: there may be 100,000 of them
        if not S_ISREG(status.st_mode):
            return ""
        now = (status.st_size, status.st_mtime_ns, status.st_ino)
        known = self._known.get(path)
        if known is None and self._store:
            known = self._store.stamps([path]).get(path)
        if known and (known.size, known.time, known.inode) == now:
            return known.digest
        with open(path, "rb") as file:  # noqa: PTH123
            made = sha256(file.read()).hexdigest()
        if time.time_ns() - status.st_mtime_ns > _SETTLED_NS:
            self._new[path] = Stamp(*now, made)
        return made

    def leads_to(self, path: str) -> str:
        """Return where a path leads, links followed."""
        if path not in self._led:
            self._led[path] = os.path.realpath(path)
        return self._led[path]

    def keep(self) -> None:
        """Have what is new remembered."""
        if self._store:
            self._store.add_stamps(self._new)
