"""Units that were made before, kept in one file of the user's cache folder.

Nothing in it is trusted: what does not hold together is told, let go and made again. A store that
cannot be read or written costs time, never a result.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from tocsin.frozen import dataclass
from tocsin.unit_text import Foreign, decode, decode_bulk, decode_pack, encode_pack
from tocsin.units import Bulk, Pack, Packed, Unit

FORMAT = 1
MAX_BYTES = 1 << 30
MAX_DAYS = 30
WAIT = 10.0  # seconds, for another run that writes
BATCH = 100  # units that are written at once

_TABLES = ("units", "stamps", "packs")
_MADE_BY = (
    "CREATE TABLE units (key TEXT PRIMARY KEY, used INTEGER, seal BLOB, unit BLOB, bulk BLOB)",
    "CREATE INDEX units_used ON units (used)",
    "CREATE TABLE stamps (path TEXT PRIMARY KEY, used INTEGER,"
    " size INTEGER, time INTEGER, inode INTEGER, digest TEXT)",
    "CREATE TABLE packs (path TEXT PRIMARY KEY, used INTEGER, seal BLOB, files BLOB)",
    f"PRAGMA user_version = {FORMAT}",
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file looked like from outside when DIGEST was made of what it held."""

    size: int
    time: int  # of the last change, in nanoseconds
    inode: int
    digest: str


class Store:
    """The file at PATH, made if it is not there. TELL hears what is wrong with it, once."""

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        self._path = path
        self._tell = tell
        self._today = int(time.time() // 86_400)
        self._made: list[tuple[str, int, bytes, bytes, bytes]] = []
        self._seen: list[tuple[int, str]] = []
        self._complained = False
        self._grown = False
        self._base: sqlite3.Connection | None = None
        try:
            self._base = self._open()
        except (sqlite3.Error, Foreign, OSError) as error:
            self._failed(error)

    def _open(self) -> sqlite3.Connection:
        if not self._path.exists():
            self._path.touch(mode=0o600)  # rules may be nobody else's business
        base = sqlite3.connect(self._path, timeout=WAIT, isolation_level=None)
        try:
            base.execute("PRAGMA synchronous = OFF")
            base.execute("PRAGMA trusted_schema = OFF")
            if not self._is_ready(base):
                base.execute("BEGIN IMMEDIATE")
                if not self._is_ready(base):  # still not, now that nobody else is at it
                    for statement in _MADE_BY:
                        base.execute(statement)
                base.execute("COMMIT")
        except BaseException:
            base.close()
            raise
        return base

    @staticmethod
    def _is_ready(base: sqlite3.Connection) -> bool:
        version: int = base.execute("PRAGMA user_version").fetchone()[0]
        tables: int = base.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if version == FORMAT or (version == 0 and tables == 0):
            return version == FORMAT
        raise Foreign("it is of another format")

    # --- what goes wrong

    def _try(self, step: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        if self._base is None:
            return otherwise
        try:
            return step(self._base)
        except (sqlite3.Error, OSError) as error:
            self._failed(error)
            return otherwise

    def _rows(self, query: str, keys: Sequence[str]) -> list[tuple[object, ...]]:
        def step(base: sqlite3.Connection) -> list[tuple[object, ...]]:
            return base.execute(query, keys).fetchall()

        return self._try(step, [])

    def _failed(self, error: Exception) -> None:
        """Do without from now on; what is damaged, or not ours, is made anew once."""
        if self._base is not None:
            with suppress(sqlite3.Error):
                self._base.close()
            self._base = None
        if not _is_damage(error):
            self._complain(f"the cache {self._path} is not used: {error}")
            return
        first = not self._complained
        self._complain(f"the cache {self._path} is damaged and made anew: {error}")
        if first:
            with suppress(sqlite3.Error, Foreign, OSError):
                for suffix in ("", "-journal", "-wal", "-shm"):
                    Path(f"{self._path}{suffix}").unlink(missing_ok=True)
                self._base = self._open()

    def _complain(self, message: str) -> None:
        if not self._complained:
            self._complained = True
            self._tell(message)

    def _spoiled(self) -> None:
        self._complain(f"the cache {self._path} is damaged in part; that is made anew")

    # --- units

    def units(self, keys: Sequence[str]) -> Iterator[tuple[str, Unit]]:
        """Find the units of KEYS that there are."""
        for some in _batches(keys):
            marks = ",".join("?" * len(some))
            query = f"SELECT key, used, seal, unit FROM units WHERE key IN ({marks})"  # noqa: S608
            for key, used, seal, data in self._rows(query, some):
                unit = self._unit(seal, data)
                if unit and isinstance(key, str):
                    if used != self._today:
                        self._seen.append((self._today, key))
                    yield key, unit

    def _unit(self, seal: object, data: object) -> Unit | None:
        try:
            if isinstance(data, bytes) and seal == _seal(data):
                return decode(data)
        except Foreign:
            pass
        self._spoiled()
        return None

    def bulk(self, key: str, unit: Unit) -> Bulk | None:
        """Find the long texts of a unit, if they are there as they were."""
        query = "SELECT bulk FROM units WHERE key = ?"
        self._flush()
        for (data,) in self._rows(query, [key]):
            with suppress(Foreign):
                if isinstance(data, bytes):
                    return decode_bulk(data, unit)
            self._spoiled()
        return None

    def add(self, key: str, packed: Packed) -> None:
        """Keep a unit, from the next batch on."""
        if self._base is not None:
            self._made.append((key, self._today, _seal(packed.unit), packed.unit, packed.bulk))
            if len(self._made) >= BATCH:
                self._flush()

    def _flush(self) -> None:
        made, self._made = self._made, []
        if made:
            self._grown = True
            self._write("INSERT OR REPLACE INTO units VALUES (?, ?, ?, ?, ?)", made)

    def _write(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        def step(base: sqlite3.Connection) -> None:
            base.execute("BEGIN IMMEDIATE")
            base.executemany(statement, rows)
            base.execute("COMMIT")

        self._try(step, None)

    # --- files, and packs, as they were seen

    def stamps(self, paths: Sequence[str]) -> dict[str, Stamp]:
        """Find what is known of files."""
        found: dict[str, Stamp] = {}
        for some in _batches([each for each in paths if _is_text(each)]):
            marks = ",".join("?" * len(some))
            query = f"SELECT path, size, time, inode, digest FROM stamps WHERE path IN ({marks})"  # noqa: S608
            for row in self._rows(query, some):
                match row:
                    case (str(path), int(size), int(changed), int(inode), str(made)):
                        found[path] = Stamp(size, changed, inode, made)
                    case _:
                        self._spoiled()
        return found

    def add_stamps(self, stamps: Mapping[str, Stamp]) -> None:
        """Keep what files look like."""
        if stamps:
            rows = (
                (path, self._today, each.size, each.time, each.inode, each.digest)
                for path, each in stamps.items()
                if _is_text(path)
            )
            self._write("INSERT OR REPLACE INTO stamps VALUES (?, ?, ?, ?, ?, ?)", rows)

    def pack(self, path: Path) -> Pack | None:
        """Find what a pack was seen to hold."""
        query = "SELECT seal, files FROM packs WHERE path = ?"
        for seal, data in self._rows(query, [str(path)]) if _is_text(str(path)) else ():
            with suppress(Foreign):
                if isinstance(data, bytes) and seal == _seal(data):
                    return decode_pack(data)
            self._spoiled()
        return None

    def add_pack(self, path: Path, pack: Pack) -> None:
        """Keep what a pack holds."""
        data = encode_pack(pack)
        row = (str(path), self._today, _seal(data), data)
        if _is_text(str(path)):
            self._write("INSERT OR REPLACE INTO packs VALUES (?, ?, ?, ?)", [row])

    # --- the end

    def close(self) -> None:
        """Write what is left, and let go of what nobody has asked for in a while."""
        if self._seen:
            self._write("UPDATE units SET used = ? WHERE key = ?", self._seen)
        if self._made:
            self._flush()
        if self._grown:
            self._try(self._trim, None)
        if self._base is not None:
            self._base.close()
            self._base = None

    def _trim(self, base: sqlite3.Connection) -> None:
        oldest = (self._today - MAX_DAYS,)
        for table in _TABLES:
            base.execute(f"DELETE FROM {table} WHERE used < ?", oldest)  # noqa: S608
        while _size(base) > MAX_BYTES and sum(_halved(base, each) for each in _TABLES) > 0:
            pass


def _halved(base: sqlite3.Connection, table: str) -> int:
    """Let go of the half of a table that was not asked for longest; return how many rows."""
    half = f"SELECT rowid FROM {table} ORDER BY used LIMIT (SELECT (count(*) + 1) / 2 FROM {table})"  # noqa: S608
    return base.execute(f"DELETE FROM {table} WHERE rowid IN ({half})").rowcount  # noqa: S608


def _size(base: sqlite3.Connection) -> int:
    (pages,), (free,), (size,) = (
        base.execute(f"PRAGMA {each}").fetchone()
        for each in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _seal(data: bytes) -> bytes:
    return sha256(data).digest()[:16]


def _is_text(path: str) -> bool:
    """Whether the base can hold PATH: a name of a file may be bytes that are no text."""
    try:
        return path.isascii() or bool(path.encode("utf-8"))
    except UnicodeEncodeError:
        return False


def _batches(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), 500):
        yield items[start : start + 500]


def _is_damage(error: Exception) -> bool:
    """Whether the file itself is bad, not the disk or the moment."""
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode == sqlite3.SQLITE_ERROR  # such as a table that is missing
    return isinstance(error, (sqlite3.DatabaseError, Foreign))
