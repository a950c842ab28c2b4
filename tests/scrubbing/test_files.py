"""Recordings as others: nothing else is written, and the steps are the same."""

from __future__ import annotations

import json
import random
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.exchanges import KEY, exchange, request, response
from support.golden import LOCATION, START_NS, car, golden_run, record
from support.recordings import damage_answers, rows, write
from support.tries import Tries

from iai_proxy.errors import InputError, UsageError
from iai_proxy.recordings import Recording, verify
from iai_proxy.scrubbing import Disguise, scrub

#: Of every recorded run.
SECRETS = (LOCATION, "10.9.8.7:40404", "10.9.8.7", "requests", str(START_NS)[:10])


def test_a_scrubbed_recording_is_whole_and_private(tmp_path: Path) -> None:
    record(tmp_path / "run.iairec", golden_run(11)[0])
    result = scrub(tmp_path / "run.iairec", tmp_path / "out.iairec", Disguise())
    assert result.calls == len(rows(tmp_path / "run.iairec", "SELECT id FROM exchange"))
    assert verify(tmp_path / "out.iairec").whole
    assert (tmp_path / "out.iairec").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("out.iairec-*"))


def test_nothing_of_the_original_is_in_the_scrubbed_file(tmp_path: Path, tries: Tries) -> None:
    searched = 0
    for seed in range(tries.rounds(usual=3, soak=30)):
        calls, needles = far_and_wide(random.Random(seed))
        path, out = tmp_path / f"run-{seed}.iairec", tmp_path / f"out-{seed}.iairec"
        record(path, calls)
        scrub(path, out, Disguise())
        text = everything(out)
        assert not [needle for needle in (*SECRETS, *needles) if needle in text]
        searched += len(SECRETS) + len(needles)
    tries.note("scrubbed", searched)


def far_and_wide(draw: random.Random) -> tuple[list[dict[str, Any]], set[str]]:
    """A run with places in every field that has them, and the texts of their coordinates."""
    needles: set[str] = set()

    def near() -> list[float]:
        place = [draw.gauss(0, 150) for _ in range(2)]
        needles.update(map(repr, place))
        return place

    def states() -> list[list[float]]:
        return [[*near(), draw.uniform(-3, 3), 5.0] for _ in range(20)]

    cars = [{**car(), "length": 4.5, "waypoint": near(), "waypoints": [near()]} for _ in range(20)]
    actor = dict(zip("xy", near(), strict=True))
    center = near()
    asked = {"location": LOCATION, "rendering_center": f"{center[0]},{center[1]}"}
    info = {"map_center": near(), "bounding_polygon": [near()], "static_actors": [actor]}
    first = {"location": LOCATION, "agent_properties": cars, "location_of_interest": near()}
    calls = [
        {"endpoint": "location_info", "request": asked, "answer": info},
        {
            "endpoint": "initialize",
            "request": {**first, "states_history": [states(), states()]},
            "answer": {"agent_states": states(), "agent_properties": cars},
        },
    ]
    for _ in range(10):
        attributes = [[4.5, 2.0, "car", near()] for _ in range(20)]
        request = {"location": LOCATION, "agent_states": states(), "rendering_center": near()}
        calls.append(
            {
                "endpoint": "drive",
                "request": {**request, "agent_attributes": attributes},
                "answer": {"agent_states": states(), "agent_properties": cars},
            }
        )
    regions = {"location": LOCATION, "regions": [{"center": near(), "agent_states": states()}]}
    calls.append({"endpoint": "large_initialize", "request": regions, "answer": {}})
    blamed = {"location": LOCATION, "agent_state_history": [states()], "agent_attributes": []}
    calls.append({"endpoint": "blame", "request": blamed, "answer": {"agents_at_fault": [1]}})
    return calls, needles


def everything(path: Path) -> str:
    """All that is in a recording: its bytes, its rows and its bodies."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        found = [
            repr(connection.execute(f"SELECT * FROM {table}").fetchall())
            for (table,) in tables.fetchall()
        ]
    with Recording(path) as recording:
        for made in recording.exchanges():
            found.append(made.request.body.decode())
            found.append(made.response.body.decode() if made.response else "")
    return path.read_bytes().decode("latin-1") + "".join(found)


def test_the_needles_are_found_in_the_original(tmp_path: Path) -> None:
    calls, needles = far_and_wide(random.Random(0))
    record(tmp_path / "run.iairec", calls)
    text = everything(tmp_path / "run.iairec")
    assert len(needles) > 1_000
    assert not [needle for needle in (*SECRETS, *needles) if needle not in text]


def test_marks_of_keys_are_those_of_no_other_recording(tmp_path: Path) -> None:
    headers = (("x-api-key", KEY),)
    write(tmp_path / "run.iairec", exchange(request(headers=headers)))
    scrub(tmp_path / "run.iairec", tmp_path / "out.iairec", Disguise())
    marks = [
        json.loads(str(rows(tmp_path / name, "SELECT request_headers FROM exchange")[0][0]))
        for name in ("run.iairec", "out.iairec")
    ]
    assert marks[0] != marks[1]
    assert all(mark.startswith("[redacted:") for ((_, mark),) in marks)


def test_a_seed_makes_the_same_recording_again(tmp_path: Path) -> None:
    calls, _ = golden_run(11)
    record(tmp_path / "run.iairec", calls)
    made = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2), ("d", None), ("e", None)):
        scrub(tmp_path / "run.iairec", tmp_path / name, Disguise(seed))
        with Recording(tmp_path / name) as recording:
            made[name] = zlib.crc32(b"".join(one.request.body for one in recording.exchanges()))
    assert made["a"] == made["b"]
    assert len(set(made.values())) == 4


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    write(tmp_path / "run.iairec", exchange())
    (tmp_path / "out.iairec").write_text("mine")
    with pytest.raises(UsageError, match="exists: give -o another name"):
        scrub(tmp_path / "run.iairec", tmp_path / "out.iairec", Disguise())
    assert (tmp_path / "out.iairec").read_text() == "mine"


def test_nothing_is_left_of_a_recording_that_is_damaged(tmp_path: Path) -> None:
    answers = [response(json.dumps({"random_seed": number}).encode() * 50) for number in range(3)]
    write(tmp_path / "run.iairec", *(exchange(answer=answer) for answer in answers))
    damage_answers(tmp_path / "run.iairec", 3)
    with pytest.raises(InputError):
        scrub(tmp_path / "run.iairec", tmp_path / "out.iairec", Disguise())
    assert [path.name for path in tmp_path.glob("out*")] == []


def test_an_empty_recording_is_scrubbed_too(tmp_path: Path) -> None:
    write(tmp_path / "run.iairec")
    result = scrub(tmp_path / "run.iairec", tmp_path / "out.iairec", Disguise())
    assert (result.calls, result.steps, result.is_alike) == (0, 0, True)
