"""The scenario files that ship in the SDK's wheel are the format's reference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from iai_proxy.errors import InputError
from iai_proxy.logs.scenario import ScenarioDocument, read_scenario, to_json

MINIMAL: dict[str, Any] = {
    "location": {"identifier": "iai:demo"},
    "scenario_length": 0,
    "num_agents": {"car": 0, "pedestrian": 0},
    "predetermined_agents": {},
    "num_controls": {"traffic_light": 0, "yield_sign": 0, "stop_sign": 0, "other": 0},
    "predetermined_controls": {},
    "individual_suggestions": {},
    "birdview_options": {"rendering_center": [0, 0], "renderingFOV": 100},
}


def test_the_files_in_the_sdks_wheel_are_written_back_equal(sdk: Any) -> None:
    files = sorted((Path(sdk.__file__).parent / "logs" / "scenario_test_suite").glob("*.json"))
    assert len(files) == 9
    for file in files:
        text = file.read_text()
        assert json.loads(to_json(ScenarioDocument.model_validate_json(text))) == json.loads(
            text
        ), file.name


def test_what_is_absent_stays_absent() -> None:
    assert json.loads(to_json(read_scenario(json.dumps(MINIMAL), "a.json"))) == MINIMAL


def test_what_is_null_stays_null() -> None:
    nulls = dict.fromkeys(("drive_random_seed", "light_recurrent_states", "rendering_centers"))
    birdview = {"rendering_center": None, "renderingFOV": None}
    document = MINIMAL | nulls | {"birdview_options": birdview}
    assert json.loads(to_json(read_scenario(json.dumps(document), "a.json"))) == document


def test_unknown_fields_are_kept_at_every_depth() -> None:
    document = MINIMAL | {"weather": "rain", "location": {"identifier": "iai:demo", "version": 3}}
    assert json.loads(to_json(read_scenario(json.dumps(document), "a.json"))) == document


@pytest.mark.parametrize("centers", [[], [1.5, 2], [[1, 2], [3, 4.5]]])
def test_both_forms_of_rendering_centers_are_read(centers: list[Any]) -> None:
    document = MINIMAL | {"rendering_centers": centers}
    assert json.loads(to_json(read_scenario(json.dumps(document), "a.json"))) == document


@pytest.mark.parametrize(
    ("text", "place"),
    [("", "its beginning"), ("[]", "its beginning"), (json.dumps(MINIMAL)[:-1], "its beginning"),
     ("{}", "location"), (json.dumps(MINIMAL | {"num_agents": {"car": "x"}}), "num_agents.car")],
)  # fmt: skip
def test_what_is_no_scenario_log_is_refused_by_name_and_place(text: str, place: str) -> None:
    with pytest.raises(
        InputError, match=rf"^run\.json is not a scenario log: .* at {place}; give a file"
    ) as raised:
        read_scenario(text, "run.json")
    assert "\n" not in str(raised.value)
