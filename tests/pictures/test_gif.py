"""What other readers make of our GIFs."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops, ImageStat
from support.scenes import circling

from iai_proxy.pictures import Style, animated_gif, draw_steps, following, still, view_of_all
from iai_proxy.scene.palette import DARK, LIGHT, Theme

SCENE = circling()
VIEW = view_of_all(SCENE, (300, 200))


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def differences(data: bytes, frames: list[Image.Image]) -> list[float]:
    """Return how much each frame differs from a picture, in the mean, of 255."""
    read = opened(data)
    found = []
    for number, frame in enumerate(frames):
        read.seek(number)
        difference = ImageChops.difference(read.convert("RGB"), frame)
        found.append(max(ImageStat.Stat(difference).mean))
    return found


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_every_frame_looks_as_it_was_drawn(theme: Theme) -> None:
    style = Style(theme=theme, trails=True, ids=True)
    frames = list(draw_steps(SCENE, range(60), still(VIEW), style))
    data = b"".join(animated_gif(frames, 10, theme))
    assert opened(data).n_frames == 60
    assert max(differences(data, [frame.image for frame in frames])) < 1.5


def test_nothing_of_earlier_frames_is_left_over() -> None:
    """The last frame is the same whether the others came before it or not."""
    frames = list(draw_steps(SCENE, range(60), still(VIEW), Style()))
    whole = opened(b"".join(animated_gif(frames, 10, LIGHT)))
    whole.seek(59)
    alone = opened(b"".join(animated_gif(frames[-1:], 10, LIGHT)))
    assert ImageChops.difference(whole.convert("RGB"), alone.convert("RGB")).getbbox() is None


def test_a_moving_view_changes_the_whole_picture() -> None:
    camera = following(SCENE, 1, VIEW)
    frames = list(draw_steps(SCENE, range(0, 60, 10), camera, Style()))
    data = b"".join(animated_gif(frames, 10, LIGHT))
    assert max(differences(data, [frame.image for frame in frames])) < 1.5


@pytest.mark.parametrize(("fps", "seconds"), [(10, 6.0), (30, 2.0), (7, 60 / 7), (50, 1.2)])
def test_it_lasts_as_long_as_the_frames_a_second_say_and_repeats(
    fps: float, seconds: float
) -> None:
    frames = draw_steps(SCENE, range(60), still(VIEW), Style())
    read = opened(b"".join(animated_gif(frames, fps, LIGHT)))
    lasted = 0.0
    for number in range(60):
        read.seek(number)
        lasted += read.info["duration"]
    assert lasted / 1000 == pytest.approx(seconds, abs=0.006)
    assert read.info["loop"] == 0


def test_frames_that_are_equal_stay_frames() -> None:
    (frame,) = draw_steps(SCENE, [0], still(VIEW), Style())
    assert opened(b"".join(animated_gif([frame] * 5, 10, LIGHT))).n_frames == 5


def test_a_frame_has_only_what_differs() -> None:
    frames = list(draw_steps(SCENE, range(60), still(VIEW), Style()))
    first = len(b"".join(animated_gif(frames[:1], 10, LIGHT)))
    assert len(b"".join(animated_gif(frames, 10, LIGHT))) < 20 * first
