"""Requests as they arrive: whole, byte by byte, one after another, cut off."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.offline.reading import MOST_BODY, MOST_HEAD, Reader
from iai_proxy.session.request_fields import UnreadableError


class Pieces:
    """A stream that brings given pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = [piece for piece in pieces if piece]

    def recv_into(self, buffer: memoryview, /) -> int:
        if not self._pieces:
            return 0
        piece = self._pieces.pop(0)
        count = min(len(piece), len(buffer))
        buffer[:count] = piece[:count]
        if piece[count:]:
            self._pieces.insert(0, piece[count:])
        return count

    def sendall(self, data: bytes | memoryview, /) -> None:
        raise AssertionError("nothing is sent")


def byte_by_byte(data: bytes) -> Pieces:
    return Pieces(*(bytes([byte]) for byte in data))


TWO = b"\r\n\nPOST / HTTP/1.1\r\na: b\r\n\r\n12345GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize("stream", [Pieces(TWO), byte_by_byte(TWO)])
def test_requests_come_one_after_another_however_they_are_cut(stream: Pieces) -> None:
    reader = Reader(stream)
    before = time.time_ns()
    assert reader.head() == b"POST / HTTP/1.1\r\na: b\r\n\r\n"
    assert reader.began_ns >= before
    assert reader.body(5) == b"12345"
    assert reader.head() == b"GET / HTTP/1.1\r\n\r\n"
    assert reader.is_at_rest
    assert reader.head() is None


@given(st.binary(max_size=60), st.lists(st.integers(1, 30), max_size=8))
def test_a_body_is_its_bytes(body: bytes, cuts: list[int]) -> None:
    sent, pieces = b"GET / HTTP/1.1\r\n\r\n" + body + b"rest", []
    for cut in cuts:
        pieces.append(sent[:cut])
        sent = sent[cut:]
    reader = Reader(Pieces(*pieces, sent))
    reader.head()
    assert reader.body(len(body)) == body
    assert reader.taken().startswith(b"r") or reader.body(4) == b"rest"


CHUNKED = b"4\r\nWiki\r\n6 ;ext=1\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nX-A: b\r\n\r\nGET"


@pytest.mark.parametrize("stream", [Pieces(CHUNKED), byte_by_byte(CHUNKED)])
def test_chunks_are_put_together_with_their_trailers(stream: Pieces) -> None:
    reader = Reader(stream)
    assert reader.chunks() == (b"Wikipedia in \r\n\r\nchunks.", (("X-A", "b"),))
    assert reader.body(3) == b"GET"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"4\r\nWikipedia\r\n0\r\n\r\n", "longer than its size"),
        (b"4x\r\nWiki\r\n0\r\n\r\n", "size can't be read: '4x'"),
        (b"-4\r\nWiki\r\n", "size can't be read"),
        (b"\r\nWiki\r\n", "size can't be read"),
        (b"4 \r\nWiki\r\n", "size can't be read"),
        (b"4;a\x00b\r\nWiki\r\n", "size can't be read"),
        (b"4\nWiki\r\n", "LF alone"),
        (b"4\r\nWiki\n0\r\n", "LF alone"),
        (b"0\r\nX-A: b\n\r\n", "LF alone"),
        (b"0\r\nX-A : b\r\n\r\n", "blank before the colon"),
        (b"0\r\nX-A: b\rc\r\n\r\n", "control characters"),
        (b"0\r\nX-A: b\r\n c\r\n\r\n", "folded"),
        (b"0\r\nContent-Length: 4\r\n\r\n", "Content-Length, which only a head may have"),
        (b"4\r\nWi", "ends after 2 of the 4 bytes"),
        (b"4\r\nWiki\r\n", "before the last"),
        (b"4\r\nWiki\r\n0\r\n", "before the last"),
        (b"f" * 15 + b"\r\n", "are taken at most"),
        (b"1;" + b"x" * (MOST_HEAD + (1 << 15)), "never ends"),
        (b"0\r\n" + b"a: b\r\n" * (MOST_HEAD // 2), "trailers exceed"),
    ],
)
def test_chunks_of_another_form_are_refused(sent: bytes, said: str) -> None:
    with pytest.raises(UnreadableError, match=said):
        Reader(Pieces(sent)).chunks()


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        (b"GET / HTTP/1.1\r\nHost:", 400, "ends within its head, after 21 bytes"),
        (b"GET /" + b"a" * (MOST_HEAD + (1 << 15)), 431, "head is larger than 65.5 kB"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * MOST_HEAD + b"\r\n", 431, "head is larger"),
    ],
)
def test_a_head_that_is_cut_or_too_large_is_refused(sent: bytes, status: int, said: str) -> None:
    with pytest.raises(UnreadableError, match=said) as caught:
        Reader(Pieces(sent)).head()
    assert caught.value.status == status


def test_a_body_that_is_cut_or_too_large_is_refused() -> None:
    with pytest.raises(UnreadableError, match="ends after 3 of the 5 bytes"):
        Reader(Pieces(b"123")).body(5)
    with pytest.raises(UnreadableError, match="has 256 MB, and 256 MB are taken at most") as caught:
        Reader(Pieces()).body(MOST_BODY + 1)
    assert caught.value.status == 413


def test_a_body_in_chunks_of_a_byte_takes_no_more_memory_than_another() -> None:
    pieces = [b"2\r\nab\r\n"] * 200_000
    reader = Reader(Pieces(*pieces, b"0\r\n\r\n"))
    tracemalloc.start()
    try:
        body, _ = reader.chunks()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert body == b"ab" * 200_000
    assert peak < 2_000_000


def test_a_body_in_chunks_is_counted_as_it_comes() -> None:
    reader = Reader(Pieces(b"5\r\n12345\r\n", b"6\r\n"), most=10)
    with pytest.raises(UnreadableError, match="has 11 B, and 10 B are taken at most; --max-body"):
        reader.chunks()


@pytest.mark.parametrize(("first", "is_tls"), [(b"\x16\x03\x01", True), (b"GET", False)])
def test_tls_is_known_by_its_first_byte(first: bytes, is_tls: bool) -> None:
    reader = Reader(Pieces(first))
    assert reader.begins_with_tls() is is_tls
    assert reader.taken() == first
    assert not Reader(Pieces()).begins_with_tls()
