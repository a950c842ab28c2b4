"""What a request asks for besides its agents' states, compared with a recorded request.

A recorded answer without infractions does not answer a request for them. One that was predicted for
other lights, other cars or another model answers a different request. Rendering parameters and
seeds make no difference; but a picture must be that of the frame asked for, or one that it can be
cut out of.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from iai_proxy.api import Difference, differences_of_values
from iai_proxy.api.fields import PROPERTIES
from iai_proxy.replay.compare import Compared
from iai_proxy.replay.request import IncomingRequest

#: For some agents, (index in the request, index in the recorded request).
Pairs = Sequence[tuple[int, int]]


def _differs(ours: Any, theirs: Any) -> bool:
    """Null or absent leaves the choice to the API."""
    return bool(ours or theirs) and ours != theirs


def _is_missing(ours: Any, theirs: Any) -> bool:
    return bool(ours) and not theirs


def _both_given_differ(ours: Any, theirs: Any) -> bool:
    return bool(ours) and bool(theirs) and ours != theirs


def _one_is_missing(ours: Any, theirs: Any) -> bool:
    """The values come from the API's answers; the parts of one call may differ in them."""
    return bool(ours) != bool(theirs)


#: Fields that must agree, and what counts as a difference.
_RULES: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "location": _differs,
    "get_birdview": _is_missing,
    "get_infractions": _is_missing,
    "traffic_lights_states": _differs,
    "traffic_light_state_history": _differs,
    "model_version": _both_given_differ,
    "light_recurrent_states": _one_is_missing,
}
#: What a picture shows.
_FRAME: Final = ("rendering_center", "rendering_fov")
#: Fields that must agree even at level ``nearest``: no other answer can stand in.
_REQUIRED: Final = frozenset({"location", "get_birdview", "get_infractions"})


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """Compares incoming requests with recorded ones.

    Attributes:
        requests: returns a recorded request's JSON value by the number of its exchange.
        ignored: fields that make no difference.
    """

    requests: Callable[[int], Mapping[str, Any]]
    ignored: Collection[str]

    def with_step(
        self, request: IncomingRequest, compared: Compared, level: str
    ) -> list[Difference]:
        """Return how a ``drive`` differs from a recorded step, part by part."""
        indices = {agent: index for index, agent in enumerate(compared.identities)}
        found: list[Difference] = []
        for part in compared.step.parts:
            sent = part.agents[: len(part.observation.sent)]
            pairs = [
                (indices[agent], place) for place, agent in enumerate(sent) if agent in indices
            ]
            if not pairs:
                continue
            found += self.with_call(request, part.number, sorted(pairs), level)
            if len(pairs) == len(indices):
                break  # this part has all agents of the request
        return found

    def with_call(
        self, request: IncomingRequest, number: int, pairs: Pairs, level: str
    ) -> list[Difference]:
        """Return how a request differs from that of one recorded exchange."""
        if not isinstance(request.value, dict):
            return []
        recorded = self.requests(number)
        return list(field_differences(request.value, recorded, pairs, self.ignored, level))


def field_differences(
    request: Mapping[str, Any],
    recorded: Mapping[str, Any],
    pairs: Pairs,
    ignored: Collection[str],
    level: str,
) -> Iterator[Difference]:
    """Yield where a request asks for something else than a recorded one.

    Args:
        request: the JSON value of the request.
        recorded: that of the recorded one.
        pairs: which agents to compare.
        ignored: fields that make no difference.
        level: ``step`` or ``nearest``.
    """
    for name, differ in _RULES.items():
        matters = name not in ignored and (level == "step" or name in _REQUIRED)
        ours, theirs = request.get(name), recorded.get(name)
        if matters and differ(ours, theirs):
            yield from differences_of_values({name: ours}, {name: theirs})
    if request.get("get_birdview"):
        yield from _frame_differences(request, recorded, ignored)
    if level == "step":
        for name in PROPERTIES:
            if name not in ignored:
                yield from _agents_differences(name, request.get(name), recorded.get(name), pairs)


def _frame_differences(
    request: Mapping[str, Any], recorded: Mapping[str, Any], ignored: Collection[str]
) -> Iterator[Difference]:
    """Yield how the frames of two pictures differ, unless both are known: then one is cut."""
    are_known = all(side.get(name) for side in (request, recorded) for name in _FRAME)
    for name in _FRAME:
        ours, theirs = request.get(name), recorded.get(name)
        if not are_known and name not in ignored and ours != theirs:
            yield from differences_of_values({name: ours}, {name: theirs})


def _agents_differences(name: str, ours: Any, theirs: Any, pairs: Pairs) -> Iterator[Difference]:
    if not isinstance(ours, list) or not isinstance(theirs, list):
        return
    for index, recorded in pairs:
        if index < len(ours) and recorded < len(theirs) and ours[index] != theirs[recorded]:
            yield _agent_difference(name, index, ours[index], theirs[recorded])


def _agent_difference(name: str, index: int, ours: Any, theirs: Any) -> Difference:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = next(iter(differences_of_values(ours, theirs)), None)
        if found:
            return Difference(name, f"agent {index} {found.place}", found.present, found.recorded)
    return Difference(name, f"agent {index} {name}", str(ours), str(theirs))
