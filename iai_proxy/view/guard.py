"""Who may ask the page's server, and what browsers are told about its answers.

A page of any other site can make a browser ask servers of this machine. It must learn nothing from
that: not through a name of its own that leads here (DNS rebinding), hence the check of ``Host``;
not by fetching, framing or including what is here, hence ``Origin``, ``Sec-Fetch-Site`` and the
headers of every answer.
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from iai_proxy.api.basic_auth import is_password
from iai_proxy.session.password_pauses import Guest, PasswordPauses
from iai_proxy.session.replies import TOO_MANY_TRIES
from iai_proxy.session.web_pages import NOT_HERE, is_ours, known_names, name_in

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
        pauses: after wrong passwords.
    """

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        password: str | None = None,
        pauses: PasswordPauses | None = None,
    ) -> None:
        self._app = app
        self._host = "127.0.0.1" if host == "localhost" else host
        self._names = known_names(host)
        self._password = password
        self._pauses = pauses or PasswordPauses()

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

        headers = Headers(scope=scope)
        refusal = self._refusal(scope["method"], headers)
        if refusal is None and self._password:
            guest = Guest.of(str((scope.get("client") or ("",))[0]), headers.items())
            refusal = await self._not_let_in(headers.get("authorization"), guest)
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> Response | None:
        """Return why a request may not pass; None if it may."""
        host = headers.get("host", "")
        if not is_ours(name_in(host), self._host, self._names):  # a tunnel may have another port
            return PlainTextResponse(_WRONG_HOST, NOT_HERE)
        if _is_from_elsewhere(headers, host):
            return PlainTextResponse("other sites may not read what is here", 403)
        if method not in _METHODS:
            return PlainTextResponse("only GET and HEAD", 405, {"allow": ", ".join(_METHODS)})
        return None

    async def _not_let_in(self, given: str | None, guest: Guest) -> Response | None:
        """Look at the password that a request gives, in its time; None if it is right."""
        said = _NOT_LET_IN
        if given is not None:
            is_right = is_password(given, self._password or "")
            wait_s = self._pauses.tried(guest, is_right=is_right)
            if wait_s is None:
                said = TOO_MANY_TRIES
            else:
                await asyncio.sleep(wait_s)
                if is_right:
                    return None
        challenge = {"www-authenticate": 'Basic realm="iai-proxy view", charset="UTF-8"'}
        return PlainTextResponse(said, 401, challenge)


def _is_from_elsewhere(headers: Headers, host: str) -> bool:
    """Whether another site's page asks; a link on it that a person follows is no such thing."""
    origin = headers.get("origin")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        return True
    if headers.get("sec-fetch-site", "none") in _OWN_SITES:
        return False
    is_link = headers.get("sec-fetch-mode") == "navigate"
    return not (is_link and headers.get("sec-fetch-dest") == "document")


_NOT_LET_IN: Final = "give the user and the password that this server was started with"
_WRONG_HOST: Final = "this name is not known here: open the address that iai-proxy view has printed"
