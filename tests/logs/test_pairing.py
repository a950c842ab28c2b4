"""Which response answers which request, in logs made by hand and drawn at random."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iai_proxy.logs.debug_log import DebugLog
from iai_proxy.logs.reader import opened_log

Log = dict[str, list[str]]
#: Number of the request, number of the answer (None without one), whether that is doubtful.
Pairs = list[tuple[int, int | None, bool]]


@pytest.fixture
def pairs(tmp_path: Path) -> Callable[[Log], Pairs]:
    """Read a log and return its pairs of drive, by the ``n`` of the bodies."""

    def read(log: Log) -> Pairs:
        (tmp_path / "log.json").write_text(json.dumps(log))
        with opened_log(tmp_path / "log.json") as opened:
            return [*_pairs(opened)]

    return read


def _pairs(log: DebugLog) -> Pairs:
    found: Pairs = []
    for call in log.calls:
        assert call.request
        answer = json.loads(call.response.text())["n"] if call.response else None
        found.append((json.loads(call.request.text())["n"], answer, call.is_doubtful))
    return found


def body(number: int, x: float, recurrent: float, **more: Any) -> str:
    """One car that drives east at 1 m/s."""
    agents = {"agent_states": [[x, 0, 0, 1.0]], "recurrent_states": [[recurrent]]}
    return json.dumps({"n": number, **agents, **more})


def seconds(*moments: float) -> list[str]:
    return [f"2024-05-01_12:00:{moment:09.6f}".replace(".", ":") for moment in moments]


def test_calls_that_by_their_times_came_one_after_another_are_paired_by_position(
    pairs: Callable[[Log], Pairs],
) -> None:
    """Though the second answer is nowhere near its request."""
    log = {
        "drive_requests": [body(1, 0, 5), body(2, 100, 7)],
        "drive_request_timestamps": seconds(0, 2),
        "drive_responses": [body(1, 0.1, 6), body(2, 900, 8)],
        "drive_response_timestamps": seconds(1, 3),
    }
    assert pairs(log) == [(1, 1, False), (2, 2, False)]


def test_calls_that_take_up_the_answer_before_are_paired_by_position(
    pairs: Callable[[Log], Pairs],
) -> None:
    """Whatever the times say."""
    log = {
        "drive_requests": [body(1, 0, 5), body(2, 0.1, 6)],
        "drive_request_timestamps": seconds(0, 2),
        "drive_responses": [body(1, 0.1, 6), body(2, 0.2, 7)],
        "drive_response_timestamps": seconds(3, 1),
    }
    assert pairs(log) == [(1, 1, False), (2, 2, False)]


def test_answers_to_calls_made_at_once_go_where_their_agents_are(
    pairs: Callable[[Log], Pairs],
) -> None:
    log = {
        "drive_requests": [body(1, 0, 5), body(2, 100, 7)],
        "drive_request_timestamps": seconds(0, 0),
        "drive_responses": [body(2, 100.1, 8), body(1, 0.1, 6)],
        "drive_response_timestamps": seconds(1, 1),
    }
    assert pairs(log) == [(1, 1, False), (2, 2, False)]


def test_two_branches_driven_at_once_from_one_step_are_told_apart_by_who_goes_on(
    pairs: Callable[[Log], Pairs],
) -> None:
    """Requests are equal but for their seeds; at the end nothing tells them apart."""
    log = {
        "drive_requests": [
            body(1, 0, 0.5, random_seed=1),
            body(2, 0, 0.5, random_seed=2),
            body(3, 0, 10, random_seed=1),
            body(4, 0, 20, random_seed=2),
        ],
        "drive_request_timestamps": seconds(0, 0, 2, 2),
        "drive_responses": [body(2, 0.1, 20), body(1, 0.1, 10), body(3, 0.1, 11), body(4, 0.1, 21)],
        "drive_response_timestamps": seconds(1, 1, 3, 3),
    }
    found = pairs(log)
    assert found[:2] == [(1, 1, False), (2, 2, False)]
    assert [is_doubtful for _, _, is_doubtful in found[2:]].count(True) == 1


@pytest.mark.parametrize("seeds", ["fixed", "fresh", "alternating"])
@pytest.mark.parametrize("speed", [0.0, 0.2, 10.0])
def test_failed_calls_are_found_even_where_agents_hardly_move(
    pairs: Callable[[Log], Pairs], speed: float, seeds: str
) -> None:
    draw = random.Random(f"{speed} {seeds}")
    states = [[draw.uniform(0, 50), draw.uniform(0, 50), 0.0, speed] for _ in range(3)]
    recurrent = [[draw.random()] for _ in states]
    log: Log = {
        f"drive_{side}{what}s": []
        for side in ("request", "response")
        for what in ("", "_timestamp")
    }
    truth: Pairs = []
    for step in range(40):
        seed = {"fixed": 1, "fresh": draw.random(), "alternating": step % 2}[seeds]
        agents = {"agent_states": states, "recurrent_states": recurrent}
        log["drive_requests"].append(json.dumps({**agents, "random_seed": seed, "n": step}))
        log["drive_request_timestamps"] += seconds(step)
        if draw.random() < 0.2:
            truth.append((step, None, False))
            continue
        states = [
            [x + speed / 10 + draw.gauss(0, 0.01), y, heading, v] for x, y, heading, v in states
        ]
        recurrent = [[draw.random()] for _ in states]
        agents = {"agent_states": states, "recurrent_states": recurrent}
        log["drive_responses"].append(json.dumps({**agents, "n": step}))
        log["drive_response_timestamps"] += seconds(step + 0.5)
        truth.append((step, step, False))
    assert pairs(log) == truth


@pytest.mark.parametrize("clock", [(0, 2, 4, 6), (0, 2, 1, 6)], ids=["true", "set back"])
def test_answers_far_from_every_request_are_paired_by_position(
    pairs: Callable[[Log], Pairs], clock: tuple[float, ...]
) -> None:
    """Two runs of two steps each, of a server that puts its agents anywhere."""
    log = {
        "drive_requests": [body(1, 0, 1), body(2, 900, 2), body(3, 0, 7), body(4, 500, 8)],
        "drive_request_timestamps": seconds(*clock),
        "drive_responses": [body(1, 900, 2), body(2, 40, 3), body(3, 500, 8), body(4, 300, 9)],
        "drive_response_timestamps": seconds(*(moment + 1 for moment in clock)),
    }
    assert [pair[:2] for pair in pairs(log)] == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_a_response_stamped_before_its_request_says_that_times_say_nothing(
    pairs: Callable[[Log], Pairs],
) -> None:
    """As the C++ SDK stamps it: a second early, though no list goes back. No pair is in doubt."""
    still = {"agent_states": [[0, 0, 0, 0.0]]}
    log = {
        "drive_requests": [body(1, 0, 1, **still), body(2, 0, 7, **still), body(3, 0, 9, **still)],
        "drive_request_timestamps": seconds(0, 2, 4),
        "drive_responses": [body(1, 0, 2, **still), body(2, 0, 8, **still), body(3, 0, 5, **still)],
        "drive_response_timestamps": seconds(1, 1.5, 5),
    }
    assert pairs(log) == [(1, 1, False), (2, 2, False), (3, 3, False)]


def test_equal_answers_to_calls_made_at_once_are_no_wrong_pairs(tmp_path: Path) -> None:
    asked = [json.dumps({"location": "a:b", "include_map_source": False})] * 4
    log = {
        "location_info_requests": asked,
        "location_info_request_timestamps": seconds(0, 0.1, 0.2, 0.3),
        "location_info_responses": [json.dumps({"version": "1", "static_actors": []})] * 4,
        "location_info_response_timestamps": seconds(1, 1.1, 1.2, 1.3),
    }
    (tmp_path / "log.json").write_text(json.dumps(log))
    with opened_log(tmp_path / "log.json") as opened:
        assert [(call.is_repaired, call.is_doubtful) for call in opened.calls] == [
            (False, False)
        ] * 4


# --- Position holds unless something contradicts it for certain.


def a_run(steps: int, start: int = 0, **more: Any) -> tuple[list[str], list[str]]:
    """Requests and answers of a car that takes up each answer; ``n`` counts from ``start``."""
    at = range(start, start + steps)
    requests = [body(n, k / 10, 100 + k, **more) for k, n in enumerate(at)]
    answers = [body(n, (k + 1) / 10, 101 + k) for k, n in enumerate(at)]
    return requests, answers


def twice(steps: int) -> Log:
    """The same seeded program run twice, without times."""
    (requests, answers), (again, answered) = a_run(steps), a_run(steps, steps)
    return {"drive_requests": requests + again, "drive_responses": answers + answered}


CLOCKS = {
    "none": None,
    "all the same": lambda count: [0] * count,
    "second run an hour earlier": lambda count: [at % (count // 2) for at in range(count)],
    "backwards": lambda count: [59 - at for at in range(count)],
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_program_that_runs_twice_has_every_answer_at_its_position(
    pairs: Callable[[Log], Pairs], clock: str
) -> None:
    """Though each answer is taken up in both runs, so that the other might have had it."""
    log = twice(6)
    if moments := CLOCKS[clock]:
        for side in ("request", "response"):
            log[f"drive_{side}_timestamps"] = seconds(*moments(12))
    assert [pair[:2] for pair in pairs(log)] == [(n, n) for n in range(12)]


def test_a_program_that_runs_twice_is_not_told_apart_by_the_seeds_of_its_other_run(
    pairs: Callable[[Log], Pairs],
) -> None:
    (requests, answers), (again, answered) = a_run(4, random_seed=1), a_run(4, 4, random_seed=2)
    log = {"drive_requests": requests + again, "drive_responses": answers + answered}
    assert [pair[:2] for pair in pairs(log)] == [(n, n) for n in range(8)]


@pytest.mark.parametrize("failed", range(6, 12))
def test_a_call_that_failed_in_the_second_of_two_equal_runs_is_found(
    pairs: Callable[[Log], Pairs], failed: int
) -> None:
    """It was made again."""
    log = twice(6)
    log["drive_requests"].insert(failed, log["drive_requests"][failed])
    found = [answer for _, answer, _ in pairs(log)]
    assert found.count(None) == 1
    assert [answer for answer in found if answer is not None] == list(range(12))


def test_the_last_call_of_a_run_and_the_first_of_the_next_keep_their_answers(
    pairs: Callable[[Log], Pairs],
) -> None:
    """Agents of this server are 2 m off: the next request happens to be nearer."""
    log = {
        "drive_requests": [body(1, 0, 1), body(2, 2, 2), body(3, 4.1, 8), body(4, 6, 9)],
        "drive_request_timestamps": seconds(0, 2, 4, 6),
        "drive_responses": [body(1, 2, 2), body(2, 4.2, 3), body(3, 6, 9), body(4, 8, 10)],
        "drive_response_timestamps": seconds(1, 3, 5, 5),
    }
    assert pairs(log) == [(1, 1, False), (2, 2, False), (3, 3, False), (4, 4, False)]


def test_calls_made_at_once_are_told_apart_though_their_recurrent_states_never_change(
    pairs: Callable[[Log], Pairs],
) -> None:
    log = {
        "drive_requests": [body(1, 0, 1), body(2, 50, 1), body(3, 0.1, 1), body(4, 50.1, 1)],
        "drive_responses": [body(2, 50.1, 1), body(1, 0.1, 1), body(4, 50.2, 1), body(3, 0.2, 1)],
    }
    assert [pair[:2] for pair in pairs(log)] == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_an_answer_that_was_taken_up_before_its_position_belongs_to_an_earlier_request(
    pairs: Callable[[Log], Pairs],
) -> None:
    """Two steps of one run were logged behind the start of another, answered last."""
    log = {
        "drive_requests": [body(1, 50, 7), body(2, 0, 1), body(3, 0.1, 2)],
        "drive_responses": [body(2, 0.1, 2), body(3, 0.2, 3), body(1, 50.1, 8)],
    }
    assert [pair[:2] for pair in pairs(log)] == [(1, 1), (2, 2), (3, 3)]
