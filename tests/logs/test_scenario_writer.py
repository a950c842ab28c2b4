"""Expected files come from the SDK's ``LogWriter``; its ``LogReader`` steps through ours."""

from __future__ import annotations

import io
import json
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from logs.runs import CAR, GUIDED, LIGHTS, TRUCK, WALKER, Told, without_location_info

from iai_proxy.logs.scenario import ScenarioAgent, ScenarioRun, ScenarioStep
from iai_proxy.logs.scenario_writer import write_scenario


def written(run: ScenarioRun) -> str:
    stream = io.StringIO()
    write_scenario(run, stream)
    return stream.getvalue()


RUNS = {
    "plain": Told([CAR, CAR], [([0, 1], [], None)] * 3),
    "only initialize": Told([CAR], [([0], [], LIGHTS[0])]),
    "every type, waypoints, lights": Told(
        [CAR, WALKER, GUIDED, TRUCK], [([0, 1, 2, 3], [], lit) for lit in LIGHTS]
    ),
    "agents arrive and leave": Told(
        [CAR, WALKER, CAR],
        [
            ([0, 1, 2], [], LIGHTS[0]),
            ([0, 2], [], LIGHTS[1]),
            ([0, 2, 3], [GUIDED], LIGHTS[1]),
            ([3], [], LIGHTS[2]),
            ([0, 3, 4], [WALKER], LIGHTS[0]),
        ],
    ),
    "reordered": Told(
        [CAR, WALKER, CAR], [([0, 1, 2], [], None), ([2, 0, 1], [], None), ([1, 0], [], None)]
    ),
    "an agent listed twice": Told([CAR, CAR], [([0, 1], [], None), ([1, 1, 0], [], None)]),
    "no seeds, no light groups": Told(
        [CAR], [([0], [], None)] * 2, seeds=(None, None, None), light_groups=None
    ),
    "no static actors": Told([CAR], [([0], [], LIGHTS[0])] * 2, static_actors=()),
}  # fmt: skip


@pytest.fixture(params=RUNS.values(), ids=RUNS.keys())
def told(request: pytest.FixtureRequest, api: Any) -> Told:
    run: Told = request.param
    api.answers["/location_info"] = run.location_info()
    return run


def test_the_file_is_log_writers_byte_for_byte(sdk: Any, told: Told, tmp_path: Path) -> None:
    told.write_with_sdk(sdk, tmp_path / "sdk.json")
    expected = (tmp_path / "sdk.json").read_text()
    assert json.loads(written(told.run())) == json.loads(expected)
    assert written(told.run()) == expected


def test_log_reader_steps_through_the_file_and_finds_the_run(
    sdk: Any, told: Told, tmp_path: Path
) -> None:
    (tmp_path / "ours.json").write_text(written(told.run()))
    assert_read_by_sdk(sdk, tmp_path / "ours.json", told)


def test_without_location_info_log_reader_still_loads_the_file(
    sdk: Any, told: Told, tmp_path: Path
) -> None:
    (tmp_path / "ours.json").write_text(written(without_location_info(told.run())))
    assert_read_by_sdk(
        sdk, tmp_path / "ours.json", replace(told, static_actors=RUNS["plain"].static_actors)
    )


def assert_read_by_sdk(sdk: Any, path: Path, told: Told) -> None:
    reader = sdk.LogReader(str(path))
    assert reader.log_length == len(told.steps)
    reader.initialize()
    for number, ((present, _, lights), states) in enumerate(
        zip(told.steps, told.states, strict=True)
    ):
        assert number == 0 or reader.drive()
        known = dict(
            zip(reversed(present), reversed(states), strict=True)
        )  # of an agent listed twice, the first
        assert [state.tolist() for state in reader.agent_states] == [
            known[agent_id] for agent_id in sorted(known)
        ]
        shown = lights and {int(actor_id): state for actor_id, state in lights.items()}
        assert reader.traffic_lights_states == (shown if told.static_actors else None)
    assert not reader.drive()
    groups = reader.light_recurrent_states
    assert [group.tolist() for group in groups] == (told.light_groups or [])


def test_what_is_unknown_without_location_info_is_zero_or_null() -> None:
    run = Told([CAR], [([0], [], LIGHTS[0]), ([0], [], LIGHTS[1])]).run()
    document = json.loads(written(without_location_info(run)))
    assert document["birdview_options"] == {"rendering_center": [0, 0], "renderingFOV": None}
    assert document["rendering_centers"] == [0, 0]
    assert document["num_controls"] == {
        "traffic_light": 2,
        "yield_sign": 0,
        "stop_sign": 0,
        "other": 0,
    }
    assert document["predetermined_controls"]["11"] == {
        "entity_type": "traffic_light",
        "static_attributes": {"length": None, "width": None, "rear_axis_offset": 0},
        "states": {
            str(step): {
                "center": {"x": 0, "y": 0},
                "orientation": 0,
                "speed": 0,
                "control_state": state,
            }
            for step, state in enumerate(["red", "green"])
        },
    }


@pytest.mark.parametrize(
    "steps", [[LIGHTS[0], None, LIGHTS[2]], [None, LIGHTS[1]], [LIGHTS[0], {"11": "red"}]]
)
def test_a_light_without_a_state_is_none_at_that_step_only(
    sdk: Any, api: Any, steps: list[Any], tmp_path: Path
) -> None:
    told = Told([CAR], [([0], [], lights) for lights in steps])
    api.answers["/location_info"] = told.location_info()
    (tmp_path / "ours.json").write_text(written(told.run()))
    reader = sdk.LogReader(str(tmp_path / "ours.json"))
    reader.initialize()
    for number, lights in enumerate(steps):
        assert number == 0 or reader.drive()
        shown = {actor_id: (lights or {}).get(str(actor_id), "none") for actor_id in (11, 7)}
        assert reader.traffic_lights_states == shown


def test_where_log_writer_shifts_lights_each_stands_at_its_own_step(
    sdk: Any, api: Any, tmp_path: Path
) -> None:
    told = Told([CAR], [([0], [], lights) for lights in (LIGHTS[0], None, LIGHTS[2])])
    api.answers["/location_info"] = told.location_info()
    told.write_with_sdk(sdk, tmp_path / "sdk.json")
    theirs = json.loads((tmp_path / "sdk.json").read_text())["predetermined_controls"]["7"][
        "states"
    ]
    assert {step: state["control_state"] for step, state in theirs.items()} == {
        "0": "green",
        "1": "red",
    }
    ours = json.loads(written(told.run()))["predetermined_controls"]["7"]["states"]
    assert [ours[step]["control_state"] for step in "012"] == ["green", "none", "red"]


def test_a_field_of_view_that_is_not_whole_is_rounded() -> None:
    run = replace(RUNS["plain"].run(), rendering_fov=100.6)
    assert json.loads(written(run))["birdview_options"]["renderingFOV"] == 101


def test_a_run_without_steps_is_written() -> None:
    document = json.loads(
        written(ScenarioRun("iai:demo", [ScenarioAgent(None, None, None, None)], []))
    )
    assert document["predetermined_agents"]["0"]["states"] == {}
    assert document["scenario_length"] == 0


def test_a_step_of_100_agents_takes_4_kb_and_writing_them_next_to_nothing() -> None:
    lights = {str(actor_id): "red" for actor_id in range(60)}
    states = [[float(agent), -1.5, 0.25, 3.0] for agent in range(100)]
    tracemalloc.start()
    try:
        steps: list[ScenarioStep] = []
        for _ in range(500):
            steps.append(
                ScenarioStep.pack(
                    range(100), states, dict(lights), after=steps[-1] if steps else None
                )
            )
        held, _ = tracemalloc.get_traced_memory()
        assert held < 500 * 4096
        write_scenario(ScenarioRun("iai:demo", [CAR] * 100, steps), Nowhere())
        _, peak = tracemalloc.get_traced_memory()
        assert peak - held < 300_000
    finally:
        tracemalloc.stop()


class Nowhere(io.StringIO):
    """Keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)
