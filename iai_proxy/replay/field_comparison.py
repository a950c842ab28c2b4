"""What a request asks for besides its agents' states, compared with a recorded request.

The rules are in :mod:`iai_proxy.replay.field_rules`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from iai_proxy.api import Difference, Endpoint, differences_of_values, value_text
from iai_proxy.api.fields import PROPERTIES
from iai_proxy.api.picture_frames import PictureFrame
from iai_proxy.lineage import Observation, Step
from iai_proxy.lineage.observe import described_in
from iai_proxy.replay import misses
from iai_proxy.replay.compare import Compared
from iai_proxy.replay.decisions import Miss
from iai_proxy.replay.field_readers import SIZES
from iai_proxy.replay.field_rules import UNKNOWN, Manner, rules_of
from iai_proxy.replay.request import IncomingRequest

#: For some agents, (index in the request, index in the recorded request).
Pairs = Sequence[tuple[int, int]]

#: What a picture shows.
_FRAME: Final = ("rendering_center", "rendering_fov")
_MOST_DESCRIPTIONS: Final = 64
_LIGHTS: Final = "light_recurrent_states"


@dataclass(frozen=True, slots=True)
class FieldComparison:
    """Compares incoming requests with recorded ones.

    Attributes:
        requests: returns a recorded request's JSON value by the number of its exchange.
        ignored: fields that make no difference.
        answers: returns a recorded answer's JSON value by the number of its exchange.
        tolerance: how far a state may be from the recorded one (m, rad, m/s).
        described: how recorded requests describe their agents, by a hash of that.
    """

    requests: Callable[[int], Mapping[str, Any]]
    ignored: Collection[str]
    answers: Callable[[int], Mapping[str, Any]] = lambda _: {}
    tolerance: float = 0.0
    described: dict[bytes, Sequence[Any]] = field(default_factory=dict, repr=False)

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
            if self._is_alike(request, part.observation, pairs):
                differences = []
            else:
                differences = self.with_call(request, part.number, sorted(pairs), level)
            found += [
                difference
                for difference in differences
                if difference.field != _LIGHTS
                or not self._are_of_other_part(request, part.number, compared.step)
            ]
            if len(pairs) == len(indices):
                break  # this part has all agents of the request
        return found

    def with_call(
        self, request: IncomingRequest, number: int, pairs: Pairs, level: str
    ) -> list[Difference]:
        """Return how a request differs from that of one recorded exchange."""
        if not isinstance(request.value, Mapping):
            return []
        sides = Sides(
            request.value, self.requests(number), pairs, frozenset(self.ignored), self.tolerance
        )
        return list(field_differences(sides, request.endpoint, level, request.faults))

    def miss(
        self,
        request: IncomingRequest,
        same_as: str,
        differences: Sequence[Difference],
        nearest: int,
        where: misses.Where | None = None,
    ) -> Miss:
        """Say how a request differs: in what the API could not read, or in what is asked for."""
        for difference in differences:
            fault = request.faults.get(difference.field)
            if fault and _is_about(fault, difference):
                return misses.unreadable(request.endpoint, fault)
        known = {*rules_of(request.endpoint), *self.requests(nearest)}
        return misses.other_fields(same_as, differences, nearest, where, known)

    def _is_alike(self, request: IncomingRequest, recorded: Observation, pairs: Pairs) -> bool:
        """Whether a request asks for the same, and describes its agents alike, by hashes.

        What does not may still have no difference that counts.
        """
        ours = request.observation
        if not ours.asked or ours.asked != recorded.asked:
            return False
        in_place = all(index == place for index, place in pairs)
        if in_place and ours.described and ours.described == recorded.described:
            return True
        name = described_in(request.value)
        if name is None:
            return True
        is_described_twice = all(isinstance(request.value.get(name), list) for name in PROPERTIES)
        if is_described_twice or not recorded.described:
            return False
        mine, theirs = request.value[name], self._descriptions(recorded, name)
        return all(
            index < len(mine) and place < len(theirs) and mine[index] == theirs[place]
            for index, place in pairs
        )

    def _descriptions(self, recorded: Observation, name: str) -> Sequence[Any]:
        """Return how a recorded request describes its agents; most requests of a run do alike."""
        known = self.described.get(recorded.described)
        if known is None:
            known = self.requests(recorded.call.id).get(name) or ()
            if len(self.described) >= _MOST_DESCRIPTIONS:
                self.described.clear()
            self.described[recorded.described] = known
        return known

    def _are_of_other_part(self, request: IncomingRequest, number: int, step: Step) -> bool:
        """Whether both sides' lights were answered by parts of the step before.

        A client keeps those of its first part, which may be another one than when recorded.
        """
        if step.parent is None or len(step.parent.parts) < 2:
            return False
        answered = [self.answers(part.number).get(_LIGHTS) for part in step.parent.parts]
        sent = (request.value.get(_LIGHTS), self.requests(number).get(_LIGHTS))
        return all(lights and lights in answered for lights in sent)


def _is_about(fault: str, difference: Difference) -> bool:
    """Whether a fault is that of the agent who differs; what was recorded alike was read."""
    word, _, rest = difference.place.partition(" ")
    return word != "agent" or f"agent {rest.partition(' ')[0]} of " in fault


@dataclass(frozen=True, slots=True)
class Sides:
    """A request beside a recorded one.

    Attributes:
        request: the JSON value of the request.
        recorded: that of the recorded one.
        pairs: which agents to compare.
        ignored: fields that make no difference.
        tolerance: how far a state may be from the recorded one (m, rad, m/s).
    """

    request: Mapping[str, Any]
    recorded: Mapping[str, Any]
    pairs: Pairs = ()
    ignored: frozenset[str] = frozenset()
    tolerance: float = 0.0

    def of(self, name: str) -> tuple[Any, Any]:
        """Return a field of both."""
        return self.request.get(name), self.recorded.get(name)


def field_differences(
    sides: Sides, endpoint: Endpoint, level: str, faults: Collection[str] = ()
) -> Iterator[Difference]:
    """Yield where a request asks for something else than a recorded one.

    Args:
        sides: both.
        endpoint: of the call.
        level: ``step`` or ``nearest``.
        faults: fields that the API could not read, unless it answered the very same value.
    """
    rules = rules_of(endpoint)
    others = [
        name for name in dict.fromkeys((*sides.recorded, *sides.request)) if name not in rules
    ]
    for name in (*rules, *others):
        rule = rules.get(name, UNKNOWN)
        matters = level == "step" or rule.at_nearest or name in faults
        if matters and name not in sides.ignored:
            yield from _of_field(sides, name, rule.manner, must_equal=name in faults)
        elif rule.manner in _AT_NEAREST and name not in sides.ignored:
            yield from _AT_NEAREST[rule.manner](sides, name)


def _of_field(sides: Sides, name: str, manner: Manner, *, must_equal: bool) -> Iterator[Difference]:
    compared = _COMPARE.get(manner)
    found = list(compared(sides, name)) if compared else []
    yield from found
    if must_equal and not found and manner != Manner.AGENTS:
        yield from _named(sides, name)


def asked_frame(
    request: Mapping[str, Any], recorded: Mapping[str, Any], ignored: Collection[str]
) -> PictureFrame | None:
    """Return the frame that a ``drive`` asks for: what is ignored is as it was recorded."""
    center, fov = ((recorded if name in ignored else request).get(name) for name in _FRAME)
    return PictureFrame.of(center, fov)


def _value(sides: Sides, name: str) -> Iterator[Difference]:
    """Null or absent leaves the choice to the API."""
    ours, theirs = sides.of(name)
    if (ours or theirs) and ours != theirs:
        yield from _named(sides, name)


def _wanted(sides: Sides, name: str) -> Iterator[Difference]:
    ours, theirs = sides.of(name)
    if ours and not theirs:
        yield from _named(sides, name)


def _named(sides: Sides, name: str) -> Iterator[Difference]:
    """Word a difference; a field that only one side has is absent on the other."""
    ours, theirs = ({name: side[name]} if name in side else {} for side in _both(sides))
    yield from differences_of_values(ours, theirs)


def _both(sides: Sides) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return sides.request, sides.recorded


def _history(sides: Sides, name: str) -> Iterator[Difference]:
    """Compare the earlier steps of a history; the newest is where the agents are."""
    if name != "states_history":
        return
    ours, theirs = (side if isinstance(side, list) else [] for side in sides.of(name))
    if len(ours) != len(theirs):
        yield Difference(name, f"{name} length", str(len(ours)), str(len(theirs)))
        return
    for step, (now, before) in enumerate(zip(ours[:-1], theirs[:-1], strict=True)):
        if not _are_close(now, before, sides.tolerance):
            place = f"step {step} of {name}"
            yield Difference(name, place, value_text(now), value_text(before))


def _are_close(ours: Any, theirs: Any, tolerance: float) -> bool:
    if ours == theirs:
        return True
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(
            _are_close(now, before, tolerance) for now, before in zip(ours, theirs, strict=True)
        )
    numbers = isinstance(ours, int | float) and isinstance(theirs, int | float)
    return numbers and math.isclose(ours, theirs, rel_tol=0.0, abs_tol=tolerance)


def _frame(sides: Sides, name: str) -> Iterator[Difference]:
    """Yield how the frames of two pictures differ: one that is known is cut out of the other."""
    if not sides.request.get("get_birdview"):
        return
    wanted = asked_frame(sides.request, sides.recorded, sides.ignored)
    shown = PictureFrame.of_drive(sides.recorded)
    if wanted is None or shown is None:
        ours, theirs = sides.of(name)
        if ours != theirs:
            yield from _named(sides, name)
    elif name == "rendering_center" and not wanted.overlap(shown):
        recorded = f"{shown}, which shows nothing of that"
        yield Difference(name, "the picture", f"of {wanted}", recorded)


def _lost_sizes(sides: Sides, name: str) -> Iterator[Difference]:
    """Yield the sizes that agents had when recorded, and without which the API refuses them."""
    ours, theirs = sides.of(name)
    for index, recorded in sides.pairs:
        now, before = _entry(ours, index), _entry(theirs, recorded)
        for size in SIZES:
            if size in before and size not in now:
                yield Difference(name, f"agent {index} {size}", "absent", value_text(before[size]))


def _other_number(sides: Sides, name: str) -> Iterator[Difference]:
    """Yield another number of groups of lights: the map has as many as were recorded."""
    ours, theirs = sides.of(name)
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) != len(theirs):
        yield Difference(name, f"{name} length", str(len(ours)), str(len(theirs)))


def _agents(sides: Sides, name: str) -> Iterator[Difference]:
    ours, theirs = sides.of(name)
    for index, recorded in sides.pairs:
        now, before = _entry(ours, index), _entry(theirs, recorded)
        if now != before:
            yield _agent_difference(name, index, now, before)


def _entry(agents: Any, index: int) -> Any:
    """Return what is said of one agent; a member that is null is as good as absent."""
    entry = agents[index] if isinstance(agents, list) and index < len(agents) else None
    if isinstance(entry, dict):
        return {name: value for name, value in entry.items() if value is not None}
    return entry or {}


def _agent_difference(name: str, index: int, ours: Any, theirs: Any) -> Difference:
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours and theirs:
        found = next(differences_of_values(ours, theirs))
        return Difference(name, f"agent {index} {found.place}", found.present, found.recorded)
    now, before = (value_text(entry) if entry else "absent" for entry in (ours, theirs))
    return Difference(name, f"agent {index} {name}", now, before)


_COMPARE: Final[dict[Manner, Callable[[Sides, str], Iterator[Difference]]]] = {
    Manner.STATES: _history,
    Manner.AGENTS: _agents,
    Manner.VALUE: _value,
    Manner.LIGHTS: _value,
    Manner.WANTED: _wanted,
    Manner.FRAME: _frame,
}

#: What counts at level ``nearest`` of fields that are not compared there as a whole.
_AT_NEAREST: Final[dict[Manner, Callable[[Sides, str], Iterator[Difference]]]] = {
    Manner.AGENTS: _lost_sizes,
    Manner.LIGHTS: _other_number,
}
