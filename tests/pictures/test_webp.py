"""What other readers make of our WebPs."""

from __future__ import annotations

import io

from PIL import Image, ImageChops
from support.scenes import circling

from iai_proxy.pictures import Style, animated_webp, draw_steps, still, view_of_all

SCENE = circling()
VIEW = view_of_all(SCENE, (200, 200))


def test_every_frame_is_exactly_as_it_was_drawn() -> None:
    frames = list(draw_steps(SCENE, range(12), still(VIEW), Style()))
    read = Image.open(io.BytesIO(animated_webp(iter(frames), 12, 10)))
    assert (read.format, read.size, read.n_frames) == ("WEBP", (200, 200), 12)
    for number, frame in enumerate(frames):
        read.seek(number)
        read.load()
        assert ImageChops.difference(read.convert("RGB"), frame.image).getbbox() is None
        assert read.info["duration"] == 100
    assert read.info["loop"] == 0


def test_a_single_step_is_a_picture() -> None:
    frames = draw_steps(SCENE, [3], still(VIEW), Style())
    read = Image.open(io.BytesIO(animated_webp(frames, 1, 10)))
    assert read.n_frames == 1
