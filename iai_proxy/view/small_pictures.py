"""Small pictures of runs, for the start page."""

from __future__ import annotations

import io
from typing import Final

from iai_proxy.errors import UsageError
from iai_proxy.pictures import Style, draw_steps, still, view_of_all
from iai_proxy.scene.opening import Run
from iai_proxy.scene.palette import Theme

#: Pixels: twice what the start page gives them, for dense screens.
_SIZE: Final = (480, 300)


def small_picture_of(run: Run, theme: Theme) -> bytes:
    """Return a PNG of the first step of the first simulation, in these colours.

    Raises:
        UsageError: there is none.
    """
    if not run.simulations:
        raise UsageError("there is no simulation to be seen yet")
    info = run.simulations[0]
    first = info.branches[0].first
    scene = run.scene(info.number, None, range(first, first + 1), details=False)
    camera = still(view_of_all(scene, _SIZE))
    (drawn,) = draw_steps(scene, [first], camera, Style(theme=theme), captions=False)
    written = io.BytesIO()
    drawn.image.quantize(64).save(written, "PNG", optimize=True)
    return written.getvalue()
