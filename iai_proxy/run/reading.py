"""What all values of a run read from."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.lineage import Observation
from iai_proxy.recordings.lock import is_being_written
from iai_proxy.recordings.reader import Recording
from iai_proxy.scene.recorded import RecordedRun

#: A large step that ended so long ago has all its parts.
_SETTLED_NS: Final = 1_000_000_000


class Reading:
    """An open recording, and what is worked out of it when that is first asked for.

    Args:
        path: the recording, here on the disk.
        name: as the user gave it.

    Attributes:
        latest: number of the last call that counts.
        is_growing: whether another program was writing it when it was last looked at.

    Raises:
        InputError: missing, damaged, or newer than this program.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self._is_open = True
        self._recording = Recording(path)
        self._observations: Sequence[Observation] = ()
        self._scenes: RecordedRun | None = None
        self._let_go: Callable[[], object] = lambda: None
        self._look()

    @contextlib.contextmanager
    def recording(self) -> Iterator[Recording]:
        """Have the file open. While another program writes it, it is closed again afterwards.

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
        except IaiProxyError as error:
            error.args = (self._named(str(error)),)
            raise
        finally:
            if self.is_growing:
                self._recording.rest()

    @property
    def scenes(self) -> RecordedRun:
        """What there is to see. After :meth:`refresh` another one; this one stays readable."""
        if self._scenes is None:
            with self.recording() as recording:
                self._scenes = self._all_of(recording)
        return self._scenes

    def refresh(self) -> int:
        """Look for what was written since; return how many calls that are."""
        with self.recording():
            before = self.latest
            self._look()
            if self.latest != before or (self._scenes and not self._scenes.is_all):
                self._scenes = None
            return self.latest - before

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._is_open = False
        self._recording.close()
        let_go, self._let_go = self._let_go, lambda: None
        let_go()

    def at_end(self, let_go: Callable[[], object]) -> None:
        """Call something when the file has been closed."""
        self._let_go = let_go

    def _named(self, sentence: str) -> str:
        """Return a sentence with the name of the recording, not where it is kept in a cache."""
        named = sentence.replace(str(self.path), self.name)
        return named if self.name in named else f"{self.name}: {named}"

    def _look(self) -> None:
        self.is_growing = is_being_written(self.path)
        self.latest = self._recording.latest

    def _all_of(self, recording: Recording) -> RecordedRun:
        if not self.is_growing and not self._observations and recording.latest == self.latest:
            return RecordedRun(recording, source=self.name)  # what is stored of its lineage is used
        known = self._observations
        fresh = recording.observations(after=known[-1].call.id if known else 0)
        self._observations = [*known, *(new for new in fresh if new.call.id <= self.latest)]
        return RecordedRun(
            recording,
            source=self.name,
            observations=self._observations,
            settled_ns=time.time_ns() - _SETTLED_NS if self.is_growing else None,
        )
