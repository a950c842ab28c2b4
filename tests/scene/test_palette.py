"""Colours can be told apart, whatever colours people see."""

from __future__ import annotations

from itertools import combinations

import pytest
from PIL import ImageColor

from iai_proxy.scene.palette import (
    CAR,
    DARK,
    EGO,
    LIGHT,
    LIGHTS,
    OTHER,
    PEDESTRIAN,
    Theme,
    agent_colour,
)

Linear = tuple[float, float, float]

#: Machado, Oliveira and Fernandes (2009), severity 1.0: what is seen of linear RGB.
SIGHTS = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(name: str) -> Linear:
    red, green, blue, *_ = (
        band / 255 / 12.92 if band <= 10 else ((band / 255 + 0.055) / 1.055) ** 2.4
        for band in ImageColor.getrgb(name)
    )
    return red, green, blue


def luminance(name: str) -> float:
    red, green, blue = linear(name)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 counts it."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def lab(colour: Linear) -> Linear:
    """CIE 1976 L*a*b* under D65."""
    red, green, blue = (min(max(band, 0.0), 1.0) for band in colour)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def as_seen(sight: str, colour: Linear) -> Linear:
    red, green, blue = (
        sum(part * band for part, band in zip(row, colour, strict=True)) for row in SIGHTS[sight]
    )
    return red, green, blue


def distance(sight: str, one: str, other: str) -> float:
    seen = [lab(as_seen(sight, linear(name))) for name in (one, other)]
    return sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5


@pytest.mark.parametrize("sight", SIGHTS)
def test_kinds_of_agents_differ_for_every_sight(sight: str) -> None:
    for one, other in combinations((CAR, PEDESTRIAN, EGO, OTHER), 2):
        assert distance(sight, one, other) > 15, (one, other)


@pytest.mark.parametrize("sight", SIGHTS)
def test_states_of_lights_differ_for_every_sight(sight: str) -> None:
    for one, other in combinations(LIGHTS.values(), 2):
        assert distance(sight, one, other) > 15, (one, other)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_texts_can_be_read_on_every_ground(theme: Theme) -> None:
    for ground in (theme.ground, theme.road, theme.halo):
        assert contrast(theme.ink, ground) > 7
        assert contrast(theme.alarm, ground) > 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_cars_stand_out_from_roads(theme: Theme) -> None:
    assert contrast(CAR, theme.road) > 2.3
    assert contrast(EGO, theme.road) > 2.3


def test_egos_count_before_their_kind() -> None:
    assert agent_colour("pedestrian", is_ego=True) == EGO
    assert agent_colour("bicycle", is_ego=False) == OTHER
