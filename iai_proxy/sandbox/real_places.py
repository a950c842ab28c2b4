"""What is known of lights at real places: their ids, from the scenario files in the SDK's wheel.

Those files (``logs/scenario_test_suite``) name a place's lights by id, and the SDK's plotter looks
each of them up among the static actors of ``location_info``. The sandbox has another map there; it
gives its own lights the ids of the place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

_IDS: Final[Mapping[str, Sequence[int]]] = {
    "canada:drake_street_and_pacific_blvd": range(103760, 103769),
    "carla_xodr:Town10HD": (943, 944, 945, *range(949, 963)),
    "usa:s_belmont_ave_and_w_cary_street_united_states": range(4),
}


def ids_of_lights(location: str, own: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Return the ids that each of a map's lights has at a place.

    Where the place has more lights than the map, some of the map's have several ids. Where it has
    fewer, or nothing is known of it, lights keep their own.

    Args:
        location: the place.
        own: the map's lights.
    """
    found: defaultdict[int, list[int]] = defaultdict(list)
    for number, light in enumerate(_IDS.get(location, ())):
        found[own[number % len(own)]].append(light)
    return {light: tuple(found.get(light, [light])) for light in own}
