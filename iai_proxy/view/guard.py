"""Who may ask the page's server, and what browsers are told about its answers.

A page of any other site can make a browser ask servers of this machine. It must learn nothing from
that: not through a name of its own that leads here (DNS rebinding), hence the check of ``Host``;
not by fetching, framing or including what is here, hence ``Origin``, ``Sec-Fetch-Site`` and the
headers of every answer.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from iai_proxy.api.basic_auth import is_password
from iai_proxy.settings.listen import Address

#: A name or an address, and perhaps a port.
_HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d+)?", re.ASCII)
_METHODS: Final = ("GET", "HEAD")
#: What a browser may say of the site that made it ask: this one, or none but its user.
_OWN_SITES: Final = ("same-origin", "none")
#: Without a policy of its own, an answer can do nothing at all.
_POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Guard:
    """ASGI middleware in front of everything: refuses requests, and adds headers to answers.

    Args:
        app: what answers the requests that may pass.
        host: what the server listens on.
        password: ``user:password`` that browsers must give (RFC 7617); None to let everyone in.
    """

    def __init__(self, app: ASGIApp, host: str, password: str | None = None) -> None:
        self._app = app
        self._names = {name.lower() for name in ("localhost", host, socket.gethostname())}
        self._is_loopback = Address(host, 0).is_loopback
        self._password = password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or have it answered."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        if scope["type"] != "http":
            return  # there are no web sockets here

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> Response | None:
        """Return why a request may not pass; None if it may."""
        host = headers.get("host", "")
        if not self._is_ours(host):
            return PlainTextResponse(_WRONG_HOST, 421)
        if _is_from_elsewhere(headers, host):
            return PlainTextResponse("other sites may not read what is here", 403)
        if method not in _METHODS:
            return PlainTextResponse("only GET and HEAD", 405, {"allow": ", ".join(_METHODS)})
        given = headers.get("authorization", "")
        if self._password and not is_password(given, self._password):
            challenge = {"www-authenticate": 'Basic realm="iai-proxy view", charset="UTF-8"'}
            return PlainTextResponse(_NOT_LET_IN, 401, challenge)
        return None

    def _is_ours(self, host: str) -> bool:
        """Whether a ``Host`` can't be a name that someone else has made lead here.

        The port is not compared: a tunnel may have another one at its end.
        """
        named = _HOST.fullmatch(host.lower())
        name = named[1].strip("[]").rstrip(".") if named else ""
        return name in self._names or _is_number(name, any_at_all=not self._is_loopback)


def _is_from_elsewhere(headers: Headers, host: str) -> bool:
    """Whether another site's page asks; a link on it that a person follows is no such thing."""
    origin = headers.get("origin")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        return True
    if headers.get("sec-fetch-site", "none") in _OWN_SITES:
        return False
    is_link = headers.get("sec-fetch-mode") == "navigate"
    return not (is_link and headers.get("sec-fetch-dest") == "document")


def _is_number(name: str, *, any_at_all: bool) -> bool:
    """Whether a host is an address, which leads nowhere else: of this machine, or any at all."""
    try:
        return ipaddress.ip_address(name).is_loopback or any_at_all
    except ValueError:
        return False


_NOT_LET_IN: Final = "give the user and the password that this server was started with"
_WRONG_HOST: Final = "this name is not known here: open the address that iai-proxy view has printed"
