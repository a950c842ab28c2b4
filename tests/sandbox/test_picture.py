"""Pictures of the sandbox's places."""

from __future__ import annotations

import io
from itertools import product
from typing import Any

from PIL import Image

from iai_proxy.sandbox.maps import world_of
from iai_proxy.sandbox.picture import View, draw


def test_roads_have_no_holes_where_they_turn() -> None:
    world = world_of("canada:drake_street_and_pacific_blvd")
    image = Image.open(io.BytesIO(bytes(draw(world, View(0.0, 0.0, 200.0))))).convert("L")
    inner = product(range(1, image.width - 1), range(1, image.height - 1))
    assert not [place for place in inner if is_hole(image.load(), *place)]


def is_hole(pixels: Any, x: int, y: int) -> bool:
    around = ((1, 0), (-1, 0), (0, 1), (0, -1))
    return not pixels[x, y] and all(pixels[x + right, y + down] for right, down in around)
