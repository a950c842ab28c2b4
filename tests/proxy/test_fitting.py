"""What a client is sent of an answer, by its version of HTTP."""

from __future__ import annotations

import pytest
from mitmproxy import http

from iai_proxy.proxy.fitting import fitted

Fields = list[tuple[bytes, bytes]]
CHUNKED: Fields = [(b"Transfer-Encoding", b"chunked")]
SIZED: Fields = [(b"Content-Length", b"2")]


def sent(fields: Fields, version: str, method: str = "GET", status: int = 200) -> http.Response:
    request = http.Request.make(method, "http://localhost/")
    request.http_version = version
    response = http.Response.make(status)
    response.headers, response.raw_content = http.Headers(fields), b"{}"
    return fitted(response, request)


@pytest.mark.parametrize(
    ("fields", "version", "framing"),
    [
        (SIZED, "HTTP/1.1", {"content-length": "2"}),
        (CHUNKED, "HTTP/1.1", {"transfer-encoding": "chunked"}),
        ([], "HTTP/1.1", {"content-length": "2"}),
        (SIZED, "HTTP/1.0", {"content-length": "2"}),
        (CHUNKED, "HTTP/1.0", {"content-length": "2"}),
        ([], "HTTP/1.0", {"content-length": "2"}),
    ],
)
def test_a_client_can_tell_where_an_answer_ends(
    fields: Fields, version: str, framing: dict[str, str]
) -> None:
    headers = sent(fields, version).headers
    assert {name.lower(): value for name, value in headers.items()} == framing


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_what_has_no_body_gets_no_length(method: str, status: int) -> None:
    assert not sent([], "HTTP/1.1", method, status).headers


def test_a_client_of_http_2_gets_no_header_that_it_hangs_up_for() -> None:
    fields = [(b"X Odd", b"1"), (b"x-a", b"\x1bb\x0bc "), (b"x-b", b"\xe9")]
    assert sent(fields, "HTTP/2.0").headers.fields == ((b"x-a", b"b c"), (b"x-b", b"\xe9"))
