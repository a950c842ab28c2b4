"""Paths and queries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, urlencode

from iai_proxy.api import Endpoint, api_path
from iai_proxy.api.hosts import REAL_PREFIX
from iai_proxy.scrubbing.disguise import Disguise, is_word
from iai_proxy.scrubbing.numbers import finite

_NUMBER: Final = re.compile(r"-?\d+(\.\d*)?([eE][-+]?\d+)?", re.ASCII)
_FLAG: Final = re.compile(r"True|False|None|true|false|null|")
#: Numbers, with brackets as lists have them: nothing in them is a place.
_NUMBERS: Final = re.compile(r"[-+.\deE\[\], ]*", re.ASCII)
_PREFIXES: Final = (REAL_PREFIX, "/v0/academic/m1")
_CENTER: Final = "center"
#: Around which ``/regions`` are where the query does not say so: it moves as all places do.
_DEFAULT_CENTER: Final = "0,0"
_PLACES: Final = ("rendering_center", _CENTER)
#: Of all queries that the API and the proxy know, but for the location and places.
_KNOWN: Final = frozenset(
    {
        "include_map_source",
        "rendering_fov",
        "random_seed",
        "recurrent_states",
        "width",
        "height",
        "stride",
        "agents",
        "concurrency",
        "model_version",
    }
)


def scrubbed_target(disguise: Disguise, method: str, target: str) -> str:
    """Return the path and query of a request."""
    path, _, query = target.partition("?")
    endpoint = Endpoint.of(method, target)
    if not disguise.keep_unknown:
        path = _path(disguise, path, is_known=endpoint is not Endpoint.OTHER)
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    if endpoint is Endpoint.REGIONS and _CENTER not in dict(pairs):
        pairs.append((_CENTER, _DEFAULT_CENTER))
    found = urlencode(list(_scrubbed(disguise, pairs)))
    return f"{path}?{found}" if found else path


def _path(disguise: Disguise, path: str, *, is_known: bool) -> str:
    """Return a path with a prefix of the API's, and with another name unless it is an endpoint."""
    end = api_path(path)
    prefix = path.removesuffix(end) if end else path
    if prefix and prefix not in _PREFIXES:
        prefix = REAL_PREFIX
    return f"{prefix}{end}" if is_known else f"{prefix}/{disguise.paths(end)}"


def _scrubbed(disguise: Disguise, pairs: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, value in pairs:
        if not disguise.without({name: value}):
            continue
        found = _value(disguise, name, value)
        if found is None:
            found = disguise.not_understood(name, value)
        if found is not None:
            yield name, disguise.marked_text(found)


def _value(disguise: Disguise, name: str, value: str) -> str | None:
    if name == "location":
        return disguise.place(value)
    if name in _PLACES:
        return _place(disguise, value)
    if name not in _KNOWN:
        return None
    if _FLAG.fullmatch(value) or _NUMBERS.fullmatch(value) or all(map(is_word, value.split(","))):
        return value
    return None


def _place(disguise: Disguise, value: str) -> str | None:
    x, comma, y = value.partition(",")
    if not comma:
        return value if _FLAG.fullmatch(value) else None
    if not (_NUMBER.fullmatch(x.strip()) and _NUMBER.fullmatch(y.strip())):
        return None
    east, north = finite(x), finite(y)
    if east is None or north is None:
        return None
    return f"{disguise.motion.x(east)},{disguise.motion.y(north)}"
