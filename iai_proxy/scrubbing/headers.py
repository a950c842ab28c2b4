"""Header fields: the few that something depends on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from iai_proxy.api import Headers
from iai_proxy.api.marks import MARK
from iai_proxy.scrubbing.disguise import Disguise
from iai_proxy.scrubbing.kinds import HEADERS

#: What bodies are, the SDK's version, and how a large call went.
_KEPT: Final = re.compile(
    r"content-type|content-encoding|x-client-version|x-iai-proxy[\w-]*", re.IGNORECASE
)
#: Kept as marks: these tell whether two calls were made with one key.
_KEYS: Final = frozenset({"x-api-key", "api-key", "authorization"})
#: Words, with parameters or in a list.
_VALUE: Final = re.compile(r"[\w.+/*-]{0,40}([;,] ?[\w.+/*=-]{0,40})*", re.ASCII)


def scrubbed_headers(disguise: Disguise, headers: Headers) -> Headers:
    """Return the header fields of a message; marks of keys are made anew."""
    kept = headers if disguise.keeps(HEADERS) else tuple(_needed(headers))
    disguise.counts[HEADERS] += len(headers) - len(kept)
    return tuple((name, disguise.marked_text(value)) for name, value in kept)


def _needed(headers: Headers) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        if _KEPT.fullmatch(name) and _VALUE.fullmatch(value):
            yield name, _main_part(value)
        elif name.lower() in _KEYS and MARK.fullmatch(value.encode("utf-8", "replace")):
            yield name, value


def _main_part(value: str) -> str:
    """Return a value without its parameters, such as a boundary that someone has chosen."""
    return value.partition(";")[0].strip()
