"""Calls that are searched for secrets after they were committed."""

from __future__ import annotations

import base64
import gzip
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.exchanges import exchange, request, response
from support.recordings import change, rows, write

from iai_proxy.api import Exchange
from iai_proxy.recordings import Recording, RecordingWriter, pack_file, verify
from iai_proxy.recordings.redactor import Redactor
from iai_proxy.recordings.sweeping import what_is_unsearched

KEY = "wIvBAaD9tkxDmXbCVeQJ"


def drives(count: int, note: str) -> list[Exchange]:
    """Calls that send back what the call before answered; the first answer holds a text."""
    draw = random.Random(22)

    def agents() -> dict[str, Any]:
        rows = [[draw.gauss(0, 1) for _ in range(152)] for _ in range(6)]
        return {"agent_states": [row[:4] for row in rows], "recurrent_states": rows}

    answer, made = agents(), []
    for number in range(count):
        sent, answer = answer, agents()
        body = {"location": "iai:demo", **sent, "random_seed": number}
        told = {**answer, "model_version": note if not number else "v1"}
        made.append(exchange(request(json.dumps(body).encode()), json.dumps(told).encode()))
    return made


def telling(key: str) -> Exchange:
    return exchange(request(target="/v0/aws/m1/test", headers=(("x-api-key", key),)))


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize(
    "answer",
    [
        gzip.compress(b"a" * 50 + KEY.encode(), mtime=0),
        base64.b64encode(gzip.compress(b"a" * 50 + KEY.encode(), mtime=0)),
        b"<&>" * 30_000 + KEY.encode().hex().encode(),
    ],
)
def test_what_takes_long_to_find_is_gone_when_the_recording_is_closed(
    tmp_path: Path, answer: bytes, beside: bool
) -> None:
    path = tmp_path / "run.iairec"
    asked = exchange(request(headers=(("x-api-key", KEY),)), response(answer))
    with RecordingWriter(path, packs_beside=beside) as writer:
        writer.append(lambda: asked).result()
    assert answer not in path.read_bytes()
    assert not path.with_name("run.iairec-wal").exists()
    with Recording(path) as recording:
        stored = recording.exchange(1).response
    assert stored is not None
    assert KEY.encode() not in gzip.decompress(stored.body) if answer[:2] == b"\x1f\x8b" else True
    assert b"[redacted" in stored.body or answer[:2] == b"\x1f\x8b"
    assert verify(path).whole
    assert what_is_unsearched(path) == []


@pytest.mark.parametrize("beside", [False, True])
def test_a_key_that_comes_late_is_taken_out_of_earlier_calls_and_all_else_stays(
    tmp_path: Path, beside: bool
) -> None:
    """Other bodies refer to the one that is stored anew, and lineage goes on."""
    path, plain = tmp_path / "run.iairec", tmp_path / "plain.iairec"
    calls = drives(12, f"v1 {KEY}")
    with RecordingWriter(path, packs_beside=beside) as writer:
        for call in [*calls, telling(KEY), *calls[1:3]]:
            writer.append(lambda call=call: call).result()
    mark = Redactor(salt_of(path), [KEY])
    write(plain, *(mark.exchange(call) for call in calls))
    assert KEY.encode() not in path.read_bytes()
    assert verify(path).whole
    with Recording(path) as recording, Recording(plain) as expected:
        for number in range(1, 13):
            assert recording.exchange(number) == expected.exchange(number)
        found = [step for run in recording.lineage().simulations for step in run.steps]
        assert len(found) >= 12
    assert what_is_unsearched(path) == []


def salt_of(path: Path) -> bytes:
    ((salt,),) = rows(path, "SELECT value FROM meta WHERE key = 'salt'")
    return bytes(salt)


def test_what_was_not_searched_is_said_and_packing_searches_it(tmp_path: Path) -> None:
    """As a recorder leaves it that was killed, or an older one that knew nothing of it."""
    path = tmp_path / "run.iairec"
    write(path, exchange(b"", f"no one knew that {KEY} is a key".encode()))
    change(path, "DELETE FROM derived")
    assert what_is_unsearched(path) == [
        "call 1: searched for keys in their usual forms only, as the recorder had no time or was "
        "an older one"
    ]
    pack_file(path, [KEY])
    assert what_is_unsearched(path) == []
    assert KEY.encode() not in path.read_bytes()


def test_a_key_that_is_not_at_hand_when_it_is_packed_is_said(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    write(path, telling(KEY))
    change(path, "DELETE FROM derived")
    pack_file(path)
    mark = Redactor(salt_of(path), [KEY]).body(KEY.encode()).decode()
    assert what_is_unsearched(path) == [f"some calls: not searched for the key {mark}"]
    pack_file(path, [KEY])
    assert what_is_unsearched(path) == []


def test_a_key_at_hand_when_a_recording_is_continued_is_searched_for_in_all_of_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.iairec"
    write(path, exchange(b"", f"no one knows that {KEY} is a key".encode()))
    with RecordingWriter(path, append=True, known_secrets=[KEY]) as writer:
        writer.append(lambda: exchange(b"")).result()
    assert KEY.encode() not in path.read_bytes()
    with Recording(path) as recording:
        stored = recording.exchange(1)
    assert stored.response is not None
    mark = Redactor(salt_of(path), [KEY]).body(KEY.encode())
    assert stored.response.body == b"no one knows that " + mark + b" is a key"
    assert replace(stored, response=None, id=None).request == exchange(b"").request
