"""Logs of the real SDK become recordings in which every pair is right."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from logs.imports import PLAIN, Log, imported, logged, true_pairs

from iai_proxy.api import NOT_LOGGED, Exchange
from iai_proxy.api.faults import FaultRule
from iai_proxy.errors import InputError, UsageError
from iai_proxy.logs.debug_log import PairedCall
from iai_proxy.logs.importing import Imported, import_debug_log, write_recording
from iai_proxy.logs.reader import opened_log
from iai_proxy.recordings import Recording
from iai_proxy.sandbox.server import SandboxSettings, spawned_sandbox

pytest.importorskip("invertedai")


def pairs_of(exchanges: list[Exchange], endpoint: str = "drive") -> list[tuple[str, str | None]]:
    return sorted(
        (
            exchange.request.body.decode(),
            exchange.response.body.decode() if exchange.response else None,
        )
        for exchange in exchanges
        if exchange.endpoint == endpoint
    )


def at_once(log: Log, seed: int = 1) -> Log:
    """The log as threads would have made it: calls of a large_drive are answered in any order."""
    draw = random.Random(seed)
    asked, answered = log["drive_request_timestamps"], log["drive_responses"]
    changed: Log = {**log, "drive_request_timestamps": [], "drive_responses": []}
    bounds = [*log["large_drive_request_timestamps"][1:], "9"]
    begin = 0
    for bound in bounds:
        end = sum(moment < bound for moment in asked)
        changed["drive_request_timestamps"] += [asked[begin]] * (end - begin)
        group = answered[begin:end]
        changed["drive_responses"] += (
            group[1:] + group[:1] if draw.random() < 0.3 else draw.sample(group, len(group))
        )
        begin = end
    return changed


def changed_times(log: Log, times: str) -> Log:
    """The log with other times; with empty lists for none."""
    noon = "2024-05-01_12:00:00:000000"
    changed = {
        "true": lambda items: items,
        "all equal": lambda items: [noon] * len(items),
        "set back": lambda items: [*items[: len(items) // 2], *[noon] * (-(-len(items) // 2))],
        "none": lambda items: [],
    }[times]
    return {name: changed(items) if "timestamps" in name else items for name, items in log.items()}


def test_a_plain_log_becomes_the_calls_that_were_made(tmp_path: Path, plain_log: Log) -> None:
    result, exchanges = imported(tmp_path, plain_log)
    assert result == Imported(calls=10)
    assert [exchange.endpoint for exchange in exchanges] == [
        "location_info",
        "initialize",
        *["drive"] * 8,
    ]
    location, first, *drives = exchanges
    assert location.request.url == (
        "https://api.inverted.ai/v0/aws/m1/location_info"
        "?location=canada%3Adrake_street_and_pacific_blvd"
        "&include_map_source=False&rendering_fov=120&rendering_center=1.5%2C-2.0"
    )
    assert first.request.url == "https://api.inverted.ai/v0/aws/m1/initialize"
    assert [exchange.request.body.decode() for exchange in drives] == plain_log["drive_requests"]
    assert [
        exchange.response.body.decode() for exchange in drives if exchange.response
    ] == plain_log["drive_responses"]
    assert {(exchange.status, exchange.failure) for exchange in exchanges} == {(200, None)}
    started = [exchange.request.started_ns for exchange in exchanges]
    assert started == sorted(started)
    with Recording(tmp_path / "out.iairec") as recording:
        (simulation,) = recording.lineage().simulations
    assert len(simulation.steps) == 9


def test_all_pairs_behind_failed_calls_are_repaired(tmp_path: Path) -> None:
    faults = (FaultRule.parse("drive:every=3:status=422"),)
    with spawned_sandbox(SandboxSettings(faults=faults)) as failing:
        log = logged(tmp_path, failing, PLAIN)
    asked = list(zip(log["drive_request_timestamps"], log["drive_requests"], strict=True))
    answered = list(zip(log["drive_response_timestamps"], log["drive_responses"], strict=True))
    assert (len(asked), len(answered)) == (8, 6)
    truth = {
        max(call for call in asked if call[0] <= moment)[1]: answer for moment, answer in answered
    }
    result, exchanges = imported(tmp_path, log)
    assert dict(pairs_of(exchanges)) == {request: truth.get(request) for _, request in asked}
    assert (result.repaired, result.unanswered, result.doubtful, result.problems) == (4, 2, [], [])
    assert [exchange.failure for exchange in exchanges if not exchange.response] == [NOT_LOGGED] * 2


@pytest.mark.parametrize("times", ["true", "all equal", "set back", "none"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_pairs_of_calls_made_at_once_are_repaired(
    tmp_path: Path, large_log: Log, seed: int, times: str
) -> None:
    log = at_once(large_log, seed)
    truth = true_pairs(large_log)
    wrong = sum(
        pair not in truth
        for pair in zip(log["drive_requests"], log["drive_responses"], strict=True)
    )
    assert wrong >= 4
    log = {name: items for name, items in changed_times(log, times).items() if items}
    result, exchanges = imported(tmp_path, log)
    assert pairs_of(exchanges) == truth
    assert result.repaired == wrong
    assert (result.doubtful, result.orphans, result.unanswered) == ([], 0, 0)
    assert (result.redundant, result.divided) == (5, 0)
    with Recording(tmp_path / "out.iairec") as recording:
        (simulation,) = recording.lineage().simulations
    assert simulation.large
    assert len(simulation.steps) == 5


def test_a_log_that_was_cut_off_is_imported_as_far_as_it_goes(
    tmp_path: Path, plain_log: Log
) -> None:
    text = json.dumps(plain_log)
    result, exchanges = imported(tmp_path, text[: len(text) * 3 // 4])
    assert exchanges
    assert any("the log ends at byte" in problem for problem in result.problems)
    truth = dict(true_pairs(plain_log))
    for request, answer in pairs_of(exchanges):
        assert answer in (truth[request], None)


@pytest.mark.parametrize("kept", [0.05, 0.3, 0.5, 0.9, 0.999])
def test_every_cut_gives_a_recording_or_an_input_error(
    tmp_path: Path, plain_log: Log, kept: float
) -> None:
    text = json.dumps(plain_log)
    result, exchanges = imported(tmp_path, text[: int(len(text) * kept)])
    assert result.calls == len(exchanges)
    assert result.problems


@pytest.mark.parametrize("text", ["", "no log", '{"a": 1}', "[]"])
def test_what_is_no_log_is_refused_and_nothing_is_written(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"log\.json is not a debug log"):
        imported(tmp_path, text)
    assert not (tmp_path / "out.iairec").exists()


def test_a_missing_log_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        import_debug_log(tmp_path / "none.json", tmp_path / "out.iairec")


def test_an_import_that_is_stopped_leaves_nothing(tmp_path: Path, plain_log: Log) -> None:
    (tmp_path / "log.json").write_text(json.dumps(plain_log))

    def calls(made: list[PairedCall]) -> Iterator[PairedCall]:
        yield from made
        raise KeyboardInterrupt

    with opened_log(tmp_path / "log.json") as log, pytest.raises(KeyboardInterrupt):
        write_recording(replace(log, calls=calls(log.calls)), "log.json", tmp_path / "x.iairec")
    assert [path.name for path in tmp_path.iterdir()] == ["log.json"]


def test_an_existing_recording_is_not_touched(tmp_path: Path, plain_log: Log) -> None:
    imported(tmp_path, plain_log)
    before = (tmp_path / "out.iairec").read_bytes()
    with pytest.raises(UsageError):
        imported(tmp_path, plain_log)
    assert (tmp_path / "out.iairec").read_bytes() == before


def test_a_log_of_the_cpp_sdk(tmp_path: Path) -> None:
    """Made by hand after its ``debug_logger.cc``: sorted keys, milliseconds, indented."""
    states = [[[float(step), 0.0, 0.0, 10.0]] for step in range(3)]
    first = {
        "agent_states": states[0],
        "recurrent_states": [[0.5]],
        "agent_properties": [{"length": 5}],
    }
    drives = [{"agent_states": states[step], "recurrent_states": [[0.5 + step]]} for step in (1, 2)]
    log = {
        "drive_request_timestamps": ["2024-05-01_12:00:02:7_UTC", "2024-05-01_12:00:02:80_UTC"],
        "drive_requests": [
            json.dumps({"location": "l", **body}) for body in ({**first}, drives[0])
        ],
        "drive_response_timestamps": ["2024-05-01_12:00:02:70_UTC", "2024-05-01_12:00:02:99_UTC"],
        "drive_responses": [json.dumps(body) for body in drives],
        "initialize_request_timestamps": ["2024-05-01_12:00:01:0_UTC"],
        "initialize_requests": ['{"location":"l","num_agents_to_spawn":1,"states_history":null}'],
        "initialize_response_timestamps": ["2024-05-01_12:00:01:700_UTC"],
        "initialize_responses": [json.dumps(first)],
        "location_request_timestamps": ["2024-05-01_12:00:00:0_UTC"],
        "location_requests": ['{"include_map_source":true,"location":"l","rendering_fov":null}'],
        "location_response_timestamps": ["2024-05-01_12:00:00:999_UTC"],
        "location_responses": ['{"version":"1","osm_map":"<osm/>"}'],
    }
    result, exchanges = imported(tmp_path, json.dumps(log, indent=4))
    assert (result.calls, result.repaired, result.doubtful, result.problems) == (4, 0, [], [])
    assert [exchange.request.target.removeprefix("/v0/aws/m1") for exchange in exchanges] == [
        "/location_info?include_map_source=True&location=l", "/initialize", "/drive", "/drive",
    ]  # fmt: skip
    noon_ns = 1_714_564_800 * 10**9
    assert [exchange.request.started_ns - noon_ns for exchange in exchanges] == [
        0,
        10**9,
        2_007_000_000,
        2_080_000_000,
    ]
    assert exchanges[2].ended_ns - noon_ns == 2_070_000_000
    assert [
        json.loads(exchange.response.body)["agent_states"]
        for exchange in exchanges[2:]
        if exchange.response
    ] == states[1:]
    with Recording(tmp_path / "out.iairec") as recording:
        (simulation,) = recording.lineage().simulations
    assert len(simulation.steps) == 3
