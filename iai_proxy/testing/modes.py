"""What ``--iai-record-mode`` means: the modes of vcrpy and pytest-recording."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Final

from iai_proxy.errors import InputError


class Doing(Enum):
    """What a test's proxy does."""

    REPLAY = "replay"  # refuse what is not recorded
    EXTEND = "extend"  # replay, and record what is not
    RECORD = "record"  # a new file
    APPEND = "append"  # to the file
    REWRITE = "rewrite"  # a new file, which takes the place of the old one if the test passes


_DOING: Final[
    dict[str, tuple[Doing | None, Doing]]
] = {  # where the file is missing, and where it is there
    "none": (None, Doing.REPLAY),
    "once": (Doing.RECORD, Doing.REPLAY),
    "new_episodes": (Doing.RECORD, Doing.EXTEND),
    "all": (Doing.RECORD, Doing.APPEND),
    "rewrite": (Doing.REWRITE, Doing.REWRITE),
}
MODES: Final = tuple(_DOING)
DEFAULT: Final = "none"


def doing(mode: str, path: Path) -> Doing:
    """Return what to do with a recording.

    Raises:
        InputError: it is missing, and the mode makes none.
    """
    missing, there = _DOING[mode]
    chosen = there if path.exists() else missing
    if chosen is None:
        raise InputError(
            f"there is no recording {path}: make it with `pytest --iai-record-mode=once`, "
            "which calls the API (or a stand-in for it, with --iai-upstream=sandbox)"
        )
    return chosen
