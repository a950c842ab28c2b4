"""An area as the SDK covers it with regions, and how much of a region can be driven on."""

from __future__ import annotations

import io
from collections import deque
from itertools import product
from typing import Any, Final

from iai_proxy.large.answers import AnswerError
from iai_proxy.large.payload import PayloadError, problem

STRIDE_M: Final = 50.0  # between the centres of neighbouring regions along x, and along y
_MOST_REGIONS: Final = 5000

Point = tuple[float, float]


def grid(
    width: float, height: float, center: Point = (0.0, 0.0), stride: float = STRIDE_M
) -> list[Point]:
    """Return the centres of the regions that cover an area, from its middle outwards.

    The SDK's ``get_regions_in_grid``.

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
    found = {center}
    centers = []
    while waiting:
        x, y = waiting.popleft()
        centers.append((x, y))
        if len(centers) > _MOST_REGIONS:
            message = f"there would be more than {_MOST_REGIONS} regions: choose a smaller area"
            raise PayloadError([problem(["query", "width"], message, "value_error")])
        around = [(x + i * stride, y + j * stride) for i, j in product((-1, 1), repeat=2)]
        new = [point for point in around if is_within(point) and point not in found]
        found.update(new)
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
