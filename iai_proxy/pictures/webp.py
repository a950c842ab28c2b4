"""Animated WebP."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Final

from PIL import Image

from iai_proxy.pictures.drawing import Drawn

#: Every so many frames is whole, so that viewers can go there. The others have what differs.
_KEY_FRAMES: Final = 100


class _Reel(Image.Image):
    """An image of several frames that are drawn when Pillow asks for them, one after the other."""

    def __init__(self, frames: Iterator[Image.Image], count: int) -> None:
        super().__init__()
        self.n_frames = count
        self._frames = frames
        self._number = -1
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Go on to the next frame; another one is only asked for after the last."""
        if frame == self._number + 1:
            image = next(self._frames)
            self._number, self._mode, self._size, self.im = frame, "RGB", image.size, image.im

    def tell(self) -> int:
        """Return the number of the frame."""
        return self._number


def animated_webp(drawn: Iterable[Drawn], count: int, fps: float) -> bytes:
    """Return an animated WebP, without loss, that repeats for ever.

    Args:
        drawn: the frames.
        count: how many they are, at least one.
        fps: frames a second.
    """
    file = io.BytesIO()
    reel = _Reel((frame.image for frame in drawn), count)
    reel.save(
        file,
        "WEBP",
        save_all=True,
        duration=1000 / fps,
        loop=0,
        lossless=True,
        quality=50,
        method=2,  # 0 and 1 make files twenty times as large of flat colours
        kmin=_KEY_FRAMES // 2 + 1,
        kmax=_KEY_FRAMES,
    )
    return file.getvalue()
