"""The SDK's own large calls against a small service, whose answers follow from the requests."""

from __future__ import annotations

import hashlib
import io
import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import pytest
from PIL import Image

pytest.importorskip("invertedai")
import invertedai as iai
from invertedai.common import AgentProperties, AgentState, LightRecurrentState, RecurrentState
from invertedai.large._quadtree import QuadTree

Json = dict[str, Any]

PROPERTIES = {
    "length": 4.5, "width": 2.0, "rear_axis_offset": 1.25, "agent_type": "car", "waypoint": None,
    "waypoints": None, "max_speed": None,
}  # fmt: skip


class Service:
    """Answers as the API does. Keeps what it was asked for."""

    def __init__(
        self, refuse: Callable[[Json], bool] = lambda _: False, spread_m: float = 60
    ) -> None:
        self.requests: list[Json] = []
        self._refuse = refuse
        self._spread = spread_m
        self._lock = Lock()

    def request(self, model: str, params: Any = None, data: Any = None) -> Json:
        asked = json.loads(json.dumps(data))
        with self._lock:
            self.requests.append(asked)
        if self._refuse(asked):
            raise iai.error.InvalidRequestError("refused", param="")
        return {"drive": self.drive, "initialize": self.initialize}[model](asked)

    def drive(self, asked: Json) -> Json:
        draw = self._draw(asked)
        count = len(asked["agent_states"])
        return {
            "agent_states": [
                [x + draw.random(), y, h, draw.random()] for x, y, h, _ in asked["agent_states"]
            ],
            "recurrent_states": [[draw.gauss(0, 1) for _ in range(4)] for _ in range(count)],
            "birdview": None,
            "infraction_indicators": self._infractions(asked, draw, count),
            "is_inside_supported_area": [draw.random() > 0.1 for _ in range(count)],
            "traffic_lights_states": {"7": draw.choice(["red", "green"])},
            "light_recurrent_states": [[draw.random(), draw.random()]],
            "model_version": f"m{draw.random()}",
        }

    def initialize(self, asked: Json) -> Json:
        draw = self._draw(asked)
        given = asked["states_history"][-1] if asked["states_history"] else []
        x, y = asked["location_of_interest"]
        count = len(asked["agent_properties"])
        states = given + [
            [
                x + draw.uniform(-1, 1) * self._spread,
                y + draw.uniform(-1, 1) * self._spread,
                draw.random(),
                1.0,
            ]
            for _ in range(count - len(given))
        ]
        return {
            "agent_states": states,
            "recurrent_states": [[draw.gauss(0, 1) for _ in range(4)] for _ in range(count)],
            "agent_attributes": [[4.5, 2.0, 1.25, "car"]] * count,
            "agent_properties": [
                {**PROPERTIES, "length": agent["length"] or 3 + draw.random()}
                for agent in asked["agent_properties"]
            ],
            "birdview": None,
            "infraction_indicators": self._infractions(asked, draw, count),
            "traffic_lights_states": {"7": draw.choice(["red", "green"])}
            if draw.random() < 0.5
            else None,
            "light_recurrent_states": None,
            "model_version": f"m{draw.random()}",
        }

    def _infractions(self, asked: Json, draw: random.Random, count: int) -> list[list[bool]] | None:
        if not asked["get_infractions"]:
            return None
        return [[draw.random() < 0.5 for _ in range(3)] for _ in range(count)]

    def _draw(self, asked: Json) -> random.Random:
        text = json.dumps(canonical(asked), sort_keys=True)
        return random.Random(hashlib.sha256(text.encode()).digest())


def canonical(value: Any) -> Any:
    """Make 1 and 1.0 equal also as text."""
    if isinstance(value, dict):
        return {name: canonical(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


@contextmanager
def sdk_talking_to(service: Service) -> Iterator[None]:
    before = iai.session
    iai.session = _Session(service)
    try:
        yield
    finally:
        iai.session = before


class EndlessDivisionError(Exception):
    """The SDK makes ever more squares; left alone it goes on until no memory is left."""


#: More than any call of these tests needs that can be divided.
_MOST_SQUARES = 40_000


@contextmanager
def sdk_that_gives_up_dividing() -> Iterator[None]:
    """Let the SDK's quadtree raise EndlessDivisionError instead of filling the memory."""
    subdivide, divided = QuadTree.subdivide, 0

    def counted(tree: QuadTree) -> None:
        nonlocal divided
        divided += 1
        if divided * 4 > _MOST_SQUARES:
            raise EndlessDivisionError
        subdivide(tree)

    QuadTree.subdivide = counted
    try:
        yield
    finally:
        QuadTree.subdivide = subdivide


class _Session:
    def __init__(self, service: Service) -> None:
        self._service = service

    def request(self, model: str, params: Any = None, data: Any = None) -> Json:
        return self._service.request(model, params, data)

    async def async_request(self, *args: Any, **kwargs: Any) -> Json:
        return self._service.request(*args, **kwargs)


def sdk_drive(given: Json) -> Any:
    """Call the SDK's ``large_drive`` with what is given in the wire's names."""
    recurrent, lights = given.get("recurrent_states"), given.get("light_recurrent_states")
    return iai.large_drive(
        location=given["location"],
        agent_states=[AgentState.fromlist(state) for state in given["agent_states"]],
        agent_properties=[
            AgentProperties.deserialize(agent) for agent in given["agent_properties"]
        ],
        recurrent_states=recurrent and [RecurrentState.fromval(state) for state in recurrent],
        traffic_lights_states=given.get("traffic_lights_states"),
        light_recurrent_states=lights
        and [LightRecurrentState(state=s, time_remaining=t) for s, t in lights],
        get_infractions=given.get("get_infractions", False),
        random_seed=given.get("random_seed"),
        api_model_version=given.get("model_version"),
        single_call_agent_limit=given.get("single_call_agent_limit"),
    )


def on_the_wire(response: Any, *, drives: bool) -> Json:
    """Return what an SDK's answer holds in the wire's names."""
    lights, groups = response.traffic_lights_states, response.light_recurrent_states
    found = {
        "agent_states": [state.tolist() for state in response.agent_states],
        "recurrent_states": [state.packed for state in response.recurrent_states],
        "infraction_indicators": [flags.tolist() for flags in response.infractions] or None,
        "traffic_lights_states": lights
        and {str(key): str(getattr(v, "value", v)) for key, v in lights.items()},
        "light_recurrent_states": groups and [group.tolist() for group in groups],
        "model_version": response.api_model_version,
        "birdview": None,
    }
    if drives:
        return {**found, "is_inside_supported_area": response.is_inside_supported_area}
    return {**found, "agent_properties": [agent.serialize() for agent in response.agent_properties]}


def without(whole: Json, *names: str) -> Json:
    return {name: value for name, value in whole.items() if name not in names}


def picture(width: int, mode: str = "RGB") -> Json:
    """A picture of 20 by 20 pixels, black save for some columns."""
    image = Image.new(mode, (20, 20))
    for x in range(width):
        for y in range(20):
            image.putpixel((x, y), {"RGB": (0, 0, 9), "RGBA": (9, 0, 0, 0), "P": 3}[mode])
    if mode == "P":
        image.putpalette([0, 0, 0] * 3 + [0, 5, 0] * 253)
    packed = io.BytesIO()
    image.save(packed, "PNG")
    return {"birdview_image": list(packed.getvalue())}
