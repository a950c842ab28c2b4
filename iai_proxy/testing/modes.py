"""What ``--iai-record-mode`` means: the modes of vcrpy and pytest-recording."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Final


class Doing(Enum):
    """What a test's proxy does."""

    REFUSE = "refuse"  # every call, since there is no recording
    REPLAY = "replay"  # refuse what is not recorded
    EXTEND = "extend"  # replay, and record what is not
    RECORD = "record"  # a new file, which takes the place of an old one
    APPEND = "append"  # to the file


_DOING: Final[dict[str, tuple[Doing, Doing]]] = {  # if the file is missing, and if it is there
    "none": (Doing.REFUSE, Doing.REPLAY),
    "once": (Doing.RECORD, Doing.REPLAY),
    "new_episodes": (Doing.RECORD, Doing.EXTEND),
    "all": (Doing.RECORD, Doing.APPEND),
    "rewrite": (Doing.RECORD, Doing.RECORD),
}
MODES: Final = tuple(_DOING)
DEFAULT: Final = "none"
#: In these modes a new recording is kept only if its test passes: nothing would complete it later.
KEPT_IF_PASSED: Final = frozenset({"once", "rewrite"})


def doing(mode: str, path: Path) -> Doing:
    """Return what to do with a recording."""
    absent, there = _DOING[mode]
    return there if path.exists() else absent


def missing(path: Path) -> str:
    """Say that a recording is missing, and how to make it."""
    return (
        f"there is no recording {path}: make it with `pytest --iai-record-mode=once`, "
        "which calls the API (or a stand-in for it, with --iai-upstream=sandbox)"
    )
