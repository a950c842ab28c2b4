"""A branch as a scenario log. That it equals LogWriter's is shown end to end."""

from __future__ import annotations

from pathlib import Path

from logs.simulations import STATES, recorded

from iai_proxy.logs.export_scenario import Seeds, scenario_run
from iai_proxy.logs.scenario import ScenarioRun
from iai_proxy.recordings import Recording


def run_of(
    folder: Path, *, location_info: bool = True, steps: range | None = None, applied: bool = False
) -> tuple[ScenarioRun, list[str]]:
    path = recorded(folder / "run.iairec", location_info=location_info)
    with Recording(path) as recording:
        (simulation,) = recording.lineage().simulations
        return scenario_run(recording, simulation.trunk, applied=applied, steps=steps)


def test_a_run_has_the_states_of_each_step_and_what_began_it(tmp_path: Path) -> None:
    run, warnings = run_of(tmp_path)
    flat = [[number for state in states for number in state] for states in STATES]
    assert [list(step.states) for step in run.steps] == flat
    assert [agent.length for agent in run.agents] == [4.5, 5.0]
    assert (run.location, run.initialize_random_seed) == ("town", 5)
    assert run.initialize_model_version == "v0"
    assert (run.rendering_center, run.rendering_fov) == ((1.0, 2.0), 120.0)
    assert warnings == []


def test_without_location_info_what_is_unknown_is_said_with_the_fix(tmp_path: Path) -> None:
    run, (warning,) = run_of(tmp_path, location_info=False)
    assert (run.static_actors, run.rendering_center) == (None, None)
    assert warning.startswith("no location_info for town is recorded")


def test_an_excerpt_begins_and_ends_as_the_whole_run_does_there(tmp_path: Path) -> None:
    run, _ = run_of(tmp_path, steps=range(1, 2))
    assert [step.states[0] for step in run.steps] == [1.0]
    assert run.initialize_model_version == "v0"


def test_seeds_that_are_given_replace_the_recorded_ones_and_no_others(tmp_path: Path) -> None:
    run, _ = run_of(tmp_path)
    seeded = Seeds(lights=7).put_into(run)
    assert (seeded.initialize_random_seed, seeded.lights_random_seed) == (5, 7)
