"""Steps of a run as checks see them, their bodies read one step at a time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from iai_proxy.api import Call
from iai_proxy.api.body import LazyBody
from iai_proxy.diagnosis.egos import Egos
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.lineage import Agents, JoinedStep, Observation, Step
from iai_proxy.lineage.merged_calls import merged_answer, merged_request
from iai_proxy.recordings.reader import Recording

#: A request and its answer.
Pair = tuple[LazyBody, LazyBody]
#: Given the numbers of exchanges, yields the bodies of one after the other.
Bodies = Callable[[Iterable[int]], Iterator[Pair]]

#: Steps that a later one may continue: forks of steps further back are read again.
_KEPT: Final = 8
#: How much of a recording is fetched at once; and as much again while that is looked at.
_FETCHED_BYTES: Final = 4 << 20


def recorded_bodies(recording: Recording, calls: Mapping[int, Call]) -> Bodies:
    """Return what reads the bodies of a recording's exchanges.

    Args:
        recording: must stay open.
        calls: its exchanges by number.
    """

    def bodies(numbers: Iterable[int]) -> Iterator[Pair]:
        hashes = (
            [side for call in batch for side in (call.request_hash, call.response_hash)]
            for batch in _batches(calls[number] for number in numbers)
        )
        for found in recording.lazy_bodies(hashes):
            yield from zip(found[::2], found[1::2], strict=True)

    return bodies


def _batches(calls: Iterable[Call]) -> Iterator[list[Call]]:
    batch: list[Call] = []
    size = 0
    for call in calls:
        batch.append(call)
        size += call.request_bytes + call.response_bytes
        if size >= _FETCHED_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class StepReader:
    """Reads steps of a run as views, each with the step before it.

    Args:
        bodies: given numbers of exchanges, yields their bodies.
        calls: its exchanges by number.
        observations: of the exchanges with agents, as they were really sent.
        egos: the agents that the client drives itself.
        faults: gets a sentence for each step whose parts don't fit together; its bodies count as
            empty.
    """

    def __init__(
        self,
        bodies: Bodies,
        calls: Mapping[int, Call],
        observations: Iterable[Observation],
        egos: Egos,
        faults: list[str] | None = None,
    ) -> None:
        self._observations = {seen.call.id: seen for seen in observations}
        self._faults = [] if faults is None else faults
        self._read = bodies
        self._calls = calls
        self._egos = egos
        self._kept: OrderedDict[Step, StepView] = OrderedDict()

    def views(self, steps: Sequence[JoinedStep]) -> Iterator[StepView]:
        """Yield steps."""
        bodies = self._read(number for joined in steps for number in joined.step.numbers)
        for joined in steps:
            yield self._view(joined, bodies)

    def view(self, joined: JoinedStep) -> StepView:
        """Return a step. Ask for steps in their order."""
        return self._view(joined, self._read(joined.step.numbers))

    def refused(self, calls: Sequence[Call]) -> Iterator[StepView]:
        """Yield calls without an answer, each as a step of a simulation of its own."""
        bodies = self._read(call.id for call in calls)
        for call, (request, answer) in zip(calls, bodies, strict=True):
            observation = self._observations[call.id]
            yield StepView(
                simulation=-call.id,
                index=0,
                endpoint=call.endpoint.of_parts,
                location=observation.location,
                request=request,
                answer=answer if call.succeeded else {},
                calls=[call],
                attempts=[],
                previous=None,
                recurrent=list(observation.sent.recurrent),
                answered_recurrent=[],
            )

    def _view(self, joined: JoinedStep, bodies: Iterator[Pair]) -> StepView:
        view = self._made(joined, self._before(joined), bodies)
        self._kept[joined.step] = replace(view, previous=None)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return view

    def _before(self, joined: JoinedStep) -> StepView | None:
        step = joined.previous
        if step is None:
            return None
        if step in self._kept:
            self._kept.move_to_end(step)
            return self._kept[step]
        before = JoinedStep(step, None, joined.simulation, joined.index - 1)
        return self._made(before, None, self._read(step.numbers))

    def _made(
        self, joined: JoinedStep, previous: StepView | None, bodies: Iterator[Pair]
    ) -> StepView:
        step = joined.step
        request, answer = self._merged(step, [next(bodies) for _ in step.numbers])
        observations = [self._observations[number] for number in step.numbers]
        sent = _recurrent(step, [seen.sent for seen in observations])
        handed_on = previous and all(sent) and sent == list(previous.answered_recurrent)
        if handed_on and isinstance(request, LazyBody):
            request = request.without_recurrent()
        return StepView(
            simulation=joined.simulation,
            index=joined.index,
            endpoint=step.first.call.endpoint.of_parts,
            location=step.first.location,
            request=request,
            answer=answer,
            calls=[self._calls[number] for number in step.numbers],
            attempts=[self._calls[number] for number in step.attempts if number in self._calls],
            previous=previous,
            recurrent=sent,
            answered_recurrent=_recurrent(step, [seen.received for seen in observations]),
            egos=self._egos.at(step),
        )

    def _merged(self, step: Step, bodies: Sequence[Pair]) -> tuple[Any, Any]:
        if len(bodies) == 1:
            return bodies[0]
        try:
            requests = [request.whole() for request, _ in bodies]
            answers = [answer.whole() for _, answer in bodies]
            return merged_request(step, requests), merged_answer(step, answers)
        except (TypeError, LookupError, AttributeError):
            fault = (
                f"the parts of one large call, #{min(step.numbers)} to #{max(step.numbers)}, "
                "don't fit together: what they say was not looked at"
            )
            if fault not in self._faults:
                self._faults.append(fault)
            return {}, {}


def _recurrent(step: Step, parts: Sequence[Agents]) -> list[int]:
    """Fingerprints of the recurrent states that a step's request, or answer, has for its agents."""
    if len(parts) == 1:
        return list(parts[0].recurrent)
    return [
        parts[part].recurrent[position]
        for part, position in step.sources
        if position < len(parts[part])
    ]
