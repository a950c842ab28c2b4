"""Whole large runs of the SDK, against servers whose answers depend on very different things."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import invertedai as iai
from invertedai.common import AgentProperties, AgentState, Point
from invertedai.large.common import Region
from support.large import PROPERTIES, sdk_talking_to
from support.worlds import call_of

from iai_proxy.api import Endpoint
from iai_proxy.lineage import Observation, Step, observe

Json = dict[str, Any]
Agent = tuple[tuple[float, ...], tuple[float, ...]]  # state, recurrent state

#: What the answer for an agent depends on: (time, request, the agent's state).
Basis = Callable[[int, Json, Any], object]
BASES: Final[dict[str, Basis]] = {
    "everyone in the call": lambda _, asked, state: (asked, state),
    "their number": lambda _, asked, state: (len(asked["agent_properties"]), state),
    "the clock": lambda time, _, state: (time, state),
    "the agent alone": lambda _, __, state: state,
    "nothing": lambda _, __, ___: 0,
}


@dataclass
class Server:
    """Answers the SDK, and keeps what was said.

    Attributes:
        standing: the share of agents that stand still wherever they are put.
        parked: whether these have one recurrent state, always the same.
    """

    basis: Basis
    spread_m: float = 40.0
    standing: float = 0.0
    parked: bool = False
    exchanges: list[tuple[str, Json, Json]] = field(default_factory=list)

    def request(self, model: str, params: Any = None, data: Any = None) -> Json:
        asked = json.loads(json.dumps(data))
        answer = (self._initialize if model == "initialize" else self._drive)(asked)
        self.exchanges.append((model, asked, json.loads(json.dumps(answer))))
        return answer

    def observations(self) -> list[Observation]:
        """What was said, in the order in which it was."""
        return [
            observe(call_of(number, Endpoint(model), sent, got), sent, got)
            for number, (model, asked, answer) in enumerate(self.exchanges, start=1)
            for sent, got in [(json.dumps(asked).encode(), json.dumps(answer).encode())]
        ]

    def _drive(self, asked: Json) -> Json:
        draws = [self._draw(asked, state) for state in asked["agent_states"]]
        states = []
        for agent, (x, y, heading, speed) in enumerate(asked["agent_states"]):
            draw = draws[agent]
            states.append([x + draw.uniform(0, 1), y + draw.uniform(-1, 1), heading, draw.random()])
            if speed == 0 or random.Random(repr((x, y))).random() < self.standing:
                states[-1] = [x, y, heading, 0.0]
                draws[agent] = random.Random(0) if self.parked else draw
        return self._answer(asked, states, draws)

    def _initialize(self, asked: Json) -> Json:
        given = asked["states_history"][-1] if asked["states_history"] else []
        x, y = asked["location_of_interest"]
        place = random.Random(repr((x, y)))
        states = [
            *given,
            *(
                [
                    x + place.uniform(-1, 1) * self.spread_m,
                    y + place.uniform(-1, 1) * self.spread_m,
                    place.random(),
                    1.0,
                ]
                for _ in asked["agent_properties"][len(given) :]
            ),
        ]
        answer = self._answer(asked, states, [self._draw(asked, state) for state in states])
        return {**answer, "agent_properties": [PROPERTIES] * len(states), "agent_attributes": None}

    def _draw(self, asked: Json, state: Any) -> random.Random:
        basis = self.basis(len(self.exchanges), asked, state)
        return random.Random(hashlib.sha256(json.dumps(basis).encode()).digest())

    def _answer(self, asked: Json, states: list[Any], draws: Sequence[random.Random]) -> Json:
        lot = self._draw(asked, states)
        return {
            "agent_states": states,
            "recurrent_states": [[draw.gauss(0, 1) for _ in range(4)] for draw in draws],
            "birdview": None,
            "infraction_indicators": None,
            "is_inside_supported_area": [True] * len(states),
            "traffic_lights_states": {"7": lot.choice(["red", "green"])},
            "light_recurrent_states": [[lot.random(), lot.random()]],
            "model_version": f"m{lot.random()}",
        }


class Client:
    """A program that makes large calls with the SDK.

    Attributes:
        held: its agents after each step, in its order: what lineage has to find.
        model_version: of its latest step.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.held: list[list[Agent]] = []
        self.calls: list[range] = []
        self.model_version: str | None = None
        self._latest: Any = None

    def initialize(self, regions: Sequence[Region], **fields: Any) -> None:
        with sdk_talking_to(self.server):
            self._keep(
                iai.large_initialize(
                    location="here", regions=list(regions), display_progress_bar=False, **fields
                )
            )

    def drive(
        self, order: Sequence[int] | None = None, egos: Collection[int] = (), **fields: Any
    ) -> None:
        """Make a step.

        Args:
            order: puts the agents in another order first, or leaves some out.
            egos: agents that the program moves by itself.
            fields: of the SDK's ``large_drive``.
        """
        latest = self._latest
        order = range(len(latest.agent_states)) if order is None else order
        states = [
            _moved(state) if at in egos else state for at, state in enumerate(latest.agent_states)
        ]
        sent = {
            "agent_states": [states[agent] for agent in order],
            "recurrent_states": [latest.recurrent_states[agent] for agent in order],
            **fields,
        }
        properties = [AgentProperties.deserialize(PROPERTIES)] * len(order)
        with sdk_talking_to(self.server):
            self._keep(iai.large_drive(location="here", agent_properties=properties, **sent))

    def _keep(self, response: Any) -> None:
        self._latest = response
        self.model_version = response.api_model_version
        states = (tuple(state.tolist()) for state in response.agent_states)
        recurrent = (tuple(numbers.packed) for numbers in response.recurrent_states)
        self.held.append(list(zip(states, recurrent, strict=True)))
        begin = self.calls[-1].stop if self.calls else 1
        self.calls.append(range(begin, len(self.server.exchanges) + 1))


def _moved(state: AgentState) -> AgentState:
    x, y, *rest = state.tolist()
    return AgentState.fromlist([x + 0.37, y - 0.11, *rest])


def region(x: float, y: float, sampled: int, given: Sequence[Sequence[float]] = ()) -> Region:
    """A region of 100 m with agents to be sampled, and some that are placed."""
    return Region(
        center=Point(x=x, y=y),
        size=100.0,
        agent_states=[AgentState.fromlist(list(state)) for state in given],
        agent_properties=[AgentProperties.deserialize(PROPERTIES)] * (len(given) + sampled),
    )


def answered(step: Step, exchanges: Sequence[tuple[str, Json, Json]]) -> list[Agent]:
    """A step's agents as its parts answered them, in lineage's order."""
    answers = [exchanges[part.number - 1][2] for part in step.parts]
    return [
        (
            tuple(answers[part]["agent_states"][position]),
            tuple(answers[part]["recurrent_states"][position]),
        )
        for part, position in step.sources
    ]
