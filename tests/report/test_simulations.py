"""Simulations as ``show`` has them, from worlds whose truth is known."""

from __future__ import annotations

from support.worlds import World

from iai_proxy.lineage import build
from iai_proxy.report import branch_of_calls, forks_text, simulations, simulations_text


def forked() -> World:
    """Steps 0 to 3 are calls 1 to 4; steps 2 to 5 of a second branch are calls 5 to 8."""
    world = World()
    first = world.initialize(3)
    second = world.drive(first)
    world.drive(world.drive(second[:2]))
    agents = world.drive(second)
    for count in (3, 2, 2):
        agents = world.drive(agents[:count])
    return world


def shown(world: World) -> list[str]:
    return list(simulations_text(simulations(build(world.observations))))


def test_a_branch_is_shown_from_the_step_at_which_it_leaves_another() -> None:
    lines = shown(forked())
    begin = lines.index("  branch 1: leaves branch 2 after step 1: steps 2-3")
    assert lines[begin + 2] == "  step 2: agent 2 leaves"
    assert lines[begin + 3 : begin + 6] == [
        "  branch 2 (trunk): steps 0-5",
        "  3 agents at its start, 2 at its end",
        "  step 4: agent 2 leaves",
    ]


def test_branches_in_a_listing_of_calls() -> None:
    lineage = build(forked().observations)
    assert branch_of_calls(lineage) == {3: 1, 4: 1, 5: 2, 6: 2, 7: 2, 8: 2}
    assert list(forks_text(lineage)) == ["simulation 1: branch 1 leaves branch 2 after step 1"]


def test_a_simulation_without_forks_has_no_branches_to_tell_apart() -> None:
    world = World()
    world.drive(world.initialize(2))
    lineage = build(world.observations)
    assert branch_of_calls(lineage) == {}
    assert list(forks_text(lineage)) == []
    assert not [line for line in shown(world) if "branch" in line]


def test_arrivals_and_removals_stand_in_order_of_their_steps() -> None:
    world = World()
    agents = world.initialize(3)
    agents = world.drive(agents[:2])  # step 1: agent 2 leaves
    agents = world.drive([*agents, world.newcomer()])  # step 2: agent 3 arrives
    agents = world.drive(agents[1:])  # step 3: agent 0 leaves
    world.drive([*agents, world.newcomer()])  # step 4: agent 4 arrives
    assert [line for line in shown(world) if line.startswith("  step")] == [
        "  step 1: agent 2 leaves",
        "  step 2: agent 3 arrives",
        "  step 3: agent 0 leaves",
        "  step 4: agent 4 arrives",
    ]


def test_long_lists_are_shortened_and_lines_fit_a_terminal() -> None:
    world = World()
    runs = [world.initialize(1, connection=f"c{number}") for number in range(2)]
    for seed in range(60):  # two simulations in turn: no two calls of one follow each other
        runs = [world.drive(agents, random_seed=10**8 + seed) for agents in runs]
    lines = shown(world)
    assert max(map(len, lines)) <= 80
    assert "  calls 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31 and 45 more" in lines
    assert any(line.startswith("  seeds: 1, 100000000, ") and "more" in line for line in lines)


def test_latency_by_step_has_at_most_28_bars_each_the_longest_of_its_steps() -> None:
    world = World()
    agents = world.initialize(1)
    for _ in range(40):
        agents = world.drive(agents)
    took = [
        (observation.call.ended_ns - observation.call.started_ns) / 1e6
        for observation in world.observations
    ]
    (facts,) = simulations(build(world.observations))
    pairs = [max(took[at : at + 2]) for at in range(0, 41, 2)]
    assert facts["latency"] == {"steps_each": 2, "longest_ms": pairs}
    (line,) = [line for line in shown(world) if "latency" in line]
    assert line.startswith("  latency of each 2 steps, the longest: ")
    assert line.endswith(f" up to {max(took):.1f} ms")


def again_and_again(count: int) -> World:
    """A loop in a shell: each drive has the same state."""
    world = World()
    first = world.initialize(3)
    for _ in range(count):
        world.drive(first)
    return world


def test_branches_that_are_alike_are_told_together_and_the_steps_as_they_are() -> None:
    assert shown(again_and_again(13))[1:6] == [
        "simulation 1: here, 13 steps after step 0 in 13 branches, the longest up to step",
        "  1",
        "  calls 1-14",
        "  branch 1 (trunk): steps 0-1",
        "  3 agents at its start, 3 at its end",
    ]
    assert "  branches 2-13: leave branch 1 after step 0: step 1" in shown(again_and_again(13))
    lineage = build(again_and_again(13).observations)
    assert list(forks_text(lineage)) == ["simulation 1: branches 2-13 leave branch 1 after step 0"]


def test_many_branches_of_many_shapes_are_a_short_list_with_the_trunk_in_it() -> None:
    world = World()
    first = world.initialize(3)
    for length in range(1, 13):
        agents = first
        for _ in range(length):
            agents = world.drive(agents)
    lines = shown(world)
    assert len([line for line in lines if line.startswith("  branch")]) == 8
    assert "  branch 12 (trunk): steps 0-12" in lines
    assert "  … and 4 more branches" in lines
    listed = list(forks_text(build(world.observations)))
    assert listed == ["simulation 1: branches 1-11 leave branch 12 after step 0"]


def test_a_doubt_is_told_once_with_its_calls_and_those_that_they_may_continue() -> None:
    """Calls 1 and 2 have the same answer; calls 3 to 6 continue one of them."""
    world = World()
    first = world.initialize(3)
    world.exchange("initialize", "c1", world.initialize_request(3), first)
    for _ in range(4):
        world.drive(first)
    told = " ".join(" ".join(shown(world)).split())
    assert told.count("two steps hold the same answers") == 2
    assert "call 4 may continue call 2 as well as call 1, which was taken: two steps" in told
    assert "calls 3, 5-6 may continue call 1 as well as call 2, which was taken: two" in told
    assert told.count("Give each run a random_seed of its own to tell them apart") == 2
