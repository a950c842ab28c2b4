"""A run of a simulation as the scenario log holds it, packed: 32 bytes a state.

100 agents x 3000 steps take 10 MB.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from sys import intern
from typing import Final, Self

Point = tuple[float, float]  # (x m, y m)

#: No id has more digits. JavaScript holds 15 exactly.
_MOST_DIGITS: Final = 15


def actor_id_of(value: object) -> int | None:
    """Return the id of a static actor, which a JSON key has as a text; None if it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value < 10**_MOST_DIGITS else None
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value) if len(value) <= _MOST_DIGITS else None
    return None


@dataclass(frozen=True, slots=True)
class ScenarioAgent:
    """What does not change about an agent. Its id is its index in the run's list of agents."""

    entity_type: str | None  # "car", "pedestrian"
    length: float | None  # m
    width: float | None  # m
    rear_axis_offset: float | None  # m
    waypoint: Point | None = None  # as the answer that brought the agent had it
    waypoints: tuple[Point, ...] = ()  # LogWriter leaves these out, and so does write_scenario


@dataclass(frozen=True, slots=True)
class ScenarioActor:
    """A static actor of the location, as ``location_info`` lists it."""

    actor_id: int
    agent_type: str  # "traffic_light", "yield_sign", "stop_sign"; any other counts as other
    x: float  # m
    y: float
    orientation: float  # rad
    length: float | None = None  # m, along the orientation
    width: float | None = None  # m


@dataclass(frozen=True, slots=True)
class ScenarioStep:
    """The agents after one ``initialize`` or ``drive``. Make it with :meth:`pack`."""

    present: tuple[int, ...]  # agent ids, in the order of ``states``
    states: array[float]  # 4 doubles an agent: x m, y m, orientation rad, speed m/s
    lights: Mapping[int, str] | None = None  # actor id to state; None: the answer had none

    @classmethod
    def pack(
        cls,
        present: Iterable[int],
        states: Iterable[Sequence[float]],
        lights: Mapping[str, str] | Mapping[int, str] | None = None,
        *,
        after: ScenarioStep | None = None,
    ) -> Self:
        """Pack one step.

        Args:
            present: ids of the agents.
            states: as the API gives them, an agent each, in the order of ``present``.
            lights: as the API gives them, or None.
            after: the step before, to share with it what has not changed.

        Raises:
            ValueError: there are not as many states as agents.
        """
        ids = tuple(present)
        packed = array("d", chain.from_iterable(states))
        if len(packed) != 4 * len(ids):
            raise ValueError(
                f"a step has {len(packed)} numbers for {len(ids)} agents: 4 are needed for each"
            )
        shown: Mapping[int, str] | None = None
        if lights is not None:
            shown = {int(actor_id): intern(str(state)) for actor_id, state in lights.items()}
        if after is not None:
            ids = after.present if after.present == ids else ids
            shown = after.lights if after.lights == shown else shown
        return cls(ids, packed, shown)


@dataclass(frozen=True, slots=True)
class ScenarioRun:
    """One branch of one simulation."""

    location: str
    agents: Sequence[ScenarioAgent]
    steps: Sequence[ScenarioStep]  # step 0 is the answer to ``initialize``
    static_actors: Sequence[ScenarioActor] | None = None  # None: no location_info is known
    rendering_center: Point | None = None  # the map's centre
    rendering_fov: float | None = None  # m
    initialize_random_seed: int | None = None
    lights_random_seed: int | None = None
    drive_random_seed: int | None = None
    initialize_model_version: str | None = None
    drive_model_version: str | None = None  # of the last step
    light_recurrent_states: Sequence[Sequence[float]] | None = None  # of the last step
