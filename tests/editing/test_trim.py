"""A recording of some steps of another, whose calls are known one by one."""

from __future__ import annotations

from functools import partial
from itertools import count
from pathlib import Path

import pytest
from support.recordings import change, rows
from support.runs import endpoints, exchanges_of, posted, query, record, simulations, told
from support.worlds import World

from iai_proxy.cli.options import named_steps
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.editing.chosen import Wanted
from iai_proxy.editing.trim import trim
from iai_proxy.errors import InputError, UsageError
from iai_proxy.recordings import Recording, verify
from iai_proxy.recordings.labelling import change_labels


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.iairec"


def steps(text: str, *simulations: int, branch: int | None = None) -> Wanted:
    return Wanted(simulations, branch, partial(named_steps, text))


def one_run(calls: int = 6) -> World:
    """A simulation of three agents."""
    world = World()
    agents = world.initialize(3)
    for _ in range(calls):
        agents = world.drive(agents)
    return world


def test_the_steps_are_there_byte_for_byte_with_their_times(tmp_path: Path, out: Path) -> None:
    path = record(tmp_path / "run.iairec", exchanges_of(one_run()))
    result = trim(path, out, steps("2:4"))
    assert (result.calls, result.of_calls, result.is_alike) == (3, 7, True)
    assert told(out) == told(path)[2:5]
    assert simulations(out) == [[(0, None, 3), (1, 1, 3), (2, 2, 3)]]
    assert verify(out).whole
    assert oct(out.stat().st_mode)[-3:] == "600"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out.iairec", "run.iairec"]


def test_a_cut_gives_no_findings_of_its_own(tmp_path: Path, out: Path) -> None:
    path = record(tmp_path / "run.iairec", exchanges_of(one_run()))
    trim(path, out, steps("2:4"))
    assert 271 not in {each.finding.code for each in diagnosed(out, ALL).located}
    again = tmp_path / "again.iairec"
    trim(out, again, steps(":1"))
    assert 271 not in {each.finding.code for each in diagnosed(again, ALL).located}


def test_of_two_clients_at_once_only_one_stays(tmp_path: Path, out: Path) -> None:
    world = World()
    first, second = world.initialize(3, "c1"), world.initialize(4, "c2")
    for _ in range(3):
        first, second = world.drive(first, "c1"), world.drive(second, "c2")
    path = record(tmp_path / "run.iairec", exchanges_of(world))
    assert trim(path, out, Wanted((2,))).is_alike
    assert told(out) == told(path)[1::2]
    with pytest.raises(UsageError, match="has 2 simulations: say which to keep"):
        trim(path, tmp_path / "none.iairec", steps("0:1"))
    with pytest.raises(UsageError, match="no simulation 3: the recording has simulations 1 to 2"):
        trim(path, tmp_path / "none.iairec", Wanted((3,)))
    with pytest.raises(UsageError, match="not within the run: it has steps 0 to 3"):
        trim(path, tmp_path / "none.iairec", steps("2:9", 1))
    assert not (tmp_path / "none.iairec").exists()


def test_steps_that_are_tried_out_and_not_used_stay_within_the_range(
    tmp_path: Path, out: Path
) -> None:
    world = World()
    agents = world.initialize(2)
    for number in range(4):
        world.drive(agents, random_seed=number)  # looked at, and not gone on with
        agents = world.drive(agents, random_seed=number + 100)
    path = record(tmp_path / "run.iairec", exchanges_of(world))
    assert trim(path, out, steps("1:2")).is_alike
    # Calls 1 and 2 are of step 1, 3 and 4 of step 2: of these, 4 goes on from 2, as 3 does.
    assert told(out) == told(path)[2:5]
    only = tmp_path / "only.iairec"
    assert trim(path, only, steps("1:3", branch=4)).is_alike
    assert [len(tree) for tree in simulations(only)] == [3]


def test_parts_of_a_large_call_and_attempts_that_failed_stay_together(
    tmp_path: Path, out: Path
) -> None:
    world = World()
    agents = world.initialize(6)
    parts = [([0, 1, 2], [3]), ([3, 4, 5], [2])]
    for number in range(4):
        sent = world.drive_request([agents[index] for index in (0, 1, 2, 3)], random_seed=number)
        world.exchange("drive", "c0", sent, None, status=503)
        agents = world.large_drive(agents, parts, random_seed=number)
    path = record(tmp_path / "run.iairec", exchanges_of(world))
    assert [len(tree) for tree in simulations(path)] == [5]
    assert trim(path, out, steps("2:3")).is_alike
    assert told(out) == told(path)[4:10]
    assert simulations(out) == [[(0, None, 6), (1, 2, 6)]]


def test_what_is_asked_between_steps_stays_with_the_step_before(tmp_path: Path, out: Path) -> None:
    calls = list(exchanges_of(one_run(3)))
    blame = {"location": "here", "colliding_agents": [0, 1]}
    given = [
        query("location_info", "here"),
        query("location_info", "elsewhere"),
        query("test"),
        posted("initialize", {"location": "here"}, status=422),
        calls[0],
        posted("blame", {**blame, "random_seed": 0}),
        calls[1],
        calls[2],
        posted("blame", {**blame, "random_seed": 2}),
        posted("tomorrow", {"new": True}),
        calls[3],
        posted("drive", {"location": "here", "agent_states": []}, status=400),
    ]
    path = record(tmp_path / "run.iairec", given)
    trim(path, out, steps("2:2"))
    assert endpoints(out) == ["location_info", "test", "drive", "blame", "other"]
    assert told(out)[0] == told(path)[0]
    first = tmp_path / "first.iairec"
    trim(path, first, steps(":0"))
    assert [found.status for found in told(first) if found.endpoint == "initialize"] == [422, 200]
    last = tmp_path / "last.iairec"
    trim(path, last, steps("3:"))
    assert told(last)[-1].status == 400


def test_newcomers_come_with_the_call_that_placed_them(tmp_path: Path, out: Path) -> None:
    world = World()
    agents = world.initialize(3)
    agents = world.drive(world.drive(agents))
    agents = world.drive([*agents, *world.initialize(1)])
    world.drive(agents)
    path = record(tmp_path / "run.iairec", exchanges_of(world))
    result = trim(path, out, steps("3:"))
    assert [found.endpoint for found in told(out)] == ["initialize", "drive", "drive"]
    assert result.is_alike or len(simulations(out)) == 1


def test_labels_and_the_salt_of_marks_are_kept(tmp_path: Path, out: Path) -> None:
    path = record(tmp_path / "run.iairec", exchanges_of(one_run(2)))
    change_labels(path, {"team": "planning"})
    trim(path, out, steps("1:"))
    with Recording(out) as trimmed, Recording(path) as original:
        assert trimmed.labels() == {"team": "planning"}
        assert trimmed.meta("salt") == original.meta("salt")


def test_of_a_damaged_recording_nothing_is_made(tmp_path: Path, out: Path) -> None:
    path = record(tmp_path / "run.iairec", exchanges_of(one_run(4)))
    answer = "hash = (SELECT response_hash FROM exchange WHERE id = 4)"
    assert change(path, f"UPDATE body SET data = x'00' WHERE {answer}") == 1
    with pytest.raises(InputError, match=r"damaged.*of call 4"):
        trim(path, out, steps("2:"))
    assert [file.name for file in tmp_path.iterdir()] == ["run.iairec"]


def test_what_is_there_is_not_written_over(tmp_path: Path, out: Path) -> None:
    path = record(tmp_path / "run.iairec", exchanges_of(one_run(2)))
    before = path.read_bytes()
    out.write_text("mine")
    for target in (out, path):
        with pytest.raises(UsageError, match="exists: give -o another name"):
            trim(path, target, steps("1:"))
    with pytest.raises(UsageError, match="can't write"):
        trim(path, tmp_path / "none" / "out.iairec", steps("1:"))
    assert (out.read_text(), path.read_bytes()) == ("mine", before)


def test_a_trimmed_recording_can_be_continued(tmp_path: Path, out: Path) -> None:
    world = one_run(4)
    path = record(tmp_path / "run.iairec", exchanges_of(world))
    trim(path, out, steps("1:3"))
    numbers = count(1)
    assert [number for (number,) in rows(out, "SELECT id FROM exchange")] == [
        next(numbers) for _ in range(3)
    ]
