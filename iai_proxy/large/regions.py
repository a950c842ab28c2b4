"""Regions for a ``large_initialize``: a grid over an area, and agents shared out by how much of each can be driven on.

As the SDK's ``get_regions_default`` does it, draw for draw. Where no seed is given it draws anew
each time; here it is the same every time, so that what follows from a recorded call can be
replayed.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from iai_proxy.large.drive import AnswerError
from iai_proxy.large.initialize import REGION_M
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

_STRIDE_M: Final = 50.0  # between the centres of neighbouring regions along x, and along y
_HALF_AREA_M: Final = 50.0
_PARAMETERS: Final = frozenset(
    {"location", "width", "height", "agents", "random_seed", "center", "stride", "concurrency"}
)
#: The SDK's ``AgentType``.
_AGENT_TYPES: Final = frozenset({"car", "pedestrian"})
_MOST_REGIONS: Final = 5000
_MOST_AGENTS: Final = 1_000_000

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class RegionsQuery:
    """What was asked for.

    Attributes:
        agents: how many of each type to share out; empty for regions without any.
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
        read: Json = {name: _number(given.get(name)) for name in ("width", "height", "stride")}
        read |= {name: _whole(given.get(name)) for name in ("random_seed", "concurrency")}
        center = [_number(text) for text in given.get("center", "0,0").split(",")]
        agents: dict[str, Any] = {
            name: _whole(text) for name, text in _types(given.get("agents", ""))
        }
        raise_if_any(_problems(given, read, center, agents))
        area: Any = (read["width"] or _HALF_AREA_M, read["height"] or _HALF_AREA_M, tuple(center))
        centers = grid(area[0], area[1], area[2], read["stride"] or _STRIDE_M)
        return cls(
            given["location"],
            centers,
            agents,
            read["random_seed"],
            read["concurrency"] or CONCURRENCY,
        )

    def requests(self) -> Iterator[str]:
        """Yield the query of the ``location_info`` call that shows each region, if agents are to be shared out."""
        for x, y in self.centers if self.agents else ():
            asked = {
                "location": self.location,
                "include_map_source": False,
                "rendering_fov": int(REGION_M),
                "rendering_center": f"{x},{y}",
            }
            yield urlencode(asked)

    def shared_out(self, answers: Sequence[Any]) -> Json:
        """Return the regions with their agents, as a payload for ``large_initialize``.

        Raises:
            PayloadError: nothing of the area can be driven on.
            AnswerError: an answer holds no picture.
        """
        agents: list[list[Json]] = [[] for _ in self.centers]
        if self.agents:
            shares = [drivable_share(part, answer) for part, answer in enumerate(answers)]
            total = sum(shares)
            if not total:
                message = "nothing of this area can be driven on: choose another with center, width and height"
                raise PayloadError([problem(["query"], message, "value_error")])
            types = [name for name, count in self.agents.items() for _ in range(count)]
            draw = Random(self.seed or 0)
            chosen = draw.choices(
                range(len(shares)), weights=[share / total for share in shares], k=len(types)
            )
            for name, region in zip(types, chosen, strict=True):
                agents[region].append(_to_be_sampled(name))
        return {
            "location": self.location,
            "regions": [
                {
                    "center": list(center),
                    "size": REGION_M,
                    "agent_states": [],
                    "agent_properties": inside,
                }
                for center, inside in zip(self.centers, agents, strict=True)
                if inside or not self.agents
            ],
            "random_seed": self.seed,
        }


def grid(
    width: float, height: float, center: Point = (0.0, 0.0), stride: float = _STRIDE_M
) -> list[Point]:
    """Return the centres of the regions that cover an area, from its middle outwards (SDK ``get_regions_in_grid``).

    Args:
        width: how far the area reaches to either side of its centre along x, m.
        height: the same along y.
        center: of the area, (x m, y m).
        stride: between neighbours diagonally, along x and along y, m.

    Raises:
        PayloadError: there would be too many.
    """

    def is_within(point: Point) -> bool:
        x, y = center
        return x - width < point[0] < x + width and y - height < point[1] < y + height

    waiting = deque([center])
    met = {center}
    centers = []
    while waiting:
        one = waiting.popleft()
        centers.append(one)
        if len(centers) > _MOST_REGIONS:
            message = f"there would be more than {_MOST_REGIONS} regions: choose a smaller area"
            raise PayloadError([problem(["query", "width"], message, "value_error")])
        around = [(one[0] + i * stride, one[1] + j * stride) for i, j in product((-1, 1), repeat=2)]
        new = [point for point in around if is_within(point) and point not in met]
        met.update(new)
        waiting.extend(new)
    return centers


def drivable_share(part: int, answer: Any) -> float:
    """Return how much of a ``location_info`` answer's picture is not black, 0 to 1.

    Raises:
        AnswerError: it holds no picture.
    """
    from PIL import Image, ImageChops, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(bytes(answer["birdview_image"]))) as picture:
            bands = picture.convert("RGB").split() if picture.mode == "P" else picture.split()
    except (TypeError, ValueError, KeyError, OSError, UnidentifiedImageError) as error:
        raise AnswerError(part, f"its answer holds no picture ({error})") from None
    brightest = bands[0]
    for band in bands[1:]:
        brightest = ImageChops.lighter(brightest, band)
    black: int = brightest.convert("L").histogram()[0]
    total = brightest.width * brightest.height
    return (total - black) / total


def _to_be_sampled(agent_type: str) -> Json:
    return {
        "length": None, "width": None, "rear_axis_offset": None, "agent_type": agent_type, "waypoint": None,
        "waypoints": None, "max_speed": None,
    }  # fmt: skip


def _problems(
    given: Mapping[str, str], read: Json, center: Sequence[Any], agents: Mapping[str, Any]
) -> Iterator[Json]:
    found: list[Json] = []
    for name in sorted(given.keys() - _PARAMETERS):
        found.append(
            problem(
                ["body", name], f"there are {', '.join(sorted(_PARAMETERS))}", "extra_forbidden"
            )
        )
    for name in sorted(agents.keys() - _AGENT_TYPES):
        message = f"{name!r} is no agent type: there are {', '.join(sorted(_AGENT_TYPES))}"
        found.append(problem(["body", "agents"], message, "value_error"))
    if not given.get("location"):
        found.append(problem(["body", "location"], "Field required", "missing"))
    for name in ("width", "height", "stride"):
        if read[name] is not None:
            found += number_problems(read[name], ["body", name])
            if isinstance(read[name], float) and read[name] <= 0:
                found.append(
                    problem(["body", name], "Input should be greater than 0", "greater_than")
                )
    if len(center) != 2:
        found.append(problem(["body", "center"], "Input should be x,y", "value_error"))
    for number in center:
        found += number_problems(number, ["body", "center"])
    found += range_problems(read, "random_seed", -(2**63), 2**63 - 1)
    found += range_problems(read, "concurrency", 1, MOST_CONCURRENCY)
    for name, count in agents.items():
        found += range_problems(
            {"agents": count if count is not None else name}, "agents", 0, _MOST_AGENTS
        )
    for item in found:
        yield {**item, "loc": ["query", *item["loc"][1:]]}


def _types(text: str) -> Iterator[tuple[str, str]]:
    for item in filter(None, text.split(",")):
        name, colon, count = item.partition(":")
        yield (name, count) if colon else ("car", name)


def _number(text: str | None) -> float | str | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return text


def _whole(text: str | None) -> int | str | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        return text
