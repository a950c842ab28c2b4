"""``POST /blame``: who is at fault for a collision."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from iai_proxy.sandbox.requests.agent_fields import (
    AgentAttributes,
    AgentState,
    LightStates,
    RequestModel,
)


class BlameRequest(RequestModel):
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
                    f"agent_state_history step {step} has {len(states)} agents, "
                    f"but agent_attributes has {count}"
                )
        first, second = self.colliding_agents
        if first == second or not (0 <= first < count and 0 <= second < count):
            raise ValueError(f"colliding_agents must be two different agents from 0 to {count - 1}")
        return self
