"""The calls of a recording as a replay needs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.exchanges import exchange, request, response
from support.recordings import write

from iai_proxy.api import Exchange
from iai_proxy.errors import UsageError
from iai_proxy.player.recorded_calls import (
    check_ignored,
    last_step,
    steps_in_background,
    unused_by_endpoint,
)
from iai_proxy.recordings import Recording

STATES = [[[float(step), 0.0, 0.0, 10.0]] for step in range(4)]


def called(endpoint: str, asked: Any, answer: Any) -> Exchange:
    return exchange(
        request(json.dumps(asked).encode(), target=f"/{endpoint}"),
        response(json.dumps(answer).encode()),
    )


def held(step: int) -> dict[str, Any]:
    return {"agent_states": STATES[step], "recurrent_states": [[step + 0.5]]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A simulation of two steps after its root, and a call that belongs to none."""
    recording = tmp_path / "run.iairec"
    write(
        recording,
        called("initialize", {"location": "a"}, held(0)),
        called("drive", {"location": "a", **held(0)}, held(1)),
        called("blame", {}, {}),
        called("drive", {"location": "a", **held(1)}, held(2)),
    )
    return recording


def test_unused_calls_are_told_by_endpoint_in_the_order_of_their_numbers(path: Path) -> None:
    assert unused_by_endpoint(path, [4, 3, 2]) == (("drive", [2, 4]), ("blame", [3]))


def test_where_all_was_used_the_recording_is_not_even_opened(tmp_path: Path) -> None:
    assert unused_by_endpoint(tmp_path / "none.iairec", []) == ()


def test_the_last_step_is_the_highest_of_any_simulation(path: Path, tmp_path: Path) -> None:
    assert last_step(path) == 2
    other = tmp_path / "other.iairec"
    write(other, called("blame", {}, {}))
    assert last_step(other) is None


def test_steps_are_worked_out_meanwhile_once_for_all_that_ask(path: Path) -> None:
    with steps_in_background(path) as steps:
        assert steps() is steps()


@pytest.mark.parametrize("field", ["random_seed", "include_map_source", "recurrent_states"])
def test_a_field_of_the_api_can_be_ignored(path: Path, field: str) -> None:
    with Recording(path) as recording:
        check_ignored(recording, {field})


def test_a_field_that_only_the_recording_knows_can_be_ignored(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    write(path, called("initialize", {"from_tomorrow": 1}, held(0)))
    with Recording(path) as recording:
        check_ignored(recording, {"from_tomorrow"})


@pytest.mark.parametrize(
    ("word", "hint"),
    [("foo", r"run\.iairec$"), ("random-seed", r"\(did you mean 'random_seed'\?\)")],
)
def test_a_word_that_is_no_field_is_refused(path: Path, word: str, hint: str) -> None:
    with (
        Recording(path) as recording,
        pytest.raises(UsageError, match=f"there is no field {word} .*{hint}"),
    ):
        check_ignored(recording, {"random_seed", word})
