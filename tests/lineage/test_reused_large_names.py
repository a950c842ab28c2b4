"""A forged file: steps which continue each other say that they are parts of one large call."""

from __future__ import annotations

from dataclasses import replace

from support.worlds import World

from iai_proxy.lineage import build


def test_no_step_continues_itself() -> None:
    world = World()
    agents = world.initialize(3)
    for _ in range(3):
        agents = world.drive(agents)
    named = [replace(seen, call=replace(seen.call, large="large-a")) for seen in world.observations]
    for begin in range(3):
        lineage = build(named[begin:])
        numbers = [number for each in lineage.simulations for step in each.steps
                   for number in step.numbers]  # fmt: skip
        assert sorted(numbers) == list(range(begin + 1, 5))
