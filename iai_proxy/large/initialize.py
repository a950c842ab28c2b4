"""``large_initialize``: regions are filled one after another, each with its neighbours' agents in view.

The SDK's algorithm (``large/initialize.py``) without its IO: a generator yields the next
``initialize`` request, is sent the answer (None where there was none), and returns the whole. Three
things differ. The model version that was asked for goes into every request, where the SDK forgets
it but in one. Where no seed is given, agents without a state are shared out in the same way every
time, where the SDK draws: else no recording of such a call could be replayed. And
``agent_attributes`` of the whole go with its agents, where the SDK leaves the last region's.

Some of it may look odd and is the SDK's: agents given at the top level are looked up in the result
by their place in the region that they were put into, so where an agent before them was dropped, its
successor takes that place; and what belongs to no agent is the last region's.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from math import sqrt
from random import Random
from typing import Any, Final, NamedTuple

from iai_proxy.large.drive import AnswerError
from iai_proxy.large.merge import Source, merged_initialize_answer
from iai_proxy.large.payload import (
    Json,
    PayloadError,
    number_problems,
    problem,
    raise_if_any,
    states_problems,
)

#: Side of a region where none is given, m (SDK ``REGION_MAX_SIZE``).
REGION_M: Final = 100.0
#: How far around its region an agent is seen, m: twice this is added to the side (SDK
#: ``AGENT_SCOPE_FOV_BUFFER``).
_AROUND_M: Final = 60
_REGIONS_PER_ATTEMPT: Final = 15  # SDK ``ATTEMPT_PER_NUM_REGIONS``

_FURTHEST_M: Final = 1e100  # squares of distances must be doubles
#: What a call may have.
_TAKEN: Final = frozenset(
    {"location", "regions", "agent_states", "agent_properties", "traffic_light_state_history", "get_infractions",
     "random_seed", "model_version", "return_exact_agents"}
)  # fmt: skip

_FIELDS: Final = ("agent_states", "agent_properties", "recurrent_states")


class Asked(NamedTuple):
    """The next call to make.

    Attributes:
        region: whose, from 0, in the order of the payload.
        request: the body of an ``initialize`` call.
        is_rest: whether agents of the region are left out of it, since with them it was not
            answered.
    """

    region: int
    request: Json
    is_rest: bool = False


class RegionFailedError(Exception):
    """A region could not be filled, and nothing can be had without it.

    Attributes:
        region: which, from 0.
    """

    def __init__(self, region: int, message: str) -> None:
        super().__init__(message)
        self.region = region


#: Yields what to ask, is sent the answer or None, returns the whole.
Initializing = Generator[Asked, Json | None, Json]


@dataclass(eq=False, slots=True)
class _Region:
    x: float
    y: float
    size: float
    states: list[Any]
    properties: list[Any]


@dataclass(slots=True)
class _Filled:
    """What a region's answer gives, and its agents that are kept: (their state, their properties, position)."""

    answer: Json
    kept: list[int] = field(default_factory=list)


def initializing(given: Json) -> Initializing:
    """Go through a ``large_initialize``.

    Args:
        given: the payload: ``location``, ``regions`` (each ``center``, ``size``, ``agent_states``,
            ``agent_properties``), and what else the SDK's function takes, in the wire's names.

    Raises:
        PayloadError: at once, where the payload can't be used.
        RegionFailedError: from the generator.
        AnswerError: from the generator: an answer is not one to an ``initialize``.
    """
    raise_if_any(_problems(given))
    return _Run(given).steps()


class _Run:
    def __init__(self, given: Json) -> None:
        self._given = given
        self._exact = bool(given.get("return_exact_agents"))
        self._lights = given.get("traffic_light_state_history")
        self._regions = [
            _Region(
                one["center"][0],
                one["center"][1],
                REGION_M if one.get("size") is None else one["size"],
                list(one.get("agent_states") or ()),
                list(one.get("agent_properties") or ()),
            )
            for one in given["regions"]
        ]
        self._filled: list[_Filled] = []

    def steps(self) -> Initializing:
        """Fill region after region."""
        places = self._place_given()
        attempts = 1 + len(self._regions) // _REGIONS_PER_ATTEMPT
        failed: RegionFailedError | None = None
        for number, region in enumerate(self._regions):
            around = self._seen_from(number)
            count = len(region.states)
            states = [state for state, _ in around] + region.states
            known = [properties for _, properties in around] + region.properties[:count]
            unsampled = region.properties[count:]
            region.states, region.properties = [], []
            if not known and not unsampled:
                continue
            answer = None
            for _ in range(attempts):
                answer = yield Asked(number, self._request(region, states, known + unsampled))
                if answer is not None:
                    break
            else:
                failed = RegionFailedError(number, f"it could not be filled in {attempts} attempts")
                if self._exact:
                    raise failed
                if count:  # for the recurrent states of the agents that are there already
                    answer = yield Asked(
                        number, self._request(region, states, known), is_rest=len(unsampled) > 0
                    )
                    if answer is None:
                        raise failed
            if answer is not None:
                self._keep(number, region, answer, len(around))
        if not self._filled:
            if failed:
                raise failed
            raise PayloadError(
                [
                    problem(
                        ["body", "regions"],
                        "no region has agents: there is nothing to do",
                        "too_short",
                    )
                ]
            )
        return self._whole(places)

    def _place_given(self) -> list[tuple[int, int]]:
        """Put the agents given at the top level into regions; return for each the region and its place there."""
        states = self._given.get("agent_states") or []
        properties = self._given.get("agent_properties") or []
        places = []
        for state, one in zip(states, properties, strict=False):
            distances = [sqrt((state[0] - r.x) ** 2 + (state[1] - r.y) ** 2) for r in self._regions]
            nearest = distances.index(min(distances))
            region = self._regions[nearest]
            place = len(region.states)
            region.properties.insert(place, one)
            region.states.insert(place, state)
            places.append((nearest, place))
        draw = Random(self._given.get("random_seed") or 0)
        for one in properties[len(states) :]:
            chosen = draw.randint(0, len(self._regions) - 1)
            self._regions[chosen].properties.append(one)
            places.append((chosen, len(self._regions[chosen].properties) - 1))
        return places

    def _seen_from(self, number: int) -> list[tuple[Any, Any]]:
        """The agents of other regions that a region's agents see: (state, properties)."""
        here = self._regions[number]
        states: list[Any] = []
        properties: list[Any] = []
        for other, there in enumerate(self._regions):
            if (
                other != number
                and sqrt((here.x - there.x) ** 2 + (here.y - there.y) ** 2) <= REGION_M + _AROUND_M
            ):
                states += there.states
                properties += there.properties[: len(there.states)]
        pairs = zip(states, properties, strict=False)
        return [pair for pair in pairs if _inside(here, here.size + _AROUND_M, pair[0])]

    def _request(self, region: _Region, states: list[Any], properties: list[Any]) -> Json:
        given = self._given
        return {
            "location": given.get("location"),
            "num_agents_to_spawn": None,
            "states_history": [states] if states else None,
            "agent_attributes": None,
            "agent_properties": properties,
            "traffic_light_state_history": self._lights,
            "get_birdview": False,
            "location_of_interest": [region.x, region.y],
            "get_infractions": bool(given.get("get_infractions")),
            "random_seed": given.get("random_seed"),
            "model_version": given.get("model_version") or "best",
        }

    def _keep(self, number: int, region: _Region, answer: Json, neighbours: int) -> None:
        """Take over an answer's agents, but those of other regions and those that were placed outside."""
        lists = [answer.get(name) if isinstance(answer, dict) else None for name in _FIELDS]
        if not all(isinstance(one, list) for one in lists):
            raise AnswerError(number, f"its answer holds no {' or no '.join(_FIELDS)}")
        filled = _Filled(answer)
        count = min(len(one) for one in lists if one is not None)
        infractions = answer.get("infraction_indicators")
        if infractions and not isinstance(infractions, list):
            raise AnswerError(number, "infraction_indicators of its answer is no list")
        if self._given.get("get_infractions") and infractions and len(infractions) < count:
            raise AnswerError(
                number, "infraction_indicators of its answer has fewer items than there are agents"
            )
        try:
            for position in range(neighbours, count):
                state = answer["agent_states"][position]
                if self._exact or _inside(region, region.size, state):
                    region.states.append(state)
                    region.properties.append(answer["agent_properties"][position])
                    filled.kept.append(position)
        except (TypeError, LookupError):
            raise AnswerError(number, "agent_states of its answer holds what is no state") from None
        self._filled.append(filled)
        if self._lights is None and answer.get("traffic_lights_states") is not None:
            self._lights = [answer["traffic_lights_states"]]

    def _whole(self, places: Sequence[tuple[int, int]]) -> Json:
        """Put the answers together: agents given at the top level first, then region by region."""
        taken: dict[Source, None] = {}
        sources: list[Source] = []
        for region, place in places:
            # By the number of the answer, as in the SDK, which is not the region's where one before
            # it was left out.
            if region >= len(self._filled) or place >= len(self._filled[region].kept):
                if self._exact:
                    message = (
                        f"an agent given at the top level is not in its answer (its agent {place})"
                    )
                    raise RegionFailedError(region, message)
                continue
            source = (region, self._filled[region].kept[place])
            taken[source] = None
            sources.append(source)
        sources += [
            (number, position)
            for number, filled in enumerate(self._filled)
            for position in filled.kept
            if (number, position) not in taken
        ]
        answers = [filled.answer for filled in self._filled]
        whole = merged_initialize_answer(answers, sources)
        if not sources:
            lists = (
                *_FIELDS,
                *(["infraction_indicators"] if whole.get("infraction_indicators") else []),
            )
            whole |= {name: [] for name in lists}
        attributes = [answer.get("agent_attributes") or [] for answer in answers]
        if all(len(attributes[number]) > position for number, position in sources):
            whole["agent_attributes"] = [
                attributes[number][position] for number, position in sources
            ]
        else:
            whole["agent_attributes"] = None
        return whole


def _inside(region: _Region, size: float, state: Any) -> bool:
    half = size / 2
    return bool(
        region.x - half < state[0] < region.x + half
        and region.y - half < state[1] < region.y + half
    )


def _problems(given: Json) -> Iterator[Json]:
    for name in sorted(given.keys() - _TAKEN):
        yield problem(["body", name], f"there are {', '.join(sorted(_TAKEN))}", "extra_forbidden")
    if not isinstance(given.get("return_exact_agents"), bool | None):
        yield problem(
            ["body", "return_exact_agents"], "Input should be a valid boolean", "bool_type"
        )
    if not isinstance(given.get("location"), str):
        yield problem(["body", "location"], "Field required: the name of a location", "missing")
    regions = given.get("regions")
    if not isinstance(regions, list):
        yield problem(
            ["body", "regions"],
            "Field required: a list of regions (GET /regions makes one)",
            "missing",
        )
        regions = []
    elif not regions:
        yield problem(
            ["body", "regions"], "there are no regions: at least one is needed", "too_short"
        )
    for number, region in enumerate(regions):
        yield from _region_problems(region, ["body", "regions", number])
    yield from _agents_problems(given, ["body"])
    seed = given.get("random_seed")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        yield problem(["body", "random_seed"], "Input should be a valid integer", "int_type")


def _region_problems(region: Any, where: list[str | int]) -> Iterator[Json]:
    if not isinstance(region, dict):
        yield problem(where, "Input should be an object", "model_type")
        return
    center = region.get("center")
    if not isinstance(center, list) or len(center) != 2:
        yield problem([*where, "center"], "Input should be a list of x and y", "list_type")
    else:
        for axis, number in enumerate(center):
            yield from number_problems(number, [*where, "center", axis])
            yield from _distance_problems(number, [*where, "center", axis])
    size = region.get("size")
    if size is not None:
        yield from number_problems(size, [*where, "size"])
        if isinstance(size, int | float) and size <= 0:
            yield problem([*where, "size"], "Input should be greater than 0", "greater_than")
    yield from _agents_problems(region, where)


def _distance_problems(value: Any, where: list[str | int]) -> Iterator[Json]:
    """Say where a number is so large that the square of a distance would be none."""
    if isinstance(value, int | float) and _FURTHEST_M < abs(value) <= sys.float_info.max:
        yield problem(where, f"Input should be within {_FURTHEST_M:g} m", "less_than_equal")


def _agents_problems(given: Json, where: list[str | int]) -> Iterator[Json]:
    states = given.get("agent_states")
    properties = given.get("agent_properties")
    if states is not None:
        yield from states_problems(states, [*where, "agent_states"])
        for number, state in enumerate(states if isinstance(states, list) else ()):
            for axis, value in enumerate(state[:2] if isinstance(state, list) else ()):
                yield from _distance_problems(value, [*where, "agent_states", number, axis])
    if properties is not None and not isinstance(properties, list):
        yield problem([*where, "agent_properties"], "Input should be a valid list", "list_type")
    elif isinstance(states, list) and len(states) > len(properties or ()):
        message = f"agent_properties has {len(properties or ())} items, but agent_states has {len(states)}"
        yield problem(
            [*where, "agent_properties"],
            f"{message}: each agent with a state needs its own",
            "value_error",
        )
