"""Answers of our own as replies."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from iai_proxy.api import Headers
from iai_proxy.player.values import Reply
from iai_proxy.session.refusals import JSON, REFUSED_HEADER, TEXT, refusal_text


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
