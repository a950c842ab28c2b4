"""Several steps stand beside each other."""

from __future__ import annotations

import pytest
from PIL import Image

from iai_proxy.pictures import evenly_spread, strip_of
from iai_proxy.scene.palette import LIGHT


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (range(3), [0, 1, 2]),
        (range(101), [0, 20, 40, 60, 80, 100]),
        (range(10, 21), [10, 12, 14, 16, 18, 20]),
        (range(7, 8), [7]),
        (range(7), [0, 2, 4, 6]),
        (range(8), [0, 1, 3, 4, 6, 7]),  # no fewer are evenly spread
    ],
)
def test_steps_are_evenly_spread_from_the_first_to_the_last(
    steps: range, expected: list[int]
) -> None:
    assert evenly_spread(steps, 6) == expected


@pytest.mark.parametrize(
    ("count", "across", "down"), [(1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 2, 2), (5, 3, 2), (6, 3, 2)]
)
def test_a_strip_has_all_pictures_in_order(count: int, across: int, down: int) -> None:
    images = [Image.new("RGB", (100, 80), (number * 40, 0, 0)) for number in range(count)]
    whole = strip_of(images, list(range(count)), "test:place", LIGHT)
    assert across * 100 < whole.width < across * 100 + 60
    assert down * 80 < whole.height < down * 80 + 120
    middles = [
        whole.getpixel((whole.width * (2 * column + 1) // (2 * across), y))
        for y in _rows(whole, down)
        for column in range(across)
    ]
    assert [red for red, *_ in middles[:count]] == [number * 40 for number in range(count)]


def _rows(whole: Image.Image, down: int) -> list[int]:
    """Return a height within each row of pictures."""
    line = whole.height - down * 80
    return [line // 2 + 20 + row * (whole.height - line // 2) // down for row in range(down)]


def test_more_steps_than_fit_are_not_shown() -> None:
    assert evenly_spread(range(100), 1) == [99]
