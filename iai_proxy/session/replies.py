"""Answers as they are sent, and those of our own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from iai_proxy.api import Headers
from iai_proxy.session.refusals import JSON, REFUSED_HEADER, TEXT, refusal_text

#: Names the level of matching at which a recorded answer was found.
LEVEL_HEADER: Final = "x-iai-proxy-match"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it is sent.

    Attributes:
        headers: all of them, with Content-Length where there is to be one, except those that
            belong to the connection.
        body: as it travels; empty for an answer to HEAD and for a status that has no body.
        delay_s: how long to wait before it is sent, in seconds.
        drop: send nothing, and close the connection (after ``delay_s``).
        refused: it is one of ours that says why there is no other.
    """

    status: int
    reason: str
    headers: Headers
    body: bytes
    delay_s: float = 0.0
    drop: bool = False
    refused: bool = False


def reply(status: int, body: bytes, content_type: str, *more: tuple[str, str]) -> Reply:
    """Return an answer of ours."""
    headers: Headers = (
        ("content-type", content_type),
        *more,
        ("content-length", str(len(body))),
    )
    return Reply(status, reason(status), headers, body)


def refusal(status: int, sentence: str, *more: tuple[str, str]) -> Reply:
    """Return an answer that says why there is no other."""
    body = refusal_text(sentence).encode("utf-8", "backslashreplace")
    return _refused(status, body, TEXT, *more)


def not_admitted(*, is_proxy: bool) -> Reply:
    """Return the answer to a client without the password: of a proxy, or of what looks like one."""
    status = 407 if is_proxy else 401
    name = "proxy-authenticate" if is_proxy else "www-authenticate"
    sentence = "give the user and the password that this proxy was started with"
    return refusal(status, sentence, (name, 'Basic realm="iai-proxy", charset="UTF-8"'))


def refusal_in_json(status: int, body: bytes) -> Reply:
    """Return a refusal in JSON, like the API's own."""
    return _refused(status, body, JSON)


def _refused(status: int, body: bytes, content_type: str, *more: tuple[str, str]) -> Reply:
    made = reply(status, body, content_type, (REFUSED_HEADER, "refused"), *more)
    return replace(made, refused=True)


def reason(status: int) -> str:
    """Return the usual reason phrase of a status, empty if there is none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
