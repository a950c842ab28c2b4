"""Heads of HTTP/2: what is malformed (RFC 9113, section 8.2) is refused."""

from __future__ import annotations

import pytest
from support.smuggling import (
    PASSED_HTTP2,
    REFUSED_HTTP2,
    REFUSED_TRAILERS_HTTP2,
    WRONG_LENGTHS_HTTP2,
)

from iai_proxy.session.http2_heads import read_http2_head, read_http2_trailers
from iai_proxy.session.request_fields import UnreadableError

Fields = list[tuple[bytes, bytes]]
#: Those that only the whole request gives away.
LATE = {"length too small", "length too large"}


def test_a_head_is_read_with_every_byte_of_its_headers() -> None:
    fields = PASSED_HTTP2["bytes beyond ASCII in a value"]
    head = read_http2_head(fields)
    assert (head.method, head.scheme, head.path) == ("POST", "https", "/test")
    assert head.authority == "api.inverted.ai"
    assert head.headers == (("x-a", "\xe9\x85"),)


@pytest.mark.parametrize("shape", PASSED_HTTP2)
def test_what_is_well_formed_passes(shape: str) -> None:
    assert read_http2_head(PASSED_HTTP2[shape]).method == "POST"


@pytest.mark.parametrize("shape", [*REFUSED_HTTP2, *sorted(WRONG_LENGTHS_HTTP2.keys() - LATE)])
def test_what_is_malformed_is_refused_in_a_sentence(shape: str) -> None:
    fields = {**REFUSED_HTTP2, **WRONG_LENGTHS_HTTP2}[shape]
    with pytest.raises(UnreadableError, match=r"^the request can't be read: ") as caught:
        read_http2_head(fields)
    assert str(caught.value).isprintable()


def test_trailers_are_read() -> None:
    assert read_http2_trailers([(b"x-sum", b"1")]) == (("x-sum", "1"),)


@pytest.mark.parametrize("shape", REFUSED_TRAILERS_HTTP2)
def test_trailers_that_are_malformed_are_refused(shape: str) -> None:
    with pytest.raises(UnreadableError):
        read_http2_trailers(REFUSED_TRAILERS_HTTP2[shape])
