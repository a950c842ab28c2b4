"""Which endpoint of the API a request is for, worked out from its method and path.

An endpoint is data, not a branch of code: whatever is not listed here is ``other`` and is recorded
all the same.
"""

from __future__ import annotations

import re
from typing import Final

#: The base URLs end in one of these (``wire.md``, "Addresses and the key"); a development server
#: has no prefix.
_PREFIX: Final = re.compile(r"^/v\d+/[A-Za-z0-9_-]+/m\d+(?=/|\?|$)")

_BY_METHOD_AND_PATH: Final[dict[tuple[str, str], str]] = {
    ("GET", "/location_info"): "location_info",
    ("POST", "/initialize"): "initialize",
    ("POST", "/drive"): "drive",
    ("POST", "/blame"): "blame",
    ("GET", "/light"): "light",
    ("GET", "/test"): "test",
    ("GET", ""): "key_check",
    ("GET", "/"): "key_check",
    ("POST", "/large_initialize"): "large_initialize",
    ("POST", "/large_drive"): "large_drive",
    ("GET", "/regions"): "regions",
}

ENDPOINTS: Final[tuple[str, ...]] = (*dict.fromkeys(_BY_METHOD_AND_PATH.values()), "other")

#: What the API does not have: the proxy answers these itself, by making other calls.
LARGE: Final = frozenset({"large_drive", "large_initialize", "regions"})


def api_path(target: str) -> str:
    """Return a request target (path and query) without the API's version prefix.

    ``/v0/aws/m1/drive`` and ``/drive`` are the same call: the first goes to the real API, the
    second to a development server.
    """
    return _PREFIX.sub("", target, count=1)


def has_api_prefix(target: str) -> bool:
    """Tell whether a request target begins with an API prefix such as ``/v0/aws/m1``."""
    return _PREFIX.match(target) is not None


def endpoint_of(method: str, target: str) -> str:
    """Name the endpoint of a request.

    Args:
        method: HTTP method, in any case.
        target: path with query, with or without the API's prefix.

    Returns:
        One of :data:`ENDPOINTS`.
    """
    path = api_path(target).partition("?")[0]
    if len(path) > 1:
        path = path.rstrip("/")
    return _BY_METHOD_AND_PATH.get((method.upper(), path), "other")
