"""Checks over a recording while it is being written.

What is found then may no longer hold when the whole run is known: which agents are egos, say,
shows only at the end. Where that is so, everything is looked at again, as far as there is time.

A look costs a third where a call is packed, as its observation is there and its recurrent states
need not be read. So it keeps behind the packing, which keeps to the client's pauses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from iai_proxy.api import Call
from iai_proxy.diagnosis.check import Check, Located, Severity
from iai_proxy.diagnosis.egos import Egos, egos_of
from iai_proxy.diagnosis.refusals import refusals, refused_calls
from iai_proxy.diagnosis.runner import CheckResults, CheckRunner
from iai_proxy.diagnosis.runs import maps_of
from iai_proxy.diagnosis.step_reader import StepReader, recorded_bodies
from iai_proxy.diagnosis.step_view import RunView
from iai_proxy.errors import IaiProxyError, unexpected
from iai_proxy.lineage import JoinedStep, Observation, restored_steps
from iai_proxy.recordings.observed import StoredAgents
from iai_proxy.recordings.reader import Recording

#: The parts of a large call come one after another: a step counts as complete when it is this old.
_SETTLED_NS: Final = 2_000_000_000
#: How long the second look at everything may take, in seconds of a processor: who stops a recording
#: waits for it. A longer one is not begun ...
_SECOND_LOOK_S: Final = 0.25
#: ... but the first look goes on with what is left, for this long.
_REST_S: Final = 0.15
#: How long calls that are not packed may be read in the end.
_READ_S: Final = 0.05
#: How long any of these may take at all, on a busy machine.
_PATIENCE_S: Final = 1.0
#: So few calls may never be packed while they are recorded: they are read as they are.
_FEW: Final = 8
#: Calls read in one transaction: as long as one lasts, the file's log can't begin anew.
_READ_AT_A_TIME: Final = 50
#: What is known of so many calls with 100 agents takes 90 MB, and each look goes through all of
#: it. Later ones are left to `iai-proxy diagnose`.
_MOST_CALLS: Final = 6_000
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


class _Look(NamedTuple):
    """All that checks may take from elsewhere than the step's own calls."""

    numbers: tuple[int, ...]
    sources: tuple[tuple[int, int], ...]
    attempts: tuple[int, ...]
    place: tuple[int, int]
    previous: tuple[int, ...]
    egos: frozenset[int]
    has_map: bool


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass over the recording, as far as it has come.

    Attributes:
        runner: makes the checks.
        seen: the exchanges whose steps were looked at.
        looks: at these steps, in their order.
        firsts: the first exchange of each simulation seen, by the simulation's number.
    """

    runner: CheckRunner
    seen: set[int] = field(default_factory=set)
    looks: list[_Look] = field(default_factory=list)
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
        most: calls that are looked at; later ones are left out. Of a recording with more calls
            before these, those before are not read.

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
        most: int = _MOST_CALLS,
    ) -> None:
        self._path = path
        self._stored = StoredAgents(path)
        self._recording: Recording | None = None
        self._checks = checks
        self._tell = tell
        self._egos = egos
        self._after = after
        self._stopped = stopped
        self._steps_needed = 1 if egos is not None else _EGOS_AFTER
        self._calls: list[Call] = []
        self._observations: list[Observation] = []
        self._steps: Sequence[JoinedStep] = ()
        self._egos_found = Egos(frozenset())
        self._read = self._arranged = after if after > most else 0  # up to which call
        self._last = after + most
        self._arranging_s = 0.0
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

        Where all that was seen live still holds, the first look just goes on. If there is no time
        to look again at as much as was seen live, those findings are kept, and the first look goes
        on with what is left. Findings of a check that breaks down in the second look are kept too.
        """
        live = kept = again = self._live
        if not self._path.exists():
            return LiveResult(live.runner.result)  # no call was made
        looked_again = False
        left_out = 0
        try:
            with self._opened(in_the_end=True) as opened:
                self._reasons.update(refusals(opened.recording, self._calls))
                if not self._all_holds(live, opened):
                    again = self._look_again(opened)
                    looked_again = again.seen >= live.seen
                    kept = again if looked_again or not self._numbers_hold(live) else live
                else:
                    looked_again = True
                if kept is live:
                    self._go_on(live, opened, _REST_S)
                left_out = sum(1 for _ in self._unseen(kept, opened))
                left_out += self._unread_steps(opened.recording)
        except Exception as error:
            self._note_fault(again, error)
        results = kept.runner.end()
        if kept is not live and looked_again and self._numbers_hold(live):
            results.take_over(live.runner.end(), results.broken - live.runner.result.broken)
        results.faults[:] = dict.fromkeys([*results.faults, *again.runner.result.faults])
        for located in results.located:
            self._tell_once(located)
        taken_back = self._no_longer_found(results) if looked_again else ()
        return LiveResult(results, left_out, looked_again, taken_back, self._agents)

    def _look_again(self, opened: _Opened) -> _Pass:
        """Look at everything again, if that is short or nothing else can be kept."""
        again = self._new_pass()
        if self._is_short(opened) or not self._numbers_hold(self._live):
            self._go_on(again, opened, _SECOND_LOOK_S)
        return again

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

    def _all_holds(self, past: _Pass, opened: _Opened) -> bool:
        """Whether looking again would show the checks just what they have seen."""
        steps = filter(self._is_new, opened.steps)
        now = [self._look_of(joined, opened) for joined in islice(steps, len(past.looks))]
        return past.looks == now

    def _look_of(self, joined: JoinedStep, opened: _Opened) -> _Look:
        step, previous = joined.step, joined.previous
        return _Look(
            tuple(step.numbers),
            step.sources if len(step.parts) > 1 else (),
            tuple(step.attempts),
            (joined.simulation, joined.index),
            tuple(previous.numbers) if previous else (),
            opened.egos.at(step),
            step.first.location in self._maps,
        )

    @contextmanager
    def _opened(self, *, in_the_end: bool = False) -> Iterator[_Opened]:
        """Open the recording, as far as it is written and packed by now."""
        # The same each time: what checks keep of a step may read its recurrent states later.
        recording = self._recording = self._recording or Recording(self._path, agents=self._stored)
        try:
            before = self._read
            self._read_on(recording, in_the_end=in_the_end)
            if self._read > before:
                self._maps.update(maps_of(recording, self._calls, self._maps))
                self._arrange(recording, in_the_end=in_the_end)
            calls = {call.id: call for call in self._calls}
            yield _Opened(recording, self._observations, self._steps, calls, self._egos_found)
        finally:
            recording.rest()

    def _arrange(self, recording: Recording, *, in_the_end: bool) -> None:
        """Put what was read in order; not if that would take long in the end."""
        lineage = recording.stored_lineage(self._calls) if in_the_end else None
        if in_the_end and lineage is None and self._arranging_s > _SECOND_LOOK_S:
            return
        begun = time.process_time()
        described = recording.described_agents
        steps = restored_steps(self._observations, lineage=lineage, described=described)
        self._steps = steps
        self._firsts = _firsts(steps)
        self.steps = {joined.simulation: joined.index for joined in steps}
        self._agents = max((len(joined.step.agents) for joined in steps), default=0)
        self._egos_found = egos_of(steps, self._egos)
        self._arranging_s = time.process_time() - begun
        self._arranged = self._read

    def _read_on(self, recording: Recording, *, in_the_end: bool) -> None:
        """Read the calls that have come in since, as far as they are packed.

        If they are few, or in the end, others are read too, as far as there is time.
        """
        latest = min(recording.latest, self._last)
        until, at_last = time.process_time() + _READ_S, time.monotonic() + _PATIENCE_S
        while self._read < latest and not self._stopped():
            if self._read_packed(recording, latest):
                continue
            call = recording.call(self._read + 1)
            is_left = latest - self._read <= _FEW and call.ended_ns <= _settled_ns()
            if not is_left and not (in_the_end and not _is_over(until, at_last)):
                break
            self._take(call, recording.observation(call.id))

    def _read_packed(self, recording: Recording, latest: int) -> bool:
        """Read some calls that are packed; return whether there were any."""
        before = self._read
        until = min(latest, before + _READ_AT_A_TIME)
        with suppress(LookupError):  # the next is not packed
            for call, observation in recording.stored_observations(before, until):
                self._take(call, observation)
        return self._read > before

    def _take(self, call: Call, observation: Observation | None) -> None:
        self._calls.append(call)
        if observation is not None:
            self._observations.append(observation)
        self._read = call.id

    def _unread_steps(self, recording: Recording) -> int:
        """Return how many steps, about, there was no time to read or to put in order."""
        return sum(
            call.endpoint.is_stepping and call.succeeded and call.large is None
            for call in recording.calls(after=self._arranged)
        )

    def _is_new(self, joined: JoinedStep) -> bool:
        return max(joined.step.numbers) > self._after

    def _unseen(self, past: _Pass, opened: _Opened) -> Iterator[JoinedStep]:
        """Yield the new steps that a pass has not looked at."""
        for joined in opened.steps:
            if self._is_new(joined) and not past.seen.issuperset(joined.step.numbers):
                yield joined

    def _go_on(self, past: _Pass, opened: _Opened, seconds: float) -> None:
        """Go on to the end of the recording, or as far as the time allows."""
        until, at_last = time.process_time() + seconds, time.monotonic() + _PATIENCE_S
        try:
            reader = opened.reader(past.runner.result.faults)
            for joined in self._unseen(past, opened):
                if _is_over(until, at_last) or self._stopped():
                    break
                self._look_at(past, reader, joined, opened)
            new_calls = (call for call in self._calls if call.id > self._after)
            for view in reader.refused(refused_calls(new_calls)):
                past.runner.refused(view)
        except Exception as error:
            self._note_fault(past, error)

    def _note_fault(self, past: _Pass, error: Exception) -> None:
        if isinstance(error, IaiProxyError):
            text = str(error)
        else:
            text = unexpected("the checks could not go on", error)
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
            settled_ns = _settled_ns()
            for joined in self._unseen(live, opened):
                if joined.step.ended_ns > settled_ns or self._stopped():
                    return
                self._look_live(reader, joined, opened)

    def _look_at(
        self, past: _Pass, reader: StepReader, joined: JoinedStep, opened: _Opened
    ) -> None:
        view = reader.view(joined)
        # Only now: a step that can't be read just now is read the next time.
        past.seen.update(joined.step.numbers)
        past.looks.append(self._look_of(joined, opened))
        for located in past.runner.step(view):
            if past is self._live:  # the second look counts only when it is complete
                self._tell_once(located)

    def _look_live(self, reader: StepReader, joined: JoinedStep, opened: _Opened) -> None:
        begun = time.process_time()
        self._look_at(self._live, reader, joined, opened)
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


def _settled_ns() -> int:
    """Return the time at which a step must have ended to count as complete."""
    return time.time_ns() - _SETTLED_NS


def _is_over(until: float, at_last: float) -> bool:
    return time.process_time() > until or time.monotonic() > at_last


def _firsts(steps: Iterable[JoinedStep]) -> dict[int, int]:
    """Return each simulation's first exchange, which stays the same whatever comes later."""
    found: dict[int, int] = {}
    for joined in steps:
        first = min(joined.step.numbers)
        found[joined.simulation] = min(found.get(joined.simulation, first), first)
    return found
