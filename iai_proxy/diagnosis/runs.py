"""Recordings and debug logs as the runs that checks look at."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from iai_proxy.api import Call, Endpoint, query_of
from iai_proxy.api.body import LazyBody
from iai_proxy.diagnosis.check import Check
from iai_proxy.diagnosis.egos import Egos, egos_of
from iai_proxy.diagnosis.refusals import refusals, refused_calls
from iai_proxy.diagnosis.result import Diagnosis
from iai_proxy.diagnosis.runner import run_checks
from iai_proxy.diagnosis.step_reader import Bodies, StepReader, recorded_bodies
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.errors import IaiProxyError, InputError, unexpected
from iai_proxy.lineage import JoinedStep, Observation, restored_steps
from iai_proxy.logs.debug_log import DebugLog
from iai_proxy.logs.importing import write_recording
from iai_proxy.logs.observing import WAIT, WRITTEN, observed
from iai_proxy.logs.reader import opened_log
from iai_proxy.recordings.files import is_recording
from iai_proxy.recordings.reader import Recording

#: Called with how many steps are done, and how many there are.
Tell = Callable[[int, int], object]


class Shown(NamedTuple):
    """What counts of a recording, which may have grown since it was looked at.

    Attributes:
        latest: number of the last call.
        steps: those that are shown; None for all that these calls have.
        egos: indices of the agents that the client drives itself; None to infer them.
    """

    latest: int
    steps: Sequence[JoinedStep] | None = None
    egos: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run, ready to be checked.

    Attributes:
        view: what is known of the whole.
        steps: all steps, read as they are asked for; the file must stay open until then.
        count: how many they are.
        agents: how many agents the largest has.
        egos: the agents that the client drives itself.
        faults: gets a sentence for each step whose parts don't fit together, while the steps are
            read.
        refused: calls without an answer, whose requests may say why.
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
    shown: Shown | None = None,
) -> Diagnosis:
    """Make checks over a recording, or a debug log of either SDK.

    Args:
        path: the file.
        checks: the ones to make.
        egos: indices of the agents that the client drives itself; None to infer them.
        tell: called at each step with how many are done, and how many there are.
        shown: what of a recording is looked at; its egos do not count. None for all of it.

    A file that can't be read becomes a diagnosis that says so, since there may be others to go on
    with; so does one that a fault of ours stops at.
    """
    try:
        return _diagnosed(path, checks, egos, tell, shown)
    except IaiProxyError as error:
        sentence = str(error)
    except OSError as error:
        sentence = f"can't be read ({error.strerror})"
    except Exception as error:
        sentence = unexpected("the diagnosis could not go on", error)
    named = sentence if str(path) in sentence else f"{path}: {sentence}"
    return Diagnosis(str(path), 0, 0, Egos(frozenset(egos or ())), (), error=named)


def _diagnosed(
    path: Path,
    checks: Sequence[type[Check]],
    egos: Collection[int] | None,
    tell: Tell | None,
    shown: Shown | None,
) -> Diagnosis:
    if path.is_dir():
        raise InputError(f"no recording and no debug log is in the folder {path}, nor below it")
    if path.exists() and not path.is_file():
        raise InputError(
            f"{path} is no file but a pipe or a device: write what comes from it into a file first"
        )
    if is_recording(path):
        with Recording(path) as recording:
            return _checked(recorded_run(recording, egos, shown), path, checks, tell)
    return _diagnosed_log(path, checks, egos, tell)


def recorded_run(
    recording: Recording, egos: Collection[int] | None = None, shown: Shown | None = None
) -> Run:
    """Return a recording as a run. Bodies are read a step at a time.

    Raises:
        InputError: the recording is damaged.
    """
    calls, observations, steps = seen_of(recording, shown)
    return run_of(recording, steps, calls, observations, egos)


def seen_of(
    recording: Recording, shown: Shown | None = None
) -> tuple[list[Call], list[Observation], Sequence[JoinedStep]]:
    """Return the calls of a recording, what was observed of those with agents, and their steps.

    Args:
        recording: may be written meanwhile: what comes later counts the next time.
        shown: what of it counts; None for all.

    Raises:
        InputError: the recording is damaged.
    """
    calls = list(recording.calls())
    if shown is not None:
        calls = list(takewhile(lambda call: call.id <= shown.latest, calls))
    newest = calls[-1].id if calls else 0
    observations = list(takewhile(lambda seen: seen.call.id <= newest, recording.observations()))
    if shown is not None and shown.steps is not None:
        return calls, observations, shown.steps
    is_all = len(calls) == len(recording)
    lineage = recording.stored_lineage(calls) if is_all else None
    described = recording.described_agents
    return calls, observations, restored_steps(observations, lineage=lineage, described=described)


def run_of(
    recording: Recording,
    steps: Sequence[JoinedStep],
    calls: Sequence[Call],
    observations: Sequence[Observation],
    egos: Collection[int] | None = None,
) -> Run:
    """Return as a run what is known of a recording already: its steps, calls and observations.

    Raises:
        InputError: the recording is damaged.
    """
    bodies = recorded_bodies(recording, {call.id: call for call in calls})
    maps, reasons = maps_of(recording, calls), refusals(recording, calls)
    view = RunView(calls, _count(steps), maps, reasons, recording.cut_off())
    return _run(view, steps, calls, observations, bodies, egos)


def logged_run(log: DebugLog, egos: Collection[int] | None = None) -> Run:
    """Return a debug log without large calls as a run. Bodies are read a step at a time."""
    found = observed(log)
    steps = restored_steps(found.observations, log.gaps)
    calls = [call for call in found.calls if call.succeeded] if log.is_cut else found.calls
    view = RunView(calls, _count(steps), found.maps)
    return _run(view, steps, found.calls, found.observations, found.bodies, egos)


def _run(
    view: RunView,
    steps: Sequence[JoinedStep],
    calls: Iterable[Call],
    observations: Iterable[Observation],
    bodies: Bodies,
    egos: Collection[int] | None,
) -> Run:
    faults: list[str] = []
    chosen = egos_of(steps, egos)
    reader = StepReader(bodies, {call.id: call for call in calls}, observations, chosen, faults)
    most = max((len(joined_step.step.agents) for joined_step in steps), default=0)
    refused = reader.refused(refused_calls(view.calls))
    return Run(view, reader.views(steps), len(steps), most, chosen, faults, refused)


def maps_of(
    recording: Recording, calls: Sequence[Call], known: Collection[str] = ()
) -> dict[str, Any]:
    """Return by location what ``location_info`` answered, without pictures.

    Args:
        recording: to read the answers from.
        calls: its calls.
        known: locations to leave out.
    """
    found: dict[str, Any] = {}
    for call in calls:
        if call.endpoint is Endpoint.LOCATION_INFO and call.succeeded and call.response_hash:
            location = parse_qs(query_of(call.target)).get("location", [""])[0]
            if location not in found and location not in known:
                whole = LazyBody.of(recording.body(call.response_hash))
                found[location] = {
                    name: value for name, value in whole.items() if name != "birdview_image"
                }
    return found


def _checked(
    run: Run,
    path: Path,
    checks: Sequence[type[Check]],
    tell: Tell | None,
    problems: Iterable[str] = (),
) -> Diagnosis:
    result = run_checks(run.view, _counted(run, tell), checks, run.refused)
    return Diagnosis(
        file=str(path),
        simulations=run.view.simulations,
        steps=result.steps,
        egos=run.egos,
        located=tuple(result.located),
        note="; ".join((*problems, *run.faults, *result.faults)) or None,
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
    """Diagnose a log without importing it.

    Raises:
        InputError: it can't be read, or is being written: the SDK writes all of it again at each
            call.
    """
    before = _stamp(path)
    try:
        with opened_log(path) as log:
            if any(call.model.is_large for call in log.calls):
                found = _diagnosed_divided(log, path, checks, egos, tell)
            else:
                problems = (*log.problems, *log.unequal)
                found = _checked(logged_run(log, egos), path, checks, tell, problems)
    except (ValueError, RecursionError) as error:
        if _stamp(path) == before:
            raise
        raise InputError(f"{path}: {WRITTEN}: {WAIT}") from error
    if _stamp(path) == before:
        return found
    note = f"{WRITTEN}: what came later is missing"
    return replace(found, note=f"{note}; {found.note}" if found.note else note)


def _diagnosed_divided(
    log: DebugLog,
    path: Path,
    checks: Sequence[type[Check]],
    egos: Collection[int] | None,
    tell: Tell | None,
) -> Diagnosis:
    """Diagnose a log whose large calls are divided first, by way of a temporary recording."""
    with tempfile.TemporaryDirectory(prefix="iai-proxy-") as folder:
        made = Path(folder) / "log.iairec"
        problems = write_recording(log, path.name, made).problems
        with Recording(made) as recording:
            return _checked(recorded_run(recording, egos), path, checks, tell, problems)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError as error:
        raise InputError(
            f"can't read {path} ({error.strerror}): give a recording or a debug log"
        ) from error
    return stat.st_size, stat.st_mtime_ns


def _count(steps: Iterable[JoinedStep]) -> int:
    return len({step.simulation for step in steps})
