"""Simulations and branches of scenes have the numbers that ``iai-proxy show`` gives them."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.worlds import Held, World

from iai_proxy.lineage import JoinedStep, build, restored_steps
from iai_proxy.report import simulations
from iai_proxy.scene.trees import Tree, listed, trees_of, without_unsettled


def trees(world: World) -> dict[int, Tree]:
    return trees_of(restored_steps(world.observations))


def as_show_says(tree: Tree) -> list[dict[str, Any]]:
    return [
        {
            "branch": info.number,
            "trunk": info.number == tree.info.trunk,
            "leaves_branch": info.leaves_branch,
            "leaves_at": info.leaves_at,
            "first_step": info.first,
            "last_step": info.last,
        }
        for info in tree.info.branches
    ]


def test_a_branch_leaves_another_where_the_client_went_back() -> None:
    world = World(location="there")
    first = world.initialize(3)
    second = world.drive(first)
    world.drive(world.drive(second))  # steps 2 and 3 of branch 1
    agents = second
    for _ in range(4):  # steps 2 to 5 of branch 2
        agents = world.drive(agents)
    (info,) = (tree.info for tree in trees(world).values())
    assert (info.number, info.location, info.large, info.trunk) == (1, "there", False, 2)
    assert [
        (branch.number, branch.first, branch.last, branch.leaves_branch, branch.leaves_at)
        for branch in info.branches
    ] == [(1, 0, 3, 2, 1), (2, 0, 5, None, None)]


@given(st.integers(0, 10**6))
def test_all_numbers_are_those_of_show(seed: int) -> None:
    world, draw = World(seed), random.Random(seed)
    known: list[list[Held]] = [world.initialize(draw.randint(1, 3)) for _ in range(2)]
    for number in range(15):
        known.append(world.drive(draw.choice(known[-4:]), random_seed=number))
    facts = simulations(build(world.observations))
    made = trees(world)
    assert list(made) == [simulation["simulation"] for simulation in facts]
    for simulation in facts:
        shown = [
            {name: branch[name] for name in as_show_says(made[1])[0]}
            for branch in simulation["branches"]
        ]
        assert as_show_says(made[simulation["simulation"]]) == shown


def test_steps_torn_apart_by_a_client_are_one_simulation() -> None:
    world = World()
    agents = world.initialize(3)
    for _ in range(3):
        spoilt = [Held(held.name, held.state, [9.0, *held.recurrent[1:]]) for held in agents]
        agents = world.drive(spoilt)
    (tree,) = trees(world).values()
    assert [joined.index for joined in tree.path(1)] == [0, 1, 2, 3]


def test_a_step_behind_a_missing_answer_goes_on_in_its_branch() -> None:
    world = World()
    first = world.drive(world.initialize(2))
    world.drive(first)
    (zero, _), (one, _), (two, _) = (
        (joined.step, joined.previous) for joined in restored_steps(world.observations)
    )
    gap = [
        JoinedStep(zero, None, 1, 0),
        JoinedStep(one, zero, 1, 1, zero),
        JoinedStep(two, None, 1, 4, one),  # steps 2 and 3 are missing
    ]
    (tree,) = trees_of(gap).values()
    assert [joined.index for joined in tree.path(1)] == [0, 1, 4]
    assert tree.info.branches[0].last == 4


def test_only_last_steps_of_large_simulations_wait_for_more_parts() -> None:
    world = World()
    agents = world.drive(world.initialize(2, connection="other"), connection="other")
    halves = [([0, 1], [2]), ([2, 3], [1])]
    agents = world.initialize(4)
    for _ in range(2):
        agents = world.large_drive(agents, halves)
    steps = restored_steps(world.observations)
    last = steps[-1].step
    kept = [(joined.simulation, joined.index) for joined in without_unsettled(steps, 0)]
    assert kept == [(1, 0), (1, 1), (2, 0), (2, 1)]
    assert without_unsettled(steps, last.ended_ns) == steps
    assert [joined.index for joined in without_unsettled(steps[2:3], 0)] == [0]


def test_numbers_are_listed_as_people_write_them() -> None:
    assert listed([1, 2, 3, 7]) == "1-3, 7"
