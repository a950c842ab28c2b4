"""A scenario log as a scene: one simulation with one branch, and no calls."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from iai_proxy.diagnosis.check import Located
from iai_proxy.errors import UsageError
from iai_proxy.logs.scenario import ScenarioAgent, ScenarioStep
from iai_proxy.logs.scenario import ScenarioRun as Scenario
from iai_proxy.logs.scenario_reader import read_scenario
from iai_proxy.scene.frames import is_somewhere, unplaced_of
from iai_proxy.scene.location_answers import MOST_ACTORS, actors_left_out
from iai_proxy.scene.model import Agent, BranchInfo, Frame, Scene, SetUp, SimulationInfo
from iai_proxy.scene.sizes import agent_of

#: Why there are no findings.
NOT_CHECKED: Final = "a scenario log has no calls that could be checked"
_ONLY: Final = 1  # number of the simulation, and of its branch


class ScenarioRun:
    """What there is to see in a scenario log.

    Agents are numbered in the order of the file, as the SDK's ``LogReader`` numbers them.

    Args:
        path: the file.

    Attributes:
        damage: empty: what can't be read is refused.

    Raises:
        InputError: it can't be read, or is no scenario log.
    """

    damage = ""

    def __init__(self, path: Path) -> None:
        self._source = path.name
        run = self._run = read_scenario(path)
        self._agents = dict(enumerate(map(_agent, range(len(run.agents)), run.agents)))
        branches = (BranchInfo(_ONLY, 0, len(run.steps) - 1),) if run.steps else ()
        info = SimulationInfo(
            number=_ONLY, location=run.location, large=False, branches=branches, trunk=_ONLY
        )
        self.simulations: tuple[SimulationInfo, ...] = (info,) if run.steps else ()

    def scene(
        self,
        simulation: int = 1,
        branch: int | None = None,
        steps: range | None = None,
        *,
        details: bool = True,
        problems: Sequence[Located] = (),
    ) -> Scene:
        """Return steps; see :meth:`RecordedRun.scene`. There are no findings about a scenario log.

        Raises:
            UsageError: there is no such simulation, branch or step.
        """
        del problems
        self._refuse_others(simulation, branch, steps)
        numbered = enumerate(self._run.steps)
        frames = [
            _frame(number, step, details=details)
            for number, step in numbered
            if steps is None or steps.start <= number < steps.stop
        ]
        present = {agent for frame in frames for agent in frame.present}
        actors = tuple(self._run.static_actors or ())
        return Scene(
            source=self._source,
            simulation=self.simulations[0],
            branch=_ONLY,
            agents={number: self._agents[number] for number in sorted(present)},
            frames=frames,
            actors=actors[:MOST_ACTORS],
            left_out=tuple(filter(None, [actors_left_out(len(actors))])),
            unchecked=NOT_CHECKED,
            set_up=_set_up(self._run),
        )

    def _refuse_others(self, simulation: int, branch: int | None, steps: range | None) -> None:
        last = len(self._run.steps) - 1
        if last < 0:
            raise UsageError(f"{self._source} has no steps")
        if simulation != _ONLY or branch not in {None, _ONLY}:
            asked = f"branch {branch} of simulation {simulation}" if branch else str(simulation)
            raise UsageError(
                f"{self._source} is a scenario log, which has one simulation and one branch, "
                f"both 1, and not {asked}"
            )
        if steps is not None and (not steps or steps.start > last or steps.stop <= 0):
            raise UsageError(
                f"{self._source} has steps 0 to {last}, and not {steps.start} to {steps.stop - 1}"
            )


def _set_up(run: Scenario) -> SetUp:
    versions = (run.initialize_model_version, run.drive_model_version)
    known = dict.fromkeys(version for version in versions if version is not None)
    return SetUp(run.initialize_random_seed, run.drive_random_seed, tuple(known))


def _agent(number: int, agent: ScenarioAgent) -> Agent:
    properties: Mapping[str, object] = {
        "agent_type": agent.entity_type,
        "length": agent.length,
        "width": agent.width,
        "rear_axis_offset": agent.rear_axis_offset,
    }
    return agent_of(number, properties)


def _frame(number: int, step: ScenarioStep, *, details: bool) -> Frame:
    lights = step.lights if details else None
    if is_somewhere(step.states):
        return Frame(number, step.present, step.states, lights=lights)
    whole = Frame(number, step.present, step.states)
    kept = [place for place in range(len(whole.agents)) if is_somewhere(whole.answered(place))]
    states = array("d", (value for place in kept for value in whole.answered(place)))
    agents = tuple(whole.agents[place] for place in kept)
    return Frame(number, agents, states, lights=lights, unplaced=unplaced_of(whole))
