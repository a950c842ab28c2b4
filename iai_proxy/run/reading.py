"""What all values of a run read from."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from iai_proxy.errors import UsageError
from iai_proxy.lineage import Observation
from iai_proxy.recordings.lock import is_being_written
from iai_proxy.recordings.reader import Recording
from iai_proxy.scene.recorded import RecordedRun

#: A large step that ended so long ago has all its parts.
_SETTLED_NS: Final = 1_000_000_000


class Reading:
    """An open recording, and what was worked out of it when it was last looked at.

    Args:
        path: the recording, here on the disk.
        name: as the user gave it.

    Attributes:
        scenes: what there is to see. A new one stands here after :meth:`refresh`; the one before
            stays readable.
        latest: number of the last call that counts.
        is_growing: whether another program was writing the recording when it was last looked at.

    Raises:
        InputError: missing, damaged, or newer than this program.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self._is_open = True
        self._recording = Recording(path)
        self._observations: list[Observation] | None = None
        try:
            self._look()
        except BaseException:
            self._recording.close()
            raise

    @contextlib.contextmanager
    def recording(self) -> Iterator[Recording]:
        """Have the file open. While it is written, it is closed again afterwards.

        Raises:
            UsageError: it has been closed for good.
        """
        if not self._is_open:
            raise UsageError(
                f"{self.name} is closed: read from it within `with iai_proxy.open(…) as run:`, or "
                "before `run.close()`"
            )
        try:
            yield self._recording
        finally:
            if self.is_growing:
                self._recording.rest()

    def refresh(self) -> int:
        """Look for what was written since; return how many calls that are."""
        with self.recording() as recording:
            before = self.latest
            was_growing = self.is_growing
            if recording.latest > before or was_growing:
                self._look()
            return self.latest - before

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._is_open = False
        self._recording.close()

    def _look(self) -> None:
        self.is_growing = is_being_written(self.path)
        latest = self._recording.latest
        known = self._observations
        if known is None and not self.is_growing:  # what is stored of its lineage is used
            self.scenes = RecordedRun(self._recording, source=self.name)
        else:
            after = known[-1].call.id if known else 0
            fresh = self._recording.observations(after=after)
            self._observations = [*(known or ()), *(new for new in fresh if new.call.id <= latest)]
            self.scenes = RecordedRun(
                self._recording,
                source=self.name,
                observations=self._observations,
                settled_ns=time.time_ns() - _SETTLED_NS if self.is_growing else None,
            )
        self.latest = latest
