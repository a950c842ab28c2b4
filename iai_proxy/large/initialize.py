"""``large_initialize``: fills region after region, each with its neighbours' agents in view.

The SDK's algorithm (``large/initialize.py``) without its IO: it yields the ``initialize`` calls to
be made, and merges their answers.
Three things differ. The model version that was asked for goes into every request; the SDK
forgets it in all but one. If no seed is given, agents without a state are distributed in the
same way every time, so that recordings of such a call can be replayed; the SDK draws. And
``agent_attributes`` of the result go with its agents; the SDK leaves the last region's.

Some of it may look odd and is the SDK's: agents given at the top level are looked up in the result
by their position in the region that they were put into, so if an agent before them was dropped,
its successor takes that position; and what belongs to no agent is the last region's.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, NamedTuple

from iai_proxy.large.answers import AnswerError
from iai_proxy.large.initialize_payload import REGION_M, initialize_problems
from iai_proxy.large.merge import Source, merged_initialize_answer
from iai_proxy.large.payload import Json, PayloadError, problem, raise_if_any
from iai_proxy.large.places import Around, Nearest

#: How far around its region an agent is seen, m: twice this is added to the side (SDK
#: ``AGENT_SCOPE_FOV_BUFFER``).
_AROUND_M: Final = 60
_REGIONS_PER_ATTEMPT: Final = 15  # SDK ``ATTEMPT_PER_NUM_REGIONS``

_NEEDED: Final = ("agent_states", "agent_properties", "recurrent_states")


class RegionCall(NamedTuple):
    """The next call to make.

    Attributes:
        region: its index, from 0, in the order of the payload.
        request: the body of an ``initialize`` call.
        is_reduced: whether agents of the region are left out, since with them it was not answered.
    """

    region: int
    request: Json
    is_reduced: bool = False


class RegionFailedError(Exception):
    """A region could not be filled, and there is no result without it.

    Attributes:
        region: its index, from 0.
    """

    def __init__(self, region: int, message: str) -> None:
        super().__init__(message)
        self.region = region

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.region, str(self))


@dataclass(eq=False, slots=True)
class _Region:
    """A square, and the agents put into it so far; those without a state come last."""

    x: float
    y: float
    size: float
    states: list[Any]
    properties: list[Any]

    @classmethod
    def of(cls, given: Json) -> _Region:
        x, y = given["center"]
        size = REGION_M if given.get("size") is None else given["size"]
        return cls(
            x,
            y,
            size,
            list(given.get("agent_states") or ()),
            list(given.get("agent_properties") or ()),
        )

    def holds(self, state: Any, margin: float = 0.0) -> bool:
        """Return whether an agent is within the square, or that much of a larger one."""
        half = (self.size + margin) / 2
        return bool(
            self.x - half < state[0] < self.x + half and self.y - half < state[1] < self.y + half
        )


@dataclass(slots=True)
class _Filled:
    """A region's answer, and the positions of its agents that are kept."""

    answer: Json
    kept: list[int] = field(default_factory=list)


class LargeInitialize:
    """A ``large_initialize`` under way.

        run = LargeInitialize(payload)
        for call in run.calls():
            run.answer = …  # the API's answer to it
        run.merged()

    Args:
        payload: ``location``, ``regions`` (each ``center``, ``size``, ``agent_states``,
            ``agent_properties``), and what else the SDK's function takes, in the wire's names.

    Raises:
        PayloadError: the payload can't be used.
    """

    def __init__(self, payload: Json) -> None:
        raise_if_any(initialize_problems(payload))
        self._payload = payload
        self._exact = bool(payload.get("return_exact_agents"))
        self._lights = payload.get("traffic_light_state_history")
        self._regions = [_Region.of(given) for given in payload["regions"]]
        self._centers = [(float(region.x), float(region.y)) for region in self._regions]
        #: The regions that have agents with states.
        self._filled_around = Around(self._centers, REGION_M + _AROUND_M)
        self._attempts = 1 + len(self._regions) // _REGIONS_PER_ATTEMPT
        self._top_level: list[tuple[int, int]] = []
        self._filled: list[_Filled] = []
        #: The answer to the latest call, to be set before the next; None for a failed one.
        self.answer: Json | None = None

    def calls(self) -> Iterator[RegionCall]:
        """Fill region after region: yield the calls to be made.

        Raises:
            PayloadError: there are no agents.
            RegionFailedError: a region that is needed could not be filled.
            AnswerError: an answer is not one to an ``initialize``.
        """
        self._top_level = self._place_top_level()
        for number, region in enumerate(self._regions):
            if region.states:
                self._filled_around.add(number)
        failed: RegionFailedError | None = None
        for number in range(len(self._regions)):
            failed = (yield from self._fill(number)) or failed
        if not self._filled:
            message = "no region has agents: there is nothing to do"
            nothing = PayloadError([problem(["body", "regions"], message, "too_short")])
            raise failed or nothing

    def merged(self) -> Json:
        """Merge the answers: agents given at the top level first, then region by region.

        Raises:
            RegionFailedError: exactly the given agents are wanted, and a region lacks one of them.
        """
        sources = self._top_level_sources(self._top_level)
        taken = set(sources)
        sources += [
            (number, position)
            for number, filled in enumerate(self._filled)
            for position in filled.kept
            if (number, position) not in taken
        ]
        answers = [filled.answer for filled in self._filled]
        merged = merged_initialize_answer(answers, sources)
        if not sources:
            has_infractions = bool(merged.get("infraction_indicators"))
            empty = (*_NEEDED, "infraction_indicators") if has_infractions else _NEEDED
            merged |= {name: [] for name in empty}
        return {**merged, "agent_attributes": _attributes(answers, sources)}

    def _place_top_level(self) -> list[tuple[int, int]]:
        """Put the agents given at the top level into regions.

        Returns:
            For each agent the region and its position there.
        """
        states = self._payload.get("agent_states") or []
        properties = self._payload.get("agent_properties") or []
        placed = []
        nearest_to = Nearest(self._centers)
        for state, agent in zip(states, properties, strict=False):
            nearest = nearest_to((state[0], state[1]))
            region = self._regions[nearest]
            position = len(region.states)
            region.properties.insert(position, agent)
            region.states.insert(position, state)
            placed.append((nearest, position))
        draw = Random(self._payload.get("random_seed") or 0)
        for agent in properties[len(states) :]:
            chosen = draw.randint(0, len(self._regions) - 1)
            self._regions[chosen].properties.append(agent)
            placed.append((chosen, len(self._regions[chosen].properties) - 1))
        return placed

    def _fill(self, number: int) -> Generator[RegionCall, None, RegionFailedError | None]:
        """Fill a region, and return why that failed, if it did."""
        region = self._regions[number]
        neighbours = self._neighbours(number)
        count = len(region.states)
        states = [state for state, _ in neighbours] + region.states
        known = [agent for _, agent in neighbours] + region.properties[:count]
        unsampled = region.properties[count:]
        region.states, region.properties = [], []
        if not known and not unsampled:
            return None
        call = RegionCall(number, self._request(region, states, known + unsampled))
        for _ in range(self._attempts):
            yield call
            if self.answer is not None:
                self._keep(number, self.answer, len(neighbours))
                return None
        failed = RegionFailedError(number, f"it could not be filled in {self._attempts} attempts")
        if self._exact:
            raise failed
        if count:  # for the recurrent states of the agents that are there already
            request = self._request(region, states, known)
            yield RegionCall(number, request, is_reduced=len(unsampled) > 0)
            if self.answer is None:
                raise failed
            self._keep(number, self.answer, len(neighbours))
        return failed

    def _neighbours(self, number: int) -> list[tuple[Any, Any]]:
        """Return the agents of other regions that a region's agents see: (state, properties)."""
        here = self._regions[number]
        agents: list[tuple[Any, Any]] = []
        for index in self._filled_around(number):
            if index != number:
                there = self._regions[index]
                agents += zip(there.states, there.properties, strict=False)
        return [agent for agent in agents if here.holds(agent[0], margin=_AROUND_M)]

    def _request(self, region: _Region, states: list[Any], properties: list[Any]) -> Json:
        payload = self._payload
        return {
            "location": payload.get("location"),
            "num_agents_to_spawn": None,
            "states_history": [states] if states else None,
            "agent_attributes": None,
            "agent_properties": properties,
            "traffic_light_state_history": self._lights,
            "get_birdview": False,
            "location_of_interest": [region.x, region.y],
            "get_infractions": bool(payload.get("get_infractions")),
            "random_seed": payload.get("random_seed"),
            "model_version": payload.get("model_version") or "best",
        }

    def _keep(self, number: int, answer: Json, neighbours: int) -> None:
        """Keep an answer's agents, save for those of other regions and those placed outside."""
        region, filled = self._regions[number], _Filled(answer)
        count = self._agents_in(number, answer)
        try:
            for position in range(neighbours, count):
                state = answer["agent_states"][position]
                if self._exact or region.holds(state):
                    region.states.append(state)
                    region.properties.append(answer["agent_properties"][position])
                    filled.kept.append(position)
        except (TypeError, LookupError):
            raise AnswerError(number, "agent_states of its answer holds what is no state") from None
        self._filled.append(filled)
        self._filled_around.add(number)
        if self._lights is None and answer.get("traffic_lights_states") is not None:
            self._lights = [answer["traffic_lights_states"]]

    def _agents_in(self, number: int, answer: Any) -> int:
        """Return how many agents an answer has.

        Raises:
            AnswerError: it lacks a list, or infractions that were asked for.
        """
        lists = [answer.get(name) if isinstance(answer, dict) else None for name in _NEEDED]
        if not all(isinstance(values, list) for values in lists):
            raise AnswerError(number, f"its answer holds no {' or no '.join(_NEEDED)}")
        count = min(len(values) for values in lists if values is not None)
        infractions = answer.get("infraction_indicators")
        if infractions and not isinstance(infractions, list):
            raise AnswerError(number, "infraction_indicators of its answer is no list")
        if self._payload.get("get_infractions") and infractions and len(infractions) < count:
            message = "infraction_indicators of its answer has fewer items than there are agents"
            raise AnswerError(number, message)
        return count

    def _top_level_sources(self, top_level: Sequence[tuple[int, int]]) -> list[Source]:
        sources: list[Source] = []
        for region, position in top_level:
            # By the number of the answer, as in the SDK, which is not the region's where one before
            # it was left out.
            if region < len(self._filled) and position < len(self._filled[region].kept):
                sources.append((region, self._filled[region].kept[position]))
            elif self._exact:
                raise RegionFailedError(
                    region,
                    f"an agent given at the top level is not in its answer (its agent {position})",
                )
        return sources


def _attributes(answers: Sequence[Json], sources: Sequence[Source]) -> list[Any] | None:
    """Return the agents' attributes, or None where some agent has none."""
    attributes = [answer.get("agent_attributes") or [] for answer in answers]
    if any(len(attributes[number]) <= position for number, position in sources):
        return None
    return [attributes[number][position] for number, position in sources]
