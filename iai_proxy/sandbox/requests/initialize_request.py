"""``POST /initialize``: place agents. Some are given, the others are sampled around them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from iai_proxy.sandbox.requests.agent_fields import (
    AgentAttributes,
    AgentProperties,
    AgentState,
    LightStates,
    Point,
    RequestModel,
    attributes_to_properties,
)


class InitializeRequest(RequestModel):
    """The body. Agents with a state come first; all others are sampled."""

    location: Annotated[str, Field(min_length=1)]
    #: Deprecated: pads the list of agents to this length.
    num_agents_to_spawn: Annotated[int, Field(ge=0)] | None = None
    states_history: list[list[AgentState]] | None = None  # time x agents
    agent_attributes: list[AgentAttributes] | None = None  # deprecated
    agent_properties: list[AgentProperties | None] | None = None
    traffic_light_state_history: list[LightStates] | None = None  # by time
    get_birdview: bool = False
    location_of_interest: Point | None = None
    get_infractions: bool = False
    random_seed: int | None = None
    model_version: str | None = None

    @property
    def given_states(self) -> list[AgentState]:
        """The current states of the given agents: the newest of the history."""
        return self.states_history[-1] if self.states_history else []

    def properties(self) -> list[AgentProperties]:
        """Return the properties of each agent, in whichever of the three forms they came."""
        if self.agent_properties is not None:
            listed = [item or AgentProperties() for item in self.agent_properties]
        else:
            listed = [attributes_to_properties(item) for item in self.agent_attributes or ()]
        missing = (self.num_agents_to_spawn or 0) - len(listed)
        return listed + [AgentProperties() for _ in range(missing)]

    @model_validator(mode="after")
    def _given_agents_are_known(self) -> Self:
        counts = {len(states) for states in self.states_history or ()}
        if len(counts) > 1:
            raise ValueError(f"states_history has steps of different lengths: {sorted(counts)}")
        properties = self.properties()
        given = len(self.given_states)
        if not properties:
            raise ValueError(
                "there is no agent: give agent_properties, agent_attributes or num_agents_to_spawn"
            )
        if len(properties) < given:
            raise ValueError(
                f"states_history has {given} agents, but only {len(properties)} have properties"
            )
        unsized = [index for index, item in enumerate(properties[:given]) if not item.is_sized]
        if unsized:
            raise ValueError(
                f"agents {unsized} have a state, so they need length and width as well, "
                "and rear_axis_offset if they are cars"
            )
        partial = [
            index
            for index, item in enumerate(properties)
            if index >= given and not (item.is_sized or item.is_unsized)
        ]
        if partial:
            raise ValueError(
                f"agents {partial} are to be sampled, so they need length, width and "
                "rear_axis_offset, or none of them"
            )
        return self
