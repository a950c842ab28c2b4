"""Checks over a recording while it is being written."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from iai_proxy.checks.egos import egos_of
from iai_proxy.checks.joining import Joined
from iai_proxy.checks.model import Check, Located, RunView, Severity
from iai_proxy.checks.restoring import restored_steps
from iai_proxy.checks.walk import Walk, Walked
from iai_proxy.errors import IaiProxyError
from iai_proxy.exchange import Call
from iai_proxy.store.diagnosing import maps_of
from iai_proxy.store.reader import Recording
from iai_proxy.store.refusals import refusals, refused_calls
from iai_proxy.store.step_reader import StepReader, recorded_bodies

_EVERY_S: Final = 1.0
#: Parts of a large call come one after another: a step counts as whole when it is so old.
_SETTLED_NS: Final = 2_000_000_000
#: The client must not wait for us: of one core we take a twentieth at most while it runs ...
_REST: Final = 19.0
#: ... and when it has ended, this long to look at all again ...
_AGAIN_S: Final = 10.0
#: ... or, where that is too short, at what is left.
_AT_END_S: Final = 5.0
#: How long another thread may have to wait for us; Python's own 5 ms are as long as a call takes to be passed on.
_SWITCH_S: Final = 0.0005
#: Egos that nobody has named show after some steps; until then nothing can be said of overwritten states.
_EGOS_AFTER: Final = 5


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass over the recording, as far as it has come.

    Attributes:
        walk: over it.
        seen: the exchanges whose steps it has seen.
        firsts: by the number of a simulation that it has seen, the first exchange of that.
    """

    walk: Walk
    seen: set[int] = field(default_factory=set)
    firsts: dict[int, int] = field(default_factory=dict)


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
        self._maps: dict[str, Any] = {}
        self._reasons: dict[int, str] = {}
        self._checks = checks
        self._live = self._new_pass()
        self._firsts: dict[int, int] = {}
        self._told: set[tuple[int | None, int]] = set()  # by the first exchange of a simulation, and the check
        self._stopped = threading.Event()
        self._before = _held(path)
        self._switch_s = sys.getswitchinterval()
        #: How many steps there was no time for.
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

    def finish(self) -> Walked:
        """Look at all again, now that all is known; or at what is left, where there is no time for as much as was seen.

        Returns:
            What was found.

        What was told before may no longer hold: who is an ego, say, shows only in the end.
        """
        self.stop()
        if not self._path.exists():
            return self._live.walk.result  # no call was made
        again = self._new_pass()
        self._go_on(again, _AGAIN_S)
        self.looked_again = again.seen >= self._live.seen
        if not self.looked_again:
            self._live.walk.result.faults += again.walk.result.faults
            self._go_on(self._live, _AT_END_S)
        found = (again if self.looked_again else self._live).walk.end()
        found.faults[:] = dict.fromkeys(found.faults)
        for located in found.located:
            self._tell_once(located)
        if self.looked_again:
            gone = self._told - {self._key(located) for located in found.located}
            numbers = {first: number for number, first in self._firsts.items()}
            self.taken_back = sorted(
                ((numbers.get(first) if first else None, code) for first, code in gone),
                key=lambda key: (key[0] or 0, key[1]),
            )
        return found

    def _new_pass(self) -> _Pass:
        """Begin anew. What was seen of a run is remembered by its view."""
        return _Pass(Walk(RunView(self._calls, 1, self._maps, self._reasons), self._checks))

    def _go_on(self, one: _Pass, seconds: float) -> None:
        """Go on to the end of the recording, or as far as the time allows."""
        try:
            self._look(one, until=time.monotonic() + seconds, settled_ns=0, rest=0.0)
        except IaiProxyError as error:
            one.walk.result.faults.append(str(error))
        except Exception as error:
            self._fault(one, error)

    def _fault(self, one: _Pass, error: Exception) -> None:
        said = f"the checks could not go on ({error!r}): please report it"
        if said not in one.walk.result.faults:
            one.walk.result.faults.append(said)

    def _run(self) -> None:
        while not self._stopped.wait(_EVERY_S):
            try:
                self._look(self._live, until=None, settled_ns=_SETTLED_NS, rest=_REST)
            except IaiProxyError:
                continue  # not there yet, or being written just now: there is a next time
            except Exception as error:
                self._fault(self._live, error)

    def _look(self, going: _Pass, until: float | None, settled_ns: int, rest: float) -> None:
        begun = time.monotonic()
        with Recording(self._path) as recording:
            observations = list(recording.observations())
            steps = restored_steps(observations)
            self._calls[:] = recording.calls()  # after the steps: it goes on being written meanwhile
            self._maps.update(maps_of(recording, self._calls, self._maps))
            self._firsts = _firsts(steps)
            # An answer that comes late gives other numbers to the simulations that began after its request.
            if going is self._live and not going.firsts.items() <= self._firsts.items():
                going = self._live = self._new_pass()
            going.firsts.update(self._firsts)
            egos = egos_of(steps, self._egos)
            self.agents = max((len(one.step.agents) for one in steps), default=0)
            calls = {call.id: call for call in self._calls}
            reader = StepReader(recorded_bodies(recording, calls), calls, observations, egos, going.walk.result.faults)
            self._pause(rest * (time.monotonic() - begun))
            now_ns = time.time_ns()
            self.left_out = 0
            for one in steps:
                if max(one.step.numbers) <= self._before or going.seen.issuperset(one.step.numbers):
                    continue
                if settled_ns and (one.step.ended_ns > now_ns - settled_ns or len(steps) < self._needed):
                    return
                if until is not None and time.monotonic() > until:
                    self.left_out += 1
                    continue
                if until is None and self._stopped.is_set():
                    return
                self._step(going, reader, one, rest)
            if until is not None:  # at the end, since a failed call may still be repeated
                self._reasons.update(refusals(recording, self._calls))
                for view in reader.refused(refused_calls(call for call in self._calls if call.id > self._before)):
                    going.walk.refused(view)

    def _step(self, going: _Pass, reader: StepReader, one: Joined, rest: float) -> None:
        begun = time.monotonic()
        view = reader.view(one)
        going.seen.update(one.step.numbers)  # only then: one that can't be read just now is read the next time
        for located in going.walk.step(view):
            if going is self._live:  # what another pass shows counts only once that is complete
                self._tell_once(located)
        self._pause(rest * (time.monotonic() - begun))

    def _key(self, located: Located) -> tuple[int | None, int]:
        return None if located.simulation is None else self._firsts[located.simulation], located.check.code

    def _tell_once(self, located: Located) -> None:
        key = self._key(located)
        if located.check.severity is not Severity.INFO and key not in self._told:
            self._told.add(key)
            self._tell(located)

    def _pause(self, seconds: float) -> None:
        if seconds:
            self._stopped.wait(seconds)


def _firsts(steps: Iterable[Joined]) -> dict[int, int]:
    """Return by the number of each simulation its first exchange, which is the same whatever comes later."""
    found: dict[int, int] = {}
    for one in steps:
        found[one.simulation] = min(found.get(one.simulation, one.step.numbers[0]), *one.step.numbers)
    return found


def _held(path: Path) -> int:
    """How many exchanges a recording that is to be continued holds already: these were looked at in their time."""
    if not path.exists():
        return 0
    try:
        with Recording(path) as recording:
            return max(recording.numbers(), default=0)
    except IaiProxyError:
        return 0  # whoever writes it says what is wrong
