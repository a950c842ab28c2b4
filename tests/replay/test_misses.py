"""The wording of each miss."""

from __future__ import annotations

from support.replays import Replay, missed, moved, straight
from support.worlds import Held, World

from iai_proxy.replay import Miss, MissKind


def test_many_differences_are_counted_rather_than_listed() -> None:
    world = World()
    begun = world.initialize(6)
    world.drive(begun)
    elsewhere = [
        Held(held.name, [held.state[0] + 1, *held.state[1:]], held.recurrent) for held in begun
    ]
    assert missed(Replay(world).drive(elsewhere)).reason.endswith(" and 3 more")


def test_a_moved_agent_is_named_with_both_values_and_the_flag_that_accepts_it() -> None:
    world = World()
    begun = moved(world.initialize(3), 2, y=2.0)
    world.drive(begun)
    miss = missed(Replay(world).drive(moved(begun, 2, y=2.25)[::-1]))
    assert miss.reason == "differs from simulation 1, step 1: agent 0 y is 2.25, recorded 2"
    assert miss.accepted_by == "--tolerance 0.25"
    far = missed(Replay(world).drive(moved(begun, 2, y=9.0)))
    assert far.reason == "differs from simulation 1, step 1: agent 2 y is 9, recorded 2"
    assert far.accepted_by == "--match nearest"


def test_a_call_after_the_last_step_says_which_step_is_not_there() -> None:
    world, held = straight()
    assert Replay(world).drive(held[2]) == Miss(
        MissKind.RUN_END,
        "comes after the last recorded step (simulation 1, step 3 is not recorded)",
        nearest=3,
        compared=True,
        where=(1, 3),
    )


def test_a_call_after_the_end_of_a_branch_says_how_far_another_goes() -> None:
    world, held = straight()
    leaf = world.drive(held[0])
    assert Replay(world).drive(leaf) == Miss(
        MissKind.BRANCH_END,
        "continues a branch of simulation 1 that ends at step 1 (another branch goes on to step 2)",
        nearest=4,
        compared=True,
        where=(1, 2),
    )


def test_an_agent_too_many_is_named() -> None:
    world, held = straight()
    miss = missed(Replay(world).drive([*held[1], world.newcomer()]))
    assert (miss.kind, miss.where) == (MissKind.AGENTS, (1, 2))
    assert (
        miss.reason == "is simulation 1, step 2, but has 4 agents, recorded 3: agent 3 is new here"
    )


def test_an_agent_that_had_left_is_named() -> None:
    world = World()
    begun = world.initialize(3)
    world.drive(begun[1:])
    miss = missed(Replay(world).drive(begun))
    assert miss.reason == (
        "is simulation 1, step 1, but has 3 agents, recorded 2: agent 0 had left the recorded run"
    )


def test_another_location_is_named_with_the_recorded_ones() -> None:
    world, held = straight()
    world.location = "there"
    assert missed(Replay(world).initialize(3)).reason == "is for location there; here was recorded"
    stranger = [Held(0, held[0][0].state, [7.0] * 4)]
    assert missed(Replay(world).drive(stranger)).kind == MissKind.LOCATION


def test_regions_drawn_at_random_are_named_with_the_flag_that_seeds_them() -> None:
    world = World()
    for x, count in ((0.0, 2), (100.0, 3), (100.0, 5)):
        world.initialize(count, location_of_interest=[x, 50.0])
    elsewhere = missed(Replay(world).initialize(2, location_of_interest=[7.5, 50.0]))
    assert (elsewhere.kind, elsewhere.nearest) == (MissKind.REGION, 1)
    assert elsewhere.reason.startswith(
        "is for the region around (7.5, 50), where 2 other regions of here were recorded. "
    )
    fewer = missed(Replay(world).initialize(4, location_of_interest=[100.0, 50.0]))
    assert (fewer.kind, fewer.nearest) == (MissKind.REGION, 2)
    assert fewer.reason.startswith(
        "asks for 4 agents in the region around (100, 50), where 3, 5 were recorded. "
    )
    for miss in (elsewhere, fewer):
        assert miss.reason.endswith(
            "unseeded random: other ones in every run. Record and replay with --python-seed N"
        )


def test_another_number_of_agents_to_place_is_named_with_the_recorded_ones() -> None:
    world, _ = straight()
    world.initialize(8)
    miss = missed(Replay(world).initialize(5))
    assert (miss.kind, miss.nearest) == (MissKind.AGENTS, 1)
    assert miss.reason == "asks for 5 agents at here, where 3, 8 were recorded"


def test_agents_that_were_never_recorded_are_unknown_and_the_closest_step_is_named() -> None:
    world, held = straight()
    stranger = [Held(0, agent.state, [7.0] * 4) for agent in held[1]]
    miss = missed(Replay(world).drive(stranger))
    assert (miss.kind, miss.nearest, miss.where) == (MissKind.UNKNOWN, 3, (1, 2))
    assert miss.reason == (
        "continues no recorded step: none of its agents' recurrent states is recorded; "
        "closest by states is simulation 1, step 2"
    )
    fewer = missed(Replay(world).drive([*stranger, *stranger]))
    assert fewer.reason.endswith("is simulation 1, step 2, which has 3 agents, not 6")
    assert fewer.accepted_by is None


def test_an_initialize_elsewhere_on_the_map_differs_from_every_recorded_one() -> None:
    world = World()
    world.initialize(2, location_of_interest=[0.0, 0.0])
    miss = missed(Replay(world).initialize(2, location_of_interest=[50.0, 0.0]))
    assert (miss.kind, miss.nearest) == (MissKind.REGION, 1)
