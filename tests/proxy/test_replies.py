"""The player's replies through mitmproxy: h11, a reader that is not ours, says what they are."""

from __future__ import annotations

import h11
import pytest
from mitmproxy import http
from mitmproxy.net.http import http1
from support.two_answers import NO_STATUSES, TWO_ANSWERS

from iai_proxy.player import Reply
from iai_proxy.proxy.fitting import fitted
from iai_proxy.proxy.replies import to_response


def read(reply: Reply) -> tuple[h11.Response, bytes]:
    """Read an answer as a client does; nothing may be left."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    client.send(h11.EndOfMessage())
    request = http.Request.make("GET", "http://localhost/")
    client.receive_data(http1.assemble_response(fitted(to_response(reply), request)))
    client.receive_data(b"")
    response, body = client.next_event(), b""
    assert isinstance(response, h11.Response)
    while isinstance(event := client.next_event(), h11.Data):
        body += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage)
    assert not client.trailing_data[0]
    return response, body


@pytest.mark.parametrize("kind", TWO_ANSWERS)
def test_no_client_finds_two_answers_in_a_recorded_one(kind: str) -> None:
    response, body = read(TWO_ANSWERS[kind])
    assert body == b"{}"
    assert {name for name, _ in response.headers} <= {b"x-a", b"b", b"content-length"}


@pytest.mark.parametrize("status", NO_STATUSES)
def test_a_recorded_status_that_ends_no_answer_is_not_sent(status: int) -> None:
    response, body = read(Reply(status, "OK", (), b"{}"))
    assert response.status_code == 424
    assert f"status {status}, which is no answer" in body.decode()
