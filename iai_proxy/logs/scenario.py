"""The scenario log as a document: what the SDK's ``LogWriter`` writes, ``LogReader`` reads, and its owners ship.

This page holds the version of the format that ``invertedai`` 0.0.22 writes. The files in the SDK's
wheel deviate from it in places, and both are read: seeds and fields of view may be strings, agent
ids need not start at 0, and ``rendering_centers`` is a list of points there, but one flat point
when ``LogWriter`` writes it. What a file does not have stays absent when it is written back; what
this page does not know is kept.

Metres, radians, metres a second. A time step (0.1 s) is a key of ``states``, written as a decimal
string; step 0 is the answer to ``initialize``. An agent that is absent at a step has no entry for
it.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from iai_proxy.errors import InputError

#: Kept as it came: an int stays an int.
Number = int | float
#: ``"155"`` and ``155`` both occur.
NumberOrText = int | float | str


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="allow", protected_namespaces=(), populate_by_name=True, ser_json_inf_nan="constants"
    )


class Location(_Part):
    """Which map."""

    identifier: str


class Center(_Part):
    """A point of the map's frame."""

    x: Number  # m
    y: Number  # m


class StateEntry(_Part):
    """One agent or light at one step."""

    center: Center
    orientation: Number  # rad
    speed: Number  # m/s
    control_state: str | None = None  # of a light: "none", "green", "yellow", "red"


class StaticAttributes(_Part):
    """The box of an agent, or of a light's stop line."""

    length: Number | None = None  # m
    width: Number | None = None  # m
    rear_axis_offset: Number | None = None  # m


class Entity(_Part):
    """An agent or a light with its states by step."""

    entity_type: str | None  # "car", "pedestrian", "traffic_light"
    static_attributes: StaticAttributes
    states: dict[str, StateEntry]


class AgentCounts(_Part):
    """How many agents there are of each type that is counted."""

    car: int
    pedestrian: int


class ControlCounts(_Part):
    """How many static actors the location has."""

    traffic_light: int
    yield_sign: int
    stop_sign: int
    other: int


class SuggestedState(_Part):
    """A waypoint."""

    center: Center


class Suggestion(_Part):
    """Where an agent is to go."""

    suggestion_strength: Number
    states: list[SuggestedState]


class BirdviewOptions(_Part):
    """The picture that shows the scene."""

    rendering_center: tuple[Number | None, Number | None] | None  # (x m, y m)
    rendering_fov: NumberOrText | None = Field(alias="renderingFOV")  # m, side of the square


class ScenarioDocument(_Part):
    """One scenario log."""

    location: Location
    scenario_length: int  # steps
    num_agents: AgentCounts
    predetermined_agents: dict[str, Entity]  # by agent id
    num_controls: ControlCounts
    predetermined_controls: dict[str, Entity]  # traffic lights, by actor id
    individual_suggestions: dict[str, Suggestion]  # by agent id
    initialize_random_seed: NumberOrText | None = None
    lights_random_seed: NumberOrText | None = None
    drive_random_seed: NumberOrText | None = None
    drive_model_version: str | None = None
    initialize_model_version: str | None = None
    birdview_options: BirdviewOptions
    light_recurrent_states: list[list[Number]] | None = (
        None  # groups x [state, seconds remaining], of the last step
    )
    rendering_centers: list[Number | None] | list[list[Number]] | None = None


def to_json(document: ScenarioDocument) -> str:
    """Write a document; one that was read has the same JSON value as the text it was read from."""
    return document.model_dump_json(by_alias=True, exclude_unset=True, indent=4)


def read_scenario(text: str | bytes, name: str) -> ScenarioDocument:
    """Read a scenario log.

    Args:
        text: the file's content.
        name: what to call the file in an error.

    Raises:
        InputError: it is no JSON, or lacks something that every scenario log has.
    """
    try:
        return ScenarioDocument.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(item) for item in first["loc"]) or "its beginning"
        raise InputError(
            f"{name} is not a scenario log: {first['msg']} at {place}; give a file that LogWriter or "
            "'iai-proxy export scenario' wrote"
        ) from None
