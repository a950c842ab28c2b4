"""``POST /drive``: one time step of 0.1 s for all agents of the call."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from iai_proxy.sandbox.requests.agent_fields import (
    AgentAttributes,
    AgentProperties,
    AgentState,
    LightRecurrentState,
    LightStates,
    Point,
    RecurrentState,
    RequestModel,
    Size,
    attributes_to_properties,
    require_equal_lengths,
)


class DriveRequest(RequestModel):
    """The body. Its states are those of the last answer, unless the client moved an agent."""

    location: Annotated[str, Field(min_length=1)]
    agent_states: list[AgentState]
    agent_attributes: list[AgentAttributes] | None = None  # deprecated
    agent_properties: list[AgentProperties] | None = None
    recurrent_states: list[RecurrentState] | None = None  # null: the agents have no past
    traffic_lights_states: LightStates | None = None  # overrides the recurrent states
    light_recurrent_states: list[LightRecurrentState] | None = None  # by group of lights
    get_birdview: bool = False
    get_infractions: bool = False
    random_seed: int | None = None
    rendering_center: Point | None = None
    rendering_fov: Size | None = None  # m
    model_version: str | None = None

    def properties(self) -> list[AgentProperties]:
        """Return the agents' properties, in whichever of the two forms they came."""
        if self.agent_properties is not None:
            return self.agent_properties
        return [attributes_to_properties(item) for item in self.agent_attributes or ()]

    @model_validator(mode="after")
    def _every_agent_is_complete(self) -> Self:
        if not self.agent_states:
            raise ValueError("agent_states is empty: at least one agent is needed")
        if self.agent_properties is None and self.agent_attributes is None:
            raise ValueError("agent_properties is missing: every agent needs length and width")
        require_equal_lengths(
            agent_states=self.agent_states,
            agent_properties=self.agent_properties,
            agent_attributes=self.agent_attributes,
            recurrent_states=self.recurrent_states,
        )
        unsized = [index for index, item in enumerate(self.properties()) if not item.is_sized]
        if unsized:
            raise ValueError(
                f"agents {unsized} lack length or width, or, being cars, rear_axis_offset: "
                "send the properties that initialize returned"
            )
        return self
