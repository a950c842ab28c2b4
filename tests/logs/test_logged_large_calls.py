"""Large calls of a log that lacks the calls they were made of."""

from __future__ import annotations

import json
from pathlib import Path

from logs.imports import Log, imported, true_pairs

from iai_proxy.large.split import split
from iai_proxy.recordings import Recording


def test_large_entries_alone_are_divided_into_the_calls_that_the_sdk_made(
    tmp_path: Path, large_log: Log
) -> None:
    alone = {name: items for name, items in large_log.items() if name.startswith("large_drive")}
    result, exchanges = imported(tmp_path, alone)
    assert (result.divided, result.redundant, result.problems) == (4, 0, [])
    assert sorted(exchange.request.body.decode() for exchange in exchanges) == sorted(
        large_log["drive_requests"]
    )
    truth = dict(true_pairs(large_log))
    with Recording(tmp_path / "out.iairec") as recording:
        (simulation,) = recording.lineage().simulations
    assert len(simulation.steps) == 4
    wholes = [json.loads(text)["agent_states"] for text in large_log["large_drive_requests"]]
    owned = [
        len(share.own) for states in wholes for share in split([(x, y) for x, y, *_ in states])
    ]
    for exchange, own in zip(exchanges, owned, strict=True):
        assert exchange.response
        body, true = (
            json.loads(exchange.response.body),
            json.loads(truth[exchange.request.body.decode()] or ""),
        )
        assert body.keys() == true.keys()
        for field in (
            "agent_states",
            "recurrent_states",
            "infraction_indicators",
            "is_inside_supported_area",
        ):
            assert len(body[field]) == len(true[field])
            assert body[field][:own] == true[field][:own], field
        assert body["model_version"] == true["model_version"]


def test_a_large_initialize_alone_becomes_calls_of_a_hundred_agents(
    tmp_path: Path, large_log: Log
) -> None:
    alone = {name: items for name, items in large_log.items() if name.startswith("large_")}
    result, exchanges = imported(tmp_path, alone)
    assert result.divided == 5
    placed = [exchange for exchange in exchanges if exchange.endpoint == "initialize"]
    counts = [
        len(json.loads(exchange.response.body)["agent_states"])
        for exchange in placed
        if exchange.response
    ]
    assert counts == [100, 30]
    whole = json.loads(large_log["large_initialize_responses"][0])
    gathered = [
        state
        for exchange in placed
        if exchange.response
        for state in json.loads(exchange.response.body)["agent_states"]
    ]
    assert gathered == whole["agent_states"]
    assert placed[0].response
    first = json.loads(placed[0].response.body)
    assert {"infraction_indicators", "model_version"} <= first.keys()


def test_a_large_drive_of_few_agents_is_one_ordinary_drive(tmp_path: Path, plain_log: Log) -> None:
    log = {f"large_{name}": items for name, items in plain_log.items() if name.startswith("drive")}
    result, exchanges = imported(tmp_path, log)
    assert result.divided == 8
    assert [exchange.endpoint for exchange in exchanges] == ["drive"] * 8
    assert [exchange.request.body.decode() for exchange in exchanges] == plain_log["drive_requests"]


def test_a_large_drive_too_dense_to_divide_is_left_out_and_named(tmp_path: Path) -> None:
    body = json.dumps(
        {"location": "l", "agent_states": [[0, 0, 0, 0]] * 101, "recurrent_states": None}
    )
    result, exchanges = imported(tmp_path, {"large_drive_requests": [body]})
    assert exchanges == []
    (problem,) = (problem for problem in result.problems if "divided" in problem)
    assert problem.startswith(
        "large_drive request 1 can't be divided and was left out: 101 agents are within 35 m"
    )


def test_what_is_said_of_a_large_drive_that_is_none_has_nothing_of_its_values(
    tmp_path: Path,
) -> None:
    body = json.dumps({"location": "l", "agent_states": [["a-key-of-someone", 0, 0, 0]] * 101})
    result, _ = imported(tmp_path, {"large_drive_requests": [body]})
    (problem,) = (problem for problem in result.problems if "divided" in problem)
    assert problem.endswith(" and was left out: it has not the shape that the SDK logs")
