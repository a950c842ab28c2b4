"""A genuine log of the C++ SDK's own example: 20 steps, every pair right by position.

Its clock takes seconds and milliseconds from two sources: response 13 says ``16:0``, between
``16:916`` and ``17:74``. It logs what ``location_info`` asked for as an empty string.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from iai_proxy.api import DEFAULT_IGNORED, Endpoint, Exchange
from iai_proxy.diagnosis.check import Severity
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.logs.importing import Imported, import_debug_log
from iai_proxy.player.recorded_calls import replayer_for
from iai_proxy.recordings import Recording
from iai_proxy.replay import Client, IncomingRequest, MatchRules, Serve

Log = dict[str, list[str]]
CASE = Path(__file__).parent / "cpp-sdk-20-steps.json.xz"
#: As the C++ SDK builds it (``LocationInfoRequest::url_query_string``).
QUERY = "?location=canada:drake_street_and_pacific_blvd&include_map_source=true"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cpp") / "log.json"
    path.write_bytes(lzma.decompress(CASE.read_bytes()))
    return path


@pytest.fixture(scope="module")
def log(file: Path) -> Log:
    read: Log = json.loads(file.read_text())
    return read


@pytest.fixture(scope="module")
def result(file: Path) -> Imported:
    return import_debug_log(file, file.with_name("out.iairec"))


@pytest.fixture
def recording(file: Path, result: Imported) -> Iterator[Recording]:
    with Recording(file.with_name("out.iairec")) as opened:
        yield opened


def test_every_call_is_imported_with_the_answer_at_its_position(
    recording: Recording, result: Imported, log: Log
) -> None:
    assert result == Imported(calls=22)
    found = [*recording.exchanges()]
    assert [each.endpoint for each in found] == ["location_info", "initialize", *["drive"] * 20]
    assert [pair(each) for each in found[2:]] == [
        (json.loads(sent), json.loads(answered))
        for sent, answered in zip(log["drive_requests"], log["drive_responses"], strict=True)
    ]


def pair(exchange: Exchange) -> tuple[object, object]:
    assert exchange.response
    return json.loads(exchange.request.body), json.loads(exchange.response.body)


def test_it_is_one_simulation_of_20_steps(recording: Recording) -> None:
    (simulation,) = recording.lineage().simulations
    assert [step.index for step in simulation.trunk.steps] == list(range(21))


def later(stamp: str, by_s: float) -> str:
    date, clock = stamp.removesuffix("_UTC").split("_")
    hours, minutes, seconds, ms = map(int, clock.split(":"))
    moment = datetime.fromisoformat(date) + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return f"{moment + timedelta(seconds=by_s):%Y-%m-%d_%H:%M:%S}:{ms}_UTC"


@pytest.mark.parametrize("by_s", [0, 60, -3600])
def test_the_program_run_twice_is_two_simulations_with_every_pair_in_its_place(
    log: Log, tmp_path: Path, by_s: float
) -> None:
    """Whatever the clock says: nothing in the second run is new."""
    both = {
        name: items
        + ([later(each, by_s) for each in items] if name.endswith("timestamps") else items)
        for name, items in log.items()
    }
    (tmp_path / "log.json").write_text(json.dumps(both))
    result = import_debug_log(tmp_path / "log.json", tmp_path / "out.iairec")
    assert (result.calls, result.repaired, result.unanswered, result.orphans) == (44, 0, 0, 0)
    with Recording(tmp_path / "out.iairec") as recording:
        drives = [pair(each) for each in recording.exchanges() if each.endpoint == "drive"]
        simulations = recording.lineage().simulations
    assert drives == 2 * [
        (json.loads(sent), json.loads(answered))
        for sent, answered in zip(log["drive_requests"], log["drive_responses"], strict=True)
    ]
    assert [len(each.trunk.steps) for each in simulations] == [21, 21]


def test_the_location_of_an_empty_query_is_the_one_that_initialize_names(
    recording: Recording,
) -> None:
    first = next(iter(recording.calls()))
    assert first.target == f"/v0/aws/m1/location_info{QUERY}"


def test_nothing_is_found_but_what_the_client_sends_itself(file: Path, result: Imported) -> None:
    """Deprecated fields, no seed, pictures: infos, and true."""
    for path in (file, file.with_name("out.iairec")):
        diagnosis = diagnosed(path, ALL)
        assert {each.check.severity for each in diagnosis.located} == {Severity.INFO}
        assert {each.check.code for each in diagnosis.located} == {273, 278, 322}
        assert (diagnosis.error, diagnosis.note) == (None, None)


def test_it_is_replayed_for_the_cpp_client(recording: Recording, log: Log) -> None:
    """Which speaks to a reverse proxy, without a prefix."""
    replayer = replayer_for(recording, MatchRules("exact", DEFAULT_IGNORED, None, None))
    asked = [("GET", f"/location_info{QUERY}", "", log["location_responses"][0])]
    for endpoint in ("initialize", "drive"):
        requests, responses = log[f"{endpoint}_requests"], log[f"{endpoint}_responses"]
        asked += [("POST", f"/{endpoint}", *each) for each in zip(requests, responses, strict=True)]
    for method, target, body, answer in asked:
        endpoint = Endpoint.of(method, target)
        request = IncomingRequest(
            endpoint, method, target, body.encode(), DEFAULT_IGNORED, Client("c")
        )
        decision = replayer.decide(request)
        assert isinstance(decision, Serve)
        served = recording.body(recording.call(decision.number or 0).response_hash)
        assert json.loads(served) == json.loads(answer)
