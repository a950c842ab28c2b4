"""Packing a whole recording, also of an older version."""

from __future__ import annotations

from pathlib import Path

from support.exchanges import exchange, request
from support.recordings import change, rows, write

from iai_proxy.api import KEY_VERSION
from iai_proxy.lineage import OBSERVATION_VERSION
from iai_proxy.recordings import pack_file, verify

BODY = b'{"agent_states":[[1.0,2.0,3.0,4.0]],"recurrent_states":[[0.5]]}'
STORED = (
    "SELECT k.exchange, k.version, k.exact, o.version, o.data FROM request_key k "
    "JOIN observation o ON o.exchange = k.exchange ORDER BY k.exchange"
)


def test_what_an_older_version_stored_is_made_anew(path: Path) -> None:
    write(path, exchange(BODY, BODY), exchange(BODY, b"{}"))
    stored = rows(path, STORED)
    assert [(row[0], row[1], row[3]) for row in stored] == [
        (number, KEY_VERSION, OBSERVATION_VERSION) for number in (1, 2)
    ]
    change(path, "UPDATE request_key SET version = 1, exact = x'00'")
    change(path, "UPDATE observation SET version = 2, data = x'00' WHERE exchange = 2")
    change(path, "DELETE FROM derived")

    assert pack_file(path).calls == 2

    assert rows(path, STORED) == stored
    assert rows(path, "SELECT name, calls FROM derived") == [("lineage", 2)]
    assert verify(path).whole


def test_calls_without_agents_have_nothing_to_be_observed(path: Path) -> None:
    write(path, exchange(request(b"", method="GET", target="/location_info?location=x")))
    assert rows(path, "SELECT count(*) FROM observation") == [(0,)]
    assert pack_file(path).calls == 0


def test_appending_leaves_what_an_older_version_stored(path: Path) -> None:
    write(path, exchange(BODY, BODY))
    change(path, "UPDATE request_key SET version = 1")
    write(path, exchange(BODY, BODY), append=True)
    assert rows(path, "SELECT version FROM request_key ORDER BY 1") == [(1,), (KEY_VERSION,)]
