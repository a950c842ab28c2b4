"""The development server that the SDK of a client calls instead of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from iai_proxy.api.hosts import Upstream
from iai_proxy.client.environment import TRUE
from iai_proxy.errors import UsageError
from iai_proxy.session.doors import Server

#: Where the SDK looks for a development server (``IAI_DEV=1``) unless it is told.
_DEV_URL: Final = "http://localhost:8000"


def asked_servers(environ: Mapping[str, str]) -> frozenset[Server]:
    """Return the development server that a client's environment names, if it names one."""
    url = environ.get("IAI_DEV_URL", "")
    if not url and environ.get("IAI_DEV", "").lower() in TRUE:
        url = _DEV_URL
    try:
        server = Upstream.parse(url)
    except UsageError:  # none is named, or the client will say what is wrong with it
        return frozenset()
    return frozenset({(server.host, server.port)})
