"""One run of a simulation, given to the SDK's ``LogWriter`` and to ours."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from iai_proxy.logs.scenario import ScenarioActor, ScenarioAgent, ScenarioRun, ScenarioStep

LOCATION = "iai:demo é"
STATIC_ACTORS = (
    ScenarioActor(11, "traffic_light", 1.5, -2.0, 0.1, 1.0, 3.5),
    ScenarioActor(5, "stop_sign", 1.0, 1.0, 0.0, 0.5, 2.0),
    ScenarioActor(7, "traffic_light", 3, 4, 2, None, None),
    ScenarioActor(8, "yield_sign", 0.0, 0.0, 0.0),
    ScenarioActor(9, "speed_bump", 0.0, 0.0, 0.0),
)
LIGHTS = ({"11": "red", "7": "green"}, {"11": "green", "7": "yellow"}, {"11": "none", "7": "red"})
CAR = ScenarioAgent("car", 4.5, 1.9, 1.4)
WALKER = ScenarioAgent("pedestrian", 0.5, 0.6, None, waypoints=((1.0, 2.0),))
GUIDED = ScenarioAgent("car", 5, 2, 1.25, waypoint=(12.5, -3.0), waypoints=((4.0, 4.0),))
TRUCK = ScenarioAgent("truck", None, 2.5, 0.0)


@dataclass
class Told:
    """What a program tells LogWriter; ``steps`` are (present, new agents, lights), step 0 first."""

    agents: list[ScenarioAgent]
    steps: list[tuple[list[int], list[ScenarioAgent], dict[str, str] | None]]
    static_actors: tuple[ScenarioActor, ...] = STATIC_ACTORS
    seeds: tuple[int | None, int | None, int | None] = (7, 8, 9)  # initialize, lights, drive
    light_groups: list[list[float]] | None = field(default_factory=lambda: [[2, 4.5], [1.0, 0.1]])
    states: list[list[list[float]]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        draw = random.Random(4)
        for present, _, _ in self.steps:
            self.states.append(
                [[draw.uniform(-1e3, 1e3), draw.gauss(0, 1e-9), draw.random(), 3] for _ in present]
            )

    def location_info(self) -> dict[str, Any]:
        actors = [
            {"actor_id": a.actor_id, "agent_type": a.agent_type, "x": a.x, "y": a.y,
             "orientation": a.orientation,
             "length": a.length, "width": a.width, "dependant": None}
            for a in self.static_actors
        ]  # fmt: skip
        return {
            "version": "1", "max_agent_number": 100, "bounding_polygon": None,
            "birdview_image": [], "osm_map": None, "map_origin": None, "map_center": [10, -20.5],
            "map_fov": 120.0, "static_actors": actors,
        }  # fmt: skip

    def run(self) -> ScenarioRun:
        """The run as ours."""
        steps: list[ScenarioStep] = []
        for (present, _, lights), states in zip(self.steps, self.states, strict=True):
            steps.append(
                ScenarioStep.pack(present, states, lights, after=steps[-1] if steps else None)
            )
        return ScenarioRun(
            location=LOCATION,
            agents=self.agents + [agent for _, new, _ in self.steps for agent in new],
            steps=steps,
            static_actors=self.static_actors,
            rendering_center=(10, -20.5),
            rendering_fov=120.0,
            initialize_random_seed=self.seeds[0],
            lights_random_seed=self.seeds[1],
            drive_random_seed=self.seeds[2],
            initialize_model_version="init-1",
            drive_model_version=f"drive-{len(steps) - 1}" if len(steps) > 1 else None,
            light_recurrent_states=self.light_groups,
        )

    def write_with_sdk(self, sdk: Any, path: Path) -> None:
        """The same run through the SDK's own LogWriter."""
        writer = sdk.LogWriter()
        writer.initialize(
            location=LOCATION,
            location_info_response=sdk.location_info(location=LOCATION),
            init_response=import_module("invertedai.api.initialize").InitializeResponse(
                agent_attributes=[],
                agent_properties=[_properties(sdk, agent) for agent in self.agents],
                **self._answer(sdk, 0),
                api_model_version="init-1",
            ),
            initialize_random_seed=self.seeds[0],
            lights_random_seed=self.seeds[1],
            drive_random_seed=self.seeds[2],
        )
        for number in range(1, len(self.steps)):
            present, new, _ = self.steps[number]
            writer.drive(
                import_module("invertedai.api.drive").DriveResponse(
                    is_inside_supported_area=[True] * len(present),
                    **self._answer(sdk, number),
                    api_model_version=f"drive-{number}",
                ),
                current_present_indexes=present,
                new_agent_properties=[_properties(sdk, agent) for agent in new] or None,
            )
        writer.export_to_file(log_path=str(path))

    def _answer(self, sdk: Any, number: int) -> dict[str, Any]:
        common = sdk.common
        groups = self.light_groups
        return {
            "agent_states": [common.AgentState.fromlist(state) for state in self.states[number]],
            "recurrent_states": [common.RecurrentState() for _ in self.states[number]],
            "birdview": None,
            "infractions": [],
            "traffic_lights_states": self.steps[number][2],
            "light_recurrent_states": groups
            and [
                common.LightRecurrentState(state=state, time_remaining=left)
                for state, left in groups
            ],
        }


def _properties(sdk: Any, agent: ScenarioAgent) -> Any:
    point = sdk.common.Point
    return sdk.common.AgentProperties(
        length=agent.length,
        width=agent.width,
        rear_axis_offset=agent.rear_axis_offset,
        agent_type=agent.entity_type,
        waypoint=agent.waypoint and point.fromlist(agent.waypoint),
        waypoints=[point.fromlist(item) for item in agent.waypoints] or None,
    )


def without_location_info(run: ScenarioRun) -> ScenarioRun:
    return replace(run, static_actors=None, rendering_center=None, rendering_fov=None)
