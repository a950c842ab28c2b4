"""Which hosts are the API's, and where its requests go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from iai_proxy.api import api_path, has_api_prefix
from iai_proxy.errors import UsageError

REAL_API: Final = "https://api.inverted.ai"
REAL_PREFIX: Final = "/v0/aws/m1"
REAL_DOMAIN: Final = "inverted.ai"


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where requests for the API go.

    Attributes:
        path: what comes before ``/drive`` there, or None if the address has none. The real API
            then gets its prefix, a development server nothing.
    """

    scheme: str
    host: str
    port: int
    path: str | None

    @classmethod
    def parse(cls, url: str) -> Upstream:
        """Read a URL such as ``https://api.inverted.ai/v0/aws/m1`` or ``http://127.0.0.1:8000``.

        Raises:
            UsageError: it is not an HTTP URL with a host.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or {"http": 80, "https": 443}[parts.scheme]
            host = parts.hostname or ""
        except (ValueError, KeyError):
            host, port = "", 0
        if not host:
            raise UsageError("give a URL such as http://127.0.0.1:8000, or sandbox")
        return cls(parts.scheme, host, port, parts.path.rstrip("/") or None)

    @property
    def origin(self) -> str:
        """Scheme, host and port as a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def target(self, target: str) -> str:
        """Return the path and query of a client's request at this address.

        ``*`` is the server as a whole, and no path.
        """
        if target == "*":
            return target
        if self.path is not None:
            return (self.path + api_path(target)) or "/"
        if not is_real_api(self.host):
            return _rooted(api_path(target))
        return target if has_api_prefix(target) else (REAL_PREFIX + api_path(target)).rstrip("/")


def _rooted(target: str) -> str:
    return target if target.startswith("/") else f"/{target}"


def is_real_api(host: str) -> bool:
    """Return whether a host belongs to Inverted AI."""
    host = host.lower().rstrip(".")
    return host == REAL_DOMAIN or host.endswith(f".{REAL_DOMAIN}")
