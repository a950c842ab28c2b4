"""Keeps web pages out of the sandbox, as out of every server of ours."""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from iai_proxy.session.refusals import REFUSED_HEADER, refusal_text
from iai_proxy.session.web_pages import NOT_HERE, Caller, known_names, why_kept_out


class Guard:
    """ASGI middleware in front of everything: refuses what a web page makes a browser send.

    Args:
        app: what answers the requests that may pass.
        host: what the server listens on.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._names = known_names(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        sentence = why_kept_out(_caller(scope), self._names) if scope["type"] == "http" else None
        if sentence is None:
            await self._app(scope, receive, send)
            return
        refused = PlainTextResponse(refusal_text(sentence), NOT_HERE, {REFUSED_HEADER: "refused"})
        await refused(scope, receive, send)


def _caller(scope: Scope) -> Caller:
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
    )
    hosts = tuple(value for name, value in headers if name == "host")
    here = str((scope.get("server") or ("127.0.0.1",))[0])
    return Caller(hosts, "", here, headers)
