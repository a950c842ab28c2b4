"""Which endpoint of the API a request is for, worked out from its method and path.

An endpoint is data, not a branch of code: a request that no endpoint matches is ``other`` and is
recorded all the same.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

#: The base URLs end in one of these (``docs/wire.md``, "Addresses and the key"); a development
#: server has no prefix.
_PREFIX: Final = re.compile(r"^/v\d+/[A-Za-z0-9_-]+/m\d+(?=/|\?|$)")


class Endpoint(StrEnum):
    """An endpoint, by the name that recordings and listings give it."""

    LOCATION_INFO = "location_info"
    INITIALIZE = "initialize"
    DRIVE = "drive"
    BLAME = "blame"
    LIGHT = "light"
    TEST = "test"
    KEY_CHECK = "key_check"
    LARGE_INITIALIZE = "large_initialize"
    LARGE_DRIVE = "large_drive"
    REGIONS = "regions"
    OTHER = "other"

    @classmethod
    def of(cls, method: str, target: str) -> Endpoint:
        """Return the endpoint of a request.

        Args:
            method: HTTP method, in any case.
            target: path with query, with or without the API's prefix.
        """
        path = api_path(target).partition("?")[0]
        if len(path) > 1:
            path = path.rstrip("/")
        return _BY_METHOD_AND_PATH.get((method.upper(), path), cls.OTHER)

    @classmethod
    def _missing_(cls, value: object) -> Endpoint:  # noqa: ARG003 - any name
        """Return ``other`` for a name that only a newer version knows."""
        return cls.OTHER

    @property
    def is_initialize(self) -> bool:
        """Whether it starts a simulation: ``initialize`` or ``large_initialize``."""
        return self is Endpoint.INITIALIZE or self is Endpoint.LARGE_INITIALIZE

    @property
    def is_drive(self) -> bool:
        """Whether it continues a simulation: ``drive`` or ``large_drive``."""
        return self is Endpoint.DRIVE or self is Endpoint.LARGE_DRIVE

    @property
    def is_stepping(self) -> bool:
        """Whether its answers hold the agents of a step."""
        return self.is_drive or self.is_initialize

    @property
    def is_large(self) -> bool:
        """Whether the proxy itself answers it, by making other calls: the API does not have it."""
        return self in _LARGE

    @property
    def of_parts(self) -> Endpoint:
        """The endpoint of the calls that a large call is made of; itself for any other."""
        if self.is_stepping:
            return Endpoint.INITIALIZE if self.is_initialize else Endpoint.DRIVE
        return self


_LARGE: Final = frozenset({Endpoint.LARGE_DRIVE, Endpoint.LARGE_INITIALIZE, Endpoint.REGIONS})

_BY_METHOD_AND_PATH: Final = {
    ("GET", "/location_info"): Endpoint.LOCATION_INFO,
    ("POST", "/initialize"): Endpoint.INITIALIZE,
    ("POST", "/drive"): Endpoint.DRIVE,
    ("POST", "/blame"): Endpoint.BLAME,
    ("GET", "/light"): Endpoint.LIGHT,
    ("GET", "/test"): Endpoint.TEST,
    ("GET", ""): Endpoint.KEY_CHECK,
    ("GET", "/"): Endpoint.KEY_CHECK,
    ("POST", "/large_initialize"): Endpoint.LARGE_INITIALIZE,
    ("POST", "/large_drive"): Endpoint.LARGE_DRIVE,
    ("GET", "/regions"): Endpoint.REGIONS,
}


def method_for(target: str) -> str | None:
    """Return the method of the endpoint at a path; None where there is none."""
    return next(
        (method for method in ("GET", "POST") if Endpoint.of(method, target) is not Endpoint.OTHER),
        None,
    )


def api_path(target: str) -> str:
    """Return a request target (path and query) without the API's version prefix.

    ``/v0/aws/m1/drive`` and ``/drive`` are the same call: the first goes to the real API, the
    second to a development server.
    """
    return _PREFIX.sub("", target, count=1)


def query_of(target: str) -> str:
    """Return the query of a request target, without the question mark."""
    return target.partition("?")[2]


def has_api_prefix(target: str) -> bool:
    """Return whether a request target begins with an API prefix such as ``/v0/aws/m1``."""
    return _PREFIX.match(target) is not None
