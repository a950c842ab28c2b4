"""Packing a whole recording, also of an older version."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from pathlib import Path
from random import Random
from struct import pack, unpack

from support.exchanges import exchange, request
from support.recordings import change, reseal, rows, write
from zstandard import ZstdCompressor

from iai_proxy.api import KEY_VERSION
from iai_proxy.lineage import OBSERVATION_VERSION
from iai_proxy.recordings import Recording, pack_file, verify

BODY = b'{"agent_states":[[1.0,2.0,3.0,4.0]],"recurrent_states":[[0.5]]}'
STORED = (
    "SELECT k.exchange, k.version, k.exact, o.version, o.data FROM request_key k "
    "JOIN observation o ON o.exchange = k.exchange ORDER BY k.exchange"
)
#: Ten answers and the first request: 20 agents of 152 float32.
FLOATS_OF_A_RUN = 11 * 20 * 152 * 4


def test_what_an_older_version_stored_is_made_anew(path: Path) -> None:
    write(path, exchange(BODY, BODY), exchange(BODY, b"{}"))
    stored = rows(path, STORED)
    assert [(row[0], row[1], row[3]) for row in stored] == [
        (number, KEY_VERSION, OBSERVATION_VERSION) for number in (1, 2)
    ]
    change(path, "UPDATE request_key SET version = 1, exact = x'00'")
    change(path, "UPDATE observation SET version = 2, data = x'00' WHERE exchange = 2")
    change(path, "DELETE FROM derived")
    reseal(path)

    assert pack_file(path).calls == 2

    assert rows(path, STORED) == stored
    assert rows(path, "SELECT name, calls FROM derived WHERE name = 'lineage'") == [("lineage", 2)]
    assert verify(path).whole


def test_calls_without_agents_have_nothing_to_be_observed(path: Path) -> None:
    write(path, exchange(request(b"", method="GET", target="/location_info?location=x")))
    assert rows(path, "SELECT count(*) FROM observation") == [(0,)]
    assert pack_file(path).calls == 0


def test_appending_leaves_what_an_older_version_stored(path: Path) -> None:
    write(path, exchange(BODY, BODY))
    change(path, "UPDATE request_key SET version = 1")
    reseal(path)
    write(path, exchange(BODY, BODY), append=True)
    assert rows(path, "SELECT version FROM request_key ORDER BY 1") == [(1,), (KEY_VERSION,)]


def test_bodies_that_an_older_version_packed_are_packed_anew(path: Path) -> None:
    steps = run_of_an_older_version(path)
    assert total_size(path) > 2 * FLOATS_OF_A_RUN

    assert pack_file(path).calls == len(steps)

    assert total_size(path) < FLOATS_OF_A_RUN
    assert verify(path).whole
    with Recording(path) as recording:
        assert [each.request.body for each in recording.exchanges()] == steps


def test_a_body_that_many_old_calls_share_is_packed_once(path: Path) -> None:
    steps = run_of_an_older_version(path, times=3)
    pack_file(path)
    assert verify(path).whole
    with Recording(path) as recording:
        assert [each.request.body for each in recording.exchanges()] == steps
    assert not pack_file(path).calls  # others refer to it now


def run_of_an_older_version(path: Path, times: int = 1) -> list[bytes]:
    """Write a run of twenty agents as an older version did, and return its requests' bodies."""
    random = Random(21)
    calls = []
    sent = numbers(random)
    for _ in range(10):
        given = numbers(random)
        calls.append(exchange(body(sent), body(given)))
        sent = given
    write(path, *calls * times)
    compressor = ZstdCompressor(level=1, write_checksum=True)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for each in calls:
            for old in (each.request.body, each.response.body if each.response else b""):
                connection.execute(
                    "UPDATE body SET codec = 'zstd', data = ? WHERE hash = ?",
                    (compressor.compress(old), hashlib.sha256(old).digest()),
                )
        connection.execute("UPDATE request_key SET version = 1")
    reseal(path)
    return [each.request.body for each in calls * times]


def numbers(random: Random) -> list[list[float]]:
    return [[unpack("f", pack("f", random.gauss(0, 1)))[0] for _ in range(152)] for _ in range(20)]


def body(recurrent: list[list[float]]) -> bytes:
    states = [[1.0, 2.0, 3.0, 4.0]] * len(recurrent)
    return json.dumps({"agent_states": states, "recurrent_states": recurrent}).encode()


def total_size(path: Path) -> int:
    return int(rows(path, "SELECT sum(length(data)) FROM body")[0][0])
