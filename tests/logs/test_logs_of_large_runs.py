"""Logs of the SDK's large runs equal those that the SDK writes itself in the same run.

The answers of the servers depend on very different things; lights and model version differ from
part to part, so that it shows which part they come from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import invertedai as iai
import pytest
from invertedai.common import AgentProperties, AgentState
from invertedai.large.common import Region
from invertedai.logs.debug_logger import DebugLogger
from lineage.sdk_runs import BASES, Client, Server, region
from support.exchanges import exchange
from support.large import PROPERTIES, sdk_talking_to
from support.recordings import write

from iai_proxy.api import Exchange
from iai_proxy.logs.export_debug_log import export_debug_log
from iai_proxy.logs.export_scenario import export_scenario
from iai_proxy.recordings import Recording

Json = dict[str, Any]
PLACE = "here"
MAP = {
    "version": "1", "max_agent_number": 100, "bounding_polygon": None, "birdview_image": [],
    "osm_map": None, "map_origin": None, "map_center": [10.0, -20.5], "map_fov": 120.0,
    "static_actors": [
        {"actor_id": 7, "agent_type": "traffic_light", "x": 1.0, "y": 2.0, "orientation": 0.5,
         "length": 2.0, "width": 1.0, "dependant": None},
    ],
}  # fmt: skip


class MappedServer(Server):
    """Knows its map as well; looking it up is no step."""

    def request(self, model: str, params: Any = None, data: Any = None) -> Json:
        return deepcopy(MAP) if model == "location_info" else super().request(model, params, data)


class LoggingClient(Client):
    """Writes the SDK's own logs while it runs."""

    def __init__(self, server: Server, folder: Path) -> None:
        super().__init__(server)
        self._folder = folder
        self._debug = DebugLogger(str(folder / "debug"))
        self._writer = iai.LogWriter()
        self._present: list[int] = []

    @contextmanager
    def logging(self) -> Iterator[None]:
        iai.debug_logger = self._debug
        try:
            yield
        finally:
            iai.debug_logger = None

    def _keep(self, response: Any) -> None:
        if not self.held:
            info = iai.location_info(location=PLACE)
            self._writer.initialize(
                location=PLACE,
                location_info_response=info,
                init_response=response,
                initialize_random_seed=8,
            )
            self._present = list(range(len(response.agent_states)))
        else:
            self._writer.drive(response, current_present_indexes=list(self._present))
        super()._keep(response)

    def drive(self, order: Sequence[int] | None = None, **fields: Any) -> None:
        if order is not None:
            self._present = [self._present[agent] for agent in order]
        super().drive(order, **fields)

    def debug_log(self) -> Json:
        (file,) = (self._folder / "debug").iterdir()
        return {
            key: list(map(json.loads, items))
            for key, items in json.loads(file.read_text()).items()
            if key.startswith("large_") and not key.endswith("timestamps")
        }

    def scenario(self) -> Json:
        with sdk_talking_to(self.server):
            self._writer.export_to_file(str(self._folder / "theirs.json"))
        found: Json = json.loads((self._folder / "theirs.json").read_text())
        return found


def recorded(server: Server, path: Path) -> None:
    """Record what was said, one call after another."""
    said = [("location_info", {}, MAP), *server.exchanges]
    write(path, *(_exchange(at, *call) for at, call in enumerate(said)))


def _exchange(at: int, model: str, asked: Json, answer: Json) -> Exchange:
    made = exchange(json.dumps(asked).encode(), json.dumps(answer).encode())
    moment = 10**18 + at * 10**9
    request = replace(made.request, target=f"/{model}", started_ns=moment, ended_ns=moment)
    if model == "location_info":
        target = f"/{model}?{urlencode({'location': PLACE})}"
        request = replace(request, method="GET", target=target, body=b"")
    assert made.response
    response = replace(made.response, started_ns=moment + 1, ended_ns=moment + 2)
    return replace(made, request=request, response=response, ended_ns=moment + 2)


def exported(server: Server, folder: Path) -> tuple[Json, Json]:
    """Our debug log, as far as it has large calls, and our scenario log."""
    recorded(server, folder / "run.iairec")
    with Recording(folder / "run.iairec") as recording:
        lineage = recording.lineage()
        (simulation,) = lineage.simulations
        export_debug_log(recording, lineage, folder / "ours.json")
        export_scenario(recording, simulation.trunk, folder / "scenario.json")
    debug = json.loads((folder / "ours.json").read_text())
    kept = {
        key: list(map(json.loads, items))
        for key, items in debug.items()
        if key.startswith("large_") and not key.endswith("timestamps")
    }
    return kept, json.loads((folder / "scenario.json").read_text())


def regions(*, with_given: bool) -> list[Region]:
    """Regions in a row with 220 agents, some of them given; the SDK changes them."""
    given = {1: [[70.0, 20.0, 0.5, 1.0], [40.0, -20.0, 0.0, 2.0]], 3: [[185.0, 5.0, 1.0, 0.0]]}
    numbered = [(at, given.get(at, []) if with_given else []) for at in range(5)]
    return [region(60.0 * at, 0.0, 44 - len(states), states) for at, states in numbered]


def run(client: LoggingClient, given: Sequence[Sequence[float]] = (), sampled: int = 0) -> None:
    """Four steps, before one of which the program changes the order of its agents."""
    with client.logging():
        client.initialize(
            regions(with_given=not given),
            agent_states=[AgentState.fromlist(list(state)) for state in given],
            agent_properties=[AgentProperties.deserialize(PROPERTIES)] * (len(given) + sampled),
            random_seed=8,
        )
        swapped = list(range(len(client.held[0])))
        swapped[3], swapped[101] = swapped[101], swapped[3]
        for limit, order in ((100, None), (70, None), (100, swapped), (100, None)):
            client.drive(order, single_call_agent_limit=limit)


def assert_logs_are_equal(client: LoggingClient, folder: Path) -> None:
    debug, scenario = exported(client.server, folder)
    theirs = client.debug_log()
    assert debug.keys() == theirs.keys()
    for key, items in theirs.items():
        for at, item in enumerate(items):
            for name, value in item.items():
                assert debug[key][at][name] == value, (key, at, name)
        assert debug[key] == items, key
    for name, value in client.scenario().items():
        assert scenario[name] == value, name


@pytest.mark.parametrize("basis", BASES)
def test_logs_of_a_large_run_equal_the_sdks(basis: str, tmp_path: Path) -> None:
    client = LoggingClient(MappedServer(BASES[basis]), tmp_path)
    run(client)
    assert_logs_are_equal(client, tmp_path)


@pytest.mark.parametrize("basis", BASES)
def test_so_they_do_with_agents_given_apart(basis: str, tmp_path: Path) -> None:
    client = LoggingClient(MappedServer(BASES[basis]), tmp_path)
    states = [[5.0, -4.0, 0.0, 1.0], [130.0, 3.0, 0.0, 1.0], [190.0, 0.0, 0.0, 1.0]]
    run(client, states, sampled=6)
    assert_logs_are_equal(client, tmp_path)
