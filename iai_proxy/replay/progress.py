"""How far each client has come in the recording.

Levels read it; only :meth:`Progress.advance` and :meth:`Progress.add_live` change it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Final

from iai_proxy.api import Endpoint
from iai_proxy.lineage import Agents, Step, observe_answer
from iai_proxy.replay.decisions import Assemble, Decision, Serve
from iai_proxy.replay.playbacks import Playbacks
from iai_proxy.replay.recorded_steps import RecordedSteps
from iai_proxy.replay.request import Client

_BY_BYTES: Final = "exact"


class Progress:
    """What each client has been served.

    Args:
        steps: returns the recording's steps. Called when they are first needed: requests that are
            answered by their bytes need none, so what was served is looked up in them later.
    """

    def __init__(self, steps: Callable[[], RecordedSteps]) -> None:
        self._steps = steps
        self._playbacks = Playbacks()
        self._not_placed: list[tuple[Client, int]] = []
        self._served: defaultdict[Hashable, Counter[int]] = defaultdict(Counter)
        self._live_fingerprints: set[int] = set()
        self._levels: dict[Hashable, str] = {}

    def advance(self, client: Client, decision: Decision) -> None:
        """Note what a client is served."""
        if isinstance(decision, Serve | Assemble):
            self._levels[client.identity] = decision.level
        if isinstance(decision, Assemble):
            self._count(client, decision.used)
            if decision.step is not None:
                self._serve(client, decision.step, decision.agents, decision.numbers[0])
        elif isinstance(decision, Serve) and decision.number is not None:
            self._count(client, (decision.number,))
            self._not_placed.append((client, decision.number))

    def expects_same_bytes(self, client: Client) -> bool:
        """Whether a client's next request may well have the bytes of a recorded one."""
        return self._levels.get(client.identity, _BY_BYTES) == _BY_BYTES

    def add_live(self, endpoint: Endpoint, answer: bytes) -> None:
        """Note what the API itself answered: requests that continue it are for the API too."""
        received = observe_answer(endpoint, answer).received
        self._live_fingerprints.update(received.recurrent, received.states)

    @property
    def has_live(self) -> bool:
        """Whether the API itself has answered anything."""
        return bool(self._live_fingerprints)

    def continues_live(self, sent: Agents) -> bool:
        """Whether any of these agents comes from an answer of the API itself."""
        return not self._live_fingerprints.isdisjoint({*sent.recurrent, *sent.states} - {0})

    def least_served(self, client: Client, numbers: Sequence[int]) -> int:
        """Return the exchange that a client was served least often, the first of several."""
        served = self._served.get(client.identity, Counter())
        return min(numbers, key=lambda number: (served[number], number))

    def first_unserved(self, client: Client, numbers: Sequence[int]) -> int:
        """Return the first exchange that a client was not served yet; the last one repeats."""
        served = self._served.get(client.identity, Counter())
        return next((number for number in numbers if number not in served), numbers[-1])

    def was_served(self, client: Client, number: int) -> bool:
        """Whether a client was served an exchange."""
        return number in self._served.get(client.identity, ())

    def with_the_same(self, numbers: Sequence[int]) -> int:
        """Return how many clients were served one of these exchanges that another one was too."""
        shared = {
            client
            for number in numbers
            if len(clients := [found for found in self._served if number in self._served[found]])
            > 1
            for client in clients
        }
        return len(shared)

    def next_refusal(self, client: Client, numbers: Sequence[int]) -> int | None:
        """Return the refused ``drive`` that is next among equal exchanges, in recorded order.

        None if none is refused, or one that was answered is next.
        """
        steps = self._steps()
        refused = {found.call.id for found in steps.refused}
        if refused.isdisjoint(numbers):
            return None
        left = (number for number in numbers if not self._is_behind(client, number))
        number = next(left, numbers[-1])
        return number if number in refused else None

    def _is_behind(self, client: Client, number: int) -> bool:
        """Whether a ``drive`` has been served in the client's present playback."""
        steps, playbacks = self._steps(), self.playbacks
        if (parent := steps.before_refused(number)) is not None:
            playback = playbacks.at(
                client,
                steps.simulation_of(parent),
                parent,
                lambda found: number not in found.refused,
            )
            return number in playback.refused
        part = steps.part(number)
        if part is None or part.step.parent is None:
            return number in self._served.get(client.identity, ())
        playback = playbacks.at(
            client,
            part.simulation,
            part.step.parent,
            lambda found: part.step not in found.reached,
        )
        return part.step in playback.reached

    @property
    def playbacks(self) -> Playbacks:
        """All playbacks, with everything in them that has been served so far."""
        if self._not_placed:
            steps = self._steps()  # may raise: nothing must be lost then
            not_placed, self._not_placed = self._not_placed, []
            for client, number in not_placed:
                if part := steps.part(number):
                    self._serve(client, part.step, part.agents, number)
                elif parent := steps.before_refused(number):
                    self._refuse(client, parent, number)
        return self._playbacks

    def _serve(self, client: Client, step: Step, agents: Sequence[int], number: int) -> None:
        playbacks = self.playbacks
        simulation = self._steps().simulation_of(step)
        if step.parent is None:
            playbacks.begin(client, simulation, step, number)
            return
        playback = playbacks.at(
            client, simulation, step.parent, lambda found: found.is_unserved(step, agents)
        )
        playbacks.serve(client, playback, step, agents)

    def _refuse(self, client: Client, parent: Step, number: int) -> None:
        playback = self._playbacks.at(
            client,
            self._steps().simulation_of(parent),
            parent,
            lambda found: number not in found.refused,
        )
        self._playbacks.refuse(client, playback, number)

    def _count(self, client: Client, numbers: Sequence[int]) -> None:
        self._served[client.identity].update(numbers)
