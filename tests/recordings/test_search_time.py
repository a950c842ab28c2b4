"""Searching takes a few steps a byte, whatever someone sends: a recorder must stay there for all.

Compared is the processor time for a text with that for one four times as long.
"""

from __future__ import annotations

import base64
import gzip
import random
import time
from collections.abc import Callable
from itertools import product
from typing import Final

import pytest

from iai_proxy.recordings import search_budget
from iai_proxy.recordings.named_values import has_secret_names, replace_named
from iai_proxy.recordings.secret_search import SecretSearch

#: What patterns begin with, and what they go on with.
_PIECES: Final = (
    b"\\", b'"', b"\n", b"\r\n", b" ", b"%", b"%25", b"&#", b"&#x", b"0", b"a", b"=", b":",
    b"[", b"]", b"{", b"'", b"?", b"&", b"@", b"://", b"x:", b"\x1f\x8b\x08", b"x\x9c",
    b"\x28\xb5\x2f\xfd",
    b"\\\\\\\"", b"\\u00", b"\\n", b"\xff", b"\0", b"name=",
    b'name="token"',
    b"content-disposition:",
    b"content-disposition: name=token", b"\n\n", b"\n--", b'"token"', b'"token":', b'"token":"',
    b'"token":[', b'\\"token\\":\\"', b"token=", b"/", b"QUJD", b"41", b"1,", b"6b", b"\\x6b",
)  # fmt: skip
_SHORT: Final = 4_000
#: Where a text four times as long takes sixteen times as long, this is far exceeded.
_MOST_TIMES: Final = 9
#: What takes less is too short to be measured.
_MEASURABLE_S: Final = 0.02


def _texts(size: int) -> list[bytes]:
    runs = [*_PIECES, *map(b"".join, product(_PIECES, repeat=2))]
    return [run * (size // len(run)) for run in runs]


def _time_s(search: Callable[[bytes], object], text: bytes) -> float:
    def once() -> float:
        started = time.thread_time()
        search(text)
        return time.thread_time() - started

    first = once()
    return first if first < _MEASURABLE_S else min(first, once(), once())


def _redacted(_: str) -> str:
    return "[redacted]"


SEARCH: Final = SecretSearch(
    {"sk-ABCDEFGH12345678": b"[redacted]", "12345678": b"[redacted]"}, _redacted
)


@pytest.mark.parametrize("search", [has_secret_names, SEARCH.replace])
def test_a_text_four_times_as_long_takes_four_times_as_long(
    search: Callable[[bytes], object],
) -> None:
    for short, long in zip(_texts(_SHORT), _texts(4 * _SHORT), strict=True):
        took_s = _time_s(search, long)
        if took_s > _MEASURABLE_S:
            assert took_s < _MOST_TIMES * _time_s(search, short), short[:80]


def test_a_value_of_many_escapes_without_an_end_is_given_up() -> None:
    """With a pattern that goes back it took twice as long with each escape more."""
    body = b'{"token": "' + b'\\\\\\"' * 1000
    assert replace_named(body, _redacted) == body


def test_what_unfolds_into_too_much_is_replaced_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Base64 of base64, at every offset, in gzip, a thousand times as long."""
    monkeypatch.setattr(search_budget, "_AT_LEAST_S", 0.05)
    body = b'{"a": "' + gzip.compress(b"QUJD" * 1_000_000, mtime=0) + b'"}'
    assert SEARCH.replace_all(body) == b'"[redacted]"'


def test_a_name_in_the_head_of_a_gzip_stream_is_not_read_for_ever() -> None:
    body = b"\x1f\x8b\x08" * 1000
    longer = b"\x1f\x8b\x08" * 20_000
    assert SEARCH.replace_all(longer) == longer
    assert _time_s(SEARCH.replace_all, longer) < 100 * _time_s(SEARCH.replace_all, body)


def test_pictures_in_base64_are_searched_to_the_end_and_stay() -> None:
    """A flat picture unfolds into a hundred times as many bytes."""
    pixels = gzip.compress(bytes(3_000_000) + random.Random(1).randbytes(30_000), mtime=0)
    body = b'{"images": ["' + base64.b64encode(pixels) + b'"]}'
    assert SEARCH.replace_all(body) is body
