"""Chunked bodies, read as clients read them. The expected bodies are RFC 9112's, by hand."""

from __future__ import annotations

import h11
import pytest
from h11._receivebuffer import ReceiveBuffer
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.proxy.chunks import Chunks

WHOLE = b"4\r\nWiki\r\n7;name=value\r\npedia i\r\nB\r\nn \r\nchunks.\r\n0\r\nX-Sum: 1\r\n\r\n"
TEXT = b"Wikipedia in \r\nchunks."


def read(*pieces: bytes, ends: bool = False) -> tuple[bytes, Chunks, bytes, bool]:
    """Return the body, its reader, what was left unread, and whether the body ended."""
    reader, buffer, body = Chunks(), ReceiveBuffer(), b""
    for piece in pieces:
        buffer += piece
        while isinstance(event := reader(buffer), h11.Data):
            body += event.data
        if event:
            return body, reader, bytes(buffer), True
    if ends:
        assert isinstance(reader.read_eof(), h11.EndOfMessage)
    return body, reader, bytes(buffer), ends


@given(st.lists(st.integers(0, len(WHOLE)), max_size=8).map(sorted))
def test_a_body_is_the_same_wherever_it_is_cut_in_transit(cuts: list[int]) -> None:
    pieces = [WHOLE[a:b] for a, b in zip([0, *cuts], [*cuts, len(WHOLE)], strict=True)]
    body, reader, rest, ended = read(*pieces)
    assert (body, rest, ended) == (TEXT, b"", True)
    assert reader.trailers.fields == ((b"x-sum", b"1"),)


def test_small_chunks_are_the_same_wherever_they_are_cut_in_transit() -> None:
    # Each says its own size, and holds line ends and digits.
    data = [b"1\r\n0\r\n4\n8\r\r\n1\n"[:size] for size in (1, 2, 3, 9, 10, 15, 11, 1, 13)]
    whole = b"".join(b"%X\r\n%s\r\n" % (len(piece), piece) for piece in data) + b"0\r\n\r\n"
    for cut in range(len(whole)):
        body, _, rest, ended = read(whole[:cut], whole[cut:] + b"HTTP")
        assert (body, rest, ended) == (b"".join(data), b"HTTP", True)


def test_a_small_chunk_that_is_longer_than_it_says_is_refused() -> None:
    with pytest.raises(h11.RemoteProtocolError, match="longer than its size says"):
        read(b"1\r\na\r\n1\r\nbc\r\n0\r\n\r\n")


def test_what_follows_a_body_is_left() -> None:
    assert read(WHOLE + b"HTTP/1.1 ")[2] == b"HTTP/1.1 "


@pytest.mark.parametrize(
    "spelled",
    [
        b"4\nWiki\n0\n\n",  # curl
        b"4 \r\nWiki\r\n0\r\n\r\n",  # http.client, curl
        b"0004\r\nWiki\r\n000\r\n\r\n",
        b"4 ; a=b\r\nWiki\r\n0;c\r\n\r\n",
    ],
)
def test_spellings_that_clients_take(spelled: bytes) -> None:
    assert read(spelled)[0] == b"Wiki"
    assert read(spelled)[3]


def test_the_end_of_the_connection_ends_the_trailers() -> None:
    assert read(b"4\r\nWiki\r\n0\r\n", ends=True)[0] == b"Wiki"


@pytest.mark.parametrize(
    ("cut", "reason"),
    [
        (b"", "before the last chunk"),
        (b"4\r\nWi", "before 2 bytes of a chunk"),
        (b"4\r\nWiki", "before the last chunk"),
        (b"4\r\nWiki\r\n", "before the last chunk"),
    ],
)
def test_a_body_that_is_cut_says_what_is_missing(cut: bytes, reason: str) -> None:
    with pytest.raises(h11.RemoteProtocolError, match=reason):
        read(cut, ends=True)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (b"zz\r\n", "size can't be read: 'zz'"),
        (b"-1\r\n", "size can't be read"),
        (b"\r\n", "size can't be read: ''"),
        (b"4\r\nWikipedia\r\n", "longer than its size"),
        (b"4;" + b"x" * 70000, "never ends"),
    ],
)
def test_what_is_not_chunked_is_named(wrong: bytes, reason: str) -> None:
    with pytest.raises(h11.RemoteProtocolError, match=reason):
        read(wrong)
