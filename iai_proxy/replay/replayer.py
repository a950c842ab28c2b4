"""The replayer: what answers a request, and how much of the recording has been served.

Levels are tried in order, up to the one that the user allows. ``exact``: the same request after
canonical JSON; its raw bytes are tried first, so that a true repetition parses nothing.
``seedless``: the same without the ignored fields. ``step`` and ``nearest``: the recorded step that
it is (:mod:`iai_proxy.replay.matcher`). Besides, whatever level is allowed, ``location`` (any
recorded answer for that location) and ``key-check`` (always granted: offline there is nobody to
ask).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from iai_proxy.api import Endpoint
from iai_proxy.lineage import observe_answer
from iai_proxy.replay.decisions import Assemble, Decision, Live, Miss, MissKind, Serve
from iai_proxy.replay.matcher import StepMatcher
from iai_proxy.replay.question import Asker, Question
from iai_proxy.replay.sessions import Sessions
from iai_proxy.replay.shelves import KEYED, Recorded, Shelves
from iai_proxy.replay.steps import Place, RecordedSteps

#: Every level that ``--match`` knows, the strictest first.
LEVELS: Final = ("exact", "seedless", "step", "nearest")


@dataclass(slots=True)
class Tally:
    """What a replay has come to so far.

    Attributes:
        served: number of answers by level.
        misses: number of requests that nothing answered.
        live: number of requests that were for the API by ``--until-step``.
        unused: numbers of the recorded exchanges, fit to answer, that never did.
        failures: how many recorded exchanges were no answers and so were left out.
    """

    served: Counter[str]
    misses: int
    live: int
    unused: list[int]
    failures: int

    @property
    def asked(self) -> int:
        """The number of all requests."""
        return self.served.total() + self.misses + self.live


class Replayer:
    """Decides what answers a request. Holds numbers and hashes, never bodies.

    Args:
        recorded: the recording's exchanges, in order.
        match: the loosest level allowed, one of :data:`LEVELS`.
        ignored: fields that make no difference from level ``seedless`` on. Where they are not the
            default ones, the keys in ``recorded`` must have been made with the same.
        steps: returns the recording's steps; called when they are first needed. None for levels
            that compare keys.
        tolerance, requests: as for :class:`~iai_proxy.replay.matcher.StepMatcher`.
        until_step: the last step that is answered from the recording; None for all.
    """

    def __init__(
        self,
        recorded: Iterable[Recorded],
        match: str,
        ignored: Collection[str],
        steps: Callable[[], RecordedSteps] | None = None,
        tolerance: float | None = None,
        until_step: int | None = None,
        requests: Callable[[int], Mapping[str, Any]] | None = None,
    ) -> None:
        self.match = match
        self.ignored = frozenset(ignored)
        self._shelves = Shelves(recorded)
        self._make_steps = steps
        self._tolerance = tolerance
        self._until_step = until_step
        self._requests = requests
        self._sessions = Sessions()
        self._unplaced: list[tuple[Asker, int]] = []
        self._live_fingerprints: set[int] = set()
        self._used: set[int] = set()
        self._served: Counter[str] = Counter()
        self._misses = 0
        self._live = 0

    def decide(self, question: Question) -> Decision:
        """Say what answers a request, and count it."""
        decision = self._decide(question)
        if isinstance(decision, Assemble):
            self._served[decision.level] += 1
            self._used.update(decision.used)
            self._mark(question.asker, decision)
        elif isinstance(decision, Serve):
            self._served[decision.level] += 1
            if decision.number is not None:
                self._used.add(decision.number)
                self._sessions.note(question.asker, (decision.number,))
                self._unplaced.append((question.asker, decision.number))
        elif isinstance(decision, Live):
            self._live += 1
        else:
            self._misses += 1
        return decision

    def went_live(self, endpoint: Endpoint, answer: bytes) -> None:
        """Take note of what the API itself answered: what continues it is for the API too."""
        received = observe_answer(endpoint, answer).received
        self._live_fingerprints.update(received.recurrent, received.states)

    @property
    def tally(self) -> Tally:
        """What the replay has come to so far."""
        unused = [number for number in self._shelves.usable if number not in self._used]
        return Tally(
            Counter(self._served), self._misses, self._live, unused, self._shelves.failures
        )

    def _decide(self, question: Question) -> Decision:
        shelves = self._shelves
        if question.endpoint is Endpoint.KEY_CHECK:
            checks = shelves.key_checks
            return Serve(
                self._sessions.next_unused(question.asker, checks) if checks else None, "key-check"
            )
        if self._is_beyond(question):
            return Live()
        if numbers := shelves.raw(question):
            return Serve(self._pick(question, numbers), "exact")
        step = None
        if self._only_a_step(question):  # its canonical form would cost as much as the answer
            step = self._by_step(question)
        if isinstance(step, Assemble):
            return step
        if keyed := self._by_key(question):
            return keyed
        step = step or self._by_step(question)
        return step if isinstance(step, Assemble) else self._miss(question, step)

    def _by_key(self, question: Question) -> Serve | Assemble | None:
        for level in KEYED[: LEVELS.index(self.match) + 1]:
            if numbers := self._shelves.keyed(question, level):
                number = self._pick(question, numbers)
                if level == "exact" or not self._is_repeated(question, number):
                    return Serve(number, level)
                other = self._by_step(
                    question
                )  # a fork may have been recorded in another order or partition
                if isinstance(other, Assemble) and not set(other.used) & set(numbers):
                    return other
                return Serve(number, level)
        if question.endpoint is Endpoint.LOCATION_INFO and (
            numbers := self._shelves.of_location(question.location)
        ):
            return Serve(self._sessions.next_unused(question.asker, numbers), "location")
        return None

    def _by_step(self, question: Question) -> Assemble | Miss | None:
        if self.match in KEYED or self._matcher is None:
            return None
        self._place_served()
        return self._matcher.answer(question, self.match)

    def _only_a_step(self, question: Question) -> bool:
        """Whether a ``drive`` can't be equal to a recorded one, since its agents stand in another order or number."""
        if question.endpoint is not Endpoint.DRIVE or self.match in KEYED or self._matcher is None:
            return False
        return not self._matcher.steps.sends_alike(question.observation)

    # Which of several

    def _pick(self, question: Question, numbers: list[int]) -> int:
        """Choose among exchanges with the same request: each once in recorded order, then the last again."""
        if len(numbers) == 1:
            return numbers[0]
        if (
            question.endpoint is Endpoint.INITIALIZE
        ):  # a program that begins once more begins with the first
            return self._sessions.next_in_turn(question.asker, numbers)
        if question.endpoint is Endpoint.DRIVE and self._matcher:
            return self._pick_step(question, numbers, self._matcher)
        return self._sessions.next_unused(question.asker, numbers)

    def _pick_step(self, question: Question, numbers: list[int], matcher: StepMatcher) -> int:
        """Choose by the client's own way through the simulations that they belong to."""
        self._place_served()
        own = [
            place
            for number in numbers
            if (place := self._begun_by(question, number, matcher)) is not None
        ]
        if not own:
            return self._sessions.next_unused(question.asker, numbers)

        def rank(place: Place) -> tuple[object, ...]:
            parent = place.step.parent or place.step
            beside = [
                one
                for one in own
                if one.simulation == place.simulation and one.step.parent is parent
            ]
            session = self._sessions.at(
                question.asker,
                place.simulation,
                parent,
                lambda session: any(session.is_fresh(one.step, one.agents) for one in beside),
            )
            simulation, is_latest = self._sessions.preferred(
                question.asker, place.simulation, parent
            )
            return session.is_fresh(place.step, place.agents), is_latest, simulation

        ranked = sorted(own, key=rank, reverse=True)
        repeated = not rank(ranked[0])[0]  # all have been given: the last one repeats
        return (
            max(own, key=lambda place: (rank(place), place.number)).number
            if repeated
            else ranked[0].number
        )

    def _is_repeated(self, question: Question, number: int) -> bool:
        """Whether a client was given a forked step before, for these agents."""
        if question.endpoint is not Endpoint.DRIVE or self.match in KEYED or self._matcher is None:
            return False
        place = self._matcher.steps.place(number)
        if place is None or place.step.parent is None or len(place.step.parent.children) <= 1:
            return False
        self._place_served()
        parent, first = place.step.parent, place.agents[:1]
        session = self._sessions.at(
            question.asker,
            place.simulation,
            parent,
            lambda one: any(
                one.is_fresh(child, place.agents)
                for child in parent.children
                if all(agent in child.agents for agent in first)
            ),
        )
        return not session.is_fresh(place.step, place.agents)

    def _begun_by(self, question: Question, number: int, matcher: StepMatcher) -> Place | None:
        """Return where an exchange stands, if it follows a beginning that the client was given."""
        place = matcher.steps.place(number)
        if place is None or place.step.parent is None:
            return None
        return place if self._sessions.preferred(question.asker, place.simulation)[0] >= 0 else None

    # Who has come how far

    @cached_property
    def _matcher(self) -> StepMatcher | None:
        if self._make_steps is None:
            return None
        return StepMatcher(
            self._make_steps(), self._sessions, self._tolerance, self._requests, self.ignored
        )

    def _mark(self, asker: Asker, decision: Assemble) -> None:
        self._place_served()
        self._sessions.note(asker, decision.used)
        step = decision.step
        if step is None or self._matcher is None:
            return
        simulation = self._matcher.steps.simulation_of(step)
        if step.parent is None:
            self._sessions.begin(asker, simulation, step, decision.numbers[0])
            return
        session = self._sessions.at(
            asker, simulation, step.parent, lambda one: one.is_fresh(step, decision.agents)
        )
        self._sessions.give(session, step, decision.agents)

    def _place_served(self) -> None:
        """Follow up, in the clients' sessions, what was served before the steps were looked at."""
        if self._matcher is None:
            return
        served, self._unplaced = self._unplaced, []
        for asker, number in served:
            place = self._matcher.steps.place(number)
            if place is None:
                continue
            if place.step.parent is None:
                self._sessions.begin(asker, place.simulation, place.step, number)
                continue
            self._give(asker, place)

    def _give(self, asker: Asker, place: Place) -> None:
        step, agents = place.step, place.agents
        parent = step.parent or step
        session = self._sessions.at(
            asker, place.simulation, parent, lambda one: one.is_fresh(step, agents)
        )
        self._sessions.give(session, step, agents)

    def _is_beyond(self, question: Question) -> bool:
        """Whether a request is for the API: by ``--until-step``, or since it goes on with the API's own answers."""
        hybrid = self._until_step is not None or self._live_fingerprints
        if not hybrid or question.endpoint is not Endpoint.DRIVE or self._matcher is None:
            return False
        parent = self._matcher.parent(question)
        if parent is not None:
            return self._until_step is not None and parent.index >= self._until_step
        sent = question.observation.sent
        return not self._live_fingerprints.isdisjoint({*sent.recurrent, *sent.states} - {0})

    # Misses

    def _miss(self, question: Question, found: Miss | None) -> Miss:
        shelves = self._shelves
        for level in KEYED:
            if numbers := shelves.keyed(question, level):
                nearest = self._sessions.next_unused(question.asker, numbers)
                return Miss(
                    MissKind.LEVEL, "is recorded, but not like this", nearest, f"--match {level}"
                )
        if failed := shelves.failed(question):
            outcome = failed.failure or f"status {failed.status}"
            reason = f"is recorded only as a failure ({outcome}), which is never replayed"
            return Miss(MissKind.FAILURE, reason, failed.id)
        return found or self._absent(question)

    def _absent(self, question: Question) -> Miss:
        """Nothing recorded is the same, and there is no step to compare with."""
        shelves = self._shelves
        if question.endpoint is Endpoint.LOCATION_INFO:
            others = ", ".join(shelves.locations[:3])
            reason = f"is not recorded for location {question.location!r}{f', only for {others}' if others else ''}"
            return Miss(MissKind.LOCATION, reason, compared=True)
        same = shelves.of_endpoint(question.endpoint)
        if not same:
            reason = f"is not in the recording, which holds no {question.endpoint} call"
            return Miss(MissKind.ENDPOINT, reason)
        if self.match in KEYED and self._matcher:
            step = self._matcher.answer(question, "step")
            if isinstance(step, Assemble):
                return Miss(
                    MissKind.LEVEL,
                    "is recorded, but not like this",
                    step.numbers[0],
                    "--match step",
                )
        nearest = self._sessions.next_unused(question.asker, same)
        return Miss(MissKind.REQUEST, "is not in the recording", nearest)
