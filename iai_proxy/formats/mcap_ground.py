"""What is under the agents, for Foxglove: a recorded picture as a grid, else lanes as lines."""

from __future__ import annotations

from typing import Final

from foxglove.messages import (
    Grid,
    LinePrimitive,
    LinePrimitiveLineType,
    PackedElementField,
    PackedElementFieldNumericType,
    SceneEntity,
    Vector2,
)
from PIL import Image

from iai_proxy.formats.mcap_values import FRAME, colour, point, pose, timestamp
from iai_proxy.pictures.ground import opened_picture
from iai_proxy.scene import Ground, Picture
from iai_proxy.scene.palette import LIGHT

#: Cells of a side; a finer picture is reduced.
_MOST_CELLS: Final = 1024
_BYTES: Final = 4
_COLOURS: Final = ("red", "green", "blue", "alpha")
#: Below all else.
_DEPTH_M: Final = -0.05
_LINE_M: Final = 0.15


def picture_grid(picture: Picture) -> Grid:
    """Return a picture as a grid of coloured cells, a cell a pixel, its first row south.

    Raises:
        InputError: it is no picture.
    """
    image = opened_picture(picture)
    if image.width > _MOST_CELLS or image.width != image.height:
        side = min(image.width, _MOST_CELLS)
        image = image.resize((side, side))
    if picture.mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM).convert("RGBA")
    x, y = picture.center
    cell = picture.fov / image.width
    return Grid(
        timestamp=timestamp(0),
        frame_id=FRAME,
        pose=pose(x - picture.fov / 2, y - picture.fov / 2, _DEPTH_M),
        column_count=image.width,
        cell_size=Vector2(x=cell, y=cell),
        row_stride=image.width * _BYTES,
        cell_stride=_BYTES,
        fields=[_field(name, place) for place, name in enumerate(_COLOURS)],
        data=image.tobytes(),
    )


def lanes_entity(ground: Ground) -> SceneEntity:
    """Return the borders of lanes as lines."""
    return SceneEntity(
        id="lanes",
        timestamp=timestamp(0),
        frame_id=FRAME,
        lines=[
            LinePrimitive(
                type=LinePrimitiveLineType.LineStrip,
                thickness=_LINE_M,
                points=[point(x, y) for x, y in border],
                color=colour(LIGHT.border),
            )
            for border in ground.borders
        ],
    )


def _field(name: str, offset: int) -> PackedElementField:
    return PackedElementField(name=name, offset=offset, type=PackedElementFieldNumericType.Uint8)
