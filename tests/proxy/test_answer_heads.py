"""Heads of answers. What curl and Python's http.client make of each was tried by hand."""

from __future__ import annotations

import pytest

from iai_proxy.proxy.answer_heads import is_interim, read_answer_head

CHUNKED = ("transfer-encoding", "chunked")
SEVEN = ("content-length", "7")


def framing(*fields: bytes, status: bytes = b"HTTP/1.1 200 OK") -> list[tuple[str, str]]:
    headers = read_answer_head([status, *fields]).headers
    return [
        (name.lower(), value)
        for name, value in headers.items(multi=True)
        if name.lower() in ("transfer-encoding", "content-length")
    ]


@pytest.mark.parametrize(
    ("fields", "settled"),
    [
        ([b"Content-Length: 7"], [SEVEN]),
        ([b"Content-Length: 7", b"Content-Length: 7"], [SEVEN]),
        ([b"Content-Length: 7, 7"], [SEVEN]),
        ([b"Content-Length: 007"], [SEVEN]),
        ([b"Content-Length: many"], []),  # until the connection ends
        ([b"Content-Length: -1"], []),
        ([b"Content-Length: 9", b"Transfer-Encoding: chunked"], [CHUNKED]),
        ([b"Transfer-Encoding: Chunked", b"Transfer-Encoding: chunked"], [CHUNKED]),
        ([b"Transfer-Encoding: identity", b"Content-Length: 7"], [SEVEN]),
        ([b"Transfer-Encoding: gzip,chunked"], [("transfer-encoding", "gzip, chunked")]),
        ([], []),
    ],
)
def test_where_a_body_ends_is_settled(fields: list[bytes], settled: list[tuple[str, str]]) -> None:
    assert framing(*fields) == settled


def test_an_answer_without_body_is_not_chunked() -> None:
    assert framing(b"Transfer-Encoding: chunked", status=b"HTTP/1.1 204 No Content") == []


def test_chunks_are_known_to_an_answer_that_calls_itself_http_1_0() -> None:
    assert framing(b"Transfer-Encoding: chunked", status=b"HTTP/1.0 200 OK") == [CHUNKED]


def test_different_lengths_are_both_named() -> None:
    with pytest.raises(ValueError, match="different lengths: 7 and 8"):
        framing(b"Content-Length: 7", b"Content-Length: 8")


def test_lines_that_are_no_fields_are_left_out_and_folded_ones_unfolded() -> None:
    lines = [b"HTTP/1.1 200", b" lost", b"nonsense", b"  more", b"A: 1", b"\t 2", b": x", b"B: 3"]
    response = read_answer_head(lines)
    assert response.headers.fields == ((b"A", b"1 2"), (b"B", b"3"))
    assert (response.status_code, response.reason) == (200, "")


@pytest.mark.parametrize("line", [b"SSH-2.0-OpenSSH_9.2", b"\x15\x03\x01", b"HTTP/1.1 OK 200"])
def test_what_is_no_http_is_shown(line: bytes) -> None:
    with pytest.raises(ValueError, match="Bad HTTP response line"):
        read_answer_head([line])


def test_an_empty_first_line_is_no_head() -> None:
    with pytest.raises(ValueError, match="empty line"):
        read_answer_head([])


@pytest.mark.parametrize(
    ("status", "interim"), [(100, True), (103, True), (101, False), (200, False)]
)
def test_interim_answers_are_followed_by_another_save_for_a_change_of_protocol(
    status: int, interim: bool
) -> None:
    assert is_interim(read_answer_head([b"HTTP/1.1 %d x" % status])) is interim
