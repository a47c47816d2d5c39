"""ATT&CK for pySigma from the project's own list, and no network while it is in use.

pySigma would fetch the whole bundle and keep it in the user's cache; it is given a small one.
"""

import atexit
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from sigma.data import mitre_attack

from tocsin.attack import Matrix, matrix

_offline = ContextVar("offline", default=False)


@contextmanager
def attack() -> Iterator[None]:
    """Within it pySigma reads ATT&CK from our list, and any use of a socket is an error."""
    _prepare()
    token = _offline.set(True)
    try:
        yield
    finally:
        _offline.reset(token)


@cache
def _prepare() -> None:
    sys.addaudithook(_refuse_network)
    folder = Path(tempfile.mkdtemp(prefix="tocsin-attack-"))
    bundle = folder / "attack.json"
    bundle.write_text(json.dumps({"objects": list(_stix(matrix()))}), "utf-8")
    mitre_attack.set_cache_dir(str(folder / "cache"))
    mitre_attack.set_url(str(bundle))
    atexit.register(_forget, folder)


def _forget(folder: Path) -> None:
    mitre_attack.set_cache_dir(str(folder))  # Closes the cache in use.
    shutil.rmtree(folder, ignore_errors=True)


def _refuse_network(event: str, _arguments: tuple[object, ...]) -> None:
    # A hook stays for ever: the variable turns it on. An OSError would be caught by pySigma.
    if _offline.get() and event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        raise AssertionError("pySigma reached for the network")


def _stix(ours: Matrix) -> Iterator[dict[str, object]]:
    """Say our list in STIX, as far as pySigma reads it."""
    yield {"type": "x-mitre-collection", "x_mitre_version": ours.version}
    for slug, tactic in ours.tactics.items():
        yield {"type": "x-mitre-tactic", "x_mitre_shortname": slug} | _external(tactic.id)
    for key, technique in ours.techniques.items():
        phases = [
            {"kill_chain_name": "mitre-attack", "phase_name": slug} for slug in technique.tactics
        ]
        yield {
            "type": "attack-pattern",
            "name": technique.name,
            "kill_chain_phases": phases,
        } | _external(key)


def _external(key: str) -> dict[str, object]:
    return {"external_references": [{"source_name": "mitre-attack", "external_id": key}]}
