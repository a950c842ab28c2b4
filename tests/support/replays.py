"""A world's recording, replayed in memory as the proxy does it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from iai_proxy.api import DEFAULT_IGNORED, Endpoint, Response, request_keys
from iai_proxy.lineage import Agents
from iai_proxy.player.responses import assembled_answer, recorded_reply
from iai_proxy.replay import (
    Assemble,
    Client,
    Decision,
    IncomingRequest,
    KeyedCall,
    Live,
    MatchRules,
    Miss,
    RecordedSteps,
    Replayer,
    Serve,
)
from support.worlds import Held, World

ONE = Client("c1")
FAR = Client("c9", lambda: "p9")
Got = list[tuple[list[float], list[float]]]


class Replay:
    def __init__(
        self,
        world: World,
        match: str = "step",
        tolerance: float | None = None,
        until_step: int | None = None,
        ignored: Collection[str] = DEFAULT_IGNORED,
        *,
        reads_rows: bool = True,
    ) -> None:
        self._world = world
        self._ignored = frozenset(ignored)
        self._reads_rows = reads_rows
        self.steps = RecordedSteps(world.observations)
        kept = []
        for seen, (sent, _) in zip(world.observations, world.bodies, strict=True):
            keys = request_keys("POST", seen.call.target, sent, self._ignored)
            kept.append(KeyedCall(seen.call, keys))
        rules = MatchRules(match, self._ignored, tolerance, until_step)
        self.replayer = Replayer(
            kept, rules, lambda: self.steps, self.request, self.recorded_answer, self.answered
        )
        self._seed = 1000  # fresh at every call, as real programs have it

    def initialize(
        self, count: int, sender: Client = ONE, sent: Sequence[Held] = (), **fields: Any
    ) -> Decision:
        """Ask for agents."""
        return self.ask(
            "initialize",
            self._world.initialize_request(count, sent, **self._seeded(fields)),
            sender,
        )

    def drive(self, agents: Sequence[Held], sender: Client = ONE, **fields: Any) -> Decision:
        """Ask for the next step of agents."""
        return self.ask("drive", self._world.drive_request(agents, **self._seeded(fields)), sender)

    def ask(self, endpoint: str, request: Any, sender: Client = ONE) -> Decision:
        """Ask for anything."""
        body = json.dumps(request).encode()
        return self.replayer.decide(
            IncomingRequest(
                Endpoint(endpoint),
                "POST",
                f"/{endpoint}",
                body,
                self._ignored,
                sender,
                self.replayer.served if self._reads_rows else None,
            )
        )

    def got(self, decision: Decision) -> Got:
        """What the client gets: (state, recurrent state) of each agent."""
        value = self.answer(decision)
        assert value["model_version"] == "m"
        return list(zip(value["agent_states"], value["recurrent_states"], strict=True))

    def answer(self, decision: Decision) -> dict[str, Any]:
        """What the client gets, as JSON."""
        match decision:
            case Serve():
                body = recorded_reply(self, decision, ()).body  # type: ignore[arg-type]
            case Assemble():
                body = assembled_answer(self, decision).body  # type: ignore[arg-type]
            case Live() | Miss():
                raise AssertionError(decision)
        value: dict[str, Any] = json.loads(body)
        return value

    def request(self, number: int) -> dict[str, Any]:
        """What the recording would give as a request's value."""
        value: dict[str, Any] = json.loads(self._world.bodies[number - 1][0])
        return value

    def recorded_answer(self, number: int) -> dict[str, Any]:
        """What the recording would give as an answer's value."""
        value: dict[str, Any] = json.loads(self._world.bodies[number - 1][1])
        return value

    def answered(self, number: int) -> tuple[bytes, Agents] | None:
        """What the recording would give as an answer that its agents tell all of."""
        seen = self._world.observations[number - 1]
        return (self._world.bodies[number - 1][1], seen.received) if seen.is_plain else None

    def response(self, number: int) -> Response:
        """What the recording would give."""
        return Response(200, "OK", "HTTP/1.1", (), self._world.bodies[number - 1][1], "", 0, 0)

    def _seeded(self, fields: dict[str, Any]) -> dict[str, Any]:
        self._seed += 1
        return {"random_seed": self._seed, **fields}


def truth(agents: Sequence[Held]) -> list[tuple[list[float], list[float] | None]]:
    """What a client got when the world was recorded."""
    return [(held.state, held.recurrent) for held in agents]


def moved(held: Sequence[Held], index: int, **changes: float) -> list[Held]:
    """The same agents, one of them put elsewhere by the client."""
    names = {"x": 0, "y": 1, "orientation": 2, "speed": 3}
    state = list(held[index].state)
    for name, value in changes.items():
        state[names[name]] = value
    return [*held[:index], Held(held[index].name, state, held[index].recurrent), *held[index + 1 :]]


def missed(decision: Decision) -> Miss:
    assert isinstance(decision, Miss), decision
    return decision


def driven(
    replay: Replay, agents: Got, parts: Sequence[Sequence[int]], sender: Client = FAR
) -> Got:
    """Drive agents as ``large_drive`` does, in several calls."""
    found: dict[int, tuple[list[float], list[float]]] = {}
    for part in parts:
        answer = replay.drive([Held(0, *agents[index]) for index in part], sender)
        found.update(zip(part, replay.got(answer), strict=True))
    return [found[index] for index in range(len(agents))]


def straight() -> tuple[World, list[list[Held]]]:
    world = World()
    held = [world.initialize(3)]
    for _ in range(2):
        held.append(world.drive(held[-1]))
    return world, held
