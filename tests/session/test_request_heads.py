"""Heads of requests: read as RFC 9112 has it, refused where two readers could disagree."""

from __future__ import annotations

import pytest

from iai_proxy.session.request_fields import UnreadableError
from iai_proxy.session.request_heads import read_head


def head(*lines: str, first: str = "POST /drive HTTP/1.1") -> bytes:
    return "\r\n".join([first, *lines, "\r\n"]).encode("latin-1")


def test_a_head_is_read_with_every_byte_of_its_headers() -> None:
    read = read_head(head("Host: a", "X-Name:  caf\xe9 \t", "empty:", "a: b:c\td"))
    assert (read.method, read.target, read.version) == ("POST", "/drive", "1.1")
    assert read.headers == (("Host", "a"), ("X-Name", "caf\xe9"), ("empty", ""), ("a", "b:c\td"))


@pytest.mark.parametrize("end", [b"\n\n", b"\n\r\n", b"\r\n\n"])
def test_lines_that_end_in_lf_alone_are_refused(end: bytes) -> None:
    with pytest.raises(UnreadableError, match="LF alone"):
        read_head(b"GET / HTTP/1.1\r\nHost: a" + end)
    with pytest.raises(UnreadableError, match="LF alone"):
        read_head(b"GET / HTTP/1.1\r\nHost: a\nA: b\r\n\r\n")


@pytest.mark.parametrize(
    ("lines", "length"),
    [
        ([], 0),
        (["content-length: 0"], 0),
        (["Content-Length: 325000"], 325000),
        (["Transfer-Encoding: chunked"], None),
        (["transfer-encoding: Chunked"], None),
    ],
)
def test_the_length_of_the_body_is_what_its_framing_says(
    lines: list[str], length: int | None
) -> None:
    assert read_head(head(*lines)).length == length


@pytest.mark.parametrize(
    ("version", "lines", "keeps"),
    [
        ("1.1", [], True),
        ("1.1", ["Connection: close"], False),
        ("1.1", ["Connection: TE, Close"], False),
        ("1.1", ["Proxy-Connection: close"], False),
        ("1.0", [], False),
        ("1.0", ["Connection: keep-alive"], True),
    ],
)
def test_whether_the_connection_goes_on_is_the_clients_to_say(
    version: str, lines: list[str], keeps: bool
) -> None:
    assert read_head(head(*lines, first=f"GET / HTTP/{version}")).keeps_alive is keeps


@pytest.mark.parametrize(
    ("version", "lines", "waits"),
    [
        ("1.1", ["Expect: 100-Continue", "Content-Length: 1"], True),
        ("1.1", ["Expect: 100-continue", "Transfer-Encoding: chunked"], True),
        ("1.1", ["Expect: 100-continue"], False),  # there is no body to wait with
        ("1.0", ["Expect: 100-continue", "Content-Length: 1"], False),
    ],
)
def test_a_client_that_waits_with_its_body_says_so(
    version: str, lines: list[str], waits: bool
) -> None:
    assert read_head(head(*lines, first=f"POST / HTTP/{version}")).waits is waits


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["Content-Length: 5", "Transfer-Encoding: chunked"], "both"),
        (["Content-Length: 5", "content-length: 5"], "two headers"),
        (["Content-Length: 5, 5"], "Content-Length is '5, 5'"),
        (["Content-Length: +5"], "Content-Length is '"),
        (["Content-Length: -5"], "Content-Length is '"),
        (["Content-Length: 5_0"], "Content-Length is '"),
        (["Content-Length: 0x5"], "Content-Length is '"),
        (["Content-Length: \u00b2"], "Content-Length is '"),
        (["Content-Length: 99999999999999999999"], "Content-Length is '"),
        (["Content-Length:"], "Content-Length is ''"),
        (["Content-Length: 05"], "Content-Length is '05'"),
        (["Content-Length: 5", "Connection: close, Content-Length"], "content-length left out"),
        (["Connection: Host"], "host left out"),
        (["Transfer-Encoding: gzip, chunked"], "Transfer-Encoding is 'gzip, chunked'"),
        (["Transfer-Encoding: chunked, chunked"], "Transfer-Encoding is '"),
        (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], "two headers"),
        (["Transfer-Encoding: identity"], "Transfer-Encoding is '"),
        (["Transfer-Encoding: xchunked"], "Transfer-Encoding is '"),
        (["Transfer-Encoding: chunked, identity"], "Transfer-Encoding is '"),
        (["Transfer-Encoding: chunked\x0b"], "control"),
        (["Transfer-Encoding:"], "Transfer-Encoding is ''"),
        (["Host: a", "Host: b"], "two headers"),
        (["Host: a/b"], "names no host"),
        (["Host: a b"], "names no host"),
        (["Host: user@a"], "names no host"),
        (["Host: a:99999"], "names no port"),
        (["Host:"], "names no host"),
        (["A: b", " c"], "folded"),
        (["A: b", "\tc"], "folded"),
        (["Content-Length : 5"], "blank before the colon"),
        (["no colon"], "no colon"),
        ([": value"], "no such name"),
        (["Na me: value"], "no such name"),
        (["N\xe4me: value"], "no such name"),
        (["Name: a\x00b"], "control"),
        (["Name: a\rb"], "control"),
        (["Name: a\x0bb"], "control"),
        (["Name: a\x7fb"], "control"),
        (["Na\x01me: a"], "no such name"),
    ],
)
def test_what_requests_are_smuggled_with_is_refused_in_a_sentence(
    lines: list[str], said: str
) -> None:
    with pytest.raises(UnreadableError, match=r"^the request can't be read: ") as caught:
        read_head(head(*lines))
    assert said in str(caught.value)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "first",
    [
        "GET /",  # HTTP/0.9
        "GET  / HTTP/1.1",
        "GET / HTTP/1.1 ",
        " GET / HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET /\x00 HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "G(T / HTTP/1.1",
        "GET / HTTP/1.12",
        "GET / http/1.1",
        "\x16\x03\x01",
        "",
    ],
)
def test_a_first_line_of_another_form_is_shown(first: str) -> None:
    with pytest.raises(UnreadableError, match="its first line is '"):
        read_head(head(first=first))


@pytest.mark.parametrize("version", ["2.0", "1.2", "0.9"])
def test_another_version_of_http_is_named(version: str) -> None:
    with pytest.raises(UnreadableError, match=f"it is HTTP/{version}, "):
        read_head(head(first=f"PRI * HTTP/{version}"))


def test_a_tunnel_is_asked_for_without_a_body() -> None:
    with pytest.raises(UnreadableError, match="CONNECT has a body"):
        read_head(head("Content-Length: 1", first="CONNECT a:1 HTTP/1.1"))


def test_a_chunked_body_in_http_1_0_is_refused() -> None:
    with pytest.raises(UnreadableError, match=r"HTTP/1\.0"):
        read_head(head("Transfer-Encoding: chunked", first="POST / HTTP/1.0"))


def test_what_a_client_sent_has_no_effect_on_a_terminal() -> None:
    with pytest.raises(UnreadableError) as caught:
        read_head(head(first="\x1b[31mGET / HTTP/1.1"))
    assert "\x1b" not in str(caught.value)
