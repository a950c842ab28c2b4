"""Regions for a ``large_initialize``: a grid over an area, with agents where it can be driven on.

As the SDK's ``get_regions_default`` does it, draw for draw. If no seed is given it draws again
each time; here the result is the same every time, so that what follows from a recorded call can be
replayed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from iai_proxy.large.area import STRIDE_M, Point, drivable_share, grid
from iai_proxy.large.initialize_payload import REGION_M
from iai_proxy.large.limits import MOST_AGENTS
from iai_proxy.large.payload import (
    CONCURRENCY,
    MOST_CONCURRENCY,
    Json,
    PayloadError,
    number_problems,
    problem,
    raise_if_any,
    range_problems,
)

_HALF_AREA_M: Final = 50.0
_PARAMETERS: Final = (
    "agents",
    "center",
    "concurrency",
    "height",
    "location",
    "random_seed",
    "stride",
    "width",
)
#: The SDK's ``AgentType``.
_AGENT_TYPES: Final = ("car", "pedestrian")


@dataclass(frozen=True, slots=True)
class RegionsQuery:
    """A query of ``GET /regions``.

    Attributes:
        agents: how many of each type to distribute; empty for regions without any.
    """

    location: str
    centers: Sequence[Point]
    agents: Mapping[str, int]
    seed: int | None
    concurrency: int

    @classmethod
    def of(cls, query: str) -> RegionsQuery:
        """Read the query of ``GET /regions``.

        Args:
            query: ``location``; ``width`` and ``height``, how far the area reaches to either side
                of its centre (m); ``agents``, a number of cars or such as ``car:80,pedestrian:20``;
                ``random_seed``; ``center`` as ``x,y``; ``stride`` (m); ``concurrency``.

        Raises:
            PayloadError: it can't be read.
        """
        given = {name: values[-1] for name, values in parse_qs(query).items()}
        read: Json = {name: _float(given.get(name)) for name in ("width", "height", "stride")}
        read |= {name: _int(given.get(name)) for name in ("random_seed", "concurrency")}
        read["center"] = tuple(_float(text) for text in given.get("center", "0,0").split(","))
        read["agents"] = dict(_agent_counts(given.get("agents", "")))
        raise_if_any(_problems(given, read))
        width, height = read["width"] or _HALF_AREA_M, read["height"] or _HALF_AREA_M
        return cls(
            location=given["location"],
            centers=grid(width, height, read["center"], read["stride"] or STRIDE_M),
            agents=read["agents"],
            seed=read["random_seed"],
            concurrency=read["concurrency"] or CONCURRENCY,
        )

    def requests(self) -> Iterator[str]:
        """Yield the query of the ``location_info`` call that shows each region, if it is needed."""
        for x, y in self.centers if self.agents else ():
            query = {
                "location": self.location,
                "include_map_source": False,
                "rendering_fov": int(REGION_M),
                "rendering_center": f"{x},{y}",
            }
            yield urlencode(query)

    def regions(self, answers: Sequence[Any]) -> Json:
        """Return the regions with their agents, as a payload for ``large_initialize``.

        Args:
            answers: to :meth:`requests`.

        Raises:
            PayloadError: nothing of the area can be driven on.
            AnswerError: an answer holds no picture.
        """
        return self.distributed([self.share(part, answer) for part, answer in enumerate(answers)])

    def share(self, part: int, answer: Any) -> float:
        """Return how much of a region can be driven on, 0 to 1, by the answer to its request.

        Raises:
            AnswerError: it holds no picture.
        """
        return drivable_share(part, answer)

    def distributed(self, shares: Sequence[float]) -> Json:
        """Return the regions with their agents, as a payload for ``large_initialize``.

        Args:
            shares: how much of each region can be driven on; empty if no agents are asked for.

        Raises:
            PayloadError: nothing of the area can be driven on.
        """
        agents = self._agents(shares) if self.agents else [[] for _ in self.centers]
        return {
            "location": self.location,
            "regions": [
                {
                    "center": list(center),
                    "size": REGION_M,
                    "agent_states": [],
                    "agent_properties": properties,
                }
                for center, properties in zip(self.centers, agents, strict=True)
                if properties or not self.agents
            ],
            "random_seed": self.seed,
        }

    def _agents(self, shares: Sequence[float]) -> list[list[Json]]:
        """Return the properties of each region's agents: more where more can be driven on."""
        total = sum(shares)
        if not total:
            message = (
                "nothing of this area can be driven on: "
                "choose another with center, width and height"
            )
            raise PayloadError([problem(["query"], message, "value_error")])
        types = [name for name, count in self.agents.items() for _ in range(count)]
        weights = [share / total for share in shares]
        chosen = Random(self.seed or 0).choices(range(len(shares)), weights=weights, k=len(types))
        agents: list[list[Json]] = [[] for _ in self.centers]
        for name, region in zip(types, chosen, strict=True):
            agents[region].append(_to_be_sampled(name))
        return agents


def _to_be_sampled(agent_type: str) -> Json:
    unknown = ("length", "width", "rear_axis_offset", "waypoint", "waypoints", "max_speed")
    return {"agent_type": agent_type, **dict.fromkeys(unknown)}


def _problems(given: Mapping[str, str], read: Json) -> Iterator[Json]:
    for name in sorted(given.keys() - set(_PARAMETERS)):
        yield problem(["query", name], f"there are {', '.join(_PARAMETERS)}", "extra_forbidden")
    for name in sorted(read["agents"].keys() - set(_AGENT_TYPES)):
        message = f"{name!r} is no agent type: there are {', '.join(_AGENT_TYPES)}"
        yield problem(["query", "agents"], message, "value_error")
    if not given.get("location"):
        yield problem(["query", "location"], "Field required", "missing")
    for name in ("width", "height", "stride"):
        yield from _length_problems(read[name], ["query", name])
    if len(read["center"]) != 2:
        yield problem(["query", "center"], "Input should be x,y", "value_error")
    for number in read["center"]:
        yield from number_problems(number, ["query", "center"])
    yield from range_problems(read["random_seed"], ["query", "random_seed"], -(2**63), 2**63 - 1)
    yield from range_problems(read["concurrency"], ["query", "concurrency"], 1, MOST_CONCURRENCY)
    for count in read["agents"].values():
        yield from range_problems(count, ["query", "agents"], 0, MOST_AGENTS)


def _length_problems(value: Any, where: list[str]) -> Iterator[Json]:
    if value is not None:
        yield from number_problems(value, where)
    if isinstance(value, float) and value <= 0:
        yield problem(where, "Input should be greater than 0", "greater_than")


def _agent_counts(text: str) -> Iterator[tuple[str, int | str]]:
    for item in filter(None, text.split(",")):
        name, colon, count = item.partition(":")
        agent_type, number = (name, count) if colon else ("car", name)
        yield agent_type, _int(number)


def _float(text: str | None) -> Any:
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _int(text: str | None) -> Any:
    try:
        return None if text is None else int(text)
    except ValueError:
        return text
