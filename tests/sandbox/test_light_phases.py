"""Traffic lights, by hand-worked cases."""

import random

import pytest

from iai_proxy.sandbox import light_phases

GROUP = (7, 8, 9)


def test_one_approach_of_a_junction_at_a_time_has_green():
    state, greens = [(0.0, 7.0)], set()
    for _ in range(round(3 * sum(light_phases.DURATIONS_S) / 0.1)):
        shown = light_phases.colours([GROUP], state)
        assert sum(colour != "red" for colour in shown.values()) <= 1
        greens |= {light for light, colour in shown.items() if colour == "green"}
        state = light_phases.advance([GROUP], state)
    assert greens == set(GROUP)
    assert state[0] == pytest.approx((0.0, 7.0))


def test_lights_go_on_from_the_colours_that_a_client_gave():
    settled = light_phases.settle([GROUP], [(0.0, 1.0)], {"7": "red", "8": "yellow", "9": "red"})
    assert settled == [(4.0, 3.0)]
    assert light_phases.settle([GROUP], [(0.0, 1.0)], {"7": "green"}) == [(0.0, 1.0)]
    assert light_phases.settle([GROUP], [(0.0, 1.0)], {"7": "green", "8": "green"}) == [(0.0, 1.0)]


def test_the_text_of_lights_is_read_back_and_anything_else_refused():
    states = light_phases.draw([GROUP] * 3, random.Random(1))
    assert light_phases.from_text(light_phases.to_text(states), 3) == states
    for text in ("", "1:2", "a:b;c:d;e:f", "1:nan;1:2;1:2"):
        with pytest.raises(ValueError, match=r".+"):
            light_phases.from_text(text, 3)
