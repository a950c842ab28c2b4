"""Which response of a debug log answers which request. All pairing rules are in this module.

The SDKs log requests and responses in two lists and pair them by position, which goes wrong when
calls run at the same time and, after a call that failed, for all that follow. Both lists are in the
order in which things happened; that order, and what the bodies say, are the evidence. Times are
not: a clock may be set while a program runs, and stamps of the C++ SDK can be a second early.

Position is right where each request takes up the recurrent states of the answer before it.
Elsewhere an answer is given to the request that it continues: one that was made before the answer
was taken up, is not answered yet, has as many agents, and puts them where they are 0.1 s later. Of
several that do, lineage tells which: a later request takes up the answer's recurrent states, and
the agents there have the sizes that they had in the true request.

Times are asked last, and only if they contradict neither the lists nor any pair.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from iai_proxy.api import Endpoint
from iai_proxy.logs.bodies import LogBody
from iai_proxy.logs.fit import Fit

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
    """One of a model's two lists.

    Attributes:
        bodies: None for one that can't be read.
        times: of each in ns since 1970, UTC; None where it is not logged.
    """

    bodies: list[LogBody | None]
    times: Sequence[int | None]

    def __len__(self) -> int:
        """The number of items in the list."""
        return len(self.bodies)

    def read(self) -> list[int]:
        """Return the positions of the bodies that can be read."""
        return [at for at, body in enumerate(self.bodies) if body is not None]


@dataclass(frozen=True, slots=True)
class Pair:
    """Positions, from 0, of a request and of what answered it.

    Attributes:
        response: None where nothing did.
        is_doubtful: whether another request fits as well, or none fits.
    """

    request: int
    response: int | None
    is_doubtful: bool = False


def paired(
    model: Endpoint, requests: Side, responses: Side, takers: Iterable[LogBody]
) -> list[Pair]:
    """Pair the requests and the responses of one model.

    Args:
        model: what was called.
        requests: in the order of the log.
        responses: likewise.
        takers: all requests that may take up recurrent states from an answer.

    Returns:
        A pair for each request, in their order. Answers that are in none fit no request.
    """
    if model.is_stepping and _handed_on_in_turn(requests.bodies, responses.bodies):
        return [Pair(at, at) for at in range(len(requests))]
    pairer = _Pairer(model, requests, responses, takers)
    if _answered_in_turn(requests, responses) and not pairer.disproves_turns():
        return [Pair(at, at) for at in range(len(requests))]
    found = _paired_by_content(pairer, requests, responses)
    if not model.is_stepping:
        found = _in_place_among_alike(found, responses)
    return [found.get(at, Pair(at, None)) for at in range(len(requests))]


def _answered_in_turn(requests: Side, responses: Side) -> bool:
    """Whether by their times each call was answered before the next began.

    Equal times of several requests, or of several responses, say nothing about turns.
    """
    if len(requests) != len(responses):
        return False
    pairs = zip(requests.times, responses.times, strict=True)
    times = [ns for pair in pairs for ns in pair if ns is not None]
    are_told_apart = len({*requests.times}) == len({*responses.times}) == len(requests)
    return are_told_apart and len(times) == 2 * len(requests) and times == sorted(times)


def _handed_on_in_turn(
    requests: Sequence[LogBody | None], responses: Sequence[LogBody | None]
) -> bool:
    """Whether each request takes up exactly the recurrent states of the answer before it."""
    sent = [body.agents for body in requests if body]
    answered = [body.agents for body in responses if body]
    if not len(sent) == len(requests) == len(responses) == len(answered):
        return False
    counts_fit = all(
        len(request) in (0, len(answer)) for request, answer in zip(sent, answered, strict=True)
    )
    return counts_fit and all(
        request.recurrent == before.recurrent
        for request, before in zip(sent[1:], answered, strict=False)
    )


def _paired_by_content(pairer: _Pairer, requests: Side, responses: Side) -> dict[int, Pair]:
    """Return the pairs that are found, by the positions of their requests."""
    with_times = _rise(requests.times) and _rise(responses.times)
    found = _paired_twice(pairer, requests, with_times=with_times)
    if with_times and not _are_in_time(found.values(), requests, responses):
        return _paired_twice(pairer, requests, with_times=False)
    return found


def _in_place_among_alike(found: dict[int, Pair], responses: Side) -> dict[int, Pair]:
    """Give each request the answer at its own position where that is the same as the one found.

    Answers without agents, such as several ``location_info`` of one location, may be equal to the
    letter: then position is as right as any other pair, and where all are equal, no doubt matters.
    """
    texts = {at: hash(body.text()) for at, body in enumerate(responses.bodies) if body}
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for request, pair in sorted(found.items()):
        if pair.response is not None:
            alike[texts[pair.response]].append(request)
    placed = dict(found)
    for same in alike.values():
        answers = {found[request].response for request in same}
        others = sorted(at for at in answers if at is not None and at not in same)
        for request in same:
            answer = request if request in answers else others.pop(0)
            is_doubtful = found[request].is_doubtful and len(set(texts.values())) > 1
            placed[request] = Pair(request, answer, is_doubtful)
    return placed


def _rise(times: Sequence[int | None]) -> bool:
    """Whether all times are known and none is before the one in front of it."""
    known = [ns for ns in times if ns is not None]
    return len(known) == len(times) and known == sorted(known)


def _are_in_time(pairs: Iterable[Pair], requests: Side, responses: Side) -> bool:
    """Whether no answer came before its request."""
    return all(
        (requests.times[pair.request] or 0) <= (responses.times[pair.response] or 0)
        for pair in pairs
        if pair.response is not None
    )


def _paired_twice(pairer: _Pairer, requests: Side, *, with_times: bool) -> dict[int, Pair]:
    """Return the pairs by the positions of their requests.

    Requests that nothing answered have failed: leaving them out shows which of the others were
    really made at once.
    """
    first = pairer.assign(requests.read(), by_seed=False, with_times=with_times)
    answered = sorted(pair.request for pair in first.values())
    second = pairer.assign(answered, by_seed=True, with_times=with_times)
    best = second if len(second) == len(first) else first
    found = {}
    for answer, pair in best.items():
        # Without times, and never taken up, an answer may as well belong to a request that seems
        # to have failed.
        is_loose = not with_times and not pairer.is_taken(answer)
        is_doubtful = pair.is_doubtful or (is_loose and first[answer].is_doubtful)
        found[pair.request] = Pair(pair.request, answer, is_doubtful)
    return found


class _Pairer:
    """Assigns answers to requests. Both go by their positions in the lists."""

    def __init__(
        self, model: Endpoint, requests: Side, responses: Side, takers: Iterable[LogBody]
    ) -> None:
        self._model = model
        self._requests = {at: body for at, body in enumerate(requests.bodies) if body}
        self._responses = {at: body for at, body in enumerate(responses.bodies) if body}
        self._request_ns = requests.times
        self._response_ns = responses.times
        self._is_complete = len(self._requests) == len(self._responses)
        self._fit = Fit(model)
        self._taken = {
            fingerprint: (taker, at)
            for taker in takers
            for at, fingerprint in enumerate(taker.agents.recurrent)
            if fingerprint
        }
        self._ends = self._found_ends() if model.is_drive else {}

    def disproves_turns(self) -> bool:
        """Tell whether a request takes up an answer that by position came no earlier than it."""
        return any(end <= answer for answer, end in self._ends.items())

    def assign(
        self, requests: Sequence[int], *, by_seed: bool, with_times: bool
    ) -> dict[int, Pair]:
        """Return the pair of each answer that a request fits, by the answer.

        Args:
            requests: only these are looked at.
            by_seed: whether seeds may tell requests apart. They tell branches that run at once
                apart, but a program that changes them from call to call has failed ones that seem
                to fit.
            with_times: whether times may tell requests apart.
        """
        unanswered = dict.fromkeys(requests)
        assigned: dict[int, Pair] = {}
        latest = -1
        for answer in self._responses:
            candidates = self._open(answer, list(unanswered), latest)
            pair = self._choose(answer, candidates, by_seed=by_seed, with_times=with_times)
            if pair is not None:
                assigned[answer] = pair
                del unanswered[pair.request]
                latest = max(latest, pair.request)
        return assigned

    def is_taken(self, answer: int) -> bool:
        """Tell whether a later request takes up an answer's recurrent states."""
        return any(
            fingerprint in self._taken for fingerprint in self._responses[answer].agents.recurrent
        )

    def _found_ends(self) -> dict[int, int]:
        """Return, by the answer, the first request that was surely made after it.

        That one takes up the answer's recurrent states, or those of an answer that came later.
        """
        taken_first: dict[int, int] = {}
        for at, body in self._requests.items():
            for fingerprint in filter(None, body.agents.recurrent):
                taken_first.setdefault(fingerprint, at)
        ends: dict[int, int] = {}
        end: int | None = None
        for answer in reversed(self._responses):
            fingerprints = self._responses[answer].agents.recurrent
            taken = [taken_first[each] for each in fingerprints if each in taken_first]
            end = min([*taken, *([] if end is None else [end])], default=None)
            if end is not None:
                ends[answer] = end
        return ends

    def _open(self, answer: int, unanswered: list[int], latest: int) -> list[int]:
        """Return unanswered requests that may have been made before an answer, the likeliest first.

        As a rule that is the last made before the answer was taken up. Where it never is: those
        around the ``latest`` answered.
        """
        end = self._ends.get(answer)
        if end is None:
            return sorted(unanswered, key=lambda at: abs(at - latest - 1))[:_OPEN]
        return [at for at in reversed(unanswered) if at < end][:_OPEN]

    def _choose(
        self, answer: int, candidates: Sequence[int], *, by_seed: bool, with_times: bool
    ) -> Pair | None:
        answered = self._responses[answer]
        far = {at: self._fit.distance(self._requests[at], answered) for at in candidates}
        nearest = min(far.values(), default=inf)
        if nearest == inf:
            return None
        is_implausible = nearest > _IMPLAUSIBLE_M
        # If nothing is missing and all are too far, distances say nothing: this server jumps.
        enough = inf if is_implausible and self._is_complete else nearest + _ALIKE_M
        fits = [at for at in candidates if far[at] <= enough and far[at] < inf]
        if len(fits) == 1:
            return Pair(fits[0], answer, is_implausible and not self._must_be(fits[0], answer))
        against = {at: self._contradictions(at, answer, by_seed) for at in fits}
        least = min(against.values())
        fits = [at for at in fits if against[at] == least]
        fits = self._in_likely_order(fits, answer, with_times=with_times)
        chosen = self._requests[fits[0]].digest
        fits_another = any(self._requests[at].digest != chosen for at in fits[1:])
        is_unclear = fits_another and not self._is_in_turn(fits, answer, with_times=with_times)
        return Pair(fits[0], answer, is_implausible or is_unclear)

    def _in_likely_order(self, fits: list[int], answer: int, *, with_times: bool) -> list[int]:
        """Order requests that fit an answer alike: by times, then the one at its position first.

        By times are those left out that were made after the answer; the latest of the others is
        the likeliest, since a program that calls again has given the earlier call up.
        """
        came_ns = self._response_ns[answer] or 0
        made_ns = {at: self._request_ns[at] or 0 for at in fits} if with_times else {}
        in_time = [at for at in fits if made_ns.get(at, 0) <= came_ns] or fits
        return sorted(
            in_time, key=lambda at: (-made_ns.get(at, 0), self._is_complete and at != answer)
        )

    def _must_be(self, request: int, answer: int) -> bool:
        """Tell whether an answer can belong to no other request, wherever its agents are.

        Every request is answered, and the next one was made after this answer.
        """
        return self._is_complete and request == answer and self._ends.get(answer) == answer + 1

    def _is_in_turn(self, fits: Sequence[int], answer: int, *, with_times: bool) -> bool:
        """Tell whether position is good enough for the first of requests that fit an answer.

        Nothing is missing, and times say nothing. ``drive`` may run on threads: without any times
        its positions are not good enough.
        """
        if not self._is_complete or fits[0] != answer:
            return False
        if self._model.is_drive:
            return not with_times and self._response_ns[answer] is not None
        return not with_times or len({self._request_ns[at] for at in fits}) == 1

    def _contradictions(self, request: int, answer: int, by_seed: bool) -> int:
        """Count what a later request, which takes up the answer's agents, says against a request.

        Sizes never change; location and seed mostly stay within one run.
        """
        body = self._requests[request]
        against = 0
        later: LogBody | None = None
        for at, fingerprint in enumerate(self._responses[answer].agents.recurrent):
            if fingerprint in self._taken:
                later, later_at = self._taken[fingerprint]
                before, after = self._fit.size(body, at), self._fit.size(later, later_at)
                against += None not in (before, after) and before != after
        if later is not None:
            against += later.facts.location != body.facts.location
            against += by_seed and later.facts.seed != body.facts.seed
        return against
