"""Which response of a debug log answers which request. All pairing rules are in this module.

The SDKs log requests and responses in two lists and pair them by position, which goes wrong when
calls run at the same time and, after a call that failed, for all that follow. Both lists are in the
order in which things happened; that order, and what the bodies say, are the evidence. Times are
not: a clock may be set while a program runs, and stamps of the C++ SDK can be a second early.

Position is right unless something contradicts it for certain. A request that takes up the answer in
front of it was made after that one came, so both lists are cut there: calls that may have been made
at once are between two cuts, and only among those an answer is given to another request, the one
that it continues. That was made before the answer was taken up, is not answered yet, has as many
agents, and puts them where they are 0.1 s later. Of several that do, lineage tells which: a later
request takes up the answer's recurrent states, and the agents there have the sizes that they had in
the true request. Where requests have failed, nothing is in its place, and there are no cuts.

Equal answers are no evidence: a seeded program that runs twice gets every answer twice, and who
takes one up may have had the other.

Times are asked last, and only if they contradict neither the lists nor any pair.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
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
    model: Endpoint,
    requests: Side,
    responses: Side,
    takers: Iterable[LogBody],
    elsewhere: Iterable[LogBody] = (),
) -> list[Pair]:
    """Pair the requests and the responses of one model.

    Args:
        model: what was called.
        requests: in the order of the log.
        responses: likewise.
        takers: all requests that may take up recurrent states from an answer.
        elsewhere: the answers of other models whose recurrent states may be taken up.

    Returns:
        A pair for each request, in their order. Answers that are in none fit no request.
    """
    pairer = _Pairer(model, requests, responses, takers, elsewhere)
    found: dict[int, Pair] = {}
    for block in pairer.blocks():
        found |= _paired_within(block, pairer, requests, responses)
    if not model.is_stepping:
        found = _in_place_among_alike(found, responses)
    return [found.get(at, Pair(at, None)) for at in range(len(requests))]


def _paired_within(
    block: slice, pairer: _Pairer, requests: Side, responses: Side
) -> dict[int, Pair]:
    """Return the pairs of calls between two cuts, by the positions of their requests."""
    places = range(len(requests))[block]
    ours, theirs = requests.times[block], responses.times[block]
    if pairer.is_proven(places) or _answered_in_turn(ours, theirs):
        return {at: Pair(at, at) for at in places}
    return _paired_by_content(block, pairer, requests, responses)


def _answered_in_turn(requests: Sequence[int | None], responses: Sequence[int | None]) -> bool:
    """Whether by their times each call was answered before the next began.

    Equal times of several requests, or of several responses, say nothing about turns.
    """
    if len(requests) != len(responses):
        return False
    pairs = zip(requests, responses, strict=True)
    times = [ns for pair in pairs for ns in pair if ns is not None]
    are_told_apart = len({*requests}) == len({*responses}) == len(requests)
    return are_told_apart and len(times) == 2 * len(requests) and times == sorted(times)


def _paired_by_content(
    block: slice, pairer: _Pairer, requests: Side, responses: Side
) -> dict[int, Pair]:
    """Return the pairs that are found, by the positions of their requests."""
    with_times = _rise(requests.times[block]) and _rise(responses.times[block])
    found = _paired_twice(block, pairer, with_times=with_times)
    if with_times and not _are_in_time(found.values(), requests, responses):
        return _paired_twice(block, pairer, with_times=False)
    return found


def _in_place_among_alike(found: dict[int, Pair], responses: Side) -> dict[int, Pair]:
    """Give each request the answer at its own position where that is the same as the one found.

    Answers without agents, such as several ``location_info`` of one location, may be equal to the
    letter: then position is as right as any other pair, and where all are equal, no doubt matters.
    """
    texts = {at: hash(body.text()) for at, body in enumerate(responses.bodies) if body}
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for request, pair in sorted(found.items()):
        if pair.response in texts:
            alike[texts[pair.response]].append(request)
    placed = dict(found)
    are_all_equal = len(set(texts.values())) <= 1
    for same in alike.values():
        answers = {found[request].response for request in same}
        others = iter(sorted(at for at in answers.difference(same) if at is not None))
        for request in same:
            answer = request if request in answers else next(others)
            is_doubtful = found[request].is_doubtful and not are_all_equal
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


def _paired_twice(block: slice, pairer: _Pairer, *, with_times: bool) -> dict[int, Pair]:
    """Return the pairs by the positions of their requests.

    Requests that nothing answered have failed: leaving them out shows which of the others were
    really made at once.
    """
    first = pairer.assign(block, by_seed=False, with_times=with_times)
    answered = {pair.request for pair in first.values()}
    second = pairer.assign(block, answered, by_seed=True, with_times=with_times)
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
        self,
        model: Endpoint,
        requests: Side,
        responses: Side,
        takers: Iterable[LogBody],
        elsewhere: Iterable[LogBody],
    ) -> None:
        self._model = model
        self._requests = {at: body for at, body in enumerate(requests.bodies) if body}
        self._responses = {at: body for at, body in enumerate(responses.bodies) if body}
        self._request_ns = requests.times
        self._response_ns = responses.times
        self._is_complete = len(self._requests) == len(self._responses)
        self._has_all_requests = len(requests) >= len(responses)
        self._are_all_read = self._is_complete and (
            len(requests) == len(responses) == len(self._requests)
        )
        self._fit = Fit(model)
        given_elsewhere = {each for answer in elsewhere for each in answer.agents.recurrent}
        givers = _givers(self._responses)
        doubtful = given_elsewhere.union(each for each in givers if len(givers[each]) > 1)
        self._taken = {
            fingerprint: (taker, at)
            for taker in takers
            for at, fingerprint in enumerate(taker.agents.recurrent)
            if fingerprint and fingerprint not in doubtful
        }
        self._ends: dict[int, int] = {}
        if model.is_drive:
            first = {each: answers[0] for each, answers in givers.items()}
            self._ends = self._found_ends(
                {each: at for each, at in first.items() if each not in given_elsewhere}
            )

    def blocks(self) -> Iterator[slice]:
        """Yield which parts of both lists belong together, cut where a request shows it.

        All is one part if anything is missing, or an answer has other agents than its request.
        """
        if not (self._model.is_drive and self._are_all_read and self._have_same_agents()):
            yield slice(None)
            return
        start = 0
        for at in range(1, len(self._requests) + 1):
            if at == len(self._requests) or self._is_cut(at):
                yield slice(start, at)
                start = at

    def is_proven(self, places: range) -> bool:
        """Tell whether a call between two cuts is alone, so that its answer is the one there."""
        return self._are_all_read and len(places) == 1

    def assign(
        self,
        block: slice,
        among: Container[int] | None = None,
        *,
        by_seed: bool,
        with_times: bool,
    ) -> dict[int, Pair]:
        """Return the pair of each answer that a request fits, by the answer.

        Args:
            block: only this part of both lists is looked at.
            among: only these requests; None for all.
            by_seed: whether seeds may tell requests apart. They tell branches that run at once
                apart, but a program that changes them from call to call has failed ones that seem
                to fit.
            with_times: whether times may tell requests apart.
        """
        places = range(len(self._request_ns))[block]
        unanswered = [
            at for at in places if at in self._requests and (among is None or at in among)
        ]
        assigned: dict[int, Pair] = {}
        latest = places.start - 1
        for answer in range(len(self._response_ns))[block]:
            if answer not in self._responses:
                continue
            candidates = self._open(answer, unanswered, latest)
            pair = self._choose(answer, candidates, by_seed=by_seed, with_times=with_times)
            if pair is not None:
                assigned[answer] = pair
                del unanswered[bisect_left(unanswered, pair.request)]
                latest = max(latest, pair.request)
        return assigned

    def is_taken(self, answer: int) -> bool:
        """Tell whether a later request takes up an answer's recurrent states."""
        return any(
            fingerprint in self._taken for fingerprint in self._responses[answer].agents.recurrent
        )

    def _have_same_agents(self) -> bool:
        return all(
            len(request.agents) == len(self._responses[at].agents)
            for at, request in self._requests.items()
        )

    def _is_cut(self, at: int) -> bool:
        """Whether a request was made after the answer in front of it came: it takes that up.

        Recurrent states that the request before it carried already say nothing.
        """
        taken = self._requests[at].agents.recurrent
        is_taken = any(taken) and taken == self._responses[at - 1].agents.recurrent
        is_new = taken != self._requests[at - 1].agents.recurrent
        return self._ends.get(at - 1) == at or (is_taken and is_new)

    def _found_ends(self, first_given: Mapping[int, int]) -> dict[int, int]:
        """Return, by the answer, the first request that was surely made after it.

        That one takes up the answer's recurrent states, or those of an answer that came later.

        Args:
            first_given: by the recurrent state, the first answer that has it: a request that takes
                it up need not have come after the others.
        """
        sent_first: dict[int, int] = {}
        for at, body in self._requests.items():
            for fingerprint in body.agents.recurrent:
                sent_first.setdefault(fingerprint, at)
        taken_first: dict[int, int] = {}
        for fingerprint, answer in first_given.items():
            taken = sent_first.get(fingerprint)
            # Sent before as many requests as that were made: it is not from there.
            if taken is not None and (answer < taken or not self._has_all_requests):
                taken_first[answer] = min(taken, taken_first.get(answer, taken))
        ends: dict[int, int] = {}
        end: int | None = None
        for answer in reversed(self._responses):
            taken = taken_first.get(answer)
            end = min((each for each in (taken, end) if each is not None), default=None)
            if end is not None:
                ends[answer] = end
        return ends

    def _open(self, answer: int, unanswered: list[int], latest: int) -> list[int]:
        """Return unanswered requests that may have been made before an answer, the likeliest first.

        As a rule that is the last made before the answer was taken up. Where it never is: those
        around the ``latest`` answered.

        Args:
            answer: its position.
            unanswered: rising. It may be long: only those next to a place in it are looked at.
            latest: the latest request that was answered.
        """
        end = self._ends.get(answer)
        if end is not None:
            behind = bisect_left(unanswered, end)
            return unanswered[max(0, behind - _OPEN) : behind][::-1]
        middle = bisect_left(unanswered, latest + 1)
        around = unanswered[max(0, middle - _OPEN) : middle + _OPEN]
        return sorted(around, key=lambda at: abs(at - latest - 1))[:_OPEN]

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


def _givers(responses: Mapping[int, LogBody]) -> dict[int, list[int]]:
    """Return, by the recurrent state, the answers that have it, in order."""
    givers: defaultdict[int, list[int]] = defaultdict(list)
    for at, body in responses.items():
        for fingerprint in {*body.agents.recurrent} - {0}:
            givers[fingerprint].append(at)
    return givers
