"""Whom a request is for."""

from __future__ import annotations

import pytest

from iai_proxy.offline.routes import Destination, Way, destination
from iai_proxy.session.request_fields import UnreadableError
from iai_proxy.session.request_heads import read_head

FORWARD = Way("forward", "http", "", 0)
TUNNEL = Way("tunnel", "https", "api.inverted.ai", 443)
REVERSE = Way("reverse", "https", "api.inverted.ai", 443)


def where(line: str, way: Way, *headers: str) -> Destination:
    lines = [f"{line} HTTP/1.1", *headers, "\r\n"]
    return destination(read_head("\r\n".join(lines).encode()), way)


@pytest.mark.parametrize(
    ("line", "host", "port"),
    [
        ("CONNECT api.inverted.ai:443", "api.inverted.ai", 443),
        ("CONNECT [::1]:8443", "::1", 8443),
        ("CONNECT 127.0.0.1:1", "127.0.0.1", 1),
    ],
)
def test_connect_names_the_end_of_a_tunnel(line: str, host: str, port: int) -> None:
    assert where(line, FORWARD) == Destination("https", host, port, "")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost/drive?a=b", Destination("http", "localhost", 80, "/drive?a=b")),
        ("HTTP://localhost:8000", Destination("http", "localhost", 8000, "/")),
        ("https://api.inverted.ai/a", Destination("https", "api.inverted.ai", 443, "/a")),
        ("http://[::1]:9/", Destination("http", "::1", 9, "/")),
        ("http://localhost?q=1", Destination("http", "localhost", 80, "/?q=1")),
        ("http://example.com/", Destination("http", "example.com", 80, "/")),
    ],
)
def test_a_forward_proxy_is_told_the_host_by_the_url(url: str, expected: Destination) -> None:
    assert where(f"GET {url}", FORWARD, "Host: other") == expected


def test_a_path_alone_is_for_the_host_of_the_header() -> None:
    there = Destination("http", "localhost", 8080, "/drive")
    assert where("GET /drive", FORWARD, "Host: localhost:8080") == there


@pytest.mark.parametrize("way", [TUNNEL, REVERSE])
@pytest.mark.parametrize("line", ["GET /drive?a", "GET http://elsewhere:1/drive?a"])
def test_all_that_comes_through_a_tunnel_or_in_reverse_is_for_one_host(way: Way, line: str) -> None:
    there = Destination("https", "api.inverted.ai", 443, "/drive?a")
    assert where(line, way, "Host: example.com") == there
    assert where(line, way) == there


def test_bytes_of_a_target_are_read_as_recordings_have_them() -> None:
    raw = "GET /caf\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    assert destination(read_head(raw), REVERSE).target == "/caf\u00e9"


@pytest.mark.parametrize(
    ("line", "way", "said"),
    [
        ("CONNECT api.inverted.ai", FORWARD, "names no port"),
        ("CONNECT api.inverted.ai:70000", FORWARD, "names no port"),
        ("CONNECT /drive", FORWARD, "names no host"),
        ("CONNECT user@localhost:1", FORWARD, "names no host"),
        ("CONNECT api.inverted.ai:443", TUNNEL, "forward proxy"),
        ("CONNECT api.inverted.ai:443", REVERSE, "forward proxy"),
        ("GET drive", REVERSE, "neither a path nor a URL"),
        ("GET ftp://localhost/", FORWARD, "neither http nor https"),
        ("GET http:///drive", FORWARD, "names no host"),
        ("GET http://user:word@localhost/", FORWARD, "names no host"),
        ("GET /drive", FORWARD, "names no host"),
    ],
)
def test_what_leads_nowhere_is_refused(line: str, way: Way, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        where(line, way)
