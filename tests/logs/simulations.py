"""A recording of one simulation, as small as can be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from support.exchanges import exchange, request, response
from support.recordings import write

from iai_proxy.api import Exchange

Json = dict[str, Any]
SECOND_NS: Final = 1_000_000_000
START_NS: Final = 1_700_000_000 * SECOND_NS  # 2023-11-14 22:13:20 UTC
#: By step, of two agents.
STATES: Final = [[[float(step), y, 0.0, 10.0] for y in (0.0, 9.0)] for step in range(3)]


def answered(step: int) -> Json:
    return {"agent_states": STATES[step], "recurrent_states": [[step + 0.25], [step + 0.75]]}


def call(
    number: int, endpoint: str, asked: Json, answer: Json, *, status: int = 200, query: str = ""
) -> Exchange:
    """The call that begins a number of seconds after the start and takes half a second."""
    begin, end = START_NS + number * SECOND_NS, START_NS + number * SECOND_NS + SECOND_NS // 2
    method = "GET" if query else "POST"
    body = b"" if query else json.dumps(asked).encode()
    sent = request(body, method=method, target=f"/v0/aws/m1/{endpoint}{query}")
    got = response(json.dumps(answer).encode(), status=status)
    return replace(
        exchange(
            replace(sent, started_ns=begin, ended_ns=begin),
            replace(got, started_ns=end, ended_ns=end),
        ),
        ended_ns=end,
    )


def recorded(path: Path, *, location_info: bool = True) -> Path:
    """A lookup, an ``initialize``, two steps of which the second failed once, and a ``blame``."""
    town: Json = {"location": "town"}
    cars = [{"agent_type": "car", "length": 4.5}, {"agent_type": "car", "length": 5.0}]
    placed = {**answered(0), "agent_properties": cars, "model_version": "v0"}
    info = {"static_actors": [], "map_center": [1.0, 2.0], "map_fov": 120.0}
    query = "?location=town&include_map_source=false"
    calls = [
        call(1, "initialize", {**town, "agent_properties": cars, "random_seed": 5}, placed),
        call(2, "drive", {**town, **answered(0), "agent_properties": cars}, answered(1)),
        call(3, "drive", {**town, **answered(1), "agent_properties": cars}, {}, status=503),
        call(4, "drive", {**town, **answered(1), "agent_properties": cars}, answered(2)),
        call(5, "blame", {}, {}),
    ]
    write(path, *([call(0, "location_info", {}, info, query=query)] * location_info), *calls)
    return path
