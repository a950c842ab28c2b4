"""Bodies with a length, read in one piece."""

from __future__ import annotations

import h11
import pytest
from h11._receivebuffer import ReceiveBuffer

from iai_proxy.proxy.whole_body import WholeBody


def test_a_body_comes_in_one_piece_and_what_follows_is_left() -> None:
    reader, buffer = WholeBody(4), ReceiveBuffer()
    for piece in (b"", b"W", b"ik"):
        buffer += piece
        assert reader(buffer) is None
    buffer += b"i and more"
    body = reader(buffer)
    assert isinstance(body, h11.Data)
    assert (body.data, bytes(buffer)) == (b"Wiki", b" and more")
    assert isinstance(reader(buffer), h11.EndOfMessage)
    assert bytes(buffer) == b" and more"


def test_an_empty_body_ends_at_once() -> None:
    assert isinstance(WholeBody(0)(ReceiveBuffer()), h11.EndOfMessage)


def test_a_body_that_is_cut_gives_what_came_and_says_how_much_that_is() -> None:
    reader, buffer = WholeBody(5), ReceiveBuffer()
    buffer += b"Wik"
    assert reader.rest(buffer) == b"Wik"
    with pytest.raises(h11.RemoteProtocolError, match=r"received 3 bytes, expected 5"):
        reader.read_eof()
