"""Checking a recording."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from iai_proxy.recordings.reader import Recording
from iai_proxy.recordings.wholeness import Problem, examine


@dataclass(frozen=True, slots=True)
class Verification:
    """What :func:`verify` found.

    Attributes:
        path: the recording.
        exchanges: how many exchanges are whole.
        problems: what is wrong, in the order of the file; empty for a whole recording.
    """

    path: Path
    exchanges: int
    problems: tuple[Problem, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(path: Path) -> Verification:
    """Check a recording: SQLite's own integrity check, every row, and every body against its hash.

    Raises:
        InputError: it can't be opened as a recording at all.
    """
    with Recording(path, damaged=True) as recording:
        return Verification(path, *examine(recording))
