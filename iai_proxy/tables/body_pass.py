"""The bodies of a recording read once: for its findings, and for what only they tell of steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from iai_proxy.api.body import LazyBody
from iai_proxy.diagnosis.check import Located
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runner import run_checks
from iai_proxy.diagnosis.runs import Run, run_of
from iai_proxy.diagnosis.step_reader import Pair, StepReader
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.errors import InputError
from iai_proxy.tables.looking import Looking
from iai_proxy.tables.run_data import RunData


@dataclass(slots=True)
class Looked:
    """What was seen.

    Attributes:
        looking: has looked at all steps.
        located: the findings; none if they were not asked for.
        problems: sentences that say what could not be read.
    """

    looking: Looking
    located: list[Located] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def looked(data: RunData, *, diagnoses: bool) -> Looked:
    """Read the bodies of all steps.

    Where one can't be read, the findings are left out, and that step lacks what its bodies tell.

    Args:
        data: of the recording.
        diagnoses: whether all checks are made.
    """
    found = Looked(Looking(data))
    try:
        run = run_of(data.recording, data.steps, data.calls, data.observations, data.named_egos)
        views = _shown(data, run, found.looking)
        if diagnoses:
            result = run_checks(run.view, views, ALL, run.refused)
            found.located = result.located
            found.problems += [*run.faults, *result.faults]
        else:
            for _ in views:
                pass
            found.problems += run.faults
    except InputError as error:
        found.problems.append(str(error))
        found.looking = _looked_leniently(data)
    return found


def _shown(data: RunData, run: Run, looking: Looking) -> Iterator[StepView]:
    for joined, view in zip(data.steps, run.steps, strict=True):
        looking.look_at(joined, view)
        yield view


def _looked_leniently(data: RunData) -> Looking:
    calls = {call.id: call for call in data.calls}

    def bodies(numbers: Iterable[int]) -> Iterator[Pair]:
        for number in numbers:
            call = calls[number]
            yield _body(data, call.request_hash), _body(data, call.response_hash)

    looking = Looking(data)
    reader = StepReader(bodies, calls, data.observations, data.egos)
    for joined, view in zip(data.steps, reader.views(data.steps), strict=True):
        looking.look_at(joined, view)
    return looking


def _body(data: RunData, digest: bytes | None) -> LazyBody:
    """Return a body; an empty one if it can't be read."""
    try:
        ((body,),) = data.recording.lazy_bodies([[digest]])
    except InputError:
        return LazyBody({})
    return body
