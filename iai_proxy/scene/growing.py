"""A recording that is read a batch at a time: while it is written, or because it is long.

All steps are put in place again with each batch, so the first is small and each later one as large
as all before: the first is soon there however long the recording is, and all of them together cost
two or three times what one would.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Final

from iai_proxy.diagnosis.check import Located
from iai_proxy.lineage import Observation
from iai_proxy.recordings.observed import StoredAgents
from iai_proxy.recordings.reader import Recording
from iai_proxy.scene.model import Problem, Scene, SimulationInfo
from iai_proxy.scene.recorded import RecordedRun

#: How many calls the first batch has.
_FIRST: Final = 100
#: The share of the time that reading what is being written may take.
_SHARE: Final = 0.25

#: The parts of a large step come one after another: it counts as complete when it is this old, or
#: nothing has come for as long, whatever the clock of the machine that recorded it says.
_SETTLED_S: Final = 1.0

#: By simulation and branch the first step that is new.
Changes = Mapping[tuple[int, int], int]


class GrowingRun:
    """What there is to see in a recording, as far as it has been read.

    The file is open only while it is read, so that its writer can end as if no one looked.

    One thread calls :meth:`poll` again and again; :attr:`simulations` and :meth:`scene` are for any
    thread meanwhile, and show what the latest poll left. A scene made between two polls and one
    made after them may differ from the steps on that :attr:`changes` names, and nowhere else.

    Args:
        path: the recording.
        source: name that scenes give; that of the file if None.
        clock: seconds that never go back.
        now_ns: nanoseconds since the epoch.

    Attributes:
        changes: what the latest poll that returned True has changed: by (simulation, branch) the
            first step whose frame is new or another. The last step known before is among them: how
            it was gone on with is known only now.
        more: whether there is more to read at once. If not, a poll reads what was written since,
            at the earliest after some time: see :meth:`poll`.
        failures: how many of the calls read so far have failed.

    Raises:
        InputError: missing, damaged, or newer than this program.
    """

    def __init__(
        self,
        path: Path,
        *,
        source: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._agents = StoredAgents(path)
        self._reading = Recording(path, agents=self._agents)
        # Of its own: a recording is for one thread at a time.
        self._shown = Recording(path, agents=self._agents)
        self._lock = threading.Lock()
        self._source = source
        self._clock = clock
        self._now_ns = now_ns
        self._observations: list[Observation] = []
        self._latest = 0
        self._rest_until = 0.0
        self._read_at = 0.0
        #: Whether calls have been read that are not shown yet.
        self._is_behind = False
        self._run = RecordedRun(self._shown, source=source, observations=())
        self.changes: Changes = MappingProxyType({})
        self.more = True
        self.failures = 0
        self._reading.rest()
        self._shown.rest()

    def poll(self) -> bool:
        """Read the next batch, or what was written since; return whether there is anything new.

        Does nothing for some time after a costly poll that had read everything, so that a run which
        grows by a step at a time takes a part of a processor at most. A large step is shown when
        all its parts are there.

        Raises:
            InputError: the recording is damaged.
        """
        begun = self._clock()
        if not self.more and begun < self._rest_until:
            return False
        if self._read():
            self._is_behind, self._read_at = True, begun
        if not self._is_behind and self._run.is_all:
            return False
        with self._agents:
            is_new = self._show(self._settled_ns(begun))
        ended = self._clock()
        self._rest_until = ended + (ended - begun) * (1 - _SHARE) / _SHARE
        return is_new

    @property
    def simulations(self) -> tuple[SimulationInfo, ...]:
        """What there is to see of each simulation."""
        return self._run.simulations

    @property
    def damage(self) -> str:
        """Why scenes made so far lack what could not be read; empty if they lack nothing."""
        return self._run.damage

    def scene(
        self,
        simulation: int = 1,
        branch: int | None = None,
        steps: range | None = None,
        *,
        details: bool = True,
        problems: Sequence[Located] = (),
    ) -> Scene:
        """Return steps of one branch; see :meth:`RecordedRun.scene`.

        Raises:
            UsageError: there is no such simulation, branch or step.
        """
        with self._shown_run() as run:
            return run.scene(simulation, branch, steps, details=details, problems=problems)

    def problems(self, simulation: int, branch: int, located: Sequence[Located]) -> list[Problem]:
        """Return the findings of a branch, whatever the steps.

        Raises:
            UsageError: there is no such simulation or branch.
        """
        with self._shown_run() as run:
            return run.problems(simulation, branch, located)

    def close(self) -> None:
        """Close the file. Idempotent."""
        with self._lock:
            self._reading.close()
            self._shown.close()

    @contextmanager
    def _shown_run(self) -> Iterator[RecordedRun]:
        """Have the run to oneself; afterwards the file is closed until it is read again."""
        with self._lock, self._agents:
            try:
                yield self._run
            finally:
                self._shown.rest()

    def _show(self, settled_ns: int | None) -> bool:
        """Put all steps in place again; return whether there is anything new."""
        before = self._run
        run = RecordedRun(
            self._shown,
            source=self._source,
            observations=self._observations,
            places=before.places,
            settled_ns=settled_ns,
        )
        changes = run.changes_since(before)
        is_new, self._is_behind = self._is_behind or bool(changes), False
        with self._lock:
            self._run = run
            self._shown.rest()
            if is_new:
                self.changes = MappingProxyType(changes)
        return is_new

    def _settled_ns(self, now: float) -> int | None:
        """Return until when large steps must have ended to be complete; None for any time."""
        if self.more:
            return 0
        if now - self._read_at >= _SETTLED_S:
            return None
        return self._now_ns() - int(_SETTLED_S * 1e9)

    def _read(self) -> bool:
        """Read a batch; tell whether there was anything in it. Afterwards the file is closed."""
        try:
            return self._read_batch()
        finally:
            self._reading.rest()

    def _read_batch(self) -> bool:
        count = max(_FIRST, self._latest)
        calls = list(islice(self._reading.calls(after=self._latest), count))
        self.more = len(calls) == count
        if not calls:
            return False
        after, self._latest = self._latest, calls[-1].id
        self.failures += sum(not call.succeeded for call in calls)
        for seen in self._reading.observations(after=after):
            if seen.call.id > self._latest:  # written since the calls were read
                break
            self._observations.append(seen)
        return True
