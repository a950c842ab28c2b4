"""The ground: the recorded picture, else the lanes, else a grid in metres."""

from __future__ import annotations

import io
import math
from typing import Final

from PIL import Image, ImageChops, ImageColor, ImageDraw

from iai_proxy.errors import InputError
from iai_proxy.pictures.view import View, is_place
from iai_proxy.scene import Ground, Picture
from iai_proxy.scene.palette import Theme

_FINER: Final = 3
#: Grid lines are 1, 2, 5, 10 … metres apart, and at least so many of 400 pixels.
_CLOSEST: Final = 25
#: Pictures of the API are black, or nearly, where there is no road. If so much of a picture is, its
#: greys are drawn in those of the theme.
_DARK: Final = 24
_MUCH: Final = 0.1


def drawn_ground(ground: Ground, view: View, theme: Theme) -> Image.Image:
    """Return a new image of the ground.

    Raises:
        InputError: the recorded picture is none.
    """
    image = Image.new("RGB", view.size, theme.ground)
    if ground.areas or ground.borders:
        image = _lanes(ground, view, theme)
    elif ground.picture is None:
        _draw_grid(image, view, theme)
    if ground.picture is not None:
        _paste_picture(image, ground.picture, view, theme)
    return image


def nice_length(most: float) -> float:
    """Return the greatest of 1, 2, 5, 10, 20 … that is not above a length."""
    tens = 10.0 ** math.floor(math.log10(most))
    return max(factor * tens for factor in (1, 2, 5) if factor * tens <= most)


def _lanes(ground: Ground, view: View, theme: Theme) -> Image.Image:
    """Draw at a multiple of the size, and reduce."""
    width, height = view.size
    finer = View(view.center, view.fov, (width * _FINER, height * _FINER), view.mirrored)
    image = Image.new("RGB", finer.size, theme.ground)
    drawing = ImageDraw.Draw(image)
    for area in ground.areas:
        if len(area) > 2 and all(map(is_place, area)):
            drawing.polygon(finer.pixels(area), fill=theme.road)
    thick = max(round(view.unit * 0.8 * _FINER), 1)
    for border in ground.borders:
        if len(border) > 1 and all(map(is_place, border)):
            drawing.line(finer.pixels(border), fill=theme.border, width=thick, joint="curve")
    return image.reduce(_FINER)


def _draw_grid(image: Image.Image, view: View, theme: Theme) -> None:
    """Draw lines of whole metres."""
    apart = nice_length(2.5 * _CLOSEST / 400 * view.fov)
    left, bottom, right, top = view.extent
    drawing = ImageDraw.Draw(image)
    thick = max(round(0.7 * view.unit), 1)
    for number in range(math.ceil(left / apart), math.floor(right / apart) + 1):
        across, _ = view.pixel((number * apart, bottom))
        drawing.line([(across, 0), (across, view.size[1])], fill=theme.grid, width=thick)
    for number in range(math.ceil(bottom / apart), math.floor(top / apart) + 1):
        _, down = view.pixel((left, number * apart))
        drawing.line([(0, down), (view.size[0], down)], fill=theme.grid, width=thick)


def _paste_picture(image: Image.Image, picture: Picture, view: View, theme: Theme) -> None:
    """Put the part of the recorded picture that is seen where it belongs."""
    source = opened_picture(picture)
    if picture.mirrored != view.mirrored:
        source = source.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    source = _toned(source, theme)
    side = picture.fov * view.scale
    across, down = view.pixel(picture.center)
    left, top = across - side / 2, down - side / 2
    box = (
        max(round(left), 0),
        max(round(top), 0),
        min(round(left + side), view.size[0]),
        min(round(top + side), view.size[1]),
    )
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    across_scale, down_scale = source.width / side, source.height / side
    part = (
        max((box[0] - left) * across_scale, 0),
        max((box[1] - top) * down_scale, 0),
        min((box[2] - left) * across_scale, source.width),
        min((box[3] - top) * down_scale, source.height),
    )
    size = (box[2] - box[0], box[3] - box[1])
    image.paste(source.resize(size, Image.Resampling.BICUBIC, part), box)


def opened_picture(picture: Picture) -> Image.Image:
    """Return a recorded picture as it is, its first row north.

    Raises:
        InputError: it is none.
    """
    try:
        with Image.open(io.BytesIO(picture.data)) as opened:
            return opened.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"the recorded picture of the map can't be read: {error}") from error


def _toned(source: Image.Image, theme: Theme) -> Image.Image:
    """Return a picture on black in the theme's colours; any other as it is.

    Black becomes the ground, the most common grey the road, white the lines. Colours stay.
    """
    _, saturation, grey = source.convert("HSV").split()
    counts = grey.histogram()
    if sum(counts[:_DARK]) < _MUCH * sum(counts):
        return source
    road = max(range(_DARK, 256), key=counts.__getitem__)
    tones = (_rgb(theme.ground), _rgb(theme.road), _rgb(theme.lines))
    bands = [
        grey.point([_between(value, road, band) for value in range(256)])
        for band in zip(*tones, strict=True)
    ]
    toned = Image.merge("RGB", bands)
    colourful = saturation.point([0] * 96 + [255] * 160)
    bright = grey.point([0] * _DARK + [255] * (256 - _DARK))
    toned.paste(source, mask=ImageChops.darker(colourful, bright))
    return toned


def _between(grey: int, road: int, tones: tuple[int, ...]) -> int:
    """Return what becomes of a grey; the tones are those of black, the road's grey and white."""
    black, middle, white = tones
    if grey <= road:
        return round(black + (middle - black) * grey / road)
    return round(middle + (white - middle) * (grey - road) / (255 - road))


def _rgb(name: str) -> tuple[int, ...]:
    return ImageColor.getrgb(name)[:3]
