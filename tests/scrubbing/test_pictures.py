"""Pictures: blank, or turned as the place is."""

from __future__ import annotations

import io
import zlib
from typing import Any

import pytest
from PIL import Image

from iai_proxy.large.area import drivable_share
from iai_proxy.scrubbing import Disguise
from iai_proxy.scrubbing.pictures import picture


def png(*pixels: tuple[int, int, int]) -> list[int]:
    """A picture of one line."""
    image = Image.new("RGB", (len(pixels), 1))
    image.putdata(pixels)
    written = io.BytesIO()
    image.save(written, "PNG")
    return list(written.getvalue())


def pixels(value: list[int]) -> list[tuple[int, ...]]:
    with Image.open(io.BytesIO(bytes(value))) as image:
        data = image.convert("RGB").tobytes()
    return [tuple(data[begin : begin + 3]) for begin in range(0, len(data), 3)]


RED_AND_BLUE = png((255, 0, 0), (0, 0, 255))


def test_a_picture_becomes_a_white_pixel() -> None:
    rules = Disguise(7)
    assert pixels(picture(rules, RED_AND_BLUE)) == [(255, 255, 255)]
    assert rules.counts["pictures"] == 1


def test_regions_of_blank_pictures_count_as_drivable() -> None:
    assert drivable_share(0, {"birdview_image": picture(Disguise(7), RED_AND_BLUE)}) == 1.0


def test_a_picture_that_is_kept_is_turned_as_the_place_is() -> None:
    kept = picture(Disguise(7, keep=["pictures"]), RED_AND_BLUE)
    assert pixels(kept) == [(0, 0, 255), (255, 0, 0)]


def test_a_picture_that_is_kept_stays_where_nothing_is_turned() -> None:
    assert picture(Disguise(7, keep=["pictures"], turns=False), RED_AND_BLUE) is RED_AND_BLUE


@pytest.mark.parametrize("value", [[1, 2, 3], [999], ["x"], [None]])
def test_what_is_no_picture_becomes_blank(value: list[Any]) -> None:
    assert pixels(picture(Disguise(7, keep=["pictures"]), value)) == [(255, 255, 255)]


@pytest.mark.parametrize("side", [5_000, 12_000, 40_000])
def test_a_picture_that_would_fill_the_memory_is_not_unpacked(side: int) -> None:
    size = side.to_bytes(4) * 2
    head = b"IHDR" + size + bytes([1, 0, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4) + head + zlib.crc32(head).to_bytes(4)
    bomb += (0).to_bytes(4) + b"IDAT" + zlib.crc32(b"IDAT").to_bytes(4)
    found = picture(Disguise(7, keep=["pictures"]), list(bomb))
    assert pixels(found) == [(255, 255, 255)]


def test_no_picture_stays_none() -> None:
    assert picture(Disguise(7), []) == []
    assert picture(Disguise(7), "Elm Street") is None
