"""Content codings of bodies."""

from __future__ import annotations

import gzip
import zlib

import pytest
import zstandard

from iai_proxy.proxy.content_coding import UNDECODED, accepts_gzip, decode, stored_gzip

PLAIN = b'{"agent_states": []}'


@pytest.mark.parametrize(
    ("coded", "coding"),
    [
        (PLAIN, ""),
        (PLAIN, "identity"),
        (gzip.compress(PLAIN, mtime=0), "gzip"),
        (gzip.compress(PLAIN, mtime=0), "X-GZip"),
        (zlib.compress(PLAIN), "deflate"),
        (zstandard.compress(PLAIN), "zstd"),
        (
            gzip.compress(zlib.compress(PLAIN), mtime=0),
            "deflate, gzip",
        ),  # the last was applied last
    ],
)
def test_codings_are_undone_the_last_first(coded: bytes, coding: str) -> None:
    assert decode(coded, coding) == (PLAIN, coding)


@pytest.mark.parametrize("coding", ["gzip", "rot13", "tomorrow", "gzip, tomorrow"])
def test_a_body_that_can_not_be_decoded_is_marked_and_kept_as_it_travelled(coding: str) -> None:
    assert decode(PLAIN, coding) == (PLAIN, UNDECODED + coding)


@pytest.mark.parametrize(
    ("accepted", "answer"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("gzip; q=0", False),
        ("gzip;q=0.000", False),
        ("br, deflate", False),
        ("", False),
        ("gzip;q=much", True),
    ],
)
def test_gzip_is_accepted_if_it_is_named_and_not_with_a_quality_of_zero(
    accepted: str, answer: bool
) -> None:
    assert accepts_gzip((("Accept-Encoding", accepted),)) is answer


def test_who_names_no_coding_gets_none() -> None:
    assert not accepts_gzip(())


@pytest.mark.parametrize("body", [b"", PLAIN, PLAIN * 10_000])
def test_a_stored_body_is_gzip_to_any_reader(body: bytes) -> None:
    assert gzip.decompress(stored_gzip(body)) == body
