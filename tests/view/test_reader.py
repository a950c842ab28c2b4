"""A file is read as it grows, waited for, and not mixed up with another one of its name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from scene.test_growing import Recorded  # type: ignore[import-not-found]

from iai_proxy.diagnosis.check import Finding, Located
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.errors import InputError, UsageError
from iai_proxy.view.reader import Reader


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.iairec"


@pytest.fixture
def reader(path: Path) -> Iterator[Reader]:
    made = Reader(path)
    yield made
    made.close()


def recorded(path: Path, steps: int, agents: int = 2) -> Recorded:
    made = Recorded(path)
    made.drive(made.world.initialize(agents), steps)
    made.write()
    return made


def read(reader: Reader) -> None:
    reader.look()
    while reader.more:
        reader.look()


def index(reader: Reader) -> Any:
    return orjson.loads(reader.index())


def last_step(reader: Reader) -> int:
    (simulation,) = index(reader)["simulations"]
    return int(simulation["branches"][0]["last"])


def test_a_file_that_is_not_there_yet_is_waited_for(reader: Reader, path: Path) -> None:
    assert reader.look()
    assert reader.trouble == f"waiting for {path}: there is no such file yet"
    assert not reader.look()
    assert index(reader)["simulations"] == []
    with pytest.raises(InputError, match="waiting for"):
        reader.chunk(1, 1, range(1))
    recorded(path, 3).close()
    assert reader.look()
    assert reader.trouble is None
    assert last_step(reader) == 3


def test_a_recording_without_a_simulation_has_an_index_without_one(
    reader: Reader, path: Path
) -> None:
    made = Recorded(path)
    read(reader)
    assert (reader.trouble, reader.is_live) == (None, True)
    assert index(reader)["simulations"] == []
    assert reader.summary()["simulations"] == 0
    made.close()


def test_new_steps_are_read_and_shown(reader: Reader, path: Path) -> None:
    made = Recorded(path)
    agents = made.drive(made.world.initialize(2), 3)
    made.write()
    read(reader)
    before = orjson.loads(reader.chunk(1, 1, range(200)))
    assert (before["count"], last_step(reader)) == (4, 3)
    made.drive(agents, 2)
    made.write()
    reader.run._rest_until = 0  # type: ignore[attr-defined]
    read(reader)
    after = orjson.loads(reader.chunk(1, 1, range(200)))
    assert (after["count"], last_step(reader)) == (6, 5)
    assert len(orjson.loads(reader.overview(1, 1))["present"]) == 6
    made.close()


def test_whether_it_is_being_written_is_known(reader: Reader, path: Path) -> None:
    made = recorded(path, 1)
    reader.look()
    assert reader.is_live
    made.close()
    assert reader.look()
    assert not reader.is_live


def test_a_file_that_was_deleted_stays_to_be_seen_as_far_as_it_was_read(
    reader: Reader, path: Path
) -> None:
    recorded(path, 3).close()
    read(reader)
    before, edition = reader.index(), reader.edition
    assert reader.summary()["steps"] == 3
    path.unlink()
    assert reader.look()
    assert (reader.summary()["steps"], reader.summary()["trouble"]) == (3, reader.trouble)
    assert reader.index() == before
    assert "was deleted or moved away" in (reader.trouble or "")
    assert reader.edition == edition


def test_another_file_of_the_same_name_takes_its_place(reader: Reader, path: Path) -> None:
    recorded(path, 3).close()
    read(reader)
    reader.take([finding()], is_all=True)
    first = reader.state["edition"]
    path.unlink()
    recorded(path, 7, agents=4).close()
    read(reader)
    assert reader.trouble is None
    assert last_step(reader) == 7
    assert reader.state["edition"] != first
    assert reader.located == ()
    assert len(orjson.loads(reader.chunk(1, 1, range(200)))["agents"]) == 4


def finding() -> Located:
    found = Finding(ALL[0].code, 2, 3, (1,), None, "an agent is wrong")
    return Located(1, ALL[0], found, 3, (3, 4))


def test_findings_stand_in_the_index_with_their_steps_and_agents(
    reader: Reader, path: Path
) -> None:
    recorded(path, 3).close()
    read(reader)
    assert index(reader)["simulations"][0]["problems"] == []
    assert reader.summary()["findings"] is None
    reader.take([finding()], is_all=True)
    (problem,) = index(reader)["simulations"][0]["problems"]
    assert (problem["code"], problem["first"], problem["agents"]) == (ALL[0].code, 2, [1])
    assert sum(reader.summary()["findings"].values()) == 1


def test_what_is_not_there_is_told(reader: Reader, path: Path) -> None:
    recorded(path, 3).close()
    read(reader)
    for wrong in (
        lambda: reader.chunk(2, 1, range(1)),
        lambda: reader.chunk(1, 9, range(1)),
        lambda: reader.chunk(1, 1, range(50, 60)),
        lambda: reader.overview(1, 9),
        lambda: reader.picture(1),
    ):
        with pytest.raises(UsageError):
            wrong()


def test_a_recording_that_is_just_being_made_is_read_once_it_is(reader: Reader, path: Path) -> None:
    made = recorded(path, 3)
    made.close()
    whole = path.read_bytes()
    for begun in (0, 16, 4096):  # the same file all the time: it is not put there by another name
        with path.open("r+b") as stream:
            stream.truncate(0)
            stream.write(whole[:begun])
        reader.look()
        assert reader.trouble
    with path.open("r+b") as stream:
        stream.write(whole)
    read(reader)
    assert reader.trouble is None
    assert last_step(reader) == 3


def test_a_file_of_another_kind_is_told_and_read_once_it_is_right(
    reader: Reader, path: Path
) -> None:
    path.write_text("{}")
    reader.look()
    assert str(path) in (reader.trouble or "")
    path.unlink()
    recorded(path, 3).close()
    read(reader)
    assert reader.trouble is None


def test_the_start_page_gets_a_picture_and_a_line(reader: Reader, path: Path) -> None:
    recorded(path, 3).close()
    read(reader)
    assert reader.small_picture().startswith(b"\x89PNG")
    facts = reader.summary()
    assert (facts["locations"], facts["agents"], facts["steps"]) == (["here"], 2, 3)
    assert (facts["failures"], facts["live"]) == (0, False)


def test_findings_that_are_not_known_yet_are_not_missing(reader: Reader, path: Path) -> None:
    recorded(path, 1).close()
    read(reader)
    assert index(reader)["simulations"][0]["unchecked"] == "the checks are still running"
    reader.take((), is_all=True)
    assert index(reader)["simulations"][0]["unchecked"] == ""
