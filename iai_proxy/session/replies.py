"""Answers as they are sent, and those of our own."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from iai_proxy.api import Headers
from iai_proxy.api.headers import is_field_name
from iai_proxy.session.refusals import FAULT, JSON, REFUSED_HEADER, TEXT, refusal_text

#: Names the level of matching at which a recorded answer was found.
LEVEL_HEADER: Final = "x-iai-proxy-match"
#: What a client is told whose password is not looked at.
TOO_MANY_TRIES: Final = (
    "too many wrong passwords came from this address, so that this one was not looked at: try again"
    " in half a minute"
)
#: Statuses of answers after which no other follows (RFC 9110, section 15).
_FINAL: Final = range(200, 1000)
_LINE_ENDS: Final = re.compile(r"[\x00\r\n]")


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


def sound(given: Reply) -> Reply:
    """Return a reply that no client takes for two, or for none, wherever it is from.

    Headers keep to their lines, and have names that headers can have. A status that no answer ends
    with gives way to a refusal.
    """
    if given.status not in _FINAL:
        return refusal(FAULT, f"the recorded answer has status {given.status}, which is no answer")
    headers = tuple(
        (name, _on_one_line(value)) for name, value in given.headers if is_field_name(name)
    )
    return replace(given, headers=headers, reason=_on_one_line(given.reason))


def _on_one_line(value: str) -> str:
    """Keep a value from ending its line, in the characters that a line can have (Latin-1)."""
    if not value.isascii():
        value = value.encode("latin-1", "replace").decode("latin-1")
    return value if value.isprintable() else _LINE_ENDS.sub(" ", value)


def not_admitted(*, is_proxy: bool, is_looked_at: bool = True) -> Reply:
    """Return the answer to a client without the password.

    Args:
        is_proxy: it asks a proxy, and not what looks like the API.
        is_looked_at: whether what it gave is wrong, or too many others wait.
    """
    status = 407 if is_proxy else 401
    name = "proxy-authenticate" if is_proxy else "www-authenticate"
    sentence = "give the user and the password that this proxy was started with"
    if not is_looked_at:
        sentence = TOO_MANY_TRIES
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
