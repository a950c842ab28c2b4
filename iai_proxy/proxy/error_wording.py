"""mitmproxy's errors, known by how it words them, and said plainly.

It has one kind of error for all that goes wrong with a call. Its sentences are all that tells a
server which breaks rules from one that is not there, or is not to be asked.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from mitmproxy.proxy.layers.http._events import ResponseProtocolError

#: Who is to blame for an error: the client, or the server with no answer, or one that is broken or
#: too large; or no connection to it can be made, or is to be.
Fault = Literal[
    "client", "no answer", "broken answer", "large answer", "no connection", "not dialled"
]

#: mitmproxy's mark, up to version 11, of an error that the client is told nothing of.
_UNTOLD: Final = 444
#: How its sentences of HTTP/2 begin: a server breaks rules, resets a call, says goodbye.
_BROKEN_HTTP2: Final = "HTTP/2 protocol error"
_RESET: Final = "stream reset by client"
_GOAWAY: Final = "HTTP/2 connection closed: "
#: How it begins where a tunnel is asked for within a tunnel, or over a reverse listener.
_TUNNEL: Final = "mitmproxy received an HTTP CONNECT request"
#: How they begin where no connection is to be: an addon forbids it, or the server is not who it
#: should be. The next attempt ends in the same way.
_KILLED: Final = "Connection killed: "
_NOT_DIALLED: Final = "Connection killed: iai-proxy: "
_UNKNOWN: Final = "Connection killed: Request destination unknown"
UNVERIFIED: Final = "Certificate verify failed"
_BARRED: Final = (
    _KILLED,
    UNVERIFIED,
    "The remote server does not speak TLS",
    "The remote server and mitmproxy cannot agree",
)


def worded_fault(message: str) -> Fault | None:
    """Return who is to blame, as far as mitmproxy's sentence says it."""
    if message.startswith(_BROKEN_HTTP2):
        return "broken answer"
    if message.startswith(_NOT_DIALLED):
        return "not dialled"
    return "no connection" if message.startswith(_BARRED) else None


def set_right(event: ResponseProtocolError) -> None:
    """Say plainly what happened. Of HTTP/2, mitmproxy takes each reset for the client's."""
    if event.message.startswith(_RESET):
        event.message = event.message.replace("by client", "by the server", 1)
        event.code = ResponseProtocolError.code
    elif event.message.startswith(_GOAWAY):
        event.message = "the server ended the HTTP/2 connection (GOAWAY)"
    elif event.message.startswith(_TUNNEL):
        event.message = "CONNECT is for a forward proxy, and this is none"
    elif event.message.startswith(_UNKNOWN):
        event.message = "it leads back to this proxy"
    elif event.message.startswith(_KILLED):
        event.message = event.message.removeprefix(_KILLED).removeprefix("iai-proxy: ")


def status_of(event: ResponseProtocolError) -> int | None:
    """Return the status with which mitmproxy would tell a client; None if it tells nothing."""
    code: Any = event.code  # a status up to version 11; from 12 on something that has one
    status: int | None = code if isinstance(code, int) else code.http_status_code()
    return None if status == _UNTOLD else status
