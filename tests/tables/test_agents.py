"""The table `agents` against what the real SDK's objects held, and by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.test_runs import write_recording
from end_to_end.test_large_calls_of_clients import PLAIN, SDK
from scene.programs import PROGRAM
from support.cli import Cli
from support.driven import CAR, PEDESTRIAN, Answer, Driven
from support.recorded import recorded
from support.recordings import change

from iai_proxy.recordings import Recording
from iai_proxy.sandbox.server import Sandbox
from iai_proxy.tables import table_of

pytest.importorskip("invertedai")

Row = dict[str, Any]
STATE = ("x", "y", "heading", "speed")


def agents_of(path: Path) -> list[Row]:
    with Recording(path) as recording:
        rows: list[Row] = table_of("agents", recording, source=path.name).to_pylist()
    return rows


def of_step(rows: list[Row], branch: int, step: int) -> list[Row]:
    """The rows of a step in the client's order."""
    found = [row for row in rows if (row["branch"], row["step"]) == (branch, step)]
    return sorted(found, key=lambda row: row["index"])


def states(rows: list[Row], prefix: str = "") -> list[list[float | None]]:
    return [[row[f"{prefix}{name}"] for name in STATE] for row in rows]


def sent_in(path: Path, row: Row) -> list[list[float]]:
    """The states that the request of a row's step has, read without lineage."""
    with Recording(path) as recording:
        request = json.loads(recording.exchange(row["call"]).request.body)
    found: list[list[float]] = request["agent_states"]
    return found


@pytest.fixture
def run(cli: Cli, sandbox: Sandbox) -> tuple[list[Row], list[Any], Path]:
    """A client that moves an ego, takes one out, brings one in and begins again from step 3."""
    printed = recorded(cli, sandbox.url, PROGRAM)
    path = cli.folder / "run.iairec"
    return agents_of(path), json.loads(printed.splitlines()[-1]), path


def test_rows_are_what_the_sdk_held(run: tuple[list[Row], list[Any], Path]) -> None:
    rows, written, path = run
    # Steps 4 to 8, then 4 and 5 again from step 3: no step is there twice.
    places = [(1, step) for step in range(9)] + [(2, 4), (2, 5)]
    assert len(rows) == sum(len(held["agents"]) for held in written)
    names = {0: "ego", 1: "b", 2: "c", 3: "d", 4: "e", 5: "new"}
    for (branch, step), held in zip(places, written, strict=True):
        found = of_step(rows, branch, step)
        assert [names[row["agent"]] for row in found] == held["agents"]
        assert states(found) == held["states"]
        flags = [[row["collision"], row["offroad"], row["wrong_way"]] for row in found]
        assert flags == (held["infractions"] or [[None] * 3] * len(found))
        assert [row["inside"] for row in found] == (held["inside"] or [None] * len(found))
        sizes = ("type", "length", "width", "rear_axis_offset")
        assert [[row[name] for name in sizes] for row in found] == held["sizes"]
        assert {row["time"] for row in found} == {step / 10}
        assert [row["ego"] for row in found] == [name == "ego" for name in held["agents"]]
        sent = sent_in(path, found[0]) if step else [[None] * 4] * len(found)
        assert states(found, "sent_") == sent


def test_the_trunk_is_one_run_from_its_first_step_to_its_last(
    run: tuple[list[Row], list[Any], Path],
) -> None:
    rows, written, _ = run
    trunk = [row for row in rows if row["trunk"]]
    assert {(row["branch"], row["step"]) for row in trunk} == {(1, step) for step in range(9)}
    assert len(trunk) == sum(len(held["agents"]) for held in written[:9])


def test_rows_are_sorted_by_branch_step_and_agent(run: tuple[list[Row], list[Any], Path]) -> None:
    keys = [(row["simulation"], row["branch"], row["step"], row["agent"]) for row in run[0]]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("program", [SDK, PLAIN], ids=["sdk", "plain"])
def test_large_runs_have_the_rows_that_the_client_got(
    cli: Cli, sandbox: Sandbox, program: str
) -> None:
    printed = recorded(cli, sandbox.url, program, "30")
    rows = agents_of(cli.folder / "run.iairec")
    steps = [json.loads(line) for line in printed.splitlines()]
    assert len(rows) == sum(len(held) for held, _, _ in steps)
    before = None
    for step, (held, _, infractions) in enumerate(steps):
        found = of_step(rows, 1, step)
        assert states(found) == held
        flags = [[row["collision"], row["offroad"], row["wrong_way"]] for row in found]
        assert flags == infractions
        if before is not None:
            assert states(found, "sent_") == before
            assert len({row["call"] for row in found}) > 1
        before = held


def test_a_state_that_is_not_four_finite_numbers_is_null(tmp_path: Path) -> None:
    def answered(step: int, answer: Row) -> None:
        if step == 2:
            answer["agent_states"][1] = [math.nan, 0.5, math.inf, 1.0]
        if step == 3:
            answer["agent_states"][1] = ["nowhere"]

    path = write_recording(tmp_path / "run.iairec", mistakes.run(answered=answered, steps=4))
    rows = agents_of(path)
    known = [None not in states(of_step(rows, 1, step))[1] for step in range(5)]
    assert known == [True, True, False, False, True]
    assert states(of_step(rows, 1, 2))[1] == states(of_step(rows, 1, 3))[1] == [None] * 4
    assert states(of_step(rows, 1, 3), "sent_")[1] == [None] * 4


def test_sizes_are_the_latest_that_were_said_and_never_guessed(tmp_path: Path) -> None:
    made = Driven(properties=[CAR, {}])
    begun = Answer([(0, 0, 0, 1), (50, 0, 0, 1)])
    rows = made.initialize(begun)
    made.properties = [CAR | {"length": 4.5, "width": None}, PEDESTRIAN]
    made.go_on(rows, begun, [begun])
    found = agents_of(made.record(tmp_path / "run.iairec"))
    assert [(row["type"], row["length"], row["width"]) for row in found] == [
        ("car", 4.0, 2.0),
        (None, None, None),
        ("car", 4.5, 2.0),
        ("pedestrian", 0.6, 0.6),
    ]


def test_a_damaged_answer_leaves_out_what_only_it_tells(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "run.iairec", mistakes.run(steps=4, info=False))
    whole = agents_of(path)
    third = "hash = (SELECT response_hash FROM exchange WHERE id = 3)"
    change(path, f"DELETE FROM body WHERE {third}")
    rows = agents_of(path)
    assert states(rows) == states(whole)
    assert [row["length"] for row in rows] == [row["length"] for row in whole]
    for row, before in zip(rows, whole, strict=True):
        assert before["inside"] is (True if row["step"] else None)
        assert row["inside"] is (None if row["call"] == 3 else before["inside"])
