"""``POST /blame``: who is at fault for a collision."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from iai_proxy.sandbox.wire.common import (
    AgentAttributes,
    AgentState,
    Finite,
    LightStates,
    Picture,
    WireModel,
)


class BlameRequest(WireModel):
    """The body. The history's newest step is the first one of the collision."""

    location: Annotated[str, Field(min_length=1)]
    colliding_agents: tuple[int, int]  # indices into each step of the history
    agent_state_history: Annotated[list[list[AgentState]], Field(min_length=1)]  # time x agents
    agent_attributes: list[AgentAttributes]
    traffic_light_state_history: list[LightStates] | None = None
    get_reasons: bool = False
    get_confidence_score: bool = False
    get_birdviews: bool = False

    @model_validator(mode="after")
    def _agents_exist(self) -> Self:
        count = len(self.agent_attributes)
        for step, states in enumerate(self.agent_state_history):
            if len(states) != count:
                raise ValueError(
                    f"agent_state_history step {step} has {len(states)} agents, but agent_attributes has {count}"
                )
        first, second = self.colliding_agents
        if first == second or not (0 <= first < count and 0 <= second < count):
            raise ValueError(f"colliding_agents must be two different agents from 0 to {count - 1}")
        return self


class BlameResponse(WireModel):
    """The answer; what was not asked for is null, but ``birdviews`` is a list in any case: the SDK iterates it."""

    agents_at_fault: list[int] | None
    reasons: dict[str, list[str]] | None  # agent index, as a string, to what it did wrong
    confidence_score: Finite | None  # 0 to 1
    birdviews: list[Picture]
