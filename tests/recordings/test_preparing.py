"""Large exchanges are made ready elsewhere, while others are committed."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from support.exchanges import exchange, request, response

from iai_proxy.api import Exchange
from iai_proxy.api.bounds import TooLargeError
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.recordings.preparing import LARGE, at_once
from iai_proxy.recordings.writer import RecordingFailedError

KEY = "sk-4be1c07d9a52"
MB = 1_000_000


def _coded(plain: bytes, headers: tuple[tuple[str, str], ...] = ()) -> Exchange:
    """Return an exchange whose answer travelled in gzip."""
    answer = replace(response(gzip.compress(plain, 1)), encoding="gzip", headers=headers)
    return exchange(answer=answer)


def _stored(path: Path, number: int) -> Exchange:
    with Recording(path) as recording:
        return recording.exchange(number)


def _answer(stored: Exchange) -> bytes:
    assert stored.response is not None
    return stored.response.body


def test_a_large_answer_is_stored_decoded(path: Path) -> None:
    plain = b"1.2345678," * (4 * MB)
    with RecordingWriter(path, packs_beside=True) as writer:
        number = writer.record(_coded(plain)).result(60)
    stored = _stored(path, number)
    assert hashlib.sha256(_answer(stored)).digest() == hashlib.sha256(plain).digest()
    assert stored.response is not None
    assert stored.response.encoding == "gzip"


def test_calls_are_committed_while_a_large_one_is_made_ready(path: Path) -> None:
    with RecordingWriter(path, packs_beside=True) as writer:
        writer.check().result(10)
        large = writer.record(_coded(b"x" * (60 * MB)))
        small = [writer.record(exchange(b"%d" % n)).result(60) for n in range(3)]
        assert not large.done()
        assert small == [1, 2, 3]
        assert large.result(60) == 4


def test_what_is_under_way_is_committed_before_the_end(path: Path) -> None:
    with RecordingWriter(path, packs_beside=True) as writer:
        large = writer.record(_coded(b"y" * (20 * MB)))
    assert large.done()
    assert len(_answer(_stored(path, large.result()))) == 20 * MB


def test_a_large_body_holds_no_secret_and_tells_of_some(path: Path) -> None:
    body = b'{"text": "%s", "token": "f00dfeed8899"}' % KEY.encode() + b" " * (9 * MB)
    asked = request(b"{}", headers=(("x-api-key", KEY),))
    large = replace(_coded(body), request=asked)
    with RecordingWriter(path, packs_beside=True) as writer:
        first = writer.record(large).result(60)
        second = writer.record(exchange(b"f00dfeed8899 " + KEY.encode())).result(60)
    (_, mark), *_ = _stored(path, first).request.headers
    assert mark.startswith("[redacted:")
    said = b'{"text": "%s", "token": "[redacted]"}' % mark.encode()
    assert _answer(_stored(path, first)).rstrip() == said
    assert _stored(path, second).request.body == b"[redacted] " + mark.encode()


def test_a_body_that_holds_too_much_fails_alone(path: Path) -> None:
    with RecordingWriter(path, packs_beside=True) as writer:
        large = writer.record(_coded(bytes(30 * MB)), 20 * MB)
        small = writer.record(exchange())
        with pytest.raises(RecordingFailedError) as raised:
            large.result(60)
        assert isinstance(raised.value.__cause__, TooLargeError)
        assert small.result(60) == 1


@pytest.mark.parametrize(("size", "is_large"), [(LARGE - 2, False), (LARGE + 1, True)])
def test_what_is_small_is_made_ready_at_once(size: int, is_large: bool) -> None:
    plain = exchange(b"{}", answer=response(bytes(size)))
    assert (at_once(plain, 100 * MB) is None) == is_large
    assert (at_once(replace(_coded(bytes(size)), request=request(b"{}")), 100 * MB) is None) == (
        is_large
    )
