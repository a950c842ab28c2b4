"""Recordings and debug logs as the runs that checks look at."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from iai_proxy.api import Call, Endpoint
from iai_proxy.api.body import LazyBody
from iai_proxy.diagnosis.check import Check
from iai_proxy.diagnosis.diagnosis import Diagnosis
from iai_proxy.diagnosis.egos import Egos, egos_of
from iai_proxy.diagnosis.refusals import refusals, refused_calls
from iai_proxy.diagnosis.runner import run_checks
from iai_proxy.diagnosis.step_reader import Bodies, StepReader, recorded_bodies
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.errors import IaiProxyError, InputError
from iai_proxy.lineage import Observation, Step, build
from iai_proxy.lineage.joining import Joined, joined
from iai_proxy.lineage.restoring import restored, restored_steps
from iai_proxy.logs.importing import import_debug_log
from iai_proxy.logs.log_source import WAIT, WRITTEN, DividedLogError, LogRun, opened_log
from iai_proxy.recordings.files import is_recording
from iai_proxy.recordings.reader import Recording

#: Told how many steps are done, and how many there are.
Tell = Callable[[int, int], object]


#: At how many steps numbers are looked at, to see whether a log needs that everywhere.
_LOOKED_AT: Final = 8


class InexactError(Exception):
    """A log's requests and answers write equal numbers differently."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run, ready to be walked.

    Attributes:
        view: what is known of the whole.
        steps: all steps, read as they are asked for; the file must stay open until then.
        count: how many they are.
        agents: how many agents the largest has.
        egos: the agents that the client drives itself.
        faults: gets a sentence for each step that could not be read as one, while the steps are
            walked.
        refused: calls without an answer, of which their requests may say why.
    """

    view: RunView
    steps: Iterator[StepView]
    count: int
    agents: int
    egos: Egos
    faults: list[str]
    refused: Iterator[StepView]


def diagnosed(
    path: Path,
    checks: Sequence[type[Check]],
    egos: Collection[int] | None = None,
    tell: Tell | None = None,
) -> Diagnosis:
    """Make checks over a recording, or a debug log of either SDK.

    Args:
        path: the file.
        checks: the ones to make.
        egos: indices of the agents that the client drives itself; None to infer them.
        tell: told at each step how many are done, and how many there are.

    A file that can't be read becomes a diagnosis that says so, since there may be others to go on
    with; so does one that a fault of ours stops at.
    """
    try:
        return _diagnosed(path, checks, egos, tell)
    except IaiProxyError as error:
        sentence = str(error)
    except OSError as error:
        sentence = f"can't be read ({error.strerror})"
    except Exception as error:
        sentence = f"the diagnosis could not go on ({error!r}): please report it"
    named = sentence if str(path) in sentence else f"{path}: {sentence}"
    return Diagnosis(str(path), 0, 0, Egos(frozenset(egos or ())), (), error=named)


def _diagnosed(
    path: Path, checks: Sequence[type[Check]], egos: Collection[int] | None, tell: Tell | None
) -> Diagnosis:
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise InputError(
            f"{path} is no file but a pipe or a device: write what comes from it into a file first"
        )
    if is_recording(path):
        with Recording(path) as recording:
            return _walked(recorded_run(recording, egos), path, checks, tell)
    return _diagnosed_log(path, checks, egos, tell)


def recorded_run(recording: Recording, egos: Collection[int] | None = None) -> Run:
    """Return a recording as a run. Bodies are read a step at a time.

    Raises:
        InputError: the recording is damaged.
    """
    calls = list(recording.calls())
    observations = list(recording.observations())
    steps = restored_steps(observations)
    bodies = recorded_bodies(recording, {call.id: call for call in calls})
    view = RunView(calls, _count(steps), maps_of(recording, calls), refusals(recording, calls))
    return _run(view, steps, calls, observations, bodies, egos)


def logged_run(log: LogRun, egos: Collection[int] | None = None) -> Run:
    """Return a debug log as a run. Bodies are read a step at a time.

    Raises:
        InexactError: recurrent states have to be held against each other as numbers.
    """
    lineage = build(log.observations)
    steps = joined(lineage, log.observations, log.gaps)
    _check_texts(log, steps)
    better = restored(lineage, log.observations)
    steps = steps if better is lineage else joined(better, log.observations, log.gaps)
    calls = [call for call in log.calls if call.status is not None] if log.is_cut else log.calls
    return _run(
        RunView(calls, _count(steps), log.maps),
        steps,
        log.calls,
        log.observations,
        log.bodies,
        egos,
    )


def _run(
    view: RunView,
    steps: Sequence[Joined],
    calls: Iterable[Call],
    observations: Iterable[Observation],
    bodies: Bodies,
    egos: Collection[int] | None,
) -> Run:
    faults: list[str] = []
    chosen = egos_of(steps, egos)
    reader = StepReader(bodies, {call.id: call for call in calls}, observations, chosen, faults)
    most = max((len(one.step.agents) for one in steps), default=0)
    refused = reader.refused(refused_calls(view.calls))
    return Run(view, reader.views(steps), len(steps), most, chosen, faults, refused)


def maps_of(
    recording: Recording, calls: Sequence[Call], known: Collection[str] = ()
) -> dict[str, Any]:
    """Return by location what ``location_info`` answered, without pictures; not of locations that are known."""
    found: dict[str, Any] = {}
    for call in calls:
        if call.endpoint is Endpoint.LOCATION_INFO and call.succeeded and call.response_hash:
            location = parse_qs(call.target.partition("?")[2]).get("location", [""])[0]
            if location not in found and location not in known:
                whole = LazyBody.of(recording.body(call.response_hash))
                found[location] = {
                    name: value for name, value in whole.items() if name != "birdview_image"
                }
    return found


def _walked(
    run: Run,
    path: Path,
    checks: Sequence[type[Check]],
    tell: Tell | None,
    problems: Iterable[str] = (),
) -> Diagnosis:
    walked = run_checks(run.view, _counted(run, tell), checks, run.refused)
    return Diagnosis(
        file=str(path),
        simulations=run.view.simulations,
        steps=walked.steps,
        egos=run.egos,
        located=tuple(walked.located),
        note="; ".join((*problems, *run.faults, *walked.faults)) or None,
        checks=tuple(checks),
        agents=run.agents,
    )


def _counted(run: Run, tell: Tell | None) -> Iterator[StepView]:
    for done, view in enumerate(run.steps, start=1):
        yield view
        if tell:
            tell(done, run.count)


def _diagnosed_log(
    path: Path, checks: Sequence[type[Check]], egos: Collection[int] | None, tell: Tell | None
) -> Diagnosis:
    """Read a log in place; one whose large calls have to be divided goes by way of a recording that is thrown away.

    Raises:
        InputError: it can't be read, or is being written: the SDK writes all of it anew at each
            call.
    """
    before = _stamp(path)
    try:
        found = _diagnosed_in_place(path, checks, egos, tell)
        if _stamp(path) == before:
            return found
        said = f"{WRITTEN}: what came later is missing"
        return replace(found, note="; ".join(one for one in (said, found.note) if one))
    except DividedLogError:
        pass
    except (ValueError, RecursionError) as error:
        if _stamp(path) == before:
            raise
        raise InputError(f"{path}: {WRITTEN}: {WAIT}") from error
    with tempfile.TemporaryDirectory(prefix="iai-proxy-") as folder:
        made = Path(folder) / "log.iairec"
        problems = import_debug_log(path, made).problems
        with Recording(made) as recording:
            return _walked(recorded_run(recording, egos), path, checks, tell, problems)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError as error:
        raise InputError(
            f"can't read {path} ({error.strerror}): give a recording or a debug log"
        ) from error
    return stat.st_size, stat.st_mtime_ns


def _diagnosed_in_place(
    path: Path, checks: Sequence[type[Check]], egos: Collection[int] | None, tell: Tell | None
) -> Diagnosis:
    try:
        with opened_log(path) as log:
            found = _walked(logged_run(log, egos), path, checks, tell, log.problems)
            if not log.file.is_torn:
                return found
    except InexactError:
        pass
    with opened_log(
        path, exactly=True
    ) as log:  # every number is read there, so that what is no JSON is named
        return _walked(logged_run(log, egos), path, checks, tell, log.problems)


def _check_texts(log: LogRun, steps: Sequence[Joined]) -> None:
    """Look at the first recurrent states that were not answered just before, as text: are they so as numbers?"""
    if log.exactly:
        return
    torn = (
        (one.step, one.previous)
        for one in steps
        if one.previous and _strangers(one.step, one.previous)
    )
    for step, previous in islice(torn, _LOOKED_AT):
        answered = [row for _, answer in log.bodies(previous.numbers) for row in _recurrent(answer)]
        sent = [_recurrent(request) for request, _ in log.bodies(step.numbers)]
        if any(
            sent[part][at] in answered
            for part, at in _strangers(step, previous)
            if at < len(sent[part])
        ):
            raise InexactError


def _strangers(step: Step, previous: Step) -> list[tuple[int, int]]:
    """(part, position) of each recurrent state that is sent and that the step before did not answer."""
    sent = [part.observation.sent.recurrent for part in step.parts]
    answered = [part.observation.received.recurrent for part in previous.parts]
    if sent == answered:
        return []
    known = {mark for marks in answered for mark in marks}
    return [
        (part, at)
        for part, marks in enumerate(sent)
        for at, mark in enumerate(marks)
        if mark and mark not in known
    ]


def _recurrent(body: LazyBody) -> list[object]:
    rows = body.get("recurrent_states")
    return rows if isinstance(rows, list) else []


def _count(steps: Iterable[Joined]) -> int:
    return len({one.simulation for one in steps})
