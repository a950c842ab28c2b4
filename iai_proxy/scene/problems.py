"""Findings of a diagnosis, placed in a branch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

from iai_proxy.diagnosis.check import Located
from iai_proxy.lineage import JoinedStep, Step
from iai_proxy.scene.model import Problem


def problems_of(
    located: Sequence[Located], path: Sequence[JoinedStep], cast: Mapping[Step, tuple[int, ...]]
) -> list[Problem]:
    """Return the findings of one branch, in order of their first steps.

    A finding belongs to the branches that have steps which show it, and stands at those: where they
    don't follow each other it is several problems. One about the whole run belongs to all branches,
    and stands at the first step.

    Args:
        located: findings of a diagnosis of the recording.
        path: all steps of the branch.
        cast: the agents' numbers at each step.
    """
    if not located:
        return []
    places = {min(joined.step.numbers): place for place, joined in enumerate(path)}

    @cache
    def elsewhere() -> dict[int, tuple[int, ...]]:
        return {min(step.numbers): numbers for step, numbers in cast.items()}

    def agents_at(call: int) -> tuple[int, ...]:
        if call in places:
            return cast[path[places[call]].step]
        return elsewhere().get(call, ())

    found = [problem for each in located for problem in _placed(each, path, places, agents_at)]
    return sorted(found, key=lambda problem: (problem.first, problem.code))


def within(problems: Iterable[Problem], steps: range) -> list[Problem]:
    """Return the problems that show at any of some steps."""
    return [
        problem
        for problem in problems
        if problem.first < steps.stop and steps.start <= problem.last
    ]


def _placed(
    located: Located,
    path: Sequence[JoinedStep],
    places: Mapping[int, int],
    agents_at: Callable[[int], Sequence[int]],
) -> Iterator[Problem]:
    """Yield a problem for each run of steps that show a finding.

    Args:
        located: the finding.
        path: the branch.
        places: where in the path a step is, by its first call.
        agents_at: gives the agents' numbers at a step by its first call.
    """
    if located.simulation is None:
        step = _step_of_call(path, located.call)
        yield _problem(located, step, step, (), located.call)
        return
    if located.simulation != path[0].simulation:
        return
    for first, last in _runs(places[call] for call in located.shown if call in places):
        begin = path[first]
        numbers = agents_at(located.agents_at)
        agents = tuple(numbers[index] for index in located.finding.agents if index < len(numbers))
        yield _problem(located, begin.index, path[last].index, agents, min(begin.step.numbers))


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of numbers that follow each other."""
    rising = sorted(numbers)
    begin = 0
    for end, number in enumerate(rising):
        if end + 1 == len(rising) or rising[end + 1] != number + 1:
            yield rising[begin], number
            begin = end + 1


def _problem(
    located: Located, first: int, last: int, agents: tuple[int, ...], call: int | None
) -> Problem:
    return Problem(
        code=located.check.code,
        name=located.check.name,
        severity=located.check.severity.value,
        sentence=located.finding.sentence,
        fix=located.check.help,
        first=first,
        last=last,
        agents=agents,
        call=call,
    )


def _step_of_call(path: Sequence[JoinedStep], call: int | None) -> int:
    """Return the step before a call that is of no step; the first one if no call is named."""
    if call is None:
        return path[0].index
    before = [joined.index for joined in path if min(joined.step.numbers) < call]
    return before[-1] if before else path[0].index
