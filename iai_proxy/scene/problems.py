"""Findings of a diagnosis, placed in a branch."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from iai_proxy.diagnosis.check import Located
from iai_proxy.lineage import JoinedStep, Step
from iai_proxy.scene.model import Problem


def problems_of(
    located: Iterable[Located], path: Sequence[JoinedStep], cast: Mapping[Step, tuple[int, ...]]
) -> list[Problem]:
    """Return the findings of one branch, in order of their first steps.

    A finding belongs to the branches that have the call of its first step. One about the whole run
    belongs to all, and stands at the first step.

    Args:
        located: findings of a diagnosis of the recording.
        path: all steps of the branch.
        cast: the agents' numbers at each step.
    """
    found = [problem for each in located for problem in _placed(each, path, cast)]
    return sorted(found, key=lambda problem: (problem.first, problem.code))


def within(problems: Iterable[Problem], steps: range) -> list[Problem]:
    """Return the problems that show at any of some steps."""
    return [
        problem
        for problem in problems
        if problem.first < steps.stop and steps.start <= problem.last
    ]


def _placed(
    located: Located, path: Sequence[JoinedStep], cast: Mapping[Step, tuple[int, ...]]
) -> Iterator[Problem]:
    finding, begin = located.finding, path[0]
    if located.simulation is None:
        step = _step_of_call(path, located.call)
        yield _problem(located, step, step, ())
        return
    if located.simulation != begin.simulation:
        return
    place = bisect_left(path, finding.step, key=lambda joined: joined.index)
    if place == len(path) or path[place].index > finding.last_step:
        return
    joined = path[place]
    if located.call is not None and located.call not in joined.step.calls:
        return  # of another branch
    numbers = cast[joined.step]
    agents = tuple(numbers[index] for index in finding.agents if index < len(numbers))
    first, last = max(finding.step, begin.index), min(finding.last_step, path[-1].index)
    yield _problem(located, first, last, agents)


def _problem(located: Located, first: int, last: int, agents: tuple[int, ...]) -> Problem:
    return Problem(
        code=located.check.code,
        name=located.check.name,
        severity=located.check.severity.value,
        sentence=located.finding.sentence,
        fix=located.check.help,
        first=first,
        last=last,
        agents=agents,
        call=located.call,
    )


def _step_of_call(path: Sequence[JoinedStep], call: int | None) -> int:
    """Return the step before a call that is of no step; the first one if no call is named."""
    if call is None:
        return path[0].index
    before = [joined.index for joined in path if min(joined.step.numbers) < call]
    return before[-1] if before else path[0].index
