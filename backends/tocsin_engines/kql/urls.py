"""`parse_url(x).Host` and the other parts of an absolute URL whose form is documented.

The page shows neither what becomes of a text that is no absolute URL nor, plainly, what a path or a
query is: those are refused.
"""

from typing import Final

from tocsin_engines.engine import Rejected
from tocsin_engines.kql.sql import Value, quote

# scheme://username:password@host:port/path?query#fragment
_URL = (
    r"^([A-Za-z][0-9A-Za-z+.-]*)://"
    r"(?:([^/?#@:]*)(?::([^/?#@]*))?@)?"
    r"(\[[^\]/?#@]*\]|[^/?#@:]*)(?::([0-9]+))?"
    r"(?:[/?][^#]*)?(?:#((?s).*))?$"
)
_PARTS: Final = {
    "Scheme": 1,
    "Username": 2,
    "Password": 3,
    "Host": 4,
    "Port": 5,
    "Fragment": 6,
}


def part(url: Value, name: str) -> Value:
    """Yield a part of a URL as a dynamic text; null of what is no absolute URL."""
    group = _PARTS.get(name)
    if url.type != "string" or group is None:
        raise Rejected(f"not covered by this engine: parse_url({url.type}).{name}")
    found = f"to_json(regexp_extract({url.sql}, {quote(_URL)}, {group}))"
    matches = f"regexp_matches({url.sql}, {quote(_URL)})"
    return Value(f"(CASE WHEN {matches} THEN {found} END)", "dynamic")
