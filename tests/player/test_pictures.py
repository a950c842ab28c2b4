"""Pictures cut out of recorded ones, compared with a map that is drawn by hand."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from iai_proxy.api.picture_frames import PictureFrame
from iai_proxy.player.pictures import cut

GREY = (128, 128, 128)
SIZE = 80


def colour(x: float, y: float) -> tuple[int, int, int]:
    """The map: squares of 4 m, each in a colour of its own."""
    return int(x // 4) % 16 * 16, int(y // 4) % 16 * 16, 200


def drawn(frame: PictureFrame, sign: int = 1) -> Image.Image:
    """The map in a frame, as a server draws it: north up, x to the right unless ``sign`` is -1."""
    image = Image.new("RGB", (SIZE, SIZE))
    metres = frame.fov / SIZE
    for column in range(SIZE):
        for row in range(SIZE):
            x = frame.x + sign * ((column + 0.5) * metres - frame.fov / 2)
            y = frame.y - ((row + 0.5) * metres - frame.fov / 2)
            image.putpixel((column, row), colour(x, y))
    return image


def encoded(image: Image.Image) -> list[int]:
    data = io.BytesIO()
    image.save(data, "PNG")
    return list(data.getvalue())


def decoded(picture: list[int]) -> Image.Image:
    return Image.open(io.BytesIO(bytes(picture)))


WHOLE = PictureFrame(0.0, 0.0, 80.0)


@pytest.mark.parametrize(
    "wanted",
    [
        PictureFrame(0.0, 0.0, 40.0),
        PictureFrame(12.0, -8.0, 40.0),
        PictureFrame(-20.0, 20.0, 16.0),
        WHOLE,
    ],
)
@pytest.mark.parametrize(("location", "sign"), [("iai:demo", 1), ("carla:Town03", -1)])
def test_a_part_is_cut_out_and_scaled(wanted: PictureFrame, location: str, sign: int) -> None:
    picture = cut(encoded(drawn(WHOLE, sign)), WHOLE, wanted, location)
    assert decoded(picture).tobytes() == drawn(wanted, sign).tobytes()


def test_what_was_not_recorded_is_grey() -> None:
    wanted = PictureFrame(40.0, 40.0, 80.0)  # a quarter of it is recorded: the lower left
    found = decoded(cut(encoded(drawn(WHOLE)), WHOLE, wanted, "iai:demo"))
    assert found.size == (SIZE, SIZE)
    half = SIZE // 2
    expected = Image.new("RGB", (SIZE, SIZE), GREY)
    expected.paste(drawn(wanted).crop((0, half, half, SIZE)), (0, half))
    assert found.tobytes() == expected.tobytes()
    assert wanted.covered_by(WHOLE) == 0.25


def test_a_wider_frame_is_grey_around() -> None:
    found = decoded(cut(encoded(drawn(WHOLE)), WHOLE, PictureFrame(0.0, 0.0, 160.0), "iai:demo"))
    assert found.getpixel((SIZE // 4 - 1, SIZE // 2)) == GREY
    assert found.getpixel((SIZE // 4, SIZE // 2)) != GREY
    assert found.getpixel((3 * SIZE // 4 - 1, SIZE // 2)) != GREY
    assert found.getpixel((3 * SIZE // 4, SIZE // 2)) == GREY


def test_a_frame_elsewhere_is_all_grey() -> None:
    elsewhere = PictureFrame(500.0, 0.0, 80.0)
    found = decoded(cut(encoded(drawn(WHOLE)), WHOLE, elsewhere, "iai:demo"))
    assert found.getcolors() == [(SIZE * SIZE, GREY)]
    assert elsewhere.covered_by(WHOLE) == 0.0


@pytest.mark.parametrize("picture", [[1, 2, 3], [300], ["a"]])
def test_what_is_no_picture_is_said(picture: list[int]) -> None:
    with pytest.raises(ValueError, match="can't be read"):
        cut(picture, WHOLE, PictureFrame(0.0, 0.0, 40.0), "iai:demo")
