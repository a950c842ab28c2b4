"""Where branches leave each other."""

from __future__ import annotations

import random
from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st
from support.worlds import Held, World

from iai_proxy.lineage import Branch, Fork, branches_of, build, fork_of, longest


def shared(branch: Branch, other: Branch) -> int:
    """How many steps two branches share, counted one by one."""
    pairs = zip(branch.steps, other.steps, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], pairs))


@given(st.integers(0, 10**6))
def test_a_branch_leaves_the_earlier_branch_with_which_it_shares_most(seed: int) -> None:
    world, draw = World(seed), random.Random(seed)
    known: list[list[Held]] = [world.initialize(1)]
    for number in range(20):
        known.append(world.drive(draw.choice(known[-6:]), random_seed=number))
    (simulation,) = build(world.observations).simulations
    branches, trunk = simulation.branches, simulation.trunk
    for branch in branches:
        fork = fork_of(branch, trunk, branches)
        if branch is trunk or fork is None:
            assert branch.number == trunk.number
            assert fork is None
            continue
        others = {trunk.number: trunk} | {b.number: b for b in branches[: branch.number - 1]}
        assert fork.shared == max(shared(branch, other) for other in others.values())
        assert fork.shared == shared(branch, others[fork.branch])


def test_the_first_of_the_longest_branches_is_the_trunk() -> None:
    world = World()
    begin = world.initialize(1)
    world.drive(begin)
    world.drive(begin, random_seed=2)
    (simulation,) = build(world.observations).simulations
    one, two = branches_of(branch.steps for branch in reversed(simulation.branches))
    assert [step.numbers for step in one.steps] == [(1,), (2,)]
    assert [step.numbers for step in two.steps] == [(1,), (3,)]
    assert longest([one, two]) is one
    assert fork_of(two, one, [one, two]) == Fork(1, 1)
