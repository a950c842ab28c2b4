"""Answers as bytes, and the refusals that no recording is asked about."""

from __future__ import annotations

from typing import Final

from iai_proxy.session.refusals import ENDING, FAULT
from iai_proxy.session.replies import Reply, refusal, sound
from iai_proxy.session.request_fields import UnreadableError

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
TUNNEL_OPEN: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
#: Statuses whose answers end with their head (RFC 9110, sections 15.3.5 and 15.4.5).
_BODILESS: Final = frozenset({204, 304})
#: Header fields that frame a message, or belong to a connection: they are made here.
_OURS: Final = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding"})

#: Bytes of the first piece of an answer: a full TLS record.
_FIRST_PIECE: Final = 1 << 14


def encoded(
    reply: Reply, method: str, *, closes: bool, says_keep_alive: bool = False
) -> tuple[bytes, memoryview]:
    """Return an answer as it is sent, framed by its length, in two pieces to be sent at once.

    The first is the head and what fits in beside it, the second the rest of the body, not copied.

    Args:
        reply: the answer.
        method: of the request: an answer to HEAD has no body, but says how long it would be.
        closes: the connection is closed afterwards.
        says_keep_alive: the client has to be told if it is not, as HTTP/1.0 has it.
    """
    reply = sound(reply)
    keeps_length = method == "HEAD" or reply.status in _BODILESS
    lines = [f"HTTP/1.1 {reply.status} {reply.reason}"]
    for name, value in reply.headers:
        key = name.lower()
        if key not in _OURS and (keeps_length or key != "content-length"):
            lines.append(f"{name}: {value}")
    if not keeps_length:
        lines.append(f"content-length: {len(reply.body)}")
    if closes:
        lines.append("connection: close")
    elif says_keep_alive:
        lines.append("connection: keep-alive")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    body = memoryview(b"" if keeps_length else reply.body)
    beside = max(0, _FIRST_PIECE - len(head))
    return head + body[:beside], body[beside:]


def unreadable(error: UnreadableError) -> Reply:
    """Return the answer to a request that can't be read."""
    return refusal(error.status, str(error))


def no_room(most: int) -> Reply:
    """Return the answer to a connection too many."""
    sentence = f"{most} connections are open, and no more are taken: close some, or reuse them"
    return refusal(FAULT, sentence)


def ended() -> Reply:
    """Return the answer to a call that comes while the server ends."""
    return refusal(FAULT, ENDING)
