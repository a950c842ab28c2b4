"""Tables of one recording."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.test_runs import write_recording
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scene.test_faulty_runs import FIELDS, ODD
from support.driven import CAR, START_NS, Answer, Driven
from support.recordings import change, write

from iai_proxy.api import Call
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.errors import InputError, UsageError
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.tables import TABLES, table_of
from iai_proxy.tables.fields import LAYOUTS
from iai_proxy.tables.recorded import Made, made

Json = dict[str, Any]


def made_of(path: Path) -> Made:
    with Recording(path) as recording:
        return made(TABLES, recording, "run")


def rows_of(path: Path, name: str) -> list[Json]:
    with Recording(path) as recording:
        found: list[Json] = table_of(name, recording, source="run").to_pylist()
    return found


def forked() -> Driven:
    """Two steps, then two ways on: to steps 2 and 3, and to step 2 again, refused once before."""
    run = Driven(properties=[CAR])
    begun, first = Answer([(0, 0, 0, 5)]), Answer([(0.5, 0, 0, 5)], lights={"7": "red", "x": "red"})
    rows = run.go_on(run.initialize(begun), begun, [first])
    run.go_on(rows, first, [Answer([(1, 0, 0, 5)], failures=1)])
    run.go_on(rows, first, [Answer([(1.1, 0, 0, 5)]), Answer([(1.7, 0, 0, 5)])])
    return run


def test_each_step_is_in_the_first_branch_that_has_it(tmp_path: Path) -> None:
    path = forked().record(tmp_path / "run.iairec")
    rows = rows_of(path, "agents")
    assert [(row["branch"], row["trunk"], row["step"], row["x"]) for row in rows] == [
        (1, True, 0, 0.0),
        (1, True, 1, 0.5),
        (1, False, 2, 1.0),
        (2, True, 2, 1.1),
        (2, True, 3, 1.7),
    ]
    (simulation,) = rows_of(path, "simulations")
    assert simulation["branches"] == [
        {"branch": 1, "first_step": 0, "last_step": 2, "leaves_branch": None, "leaves_at": None},
        {"branch": 2, "first_step": 2, "last_step": 3, "leaves_branch": 1, "leaves_at": 1},
    ]
    assert (simulation["trunk"], simulation["trunk_steps"], simulation["steps"]) == (2, 4, 5)
    assert (simulation["calls"], simulation["failed_attempts"]) == (5, 1)
    assert simulation["model_versions"] == ["m1"]


def test_calls_are_where_their_steps_are(tmp_path: Path) -> None:
    rows = rows_of(forked().record(tmp_path / "run.iairec"), "calls")
    assert [(row["call"], row["branch"], row["step"], row["status"]) for row in rows] == [
        (1, 1, 0, 200),
        (2, 1, 1, 200),
        (3, 1, 2, 503),  # a failed attempt at step 2
        (4, 1, 2, 200),
        (5, 2, 2, 200),
        (6, 2, 3, 200),
    ]
    first = rows[0]
    assert first["started"].timestamp() * 1e9 == START_NS
    assert (first["duration_ms"], first["waited_ms"]) == (10.0, 10.0)
    assert (first["location"], first["model_version"], first["seed"]) == ("here", "m1", 1)
    assert (first["endpoint"], first["agents"], first["labels"]) == ("initialize", 1, [])


def test_lights_are_rows_and_what_is_no_light_is_none(tmp_path: Path) -> None:
    (row,) = rows_of(forked().record(tmp_path / "run.iairec"), "lights")
    place = (row["branch"], row["step"], row["time"], row["call"], row["light"], row["state"])
    assert place == (1, 1, 0.1, 2, 7, "red")


def test_lights_are_where_location_info_said(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "run.iairec", mistakes.run(steps=1))
    with Recording(path) as recording:
        told = json.loads(recording.body(recording.call(1).response_hash or b""))
    names = {"x": "x", "y": "y", "orientation": "heading", "length": "length", "width": "width"}
    expected = {
        actor["actor_id"]: {ours: actor.get(theirs) for theirs, ours in names.items()}
        for actor in told["static_actors"]
    }
    rows = rows_of(path, "lights")
    assert [row["light"] for row in rows] == [11, 12] * 2
    for row in rows:
        assert {name: row[name] for name in names.values()} == expected[row["light"]]
    (alone,) = rows_of(forked().record(tmp_path / "alone.iairec"), "lights")
    assert [alone[name] for name in names.values()] == [None] * 5


def test_numbers_of_a_client_that_no_column_holds_are_null(tmp_path: Path) -> None:
    run = mistakes.run(steps=1)
    request = run[1]["request"]
    request["random_seed"], request["num_agents_to_spawn"] = 1 << 63, 1 << 31
    rows = rows_of(write_recording(tmp_path / "run.iairec", run), "calls")
    (row,) = [row for row in rows if row["endpoint"] == "initialize"]
    assert (row["seed"], row["agents"]) == (None, None)


@pytest.mark.parametrize("mistake", mistakes.MISTAKES.values(), ids=mistakes.MISTAKES.keys())
def test_findings_are_those_of_a_diagnosis(
    tmp_path: Path, mistake: Callable[[], list[Json]]
) -> None:
    path = write_recording(tmp_path / "run.iairec", mistake())
    found = made_of(path)
    assert not found.problems
    rows = found.tables["findings"].to_pylist()
    located = diagnosed(path, ALL).located
    assert [(row["code"], row["message"], row["value"]) for row in rows] == [
        (each.check.code, each.finding.sentence, each.finding.value) for each in located
    ]
    assert_sound(found)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from((*FIELDS, "random_seed", "location", "model_version")), ODD, st.booleans())
def test_fields_as_no_api_has_them_still_make_tables(
    tmp_path: Path, name: str, value: Any, is_asked: bool
) -> None:
    run = mistakes.run(steps=2)
    (run[2]["request"] if is_asked else run[2]["answer"])[name] = value
    path = tmp_path / "run.iairec"
    path.unlink(missing_ok=True)
    assert_sound(made_of(write_recording(path, run)))


def assert_sound(found: Made) -> None:
    for name, table in found.tables.items():
        table.validate(full=True)
        for field in LAYOUTS[name].fields:
            assert field.nullable or not table[field.name].null_count, field.name


def test_a_recording_without_calls_has_tables_without_rows(tmp_path: Path) -> None:
    write(tmp_path / "run.iairec")
    found = made_of(tmp_path / "run.iairec")
    assert {name: table.num_rows for name, table in found.tables.items()} == dict.fromkeys(
        TABLES, 0
    )


def test_a_recording_that_grows_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    with RecordingWriter(path) as writer:
        counts = []
        for each in forked().exchanges:
            writer.append(lambda each=each: each).result(20)
            counts.append(len(rows_of(path, "agents")))
    assert counts == [1, 2, 2, 3, 4, 5]


def test_calls_that_come_while_it_is_read_are_left_for_the_next_time(tmp_path: Path) -> None:
    path = forked().record(tmp_path / "run.iairec")

    class Earlier(Recording):
        """Had four calls when these were listed."""

        def calls(self, **given: Any) -> Iterator[Call]:
            return islice(super().calls(**given), 4)

    with Earlier(path) as recording:
        found = made(TABLES, recording, "run")
    assert not found.problems
    assert [found.tables[name].num_rows for name in ("agents", "calls")] == [3, 4]


def test_a_damaged_body_is_a_finding_and_the_rest_is_there(tmp_path: Path) -> None:
    path = forked().record(tmp_path / "run.iairec")
    fifth = "hash = (SELECT response_hash FROM exchange WHERE id = 5)"
    change(path, f"DELETE FROM body WHERE {fifth}")
    found = made_of(path)
    (problem,) = found.problems
    (row,) = found.tables["findings"].to_pylist()
    assert (row["name"], row["severity"], row["code"]) == ("unreadable", "error", None)
    assert row["message"] == problem
    assert [found.tables[name].num_rows for name in ("agents", "calls", "lights")] == [5, 6, 1]


def test_a_damaged_row_can_not_be_read(tmp_path: Path) -> None:
    path = forked().record(tmp_path / "run.iairec")
    change(path, "UPDATE exchange SET endpoint = 'initialise' WHERE id = 2")
    with pytest.raises(InputError):
        made_of(path)


def test_a_table_that_there_is_not_is_refused(tmp_path: Path) -> None:
    path = forked().record(tmp_path / "run.iairec")
    with pytest.raises(UsageError, match=r"there is no table agent: give one of agents, calls, "):
        rows_of(path, "agent")
