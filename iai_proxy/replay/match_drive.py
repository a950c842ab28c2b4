"""Matches a ``drive`` with the recorded step that it is, agent by agent.

At level ``step`` the agents' states must be the recorded ones, within the tolerance. ``nearest``
takes the recorded step at the same position whatever the states, or one that stands close by if
the lineage is lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from heapq import nsmallest
from typing import Final

from iai_proxy.api.fields import RECURRENT
from iai_proxy.lineage import Step
from iai_proxy.replay import misses
from iai_proxy.replay.compare import Compared, compare, largest_difference
from iai_proxy.replay.decisions import Assemble, Miss
from iai_proxy.replay.field_comparison import FieldComparison
from iai_proxy.replay.nearest import NearestSteps
from iai_proxy.replay.playbacks import Playback
from iai_proxy.replay.progress import Progress
from iai_proxy.replay.recorded_steps import ContinuedStep, RecordedSteps
from iai_proxy.replay.recurrent_words import recurrent_words
from iai_proxy.replay.request import IncomingRequest
from iai_proxy.replay.tolerance import Tolerance

#: How many alternatives to one step are compared agent by agent.
_COMPARED: Final = 16
_STATES: Final = "agent_states"
_LOCATION: Final = "location"


class DriveMatcher:
    """Matches by lineage.

    Args:
        steps: returns the recording's steps.
        fields: compares what is asked for besides.
        tolerance: how far states may be from the recorded ones.
    """

    def __init__(
        self, steps: Callable[[], RecordedSteps], fields: FieldComparison, tolerance: Tolerance
    ) -> None:
        self._steps = steps
        self._fields = fields
        self._tolerance = tolerance

    def match(
        self, request: IncomingRequest, progress: Progress, level: str
    ) -> Assemble | Miss | None:
        """Answer at level ``step`` or ``nearest``, or say why not; None without any ``drive``."""
        continued = self._steps().continued(
            request.observation, lambda step: self._preference(request, progress, step)
        )
        if continued is None:
            return self._lost(request, level)
        if not continued.parent.children:
            return self._ended(continued.parent)

        candidates = [
            compare(request.observation, continued.agents, child, self._tolerance.exact)
            for child in self._likely(request, progress, continued)
        ]
        limit = self._limit(level)
        is_strict = level == "step" or _has_null(request)
        compares_recurrent = is_strict and RECURRENT not in self._fields.ignored
        fitting = [
            found
            for found in candidates
            if not found.unknown
            and found.apart <= limit
            and not (compares_recurrent and found.recurrent)
        ]
        if not fitting:
            return self._differs(request, continued, candidates, level)
        least = min(found.apart for found in fitting)
        closest = [found for found in fitting if found.apart == least]
        ordered = self._in_turn(request, progress, continued.parent, closest)
        return self._with_same_fields(request, ordered, level)

    def _likely(
        self, request: IncomingRequest, progress: Progress, continued: ContinuedStep
    ) -> list[Step]:
        """Return the steps to compare: of very many, those with the most similar first agent."""
        children = continued.parent.children
        first = continued.agents[0]
        if len(children) <= _COMPARED or first is None:
            return children
        state = request.observation.sent.state(0)
        simulation = self._steps().simulation_of(continued.parent)
        playback = progress.playbacks.at(
            request.client, simulation, continued.parent, lambda _: True
        )

        def unlikeness(child: Step) -> tuple[float, bool]:
            for part in child.parts:
                sent = part.observation.sent
                if first in part.agents[: len(sent)]:
                    recorded = sent.state(part.agents.index(first))
                    return largest_difference(state, recorded), child in playback.reached
            return math.inf, True

        return nsmallest(_COMPARED, children, key=unlikeness)

    def _in_turn(
        self,
        request: IncomingRequest,
        progress: Progress,
        parent: Step,
        candidates: Sequence[Compared],
    ) -> list[Compared]:
        """Order the answers of a fork: the unserved, the same seed first; then the last."""

        def unserved(playback: Playback) -> list[Compared]:
            return [
                found for found in candidates if playback.is_unserved(found.step, found.identities)
            ]

        simulation = self._steps().simulation_of(parent)
        playback = progress.playbacks.at(
            request.client, simulation, parent, lambda found: bool(unserved(found))
        )
        seed = request.observation.seed
        first = sorted(unserved(playback), key=lambda found: found.step.first.seed != seed)
        return [*first, *(found for found in reversed(candidates) if found not in first)]

    def _preference(
        self, request: IncomingRequest, progress: Progress, step: Step
    ) -> tuple[int, bool]:
        simulation = self._steps().simulation_of(step)
        return progress.playbacks.preference(request.client, simulation, step)

    def _with_same_fields(
        self, request: IncomingRequest, candidates: Sequence[Compared], level: str
    ) -> Assemble | Miss:
        """Take the first candidate that was recorded for the same fields."""
        first_differences = None
        for found in candidates:
            differences = self._fields.with_step(request, found, level)
            if not differences:
                return self._answer(found.step, found.identities, level)
            first_differences = first_differences or differences
        step = candidates[0].step
        where = self._where(step)
        return self._fields.miss(
            request, misses.place(where), first_differences or (), step.earliest, where
        )

    def _answer(self, step: Step, identities: Sequence[int], level: str) -> Assemble | Miss:
        """Return what these agents got in a step; a miss if that is not known of some.

        What equals a recorded part was answered so, whoever owned its agents.
        """
        unsure = [index for index, agent in enumerate(identities) if agent in step.doubtful]
        if not unsure:
            return assembled(step, identities, level)
        for part in step.parts:
            if part.agents == tuple(identities):
                sources = tuple((0, position) for position in range(len(identities)))
                return Assemble((part.number,), sources, step, level, part.agents)
        return misses.unknown_owners(unsure, step, self._where(step))

    def _lost(self, request: IncomingRequest, level: str) -> Assemble | Miss | None:
        """Look for a step by where the agents stand: none of them is known by lineage."""
        observation = request.observation
        drives = [step.first for step in self._steps().steps if step.parent]
        if not drives:
            return None
        is_elsewhere = all(drive.location != observation.location for drive in drives)
        if is_elsewhere and _LOCATION not in self._fields.ignored:
            return misses.other_location(observation, drives)

        closest = self._nearest.to(observation, self._tolerance.exact)
        if closest is None:
            return misses.unknown_step(observation)
        is_close = not closest.unknown and closest.apart <= self._tolerance.lost
        if level == "nearest" and is_close:
            return self._with_same_fields(request, [closest], level)
        accepted_by = None
        if not closest.unknown:
            accepted_by = self._tolerance.accepting_lost(closest.apart, level)
        where = self._where(closest.step)
        return misses.unknown_step_near(observation, closest, where, accepted_by)

    def _ended(self, parent: Step) -> Miss:
        simulation = self._steps().simulation_of(parent)
        last = self._steps().last_index(simulation)
        if last > parent.index:
            return misses.branch_ended(simulation, parent, last)
        return misses.run_ended(simulation, parent)

    def _limit(self, level: str) -> float:
        """Return how far a state may be from the recorded one."""
        return math.inf if _STATES in self._fields.ignored else self._tolerance.at(level)

    def _differs(
        self,
        request: IncomingRequest,
        continued: ContinuedStep,
        candidates: Sequence[Compared],
        level: str,
    ) -> Miss:
        best = min(
            candidates,
            key=lambda found: (len(found.unknown), found.apart, len(found.recurrent)),
        )
        where = self._where(best.step)
        if best.unknown:
            return misses.other_agents(continued.agents, best, where)
        if best.apart <= self._limit(level):
            sent = recurrent_words(request.value, best, self._fields.requests)
            return misses.other_recurrent_states(best, where, list(sent))
        return misses.other_states(best, where, self._tolerance.accepting(best.apart, level))

    def _where(self, step: Step) -> misses.Where:
        return self._steps().simulation_of(step), step.index

    @cached_property
    def _nearest(self) -> NearestSteps:
        return NearestSteps(self._steps().steps)


def _has_null(request: IncomingRequest) -> bool:
    """Whether single recurrent states are null, which the API reads only where it did before."""
    if request.rows is not None:
        return request.rows.nulls > 0
    sent = request.value.get(RECURRENT)
    return isinstance(sent, list) and None in sent


def assembled(step: Step, identities: Sequence[int], level: str) -> Assemble:
    """Return the answer that these agents got in a step, in their order."""
    source_of = dict(zip(step.agents, step.sources, strict=True))
    parts = sorted({source_of[agent][0] for agent in identities})
    index_of = {part: index for index, part in enumerate(parts)}
    sources = []
    for agent in identities:
        part, position = source_of[agent]
        sources.append((index_of[part], position))
    numbers = tuple(step.parts[part].number for part in parts)
    return Assemble(numbers, tuple(sources), step, level, tuple(identities))
