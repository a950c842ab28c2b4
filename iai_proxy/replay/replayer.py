"""The replayer: decides what answers each request, and keeps count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from iai_proxy.api import Endpoint
from iai_proxy.replay.decisions import Assemble, Decision, Live, Miss, Serve
from iai_proxy.replay.key_index import KeyedCall, KeyIndex, KeysOf, no_keys
from iai_proxy.replay.levels import Levels, MatchRules
from iai_proxy.replay.progress import Progress
from iai_proxy.replay.recorded_steps import RecordedSteps
from iai_proxy.replay.request import IncomingRequest
from iai_proxy.replay.served_rows import Answered, ServedRows


@dataclass(slots=True)
class Tally:
    """Counts of a replay so far.

    Attributes:
        served: number of answers by level.
        misses: number of requests that nothing answered.
        live: number of requests that were passed on to the API by ``--until-step``.
        unused: numbers of the usable recorded exchanges that were never served.
        failures: how many recorded exchanges have no usable answer.
        optional: numbers of those never served that a client need not ask for: key checks, and
            what ``record --maps`` asked for.
    """

    served: Counter[str]
    misses: int
    live: int
    unused: list[int]
    failures: int
    optional: list[int] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """The number of all requests."""
        return self.served.total() + self.misses + self.live


class Replayer:
    """Decides what answers each request. Holds numbers and hashes, never bodies.

    Args:
        recorded: the recording's exchanges, in order, with keys that leave out the fields that the
            rules ignore, or without.
        rules: what counts as the same request.
        steps: returns the recording's steps. Called once, when they are first needed.
        requests: returns a recorded request's JSON value by the number of its exchange.
        answers: returns a recorded answer's JSON value likewise.
        answered: returns a recorded answer's body and agents, where they tell all of it.
        keys_of: makes the keys of an exchange that came without. Called once they are needed.
    """

    def __init__(
        self,
        recorded: Iterable[KeyedCall],
        rules: MatchRules,
        steps: Callable[[], RecordedSteps] = lambda: RecordedSteps(()),
        requests: Callable[[int], Mapping[str, Any]] = lambda _: {},
        answers: Callable[[int], Mapping[str, Any]] = lambda _: {},
        answered: Answered = lambda _: None,
        keys_of: KeysOf = no_keys,
    ) -> None:
        self.rules = rules
        #: For requests: knows the recurrent states that were served.
        self.served = ServedRows(answered)
        self._index = KeyIndex(recorded, keys_of)
        made_once = cache(steps)
        self._levels = Levels(self._index, rules, made_once, requests, answers)
        self._progress = Progress(made_once)
        self._served: Counter[str] = Counter()
        self._misses = 0
        self._live = 0
        self._used: set[int] = set()

    def decide(self, request: IncomingRequest) -> Decision:
        """Decide what answers a request, and note that it is served."""
        decision = self._levels.decide(request, self._progress)
        self._progress.advance(request.client, decision)
        self._count(decision)
        if request.endpoint.is_stepping:
            self.served.note(_answers_of(decision))
        return decision

    def has_bytes(self, request: IncomingRequest) -> bool:
        """Whether a request with the very same bytes was recorded. Parses nothing."""
        return bool(self._index.same_bytes(request))

    def went_live(self, endpoint: Endpoint, answer: bytes) -> None:
        """Note what the API itself answered: requests that continue it are for the API too."""
        self._progress.add_live(endpoint, answer)

    @property
    def tally(self) -> Tally:
        """The counts so far."""
        unused = [number for number in self._index.usable if number not in self._used]
        optional = [number for number in self._index.optional if number not in self._used]
        served = Counter(self._served)
        return Tally(served, self._misses, self._live, unused, self._index.failures, optional)

    @property
    def recorded(self) -> int:
        """How many recorded calls can be served, or are left out as failures."""
        return len(self._index.usable) + len(self._index.optional) + self._index.failures

    @property
    def same_start(self) -> int:
        """How many clients were served an ``initialize`` that another client was served too."""
        return self._progress.with_the_same(self._index.of_endpoint(Endpoint.INITIALIZE))

    def _count(self, decision: Decision) -> None:
        match decision:
            case Serve(number, level):
                self._served[level] += 1
                if number is not None:
                    self._used.add(number)
            case Assemble():
                self._served[decision.level] += 1
                self._used.update(decision.used)
            case Live():
                self._live += 1
            case Miss():
                self._misses += 1


def _answers_of(decision: Decision) -> tuple[int, ...]:
    match decision:
        case Serve(number) if number is not None:
            return (number,)
        case Assemble():
            return decision.numbers
    return ()
