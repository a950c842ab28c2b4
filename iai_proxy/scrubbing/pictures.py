"""Pictures in answers: a PNG as a list of byte values."""

from __future__ import annotations

import io
import warnings
from typing import Any, Final

from iai_proxy.scrubbing.disguise import Disguise
from iai_proxy.scrubbing.kinds import PICTURES

#: One white pixel. Black is ground that no one can drive on: the SDK spreads agents by it.
_BLANK: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415478da63f8ffff3f0005fe02fe331295140000000049454e44ae426082"
)
#: Pixels of a picture that is turned; the API's have a quarter of a million.
_LARGEST: Final = 16_000_000
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")


def picture(disguise: Disguise, value: Any) -> Any:
    """Replace a picture by a blank one, or turn it as the place is turned."""
    if not isinstance(value, list):
        return None
    if not value:
        return value
    if disguise.keeps(PICTURES) and not disguise.motion.turns:
        return value
    disguise.counts[PICTURES] += 1
    return list((_turned(value) if disguise.keeps(PICTURES) else None) or _BLANK)


def _turned(value: list[Any]) -> bytes | None:
    """Return a picture turned by half a turn; None if it is none."""
    from PIL import Image

    written = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # it is not unpacked then
        try:
            with Image.open(io.BytesIO(bytes(value)), formats=_FORMATS) as found:
                if found.width * found.height > _LARGEST:
                    return None
                found.transpose(Image.Transpose.ROTATE_180).save(written, "PNG")
        except (TypeError, ValueError, OSError, SyntaxError, Image.DecompressionBombError):
            return None
    return written.getvalue()
