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
from iai_proxy.lineage import JoinedStep, Observation, Step
from iai_proxy.lineage.merged_calls import merged_answer, merged_request
from iai_proxy.recordings.reader import Recording

#: A request and its answer.
Pair = tuple[LazyBody, LazyBody]
#: Given the numbers of exchanges, yields the bodies of one after the other.
Bodies = Callable[[Iterable[int]], Iterator[Pair]]

#: Steps that a later one may continue: forks of steps further back are read anew.
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
        batches = _batches(calls[number] for number in numbers)
        hashes = (
            [side for one in some for side in (one.request_hash, one.response_hash)]
            for some in batches
        )
        for fetched in recording.bodies(hashes):
            yield from zip(
                map(LazyBody.of, fetched[::2]), map(LazyBody.of, fetched[1::2]), strict=True
            )

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
        observations: of those with agents what was really sent.
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
        self._observations = {one.call.id: one for one in observations}
        self._faults = [] if faults is None else faults
        self._read = bodies
        self._calls = calls
        self._egos = egos
        self._kept: OrderedDict[Step, StepView] = OrderedDict()

    def views(self, steps: Sequence[JoinedStep]) -> Iterator[StepView]:
        """Yield steps."""
        bodies = self._read(number for one in steps for number in one.step.numbers)
        for one in steps:
            yield self._view(one, bodies)

    def view(self, one: JoinedStep) -> StepView:
        """Return a step; steps come in order."""
        return self._view(one, self._read(one.step.numbers))

    def refused(self, calls: Sequence[Call]) -> Iterator[StepView]:
        """Yield calls that have no answer, each as a step of a simulation of its own."""
        for call, (request, answer) in zip(
            calls, self._read(call.id for call in calls), strict=True
        ):
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

    def _view(self, one: JoinedStep, bodies: Iterator[Pair]) -> StepView:
        previous = self._before(one) if one.previous else None
        view = self._made(one, previous, bodies)
        self._kept[one.step] = replace(view, previous=None)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return view

    def _before(self, one: JoinedStep) -> StepView | None:
        step = one.previous
        if step is None:
            return None
        if step in self._kept:
            self._kept.move_to_end(step)
            return self._kept[step]
        before = JoinedStep(step, None, one.simulation, one.index - 1)
        return self._made(before, None, self._read(step.numbers))

    def _made(self, one: JoinedStep, previous: StepView | None, bodies: Iterator[Pair]) -> StepView:
        step = one.step
        sources = [(part, place) for part, place in step.sources]
        request, answer = self._whole(step, [next(bodies) for _ in step.numbers])
        sent = self._marks(step, sources, sent=True)
        if (
            previous
            and isinstance(request, LazyBody)
            and all(sent)
            and sent == list(previous.answered_recurrent)
        ):
            request = request.without_recurrent()
        return StepView(
            simulation=one.simulation,
            index=one.index,
            endpoint=step.first.call.endpoint.of_parts,
            location=step.first.location,
            request=request,
            answer=answer,
            calls=[self._calls[number] for number in step.numbers],
            attempts=[self._calls[number] for number in step.attempts if number in self._calls],
            previous=previous,
            recurrent=sent,
            answered_recurrent=self._marks(step, sources, sent=False),
            egos=self._egos.at(step),
        )

    def _whole(self, step: Step, bodies: Sequence[Pair]) -> tuple[Any, Any]:
        if len(bodies) == 1:
            return bodies[0]
        try:
            requests, answers = zip(
                *((request.whole(), answer.whole()) for request, answer in bodies), strict=True
            )
            return merged_request(step, requests), merged_answer(step, answers)
        except (TypeError, LookupError, AttributeError):
            numbers = f"#{min(step.numbers)} to #{max(step.numbers)}"
            said = f"the parts of one large call, {numbers}, don't fit together: what they say was not looked at"
            if said not in self._faults:
                self._faults.append(said)
            return {}, {}

    def _marks(self, step: Step, sources: Sequence[tuple[int, int]], *, sent: bool) -> list[int]:
        """Fingerprints of the recurrent states that a step's request, or answer, has for its agents."""
        parts = [self._observations[number] for number in step.numbers]
        sides = [part.sent if sent else part.received for part in parts]
        if len(sides) == 1:
            return list(sides[0].recurrent)
        return [sides[part].recurrent[place] for part, place in sources if place < len(sides[part])]
