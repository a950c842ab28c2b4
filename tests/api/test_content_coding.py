"""Content codings of bodies."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import brotli
import pytest
import zstandard
from mitmproxy.net import encoding

from iai_proxy.api import content_coding
from iai_proxy.api.bounds import TooLargeError
from iai_proxy.api.content_coding import (
    UNDECODED,
    accepts_gzip,
    decode,
    stored_gzip,
    undoes_brotli,
)

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


def coded(coding: str, body: bytes) -> bytes:
    return {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstandard.compress,
    }[coding](body)


CODINGS = ["gzip", "deflate", "br", "zstd"]


@pytest.mark.parametrize("coding", CODINGS)
def test_an_empty_body_has_any_coding(coding: str) -> None:
    assert decode(b"", coding) == (b"", coding)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_that_is_cut_short_is_kept_as_it_travelled(coding: str) -> None:
    cut = coded(coding, PLAIN * 100)[:-5]
    assert decode(cut, coding) == (cut, UNDECODED + coding)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_body_may_be_of_several_members(coding: str) -> None:
    both = coded(coding, PLAIN) + coded(coding, b"more")
    assert decode(both, coding) == (PLAIN + b"more", coding)


def test_deflate_may_lack_its_header() -> None:
    packer = zlib.compressobj(wbits=-15)
    assert decode(packer.compress(PLAIN) + packer.flush(), "deflate") == (PLAIN, "deflate")


def test_a_character_set_in_place_of_a_coding_changes_nothing() -> None:
    assert decode(PLAIN, "utf-8") == (PLAIN, "utf-8")
    assert decode(b"\xff", "utf-8") == (b"\xff", UNDECODED + "utf-8")


@pytest.mark.parametrize(
    "coding", ["identity", "none", "gzip", "deflate", "br", "zstd", "gzip, br"]
)
def test_whole_bodies_are_decoded_as_mitmproxy_does(coding: str) -> None:
    body = PLAIN * 50
    for name in coding.split(", "):
        body = coded(name, body) if name in CODINGS else body
    expected = body
    for name in reversed(coding.split(", ")):
        expected = encoding.decode(expected, name)  # type: ignore[assignment]
    assert decode(body, coding) == (expected, coding)


def bomb(coding: str) -> bytes:
    """Return some kilobytes that hold a gigabyte, 300 MB for deflate and Brotli."""
    zeros = bytes(10_000_000)
    match coding:
        case "gzip" | "zstd":
            return coded(coding, zeros) * 100
        case "br":
            packer = brotli.Compressor(quality=1)
            return b"".join([*(packer.process(zeros) for _ in range(30)), packer.finish()])
        case "deflate":
            inflated = zlib.compressobj(level=1)
            pieces = [inflated.compress(zeros) for _ in range(30)]
            return b"".join([*pieces, inflated.flush()])
    return coded("gzip", bomb("gzip"))


@pytest.mark.parametrize("coding", [*CODINGS, "gzip, gzip"])
def test_a_body_that_holds_more_than_it_may_takes_little_more_memory_than_that(
    coding: str,
) -> None:
    body = bomb(coding)
    assert len(body) < 2_000_000
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError, match="more than 20 MB once"):
            decode(body, coding, 20_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 80_000_000


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_may_have_just_as_many_bytes_as_are_allowed(coding: str) -> None:
    body = PLAIN * 200_000
    assert decode(coded(coding, body), coding, len(body)) == (body, coding)
    with pytest.raises(TooLargeError):
        decode(coded(coding, body), coding, len(body) - 1)


def test_no_body_has_a_hundred_codings() -> None:
    many = ", ".join(["gzip"] * 100)
    assert decode(PLAIN, many) == (PLAIN, UNDECODED + many)


@pytest.mark.parametrize("name", ["punycode", "idna", "unicode_escape", "utf-7"])
def test_only_usual_character_sets_are_tried_as_some_take_the_square_of_the_time(name: str) -> None:
    assert decode(PLAIN, name) == (PLAIN, UNDECODED + name)


# https://osv.dev/vulnerability/GHSA-9v8h-qqgm-4m35
@pytest.mark.parametrize(
    ("installed", "is_sound"),
    [
        ("1.0.9", False),
        ("1.0.10", True),
        ("1.1.0", False),
        ("1.1.1", True),
        ("1.2.0", False),
        ("1.2.1", True),
        ("1.3", True),
    ],
)
def test_a_decoder_of_brotli_with_a_known_hole_is_given_nothing(
    installed: str, is_sound: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content_coding, "version", lambda _: installed)
    undoes_brotli.cache_clear()
    try:
        plain, coding = decode(brotli.compress(PLAIN), "br")
    finally:
        undoes_brotli.cache_clear()
    assert (plain == PLAIN, coding) == (is_sound, "br" if is_sound else f"{UNDECODED}br")
