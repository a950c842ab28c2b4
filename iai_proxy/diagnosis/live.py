"""Checks over a recording while it is being written."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from iai_proxy.api import Call
from iai_proxy.diagnosis.check import Check, Located, Severity
from iai_proxy.diagnosis.egos import Egos, egos_of
from iai_proxy.diagnosis.files import maps_of
from iai_proxy.diagnosis.refusals import refusals, refused_calls
from iai_proxy.diagnosis.runner import CheckResults, CheckRunner
from iai_proxy.diagnosis.step_reader import StepReader, recorded_bodies
from iai_proxy.diagnosis.step_view import RunView
from iai_proxy.errors import IaiProxyError
from iai_proxy.lineage import Observation
from iai_proxy.lineage.joining import Joined
from iai_proxy.lineage.restoring import restored_steps
from iai_proxy.recordings.reader import Recording

_EVERY_S: Final = 1.0
#: Parts of a large call come one after another: a step counts as whole when it is so old.
_SETTLED_NS: Final = 2_000_000_000
#: The client must not wait for us: of one core we take a twentieth at most while it runs ...
_REST: Final = 19.0
#: ... and when it has ended, this long to look at all again ...
_AGAIN_S: Final = 10.0
#: ... or, where that is too short, at what is left.
_AT_END_S: Final = 5.0
#: How long another thread may have to wait for us; Python's own 5 ms are as long as a call takes to
#: be passed on.
_SWITCH_S: Final = 0.0005
#: Egos that nobody has named show after some steps; until then nothing can be said of overwritten
#: states.
_EGOS_AFTER: Final = 5


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass over the recording, as far as it has come.

    Attributes:
        runner: over it.
        seen: the exchanges whose steps it has seen.
        firsts: by the number of a simulation that it has seen, the first exchange of that.
    """

    runner: CheckRunner
    seen: set[int] = field(default_factory=set)
    firsts: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Read:
    """A recording as far as it has been written, open to read bodies from."""

    recording: Recording
    observations: Sequence[Observation]
    steps: Sequence[Joined]
    calls: Mapping[int, Call]
    egos: Egos

    def reader(self, faults: list[str]) -> StepReader:
        """Return what reads its steps, in order."""
        bodies = recorded_bodies(self.recording, self.calls)
        return StepReader(bodies, self.calls, self.observations, self.egos, faults)


class Follower:
    """Makes checks over a recording's steps as they come in, on a thread of its own.

    Args:
        path: the recording.
        checks: the ones to make.
        tell: told of each error and warning the first time that it shows in a simulation.
        egos: indices of the agents that the client drives itself; None to infer them.
    """

    def __init__(
        self,
        path: Path,
        checks: Sequence[type[Check]],
        tell: Callable[[Located], None],
        egos: Collection[int] | None = None,
    ) -> None:
        self._path = path
        self._tell = tell
        self._egos = egos
        self._needed = 1 if egos is not None else _EGOS_AFTER
        self._calls: list[Call] = []
        self._observations: list[Observation] = []
        self._maps: dict[str, Any] = {}
        self._reasons: dict[int, str] = {}
        self._checks = checks
        self._live = self._new_pass()
        self._firsts: dict[int, int] = {}
        self._told: set[tuple[int | None, int]] = (
            set()
        )  # by the first exchange of a simulation, and the check
        self._stopped = threading.Event()
        self._before = _held(path)
        self._switch_s = sys.getswitchinterval()
        #: How many steps were not looked at in the end, mostly since there was no time for them.
        self.left_out = 0
        #: Whether what was seen live was looked at again in the end, knowing all of the recording.
        self.looked_again = False
        #: Simulation and check of what was told, and no longer holds now that all is known.
        self.taken_back: list[tuple[int | None, int]] = []
        #: How many agents the largest step has, of all in the recording.
        self.agents = 0
        self._thread = threading.Thread(target=self._run, name="iai-proxy-checks", daemon=True)

    def start(self) -> None:
        """Begin to look. Until :meth:`stop`, threads give way to each other sooner, so that no answer waits for us."""
        sys.setswitchinterval(_SWITCH_S)
        self._thread.start()

    def stop(self) -> None:
        """Let go of the recording, so that its writer can close it for good. Idempotent."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()
            sys.setswitchinterval(self._switch_s)

    def finish(self) -> CheckResults:
        """Look at all again, now that all is known; or at what is left, where there is no time for as much as was seen.

        Returns:
            What was found.

        What was told before may no longer hold: who is an ego, say, shows only in the end. What a
        check of ours found before it broke down when looking again does hold.
        """
        self.stop()
        live, again = self._live, self._new_pass()
        if not self._path.exists():
            return live.runner.result  # no call was made
        stands = live
        try:
            with self._reading() as read:
                self._reasons.update(refusals(read.recording, self._calls))
                self._go_on(again, read, _AGAIN_S)
                self.looked_again = again.seen >= live.seen
                if self.looked_again or not self._numbers_hold(live):
                    stands = again
                else:
                    self._go_on(live, read, _AT_END_S)
                self.left_out = sum(1 for _ in self._unseen(stands, read))
        except Exception as error:
            self._fault(again, error)
        found = stands.runner.end()
        if self.looked_again and self._numbers_hold(live):
            found.take_over(live.runner.end(), found.broken - live.runner.result.broken)
        found.faults[:] = dict.fromkeys([*found.faults, *again.runner.result.faults])
        for located in found.located:
            self._tell_once(located)
        if self.looked_again:
            self.taken_back = self._gone(found)
        return found

    def _gone(self, found: CheckResults) -> list[tuple[int | None, int]]:
        """Simulation and check of what was told and was not found again by a check that did not break down."""
        gone = {key for key in self._told if key[1] not in found.broken} - {
            self._key(one) for one in found.located
        }
        numbers = {first: number for number, first in self._firsts.items()}
        named = ((numbers.get(first) if first else None, code) for first, code in gone)
        return sorted(named, key=lambda key: (key[0] or 0, key[1]))

    def _new_pass(self) -> _Pass:
        """Begin anew. What was seen of a run is remembered by its view."""
        return _Pass(CheckRunner(RunView(self._calls, 1, self._maps, self._reasons), self._checks))

    def _numbers_hold(self, one: _Pass) -> bool:
        """Whether simulations have the numbers still that they had: an answer that comes late gives others."""
        return one.firsts.items() <= self._firsts.items()

    @contextmanager
    def _reading(self) -> Iterator[_Read]:
        """Have the recording open, as far as it has been written by now."""
        with Recording(self._path) as recording:
            # Exchanges are only ever added. Calls are read last: it goes on being written
            # meanwhile.
            self._observations += recording.observations(
                after=_latest(one.call for one in self._observations)
            )
            steps = restored_steps(self._observations)
            self._calls += recording.calls(after=_latest(self._calls))
            self._maps.update(maps_of(recording, self._calls, self._maps))
            self._firsts = _firsts(steps)
            self.agents = max((len(one.step.agents) for one in steps), default=0)
            calls = {call.id: call for call in self._calls}
            yield _Read(recording, self._observations, steps, calls, egos_of(steps, self._egos))

    def _unseen(self, one: _Pass, read: _Read) -> Iterator[Joined]:
        """Yield the steps that a pass has not seen, but for those that were there before."""
        for step in read.steps:
            if max(step.step.numbers) > self._before and not one.seen.issuperset(step.step.numbers):
                yield step

    def _go_on(self, one: _Pass, read: _Read, seconds: float) -> None:
        """Go on to the end of the recording, or as far as the time allows."""
        until = time.monotonic() + seconds
        try:
            reader = read.reader(one.runner.result.faults)
            for step in self._unseen(one, read):
                if time.monotonic() > until:
                    break
                self._step(one, reader, step)
            for view in reader.refused(
                refused_calls(call for call in self._calls if call.id > self._before)
            ):
                one.runner.refused(view)
        except Exception as error:
            self._fault(one, error)

    def _fault(self, one: _Pass, error: Exception) -> None:
        known = isinstance(error, IaiProxyError)
        said = str(error) if known else f"the checks could not go on ({error!r}): please report it"
        one.runner.result.faults.append(said)

    def _run(self) -> None:
        while not self._stopped.wait(_EVERY_S):
            try:
                self._look()
            except IaiProxyError:
                continue  # not there yet, or being written just now: there is a next time
            except Exception as error:
                self._fault(self._live, error)

    def _look(self) -> None:
        """Look at the steps that have come in."""
        begun = time.monotonic()
        with self._reading() as read:
            if not self._numbers_hold(self._live):
                self._live = self._new_pass()
            live = self._live
            live.firsts.update(self._firsts)
            reader = read.reader(live.runner.result.faults)
            settled_ns = time.time_ns() - _SETTLED_NS
            self._rest(begun)
            if len(read.steps) < self._needed:
                return
            for step in self._unseen(live, read):
                if step.step.ended_ns > settled_ns or self._stopped.is_set():
                    return
                begun = time.monotonic()
                self._step(live, reader, step)
                self._rest(begun)

    def _step(self, one: _Pass, reader: StepReader, step: Joined) -> None:
        view = reader.view(step)
        one.seen.update(
            step.step.numbers
        )  # only then: one that can't be read just now is read the next time
        for located in one.runner.step(view):
            if one is self._live:  # what another pass shows counts only once that is complete
                self._tell_once(located)

    def _key(self, located: Located) -> tuple[int | None, int]:
        return None if located.simulation is None else self._firsts[
            located.simulation
        ], located.check.code

    def _tell_once(self, located: Located) -> None:
        key = self._key(located)
        if located.check.severity is not Severity.INFO and key not in self._told:
            self._told.add(key)
            self._tell(located)

    def _rest(self, begun: float) -> None:
        """Let the client have the machine, after some work."""
        self._stopped.wait(_REST * (time.monotonic() - begun))


def _firsts(steps: Iterable[Joined]) -> dict[int, int]:
    """Return by the number of each simulation its first exchange, which is the same whatever comes later."""
    found: dict[int, int] = {}
    for one in steps:
        found[one.simulation] = min(
            found.get(one.simulation, one.step.numbers[0]), *one.step.numbers
        )
    return found


def _latest(calls: Iterable[Call]) -> int:
    """Return the highest number; 0 where there is no call."""
    return max((call.id for call in calls), default=0)


def _held(path: Path) -> int:
    """How many exchanges a recording that is to be continued holds already: these were looked at in their time."""
    if not path.exists():
        return 0
    try:
        with Recording(path) as recording:
            return max(recording.numbers(), default=0)
    except IaiProxyError:
        return 0  # whoever writes it says what is wrong
