"""A folder as `.tar.gz`, of the same bytes whenever and wherever it is made."""

import gzip
import io
import tarfile
from collections.abc import Mapping

_FILE, _FOLDER = 0o644, 0o755


def archive(files: Mapping[str, bytes]) -> bytes:
    """Pack FILES, by their paths: no times, no owners, in the order of their names."""
    folders = {
        "/".join(parts[:depth])
        for parts in (path.split("/") for path in files)
        for depth in range(1, len(parts))
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path in sorted({*folders, *files}):
            entry = tarfile.TarInfo(path)
            entry.type = tarfile.DIRTYPE if path in folders else tarfile.REGTYPE
            entry.mode = _FOLDER if path in folders else _FILE
            entry.size = len(files.get(path, b""))
            tar.addfile(entry, io.BytesIO(files.get(path, b"")))
    return gzip.compress(packed.getvalue(), mtime=0)
