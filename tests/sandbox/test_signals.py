"""Lights of real places, of which the sandbox knows nothing, and of its own maps."""

from __future__ import annotations

import pytest

from iai_proxy.sandbox.maps import world_of
from iai_proxy.sandbox.real_places import ids_of_lights
from iai_proxy.sandbox.refusal import RequestRefusedError
from iai_proxy.sandbox.signals import Signals

REAL = world_of("canada:anywhere")
OWN = world_of("sandbox:crossing")  # 5 groups


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_at_a_real_place_as_many_groups_come_back_as_were_sent(count: int) -> None:
    signals = Signals.under_way(REAL, [(3.0, 2.0)] * count, None)
    after = signals.advanced().recurrent
    assert after is not None
    assert [phase for phase, _ in after] == [3.0] * count
    assert [rest for _, rest in after] == pytest.approx([1.9] * count)


def test_a_map_of_the_sandbox_refuses_another_number_of_groups() -> None:
    with pytest.raises(RequestRefusedError, match="has 2 groups, but the location has 5"):
        Signals.under_way(OWN, [(3.0, 2.0)] * 2, None)


def test_at_a_real_place_lights_of_any_id_are_shown_as_they_were_given() -> None:
    shown = Signals.under_way(REAL, [(3.0, 2.0)], {"943": "yellow"}).shown_on_wire
    assert shown is not None
    assert shown["943"] == "yellow"


def test_a_map_of_the_sandbox_shows_its_own_lights_only() -> None:
    shown = Signals.under_way(OWN, None, {"943": "yellow"}).shown_on_wire
    assert shown is not None
    assert "943" not in shown


def test_lights_of_a_known_place_have_its_ids_and_obey_what_the_client_says_of_them() -> None:
    world = world_of("carla_xodr:Town10HD")
    signals = Signals.under_way(world, None, {"943": "green", "962": "green"})
    assert signals.shown_on_wire is not None
    assert {"943", "949", "962"} <= signals.shown_on_wire.keys()
    assert signals.shown[1000] == signals.shown_on_wire["943"] == "green"


def test_a_place_with_more_lights_than_the_map_gives_some_of_them_two_ids() -> None:
    town = "usa:s_belmont_ave_and_w_cary_street_united_states"  # four lights, 0 to 3
    assert ids_of_lights(town, [10, 11, 12]) == {10: (0, 3), 11: (1,), 12: (2,)}
    assert ids_of_lights(town, [10, 11, 12, 13, 14])[14] == (14,)
    assert ids_of_lights("canada:anywhere", [10, 11]) == {10: (10,), 11: (11,)}
