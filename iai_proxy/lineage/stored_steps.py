"""Steps of what was stored. Whoever wrote the file may have written anything: all is checked.

Who reads the steps then relies on what a lineage always is: steps have parts, agents are among
those that an answer has, and calls are those of the recording.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from iai_proxy.api import Call
from iai_proxy.lineage.fetched import Fetch, FetchedAgents, Stored
from iai_proxy.lineage.model import Lineage, Part, Simulation, Step
from iai_proxy.lineage.observe import AnswerName, Observation
from iai_proxy.lineage.owners import positions_below

#: What is written of each observation but its agents, and which of it are bytes.
FACTS: Final = tuple(
    field.name
    for field in fields(Observation)
    if field.name not in {"call", "sent", "received", "sent_back"}
)
_HASHES: Final = ("common", "properties", "described", "asked")
_NULL: Final = type(None)
#: What may stand for each of :data:`FACTS`; bytes are written as text.
_KINDS: Final[dict[str, tuple[type, ...]]] = {
    **dict.fromkeys(_HASHES, (str,)),
    "agent_count": (int,),
    "location": (str, _NULL),
    "seed": (int, bool, _NULL),
    "model_version": (str, _NULL),
    "center": (list, _NULL),
    "recurrent_given": (bool,),
    "is_plain": (bool,),
}
#: Agents in all steps together: 100 in each of a million calls. Steps share lists of agents, so a
#: small file could name far more.
_MOST_AGENTS: Final = 100_000_000
#: And in one call.
_MOST_OF_CALL: Final = 1_000_000


class StoredSteps:
    """Makes steps of what was written.

    Args:
        stored: what was written.
        calls: all calls of the recording, by number.
        fetch: returns the agents that a call sent or received.

    Raises:
        ValueError: it is no lineage of these calls; as ``TypeError`` and ``LookupError`` say.
    """

    def __init__(self, stored: Mapping[str, Any], calls: Mapping[int, Call], fetch: Fetch) -> None:
        self._stored = stored
        self._calls = calls
        self._fetch = fetch
        self._agents = [_Numbers(agents) for agents in stored["agents"]]
        most = max((len(each.values) for each in self._agents), default=0)
        self._own = [_positions(own, most) for own in stored["own"]]
        self._sources = [_Sources(sources) for sources in stored["sources"]]
        self._facts = [_facts(facts) for facts in stored["facts"]]
        self._taken: set[int] = set()
        self._count = 0

    def lineage(self) -> Lineage:
        """Return the lineage."""
        steps: list[Step] = []
        for parent, *row in self._stored["steps"]:
            before = None if parent is None else steps[_index(parent, steps)]
            step = self._step(before, *row)
            steps.append(step)
            if before is not None:
                before.children.append(step)
        roots = [step for step in steps if step.parent is None]
        simulations = [
            Simulation(_number(number), steps[_index(first, steps)], _flag(large))
            for number, first, large in self._stored["simulations"]
        ]
        _require([simulation.root for simulation in simulations] == roots)
        _require([each.number for each in simulations] == [*range(1, len(roots) + 1)])
        return Lineage(tuple(simulations))

    def _step(
        self,
        parent: Step | None,
        parts: Sequence[Sequence[int]],
        agents: int,
        sources: int,
        more: Sequence[Any] = ((), (), (), (), (), None),
    ) -> Step:
        attempts, arrivals, refused, doubts, doubtful, large_call = more
        made = tuple(self._part(*part) for part in parts)
        ours = self._agents[_index(agents, self._agents)].values
        theirs = self._sources[_index(sources, self._sources)]
        _require(bool(made) and theirs.are_in(made) and len(theirs.values) == len(ours))
        self._note(len(ours))
        _require(all(isinstance(doubt, str) for doubt in doubts))
        return Step(
            parent=parent,
            index=parent.index + 1 if parent else 0,
            parts=made,
            agents=ours,
            sources=theirs.values,
            attempts=self._numbers(attempts),
            arrivals=self._numbers(arrivals),
            given_up=tuple(map(self._observation, refused)),
            doubts=tuple(doubts),
            doubtful=frozenset(map(_number, doubtful)),
            large_call=None if large_call is None else self._numbers([large_call])[0],
        )

    def _part(self, number: int, agents: int, own: int) -> Part:
        ours = self._agents[_index(agents, self._agents)].values
        positions = self._own[_index(own, self._own)]
        observation = self._observation(number)
        _require(len(observation.received) == len(ours))
        _require(not positions or positions[-1] < len(ours))
        _require(number not in self._taken)
        self._taken.add(number)
        self._note(len(ours))
        return Part(observation, ours, positions)

    def _observation(self, number: int) -> Observation:
        place, *name = self._stored["observations"][str(_number(number))]
        facts, sent, received = self._facts[_index(place, self._facts)]
        back = AnswerName(self._numbers(name[:1])[0], bytes.fromhex(name[1])) if name else None
        from_ = Stored(back.number, are_sent=False) if back else Stored(number, are_sent=True)
        call = self._calls[number]
        _require(call.endpoint.is_stepping)
        return Observation(
            call=call,
            sent=FetchedAgents(from_, sent, self._fetch),
            received=FetchedAgents(Stored(number, are_sent=False), received, self._fetch),
            sent_back=back,
            **facts,
        )

    def _numbers(self, written: Sequence[Any]) -> tuple[int, ...]:
        """Return numbers of calls that there are."""
        return tuple(self._calls[_number(number)].id for number in written)

    def _note(self, agents: int) -> None:
        self._count += agents
        _require(self._count <= _MOST_AGENTS)


class _Numbers:
    """Whole numbers, 0 or more."""

    def __init__(self, written: Sequence[Any]) -> None:
        self.values = tuple(map(_number, written))


class _Sources:
    """Where a step's agents are: the place of a part, and the position there."""

    def __init__(self, written: Sequence[Sequence[Any]]) -> None:
        self.values = tuple((_number(part), _number(position)) for part, position in written)
        self._last: dict[int, int] = {}
        for part, position in self.values:
            self._last[part] = max(position, self._last.get(part, 0))

    def are_in(self, parts: Sequence[Part]) -> bool:
        return all(
            part < len(parts) and position < len(parts[part].agents)
            for part, position in self._last.items()
        )


def _facts(written: Sequence[Any]) -> tuple[dict[str, Any], int, int]:
    """What observations have alike, and how many agents they sent and received."""
    *values, sent, received = written
    facts = dict(zip(FACTS, values, strict=True))
    _require(all(type(facts[name]) in kinds for name, kinds in _KINDS.items()))
    facts.update((name, bytes.fromhex(facts[name])) for name in _HASHES)
    facts["center"] = _center(facts["center"])
    _require(max(_number(sent), _number(received)) <= _MOST_OF_CALL)
    return facts, sent, received


def _center(written: list[Any] | None) -> tuple[float, float] | None:
    if written is None:
        return None
    x, y = written
    _require(isinstance(x, int | float) and isinstance(y, int | float))
    return x, y


def _positions(written: int | Sequence[Any], most: int) -> tuple[int, ...]:
    """Return positions, which rise; a number, up to ``most``, stands for the first ones."""
    if isinstance(written, int):
        _require(0 <= written <= most)
        return positions_below(written)
    positions = tuple(map(_number, written))
    _require(list(positions) == sorted(set(positions)))
    return positions


def _number(written: Any) -> int:
    _require(type(written) is int and written >= 0)
    number: int = written
    return number


def _flag(written: Any) -> bool:
    _require(type(written) is bool)
    return bool(written)


def _index(written: Any, values: Sequence[Any]) -> int:
    number = _number(written)
    _require(number < len(values))
    return number


def _require(fits: bool) -> None:
    if not fits:
        raise ValueError("a stored lineage is not one of this recording")
