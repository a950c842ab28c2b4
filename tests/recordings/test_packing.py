"""Bodies are packed after they are committed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.exchanges import exchange
from support.recordings import change, rows, write

from iai_proxy.api import Call, Endpoint, request_keys
from iai_proxy.lineage import observe, unpack
from iai_proxy.recordings import RecordingWriter, verify
from iai_proxy.recordings.packing import CallPacker

ANSWER = {
    "agent_states": [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]],
    "recurrent_states": [[0.5, 1.0, 2.9999999242136255e-05], [0.25, 0.0, -1.0]],
}


def sha256(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()


def call(number: int, request: bytes, answer: bytes) -> Call:
    return Call(
        number, "c1", Endpoint.DRIVE, "POST", "/drive", 200, None, 0, 0, 0, 0,
        sha256(request), sha256(answer), len(request), len(answer), None,
    )  # fmt: skip


def spaced(value: Any) -> bytes:
    return json.dumps(value).encode()


def assert_seen_as_alone(answer: bytes, request: bytes) -> None:
    """Pack an answer and a request that follows; what is stored of it must be what it says."""
    packer = CallPacker()
    first, second = call(1, b"{}", answer), call(2, request, b"{}")
    before = observe(first, b"{}", answer)
    packer.pack(first, b"{}", answer)
    packed = packer.pack(second, request, b"{}")
    assert packed.keys == request_keys("POST", "/drive", request)
    assert packed.observation is not None
    seen = unpack(second, packed.observation, lambda _: before.received)
    assert seen == observe(second, request, b"{}")


@pytest.mark.parametrize("number", [b"1", b"1.00", b"1e0", b"true", b"null", b"1_0", b"-1.0", b"x"])
def test_a_number_that_is_sent_back_in_another_way_is_seen_as_it_is(number: bytes) -> None:
    answer = orjson.dumps(ANSWER)
    request = spaced({"location": "x", "random_seed": 1, **ANSWER})
    assert_seen_as_alone(answer, request.replace(b"0.5, 1.0,", b"0.5, %s," % number))


ENTRIES = st.sampled_from([0.5, 1.0, 0.0, -0.0, 1, 0, 2.9999999242136255e-05, True, None, 1e16])
ROWS = st.lists(st.none() | st.lists(ENTRIES, max_size=3), max_size=3)


@given(ROWS, ROWS, st.booleans(), st.sampled_from([spaced, orjson.dumps]))
def test_whatever_is_sent_back_is_seen_as_it_is(
    answered: list[Any], sent: list[Any], is_same: bool, print_request: Callable[[Any], bytes]
) -> None:
    request = {"location": "x", "recurrent_states": answered if is_same else sent}
    answer = orjson.dumps({**ANSWER, "recurrent_states": answered})
    assert_seen_as_alone(answer, print_request({**request, "agent_states": ANSWER["agent_states"]}))


def test_each_row_names_its_codec_and_its_true_size(path: Path) -> None:
    body = b"easily packed " * 1000
    write(path, exchange(body, b"short"))
    assert rows(path, "SELECT codec, size, length(data) = size FROM body ORDER BY size") == [
        ("raw", 5, 1),
        ("zstd-typical", 14_000, 0),
    ]


def test_bodies_that_a_crash_left_raw_are_packed_by_the_next_writer(path: Path) -> None:
    body = b"0.125," * 1000
    write(path, exchange(body), exchange(body, b"x"))
    digest = hashlib.sha256(body).digest()
    change(path, "UPDATE body SET codec = 'raw', data = ? WHERE hash = ?", body, digest)
    change(path, "DELETE FROM request_key")
    write(path, append=True)
    assert rows(path, "SELECT codec FROM body WHERE size = 6000") == [("zstd-typical",)]
    assert rows(path, "SELECT exchange FROM request_key ORDER BY 1") == [(1,), (2,)]
    assert verify(path).whole


def test_closing_gives_back_the_room_that_packing_freed(path: Path) -> None:
    with RecordingWriter(path) as writer:
        for number in range(5):
            made = exchange(str(number).encode() * 300_000)
            writer.append(lambda made=made: made).result(10)  # type: ignore[misc]
    assert rows(path, "PRAGMA freelist_count") == [(0,)]
    assert path.stat().st_size < 300_000
