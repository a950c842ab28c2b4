"""A client and a service in miniature, with known steps, which lineage has to find.

Answers are drawn at random, so that fingerprints are what the real service's are: unique and
meaningless.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from iai_proxy.api import Call, Endpoint
from iai_proxy.lineage import Observation, observe

RECURRENT = 4  # the real one has 152 numbers; nothing depends on how many


@dataclass
class Held:
    """One agent as the client holds it; ``name`` is the truth that lineage must find."""

    name: int
    state: list[float]
    recurrent: list[float] | None


@dataclass
class World:
    """Makes observations, and keeps a clock."""

    seed: int = 0
    location: str = "here"
    observations: list[Observation] = field(default_factory=list)
    bodies: list[tuple[bytes, bytes]] = field(default_factory=list)  # request and answer, as JSON

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)
        self._clock = 0
        self._names = 0

    def initialize(
        self, count: int, connection: str = "c1", sent: Sequence[Held] = (), **fields: Any
    ) -> list[Held]:
        """Place agents: those sent stay what they are, the others are new."""
        agents = [Held(held.name, held.state, self._recurrent()) for held in sent]
        agents += [Held(self._name(), self._state(), self._recurrent()) for _ in range(count)]
        self.exchange(
            "initialize", connection, self.initialize_request(count, sent, **fields), agents
        )
        return agents

    def initialize_request(
        self, count: int, sent: Sequence[Held] = (), **fields: Any
    ) -> dict[str, Any]:
        """What a client sends to place agents."""
        return {
            "location": self.location,
            "states_history": [[held.state for held in sent]] if sent else None,
            "agent_properties": [{"agent_type": "car"}] * (len(sent) + count),
            "random_seed": 1,
            **fields,
        }

    def drive(self, agents: Sequence[Held], connection: str = "c1", **fields: Any) -> list[Held]:
        """Move agents on by one step, in one call."""
        answered = [Held(held.name, self._state(), self._recurrent()) for held in agents]
        self.exchange("drive", connection, self._drive_request(agents, fields), answered)
        return answered

    def large_drive(
        self, agents: Sequence[Held], parts: Sequence[tuple[list[int], list[int]]], **fields: Any
    ) -> list[Held]:
        """Move agents on in several calls at once; a part has indices of own and other agents."""
        result: dict[int, Held] = {}
        begun = self._clock
        for number, (own, others) in enumerate(parts):
            self._clock = (
                begun + number
            )  # they overlap: none has its answer when the last one starts
            chosen = [agents[index] for index in (*own, *others)]
            answered = [Held(held.name, self._state(), self._recurrent()) for held in chosen]
            request = self._drive_request(chosen, fields)
            self.exchange("drive", f"c{number}", request, answered, lasts=len(parts) + 1)
            result.update(zip(own, answered, strict=False))
        self._clock = begun + 2 * len(parts) + 2
        return [result[index] for index in range(len(agents))]

    def newcomer(self, *, zeros: bool = False) -> Held:
        """An agent that the client puts in by itself."""
        return Held(self._name(), self._state(), [0.0] * RECURRENT if zeros else None)

    def exchange(
        self,
        endpoint: str,
        connection: str,
        request: dict[str, Any],
        answer: Sequence[Held] | None,
        lasts: int = 1,
        status: int = 200,
    ) -> Observation:
        """Record one exchange; ``answer`` None for a failed one."""
        sent = json.dumps(request).encode()
        got = b""
        if answer is not None:
            states, recurrent = [held.state for held in answer], [held.recurrent for held in answer]
            got = json.dumps(
                {"agent_states": states, "recurrent_states": recurrent, "model_version": "m"}
            ).encode()
        started, self._clock = self._clock, self._clock + lasts
        number = len(self.observations) + 1
        call = call_of(
            number,
            Endpoint(endpoint),
            sent,
            got,
            connection=connection,
            status=status,
            started_ns=started,
            ended_ns=self._clock,
        )
        observation = observe(call, sent, got)
        self.observations.append(observation)
        self.bodies.append((sent, got))
        self._clock += 1
        return observation

    def drive_request(self, agents: Sequence[Held], **fields: Any) -> dict[str, Any]:
        """What a client sends to move agents on."""
        return self._drive_request(agents, fields)

    def _drive_request(self, agents: Sequence[Held], fields: dict[str, Any]) -> dict[str, Any]:
        given = [held.recurrent or [0.0] * RECURRENT for held in agents]
        return {
            "location": self.location,
            "agent_states": [held.state for held in agents],
            "agent_properties": [{"agent_type": "car"}] * len(agents),
            "recurrent_states": given if any(held.recurrent for held in agents) else None,
            "random_seed": 1,
            **fields,
        }

    def _name(self) -> int:
        self._names += 1
        return self._names

    def _state(self) -> list[float]:
        return [self._draw.uniform(-50, 50) for _ in range(4)]

    def _recurrent(self) -> list[float]:
        return [self._draw.gauss(0, 1) for _ in range(RECURRENT)]


def call_of(
    number: int,
    endpoint: Endpoint,
    sent: bytes,
    got: bytes,
    *,
    connection: str = "c1",
    status: int = 200,
    started_ns: int = 0,
    ended_ns: int = 0,
) -> Call:
    """A call with these bodies."""
    return Call(
        id=number, connection=connection, endpoint=endpoint, method="POST",
        target=f"/{endpoint}", status=status, failure=None, started_ns=started_ns,
        request_ended_ns=started_ns, response_started_ns=ended_ns, ended_ns=ended_ns,
        request_hash=hashlib.sha256(sent).digest(), request_bytes=len(sent),
        response_hash=hashlib.sha256(got).digest(), response_bytes=len(got),
        sdk_version=None,
    )  # fmt: skip
