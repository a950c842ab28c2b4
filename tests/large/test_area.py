"""Differential tests: the grid is the one that the SDK makes. And which pixels can be driven on."""

from __future__ import annotations

from typing import Any

import invertedai as iai
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.large import picture

from iai_proxy.large.answers import AnswerError
from iai_proxy.large.area import drivable_share, grid


@settings(max_examples=60, deadline=None)
@given(
    st.floats(1, 400),
    st.floats(1, 400),
    st.tuples(st.floats(-900, 900), st.floats(-900, 900)),
    st.floats(20, 90),
)
def test_the_grid(width: float, height: float, center: tuple[float, float], stride: float) -> None:
    expected = iai.get_regions_in_grid(width=width, height=height, map_center=center, stride=stride)
    # Rounding may make several points of one in the SDK, and more of each of those.
    assume(len(expected) <= 5000)
    assert grid(width, height, center, stride) == [
        (region.center.x, region.center.y) for region in expected
    ]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_what_is_not_black_can_be_driven_on(mode: str) -> None:
    assert drivable_share(0, picture(5, mode)) == 0.25
    assert drivable_share(0, picture(0, mode)) == 0


@pytest.mark.parametrize(
    "answer",
    [{}, [], {"birdview_image": None}, {"birdview_image": [1, 2]}, {"birdview_image": [300]}],
)
def test_an_answer_without_a_picture_is_named(answer: Any) -> None:
    with pytest.raises(AnswerError, match="holds no picture"):
        drivable_share(3, answer)
