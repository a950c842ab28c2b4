"""Paths and queries."""

from __future__ import annotations

from typing import Any

import pytest

from iai_proxy.scrubbing import Disguise
from iai_proxy.scrubbing.targets import scrubbed_target


def scrubbed(target: str, method: str = "GET", **options: Any) -> str:
    return scrubbed_target(Disguise(7, **options), method, target)


def moved() -> str:
    x, y = Disguise(7).motion.place(1.5, -20)
    return f"{x}%2C{y}"


@pytest.mark.parametrize("prefix", ["", "/v0/aws/m1", "/v0/academic/m1"])
def test_endpoints_stay_and_locations_are_renamed(prefix: str) -> None:
    asked = f"{prefix}/location_info?location=canada%3Avancouver&include_map_source=False"
    assert scrubbed(asked) == f"{prefix}/location_info?location=place-a&include_map_source=False"
    assert scrubbed(f"{prefix}/drive", "POST") == f"{prefix}/drive"


def test_places_in_queries_move() -> None:
    asked = "/location_info?location=town&rendering_fov=100&rendering_center=1.5%2C-20"
    assert scrubbed(asked) == (
        f"/location_info?location=place-a&rendering_fov=100&rendering_center={moved()}"
    )
    asked = "/regions?location=town&center=1.5,-20&agents=car:80,pedestrian:20"
    assert scrubbed(asked) == (
        f"/regions?location=place-a&center={moved()}&agents=car%3A80%2Cpedestrian%3A20"
    )


def test_the_place_that_regions_are_around_by_default_moves_too() -> None:
    x, y = Disguise(7).motion.place(0, 0)
    assert scrubbed("/regions?location=town") == f"/regions?location=place-a&center={x}%2C{y}"


def test_unknown_parameters_and_values_go() -> None:
    rules = Disguise(7)
    asked = "/location_info?api_key=hunter2&location=town&rendering_center=Elm,Street&user=ann"
    assert scrubbed_target(rules, "GET", asked) == "/location_info?location=place-a"
    assert rules.unknown == {"api_key": 1, "rendering_center": 1, "user": 1}


def test_other_paths_and_prefixes_are_renamed() -> None:
    rules = Disguise(7)
    paths = ("/v0/acme/m1/fleet/elm", "/fleet/elm?car=7", "/v0/acme/m1/test", "/v0/acme/m1")
    found = [scrubbed_target(rules, "GET", path) for path in paths]
    assert found == ["/v0/aws/m1/other-a", "/other-a", "/v0/aws/m1/test", "/v0/aws/m1"]


def test_unknown_paths_are_kept_on_request() -> None:
    assert scrubbed("/fleet/elm?car=7", keep_unknown=True) == "/fleet/elm?car=7"


def test_parameters_are_removed_on_request() -> None:
    rules = Disguise(7, remove=["random_seed"])
    asked = "/light?location=town&random_seed=5&recurrent_states=%5B1.5%2C+2%5D"
    assert scrubbed_target(rules, "GET", asked) == (
        "/light?location=place-a&recurrent_states=%5B1.5%2C+2%5D"
    )
    assert rules.removed == {"random_seed": 1}
