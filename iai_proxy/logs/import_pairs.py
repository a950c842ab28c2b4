"""Which response of a debug log answers which request: by what continues what, not by position.

The SDKs log requests and responses in two lists and pair them by position, which goes wrong when
calls run at the same time and, after a call that failed, for all that follow. Here an answer, in
the order of their coming, is given to the request that it continues: one that was asked before it,
is not answered yet, has as many agents, and puts them where they are 0.1 s later. Two things more
tell near ones apart. Lineage: a later request takes up the answer's recurrent states, and the
agents there have the sizes that they had in the true request. And time: a program that asks again
has given the earlier request up, so the latest fits best.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf
from typing import Final

from iai_proxy.logs.import_sketch import Sketch, distance, sketched

#: Mean distances, in m, that differ by less say nothing: agents that stand still are as near to
#: older requests.
_ALIKE_M: Final = 0.05
#: No traffic goes this far in 0.1 s: the true request is missing from the log.
_IMPLAUSIBLE_M: Final = 5.0
#: How many unanswered requests are looked at for one answer, the latest first; failed ones stay
#: unanswered for ever.
_OPEN: Final = 64


@dataclass(frozen=True, slots=True)
class Side:
    """One entry of a log's list."""

    text: str  # JSON, or whatever is equal for equal JSON where there is a sketch
    ns: int | None  # since 1970, UTC; None: not logged
    position: int  # in its list, from 0
    sketch: Sketch | None = None  # of the text, where it is known already

    @property
    def outline(self) -> Sketch:
        """What pairing needs of it."""
        return sketched(self.text) if self.sketch is None else self.sketch


@dataclass(frozen=True, slots=True)
class Pair:
    """A request and what answered it."""

    model: str
    request: Side
    response: Side | None
    doubtful: bool = False  # another request fits as well, or none fits

    @property
    def repaired(self) -> bool:
        """Whether the log's positions pair it otherwise."""
        return self.response is not None and self.response.position != self.request.position


@dataclass(frozen=True, slots=True)
class Pairing:
    """What became of one model's lists."""

    pairs: list[Pair]  # one a request, in their order
    orphans: int  # answers that no request fits


def paired(
    model: str, requests: Sequence[Side], responses: Sequence[Side], takers: Iterable[Sketch]
) -> Pairing:
    """Pair the requests and the responses of one model.

    Args:
        model: ``drive``, ``initialize``, ``location_info``, or a large one.
        requests: in the order of the log.
        responses: likewise.
        takers: sketches of all requests that may take up recurrent states from an answer.
    """
    pairer = _Pairer(model, requests, responses, takers)
    first = pairer.assign(range(len(requests)), by_seed=False)
    # Requests that nothing answered have failed: leaving them out shows which of the others were
    # really at once.
    second = pairer.assign(sorted(chosen for chosen, _ in first.values()), by_seed=True)
    best = second if len(second) == len(first) else first
    # Without a time, and never taken up, an answer may as well belong to a request that seems to
    # have failed.
    loose = {
        number for number in best if responses[number].ns is None and not pairer.is_taken(number)
    }
    by_request = {
        chosen: (responses[number], doubtful or (number in loose and first[number][1]))
        for number, (chosen, doubtful) in best.items()
    }
    pairs = [
        Pair(model, request, *by_request.get(index, (None, False)))
        for index, request in enumerate(requests)
    ]
    return Pairing(pairs, len(responses) - len(best))


class _Pairer:
    def __init__(
        self,
        model: str,
        requests: Sequence[Side],
        responses: Sequence[Side],
        takers: Iterable[Sketch],
    ) -> None:
        self._model = model
        self._requests = requests
        self._responses = responses
        self._asked = [side.outline for side in requests]
        self._answered = [side.outline for side in responses]
        self._taken = {
            mark: (taker, at) for taker in takers for at, mark in enumerate(taker.marks) if mark
        }
        self._taken_first: dict[int, int] = {}
        for index, asked in enumerate(self._asked if "drive" in model else ()):
            for mark in asked.marks:
                self._taken_first.setdefault(mark, index)
        self._order = sorted(
            range(len(responses)), key=lambda number: (responses[number].ns or 0, number)
        )

    def assign(self, requests: Sequence[int], *, by_seed: bool) -> dict[int, tuple[int, bool]]:
        """Return the request of each response, and whether it is doubtful.

        Args:
            requests: only these are looked at.
            by_seed: whether seeds may tell requests apart. They tell branches that run at once
                apart, but a program that changes them from call to call has failed ones that seem
                to fit.
        """
        unanswered = dict.fromkeys(requests)
        assigned: dict[int, tuple[int, bool]] = {}
        latest = -1
        for number in self._order:
            chosen = self._choose(number, self._open(number, list(unanswered), latest), by_seed)
            if chosen is not None:
                assigned[number] = chosen
                del unanswered[chosen[0]]
                latest = max(latest, chosen[0])
        return assigned

    def is_taken(self, number: int) -> bool:
        """Tell whether a later request takes up an answer's recurrent states."""
        return any(mark in self._taken for mark in self._answered[number].marks)

    def _open(self, number: int, unanswered: list[int], latest: int) -> list[int]:
        """Unanswered requests that were made before a response came, the likeliest first: as a rule the last made.

        Without times: before its states are taken up. Where they never are, those around the
        ``latest`` answered.
        """
        came_ns = self._responses[number].ns
        marks = self._answered[number].marks
        end = min(
            (self._taken_first[mark] for mark in marks if mark in self._taken_first), default=None
        )
        if came_ns is None and end is None:
            return sorted(unanswered, key=lambda index: abs(index - latest - 1))[:_OPEN]
        before: list[int] = []
        for index in reversed(unanswered):
            asked_ns = self._requests[index].ns
            in_time = came_ns is None or asked_ns is None or asked_ns <= came_ns
            if in_time and (end is None or index < end):
                before.append(index)
                if len(before) == _OPEN:
                    break
        return before

    def _choose(
        self, number: int, candidates: Sequence[int], by_seed: bool
    ) -> tuple[int, bool] | None:
        far = {
            index: distance(self._model, self._asked[index], self._answered[number])
            for index in candidates
        }
        nearest = min(far.values(), default=inf)
        if nearest == inf:
            return None
        fits = [index for index in candidates if far[index] <= nearest + _ALIKE_M]
        if len(fits) == 1:
            return fits[0], nearest > _IMPLAUSIBLE_M
        against = {index: self._contradictions(index, number, by_seed) for index in fits}
        least = min(against.values())
        fits = [index for index in fits if against[index] == least]
        others = {self._requests[index].text for index in fits[1:]} - {self._requests[fits[0]].text}
        return fits[0], nearest > _IMPLAUSIBLE_M or (
            bool(others) and not self._in_turn(fits[0], number)
        )

    def _in_turn(self, index: int, number: int) -> bool:
        """Tell whether position alone is good enough: no times, nothing missing, and no call made on threads."""
        untimed = self._responses[number].ns is None and len(self._requests) == len(self._responses)
        return untimed and index == number and self._model not in {"drive", "large_drive"}

    def _contradictions(self, index: int, number: int, by_seed: bool) -> int:
        """Count what a later request, which takes up the answer's agents, says against this request.

        Sizes never change; location and seed mostly stay within one run.
        """
        asked = self._asked[index]
        against = 0
        later: Sketch | None = None
        for position, mark in enumerate(self._answered[number].marks):
            if mark in self._taken:
                later, at = self._taken[mark]
                before = asked.sizes[position] if position < len(asked.sizes) else None
                against += (
                    before is not None and at < len(later.sizes) and later.sizes[at] != before
                )
        if later is not None:
            against += (later.location != asked.location) + (by_seed and later.seed != asked.seed)
        return against


def takers_among(texts: Iterable[Iterable[str]]) -> list[Sketch]:
    """Return the sketches of requests that take up recurrent states."""
    return [sketched(text) for text in chain.from_iterable(texts)]
