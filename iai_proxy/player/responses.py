"""Makes replies of what replay has decided."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Final

from iai_proxy.api import Headers, Response
from iai_proxy.api.content_coding import UNDECODED, accepts_gzip, stored_gzip
from iai_proxy.api.headers import HOP_BY_HOP, header
from iai_proxy.api.marks import has_marks
from iai_proxy.recordings import Recording
from iai_proxy.replay import Assemble, Serve
from iai_proxy.replay.assembling import assembled_body
from iai_proxy.session.refusals import JSON
from iai_proxy.session.replies import LEVEL_HEADER, Reply, reply

_NUMBER_HEADER: Final = "x-iai-proxy-exchange"
#: Answers without a body (RFC 9110, sections 15.3.5 and 15.4.5).
_BODILESS: Final = frozenset({204, 304})
#: Headers of a recorded answer that belong to its connection, or are made anew.
_NOT_REPLAYED: Final = HOP_BY_HOP | {
    "content-length",
    "content-encoding",
    "alt-svc",
    "proxy-authenticate",
    LEVEL_HEADER,
    _NUMBER_HEADER,
}


def recorded_reply(
    recording: Recording, decision: Serve, asked: Headers, *, head: bool = False
) -> Reply:
    """Return a recorded answer; for a key check that was not recorded, a bare 200.

    Args:
        recording: holds the answer.
        decision: which it is.
        asked: headers of the request.
        head: the request is a HEAD.
    """
    if decision.number is None:
        return reply(200, b"{}", JSON, (LEVEL_HEADER, decision.level))
    recorded = _recorded(recording, decision.number)
    return replayed(recorded, decision.number, decision.level, asked, head=head)


def assembled_answer(recording: Recording, decision: Assemble) -> Response:
    """Return the answer of a recorded step, put together for the agents of the request."""
    first = _recorded(recording, decision.numbers[0])
    if decision.as_recorded:
        return first
    others = [_recorded(recording, number).body for number in decision.numbers[1:]]
    body = assembled_body(decision, [first.body, *others])
    return first if body is first.body else replace(first, body=body, encoding="")


def _recorded(recording: Recording, number: int) -> Response:
    recorded = recording.response(number)
    if recorded is None:
        raise RuntimeError(f"call {number} has no answer")
    return recorded


def replayed(
    recorded: Response, number: int, level: str, asked: Headers, *, head: bool = False
) -> Reply:
    """Return a reply with a recorded answer, as the client takes it.

    Args:
        recorded: the answer.
        number: of the call that it is from.
        level: that the call was found at.
        asked: headers of the request.
        head: the recorded call is a HEAD, whose headers describe the body that a GET would get.
    """
    ours = ((LEVEL_HEADER, level), (_NUMBER_HEADER, str(number)))
    headers = (*_kept(recorded.headers), *ours)
    if head or recorded.status in _BODILESS:
        described = (*headers, *_description(recorded.headers))
        return Reply(recorded.status, recorded.reason, described, b"")
    coding, body = _coded(recorded, asked)
    coded = (("content-encoding", coding),) if coding else ()
    headers = (*headers, *coded, ("content-length", str(len(body))))
    return Reply(recorded.status, recorded.reason, headers, body)


@lru_cache(maxsize=256)  # most answers of a recording have the same but for a date
def _kept(recorded: Headers) -> Headers:
    return tuple(
        (name, value)
        for name, value in recorded
        if name.lower() not in _NOT_REPLAYED and not has_marks(value.encode("latin-1"))
    )


def _coded(recorded: Response, asked: Headers) -> tuple[str, bytes]:
    """Return a body's content coding, which may be none, and the body as it is sent.

    What came without one is sent so: the client would only undo it again.
    """
    body = recorded.body
    if recorded.encoding.startswith(UNDECODED):
        return recorded.encoding[1:], body  # kept as it travelled
    if body and recorded.encoding and accepts_gzip(asked):
        return "gzip", stored_gzip(body)
    return "", body


def _description(recorded: Headers) -> Headers:
    """Return what describes the body that a GET would get, as the recorded answer did.

    Its length is left out if it was unknown (RFC 9110, section 8.6).
    """
    found = [(name, header(recorded, name)) for name in ("content-length", "content-encoding")]
    return tuple((name, value) for name, value in found if value)
