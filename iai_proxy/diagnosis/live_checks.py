"""Checks over a recording while it is being written.

What is found then may no longer hold when the whole run is known: which agents are egos, say,
shows only at the end. So at the end everything is looked at again, as far as there is time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from iai_proxy.api import Call
from iai_proxy.diagnosis.check import Check, Located, Severity
from iai_proxy.diagnosis.egos import Egos, egos_of
from iai_proxy.diagnosis.refusals import refusals, refused_calls
from iai_proxy.diagnosis.runner import CheckResults, CheckRunner
from iai_proxy.diagnosis.runs import maps_of
from iai_proxy.diagnosis.step_reader import StepReader, recorded_bodies
from iai_proxy.diagnosis.step_view import RunView
from iai_proxy.errors import IaiProxyError
from iai_proxy.lineage import JoinedStep, Observation, restored_steps
from iai_proxy.recordings.observed import StoredAgents
from iai_proxy.recordings.reader import Recording

#: The parts of a large call come one after another: a step counts as complete when it is this old.
_SETTLED_NS: Final = 2_000_000_000
#: How long the second look at everything may take, in seconds of a processor: who stops a recording
#: waits for it. A longer one is not begun ...
_SECOND_LOOK_S: Final = 1.0
#: ... but the first look goes on with what is left, for as long.
_REST_S: Final = 0.4
#: How long either may take at all: on a busy machine it is seldom the turn of the lowest priority.
_PATIENCE_S: Final = 5.0
#: Inferred egos show only after some steps; until then nothing can be said of overwritten states.
_EGOS_AFTER: Final = 5


@dataclass(frozen=True, slots=True)
class LiveResult:
    """What live checks came to.

    Attributes:
        results: the findings.
        left_out: how many steps were not looked at, mostly because there was no time.
        looked_again: whether what was seen live was looked at again with the whole run known.
        taken_back: simulation and code of findings that were reported and no longer hold.
        agents: how many agents the largest step of the recording has.
    """

    results: CheckResults
    left_out: int = 0
    looked_again: bool = False
    taken_back: tuple[tuple[int | None, int], ...] = ()
    agents: int = 0


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass over the recording, as far as it has come.

    Attributes:
        runner: makes the checks.
        seen: the exchanges whose steps were looked at.
        firsts: the first exchange of each simulation seen, by the simulation's number.
    """

    runner: CheckRunner
    seen: set[int] = field(default_factory=set)
    firsts: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Opened:
    """The recording as far as it is written, open for reading bodies."""

    recording: Recording
    observations: Sequence[Observation]
    steps: Sequence[JoinedStep]
    calls: Mapping[int, Call]
    egos: Egos

    def reader(self, faults: list[str]) -> StepReader:
        """Return what reads its steps, in order."""
        bodies = recorded_bodies(self.recording, self.calls)
        return StepReader(bodies, self.calls, self.observations, self.egos, faults)


class LiveChecks:
    """Makes checks over a recording's steps as they come in.

    Args:
        path: the recording; it need not exist yet.
        checks: the ones to make.
        tell: called with each error and warning when it first shows in a simulation.
        egos: indices of the agents that the client drives itself; None to infer them.
        after: the last exchange that was there before; only later ones are looked at.
        stopped: says whether to stop looking and let go of the recording.

    Attributes:
        steps: the last step of each simulation by its number, as of the last look.
    """

    def __init__(
        self,
        path: Path,
        checks: Sequence[type[Check]],
        tell: Callable[[Located], None],
        egos: Collection[int] | None = None,
        after: int = 0,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._path = path
        self._stored = StoredAgents(path)
        self._checks = checks
        self._tell = tell
        self._egos = egos
        self._after = after
        self._stopped = stopped
        self._steps_needed = 1 if egos is not None else _EGOS_AFTER
        self._calls: list[Call] = []
        self._observations: list[Observation] = []
        self._maps: dict[str, Any] = {}
        self._reasons: dict[int, str] = {}
        self._firsts: dict[int, int] = {}
        self._agents = 0
        self.steps: dict[int, int] = {}
        # Keys are the first exchange of the simulation and the check's code.
        self._reported: set[tuple[int | None, int]] = set()
        self._live = self._new_pass()
        self._live_s = 0.0  # what it has taken of a processor
        self._live_steps = 0

    def look(self) -> None:
        """Look at the steps that have come in since."""
        try:
            self._look()
        except IaiProxyError:
            return  # not there yet, or being written just now: the next look will read it
        except Exception as error:
            self._note_fault(self._live, error)

    def finish(self) -> LiveResult:
        """Look at everything again, now that the whole run is known.

        If there is no time for as much as was seen live, those findings are kept, and the first
        look goes on with what is left. Findings of a check that breaks down in the second look are
        kept too.
        """
        live, again = self._live, self._new_pass()
        if not self._path.exists():
            return LiveResult(live.runner.result)  # no call was made
        kept = live
        looked_again = False
        left_out = 0
        try:
            with self._opened() as opened:
                self._reasons.update(refusals(opened.recording, self._calls))
                if self._is_short(opened) or not self._numbers_hold(live):
                    self._go_on(again, opened, _SECOND_LOOK_S)
                looked_again = again.seen >= live.seen
                if looked_again or not self._numbers_hold(live):
                    kept = again
                else:
                    self._go_on(live, opened, _REST_S)
                left_out = sum(1 for _ in self._unseen(kept, opened))
        except Exception as error:
            self._note_fault(again, error)
        results = kept.runner.end()
        if looked_again and self._numbers_hold(live):
            results.take_over(live.runner.end(), results.broken - live.runner.result.broken)
        results.faults[:] = dict.fromkeys([*results.faults, *again.runner.result.faults])
        for located in results.located:
            self._tell_once(located)
        taken_back = self._no_longer_found(results) if looked_again else ()
        return LiveResult(results, left_out, looked_again, taken_back, self._agents)

    def _is_short(self, opened: _Opened) -> bool:
        """Whether looking at everything again will likely take no longer than it may."""
        each_s = self._live_s / max(1, self._live_steps)
        return each_s * len(opened.steps) <= _SECOND_LOOK_S

    def _no_longer_found(self, results: CheckResults) -> tuple[tuple[int | None, int], ...]:
        """Return simulation and code of what was reported and that no check found again.

        A check that broke down takes nothing back.
        """
        reported = {key for key in self._reported if key[1] not in results.broken}
        gone = reported - {self._key(located) for located in results.located}
        numbers = {first: number for number, first in self._firsts.items()}
        named = ((numbers.get(first) if first else None, code) for first, code in gone)
        return tuple(sorted(named, key=lambda key: (key[0] or 0, key[1])))

    def _new_pass(self) -> _Pass:
        """Begin again: a run view remembers what was seen of the run."""
        return _Pass(CheckRunner(RunView(self._calls, 1, self._maps, self._reasons), self._checks))

    def _numbers_hold(self, past: _Pass) -> bool:
        """Whether simulations still have the numbers they had: a late answer changes them."""
        return past.firsts.items() <= self._firsts.items()

    @contextmanager
    def _opened(self) -> Iterator[_Opened]:
        """Open the recording, as far as it is written by now."""
        with Recording(self._path, agents=self._stored) as recording:
            # Exchanges are only ever added. Calls are read last: writing goes on meanwhile.
            latest = max((seen.call.id for seen in self._observations), default=0)
            self._observations += recording.observations(after=latest)
            described = recording.described_agents
            steps = restored_steps(self._observations, described=described)
            self._calls += recording.calls(after=max((call.id for call in self._calls), default=0))
            self._maps.update(maps_of(recording, self._calls, self._maps))
            self._firsts = _firsts(steps)
            self.steps = {joined.simulation: joined.index for joined in steps}
            self._agents = max((len(joined.step.agents) for joined in steps), default=0)
            calls = {call.id: call for call in self._calls}
            egos = egos_of(steps, self._egos)
            yield _Opened(recording, self._observations, steps, calls, egos)

    def _unseen(self, past: _Pass, opened: _Opened) -> Iterator[JoinedStep]:
        """Yield the new steps that a pass has not looked at."""
        for joined in opened.steps:
            numbers = joined.step.numbers
            if max(numbers) > self._after and not past.seen.issuperset(numbers):
                yield joined

    def _go_on(self, past: _Pass, opened: _Opened, seconds: float) -> None:
        """Go on to the end of the recording, or as far as the time allows."""
        until, at_last = time.process_time() + seconds, time.monotonic() + _PATIENCE_S
        try:
            reader = opened.reader(past.runner.result.faults)
            for joined in self._unseen(past, opened):
                if _is_over(until, at_last) or self._stopped():
                    break
                self._look_at(past, reader, joined)
            new_calls = (call for call in self._calls if call.id > self._after)
            for view in reader.refused(refused_calls(new_calls)):
                past.runner.refused(view)
        except Exception as error:
            self._note_fault(past, error)

    def _note_fault(self, past: _Pass, error: Exception) -> None:
        if isinstance(error, IaiProxyError):
            text = str(error)
        else:
            text = f"the checks could not go on ({error!r}): please report it"
        past.runner.result.faults.append(text)

    def _look(self) -> None:
        with self._opened() as opened:
            if not self._numbers_hold(self._live):
                self._live = self._new_pass()
            live = self._live
            live.firsts.update(self._firsts)
            if len(opened.steps) < self._steps_needed:
                return
            reader = opened.reader(live.runner.result.faults)
            settled_ns = time.time_ns() - _SETTLED_NS
            for joined in self._unseen(live, opened):
                if joined.step.ended_ns > settled_ns or self._stopped():
                    return
                self._look_live(reader, joined)

    def _look_at(self, past: _Pass, reader: StepReader, joined: JoinedStep) -> None:
        view = reader.view(joined)
        # Only now: a step that can't be read just now is read the next time.
        past.seen.update(joined.step.numbers)
        for located in past.runner.step(view):
            if past is self._live:  # the second look counts only when it is complete
                self._tell_once(located)

    def _look_live(self, reader: StepReader, joined: JoinedStep) -> None:
        begun = time.process_time()
        self._look_at(self._live, reader, joined)
        self._live_s += time.process_time() - begun
        self._live_steps += 1

    def _key(self, located: Located) -> tuple[int | None, int]:
        simulation = located.simulation
        first = None if simulation is None else self._firsts[simulation]
        return first, located.check.code

    def _tell_once(self, located: Located) -> None:
        key = self._key(located)
        if located.check.severity is not Severity.INFO and key not in self._reported:
            self._reported.add(key)
            self._tell(located)


def last_exchange(path: Path) -> int:
    """Return the number of a recording's last exchange; 0 if it has none or can't be read."""
    if not path.exists():
        return 0
    try:
        with Recording(path) as recording:
            return max(recording.numbers(), default=0)
    except IaiProxyError:
        return 0  # its writer says what is wrong


def _is_over(until: float, at_last: float) -> bool:
    return time.process_time() > until or time.monotonic() > at_last


def _firsts(steps: Iterable[JoinedStep]) -> dict[int, int]:
    """Return each simulation's first exchange, which stays the same whatever comes later."""
    found: dict[int, int] = {}
    for joined in steps:
        first = min(joined.step.numbers)
        found[joined.simulation] = min(found.get(joined.simulation, first), first)
    return found
