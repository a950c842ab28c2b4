"""Answers as bytes: h11, a reader that is not ours, says what they are."""

from __future__ import annotations

import h11
import pytest
from support.two_answers import NO_STATUSES, TWO_ANSWERS

from iai_proxy.offline.answers import encoded, no_room, unreadable
from iai_proxy.player import Reply
from iai_proxy.session.replies import not_admitted
from iai_proxy.session.request_fields import UnreadableError


def sent(reply: Reply, method: str = "GET", **how: bool) -> bytes:
    return b"".join(encoded(reply, method, **{"closes": False, **how}))


def read(raw: bytes, method: str = "GET") -> tuple[h11.Response, bytes]:
    """Read an answer as a client does; nothing may be left."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
    client.send(h11.EndOfMessage())
    client.receive_data(raw)
    client.receive_data(b"")
    response, body = client.next_event(), b""
    assert isinstance(response, h11.Response)
    while isinstance(event := client.next_event(), h11.Data):
        body += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage)
    assert not client.trailing_data[0]
    return response, body


@pytest.mark.parametrize("size", [0, 1, 16_000, 16_384, 400_000])
def test_a_client_reads_the_answer_that_was_given(size: int) -> None:
    body = b"x" * size
    headers = (("X-A", "caf\xe9"), ("X-A", "b"))
    response, got = read(sent(Reply(200, "Very fine", headers, body)))
    assert (response.status_code, response.reason, got) == (200, b"Very fine", body)
    assert (b"x-a", b"caf\xe9") in response.headers
    assert (b"x-a", b"b") in response.headers
    assert (b"content-length", str(size).encode()) in response.headers


def test_a_recorded_framing_is_never_sent() -> None:
    headers = (
        ("Content-Length", "999"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "close"),
        ("Keep-Alive", "timeout=1"),
    )
    response, body = read(sent(Reply(200, "OK", headers, b"body")))
    assert (dict(response.headers), body) == ({b"content-length": b"4"}, b"body")


def test_an_answer_to_head_has_the_length_of_the_get_and_no_body() -> None:
    reply = Reply(200, "OK", (("Content-Length", "1234"),), b"not sent")
    response, body = read(sent(reply, "HEAD"), "HEAD")
    assert (dict(response.headers)[b"content-length"], body) == (b"1234", b"")


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(status: int) -> None:
    response, body = read(sent(Reply(status, "", (), b"not sent")))
    assert (dict(response.headers), body) == ({}, b"")


@pytest.mark.parametrize(
    ("how", "value"),
    [({"closes": True}, b"close"), ({"says_keep_alive": True}, b"keep-alive"), ({}, None)],
)
def test_the_client_is_told_what_becomes_of_the_connection(
    how: dict[str, bool], value: bytes | None
) -> None:
    response, _ = read(sent(Reply(200, "OK", (), b""), **how))
    assert dict(response.headers).get(b"connection") == value


def test_a_recorded_value_can_not_become_another_header() -> None:
    raw = sent(Reply(200, "O\r\nX-B: 1", (("X-A", "1\r\nX-C: 2"), ("X-D", "\u2028")), b""))
    response, _ = read(raw)
    assert {name for name, _ in response.headers} == {b"x-a", b"x-d", b"content-length"}


@pytest.mark.parametrize("kind", TWO_ANSWERS)
def test_no_client_finds_two_answers_in_a_recorded_one(kind: str) -> None:
    response, body = read(sent(TWO_ANSWERS[kind]))
    assert body == b"{}"
    assert {name for name, _ in response.headers} <= {b"x-a", b"b", b"content-length"}


@pytest.mark.parametrize("status", NO_STATUSES)
def test_a_recorded_status_that_ends_no_answer_is_not_sent(status: int) -> None:
    response, body = read(sent(Reply(status, "OK", (), b"{}")))
    assert response.status_code == 424
    assert f"status {status}, which is no answer" in body.decode()


def test_refusals_are_sentences_with_our_mark() -> None:
    for reply, status in (
        (unreadable(UnreadableError("it is odd", 431)), 431),
        (not_admitted(is_proxy=True), 407),
        (not_admitted(is_proxy=False), 401),
        (no_room(7), 424),
    ):
        response, body = read(sent(reply))
        assert response.status_code == status
        assert dict(response.headers)[b"x-iai-proxy"] == b"refused"
        assert body.startswith(b"iai-proxy: ")
