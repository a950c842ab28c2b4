"""Recordings of small runs, of which every number is chosen by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from iai_proxy.api import Exchange, Response
from support.exchanges import START_NS, exchange, request, response
from support.recordings import write

#: x m, y m, heading rad, speed m/s
State = Sequence[float]
SECOND = 1_000_000_000
CAR = {"agent_type": "car", "length": 4.0, "width": 2.0, "rear_axis_offset": 1.5}
PEDESTRIAN = {"agent_type": "pedestrian", "length": 0.6, "width": 0.6, "rear_axis_offset": None}


@dataclass(frozen=True)
class Answer:
    """What the service answers at a step.

    Attributes:
        states: of each agent.
        infractions: of each agent; None for none asked for.
        inside: likewise.
        lights: state by id.
        moved: by index the states that the client goes on with instead.
        ms: how long the call takes.
        failures: how often the call is refused before.
    """

    states: Sequence[State]
    infractions: Sequence[Sequence[bool]] | None = None
    inside: Sequence[bool] | None = None
    lights: Mapping[str, str] | None = None
    moved: Mapping[int, State] = field(default_factory=dict)
    ms: float = 10.0
    failures: int = 0


@dataclass
class Driven:
    """A client and a service that say what they are told to.

    Attributes:
        location: of all calls.
        model: version that answers name.
        properties: of the agents.
        started_ns: of the first call; another follows every second.
    """

    location: str = "here"
    model: str = "m1"
    properties: Sequence[Mapping[str, Any]] = (CAR,)
    started_ns: int = START_NS
    exchanges: list[Exchange] = field(default_factory=list)
    seed: int = 3

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def drive(self, *answers: Answer) -> Driven:
        """Make one simulation: the first answer is that of ``initialize``."""
        self.go_on(self.initialize(answers[0]), answers[0], answers[1:])
        return self

    def initialize(self, answer: Answer) -> list[Any]:
        """Begin a simulation; returns the recurrent states that were answered."""
        asked = {
            "location": self.location,
            "agent_properties": self.properties,
            "states_history": None,
            "random_seed": 1,
        }
        return self._call("initialize", asked, answer, agent_properties=self.properties)

    def go_on(self, rows: list[Any], before: Answer, answers: Sequence[Answer]) -> list[Any]:
        """Continue behind an answer with these recurrent states; returns the latest ones."""
        for answer in answers:
            sent = [before.moved.get(i, state) for i, state in enumerate(before.states)]
            asked = {
                "location": self.location,
                "agent_states": sent,
                "agent_properties": self.properties[: len(sent)],
                "recurrent_states": rows,
                "get_infractions": answer.infractions is not None,
                "random_seed": len(self.exchanges),
            }
            rows, before = self._call("drive", asked, answer), answer
        return rows

    def record(self, path: Path) -> Path:
        """Write the recording."""
        write(path, *self.exchanges)
        return path

    def _call(self, endpoint: str, asked: Mapping[str, Any], answer: Answer, **more: Any) -> Any:
        rows = [[self._random.gauss(0, 1) for _ in range(4)] for _ in answer.states]
        told = {
            "agent_states": answer.states,
            "recurrent_states": rows,
            "infraction_indicators": answer.infractions,
            "is_inside_supported_area": answer.inside,
            "traffic_lights_states": answer.lights,
            "model_version": self.model,
            **more,
        }
        for _ in range(answer.failures):
            self._add(endpoint, asked, response(b"busy", status=503), answer.ms)
        self._add(endpoint, asked, response(json.dumps(told).encode()), answer.ms)
        return rows

    def _add(self, endpoint: str, asked: Any, got: Response, ms: float) -> None:
        begun = self.started_ns + len(self.exchanges) * SECOND
        ended = begun + int(ms * 1e6)
        sent = request(json.dumps(asked).encode(), target=f"/v0/aws/m1/{endpoint}")
        sent = replace(sent, started_ns=begun, ended_ns=begun)
        got = replace(got, started_ns=ended, ended_ns=ended)
        self.exchanges.append(replace(exchange(sent, got), ended_ns=ended))
