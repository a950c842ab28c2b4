"""A lineage as bytes, kept with its recording: a reader then needs neither bodies nor observations.

It is a cache, not a contract: what has another version, covers other calls, or is damaged is made
anew from the observations. The bytes are a digest of the rest, and JSON: steps parents first, each
a row; what many steps have alike (agents, positions, facts of requests) stands once in a list, and
steps have its place there.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Final, Generic, TypeVar

import orjson

from iai_proxy.api import Call
from iai_proxy.lineage.fetched import Fetch
from iai_proxy.lineage.model import Lineage, Simulation, Step
from iai_proxy.lineage.observe import Observation
from iai_proxy.lineage.owners import positions_below
from iai_proxy.lineage.packed import OBSERVATION_VERSION
from iai_proxy.lineage.stored_steps import FACTS, StoredSteps

#: Raised whenever a lineage made before would differ from one made now.
_FORM: Final = 1
LINEAGE_VERSION: Final = 1000 * OBSERVATION_VERSION + _FORM

_DIGEST_BYTES: Final = 16

_Value = TypeVar("_Value", bound=Hashable)


class CallsDigest:
    """A digest of what lineage depends on in calls, besides the contents of their bodies.

    Attributes:
        count: how many calls it is of.
    """

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=_DIGEST_BYTES)
        self.count = 0

    @classmethod
    def of(cls, calls: Iterable[Call]) -> CallsDigest:
        """Return that of some calls."""
        digest = cls()
        for call in calls:
            digest.add(call)
        return digest

    def add(self, call: Call) -> None:
        """Take the next call into account."""
        self.count += 1
        asked = (call.id, call.connection, call.endpoint.value, call.target, call.request_hash)
        answer = (call.status, call.failure, call.response_hash, call.large)
        self._hash.update(repr((*asked, *answer, call.started_ns)).encode())

    def hex(self) -> str:
        """Return it as text."""
        return self._hash.hexdigest()


def dump(lineage: Lineage, calls: CallsDigest) -> bytes:
    """Return a lineage as bytes.

    Args:
        lineage: of a recording.
        calls: of all its calls, in order.

    Raises:
        ValueError: it holds what can't be written, such as a text that is no UTF-8.
    """
    try:
        content = orjson.dumps(_Writing(lineage).content | {"calls": calls.hex()})
    except TypeError as error:  # also orjson's own
        raise ValueError("a lineage can't be written") from error
    return _digest(content) + content


def load(data: bytes, calls: Sequence[Call], fetch: Fetch) -> Lineage:
    """Return the lineage that :func:`dump` made bytes of.

    Args:
        data: the bytes.
        calls: all calls of the recording, in order.
        fetch: returns the agents that a call sent or received.

    Raises:
        ValueError: the bytes are damaged, or of other calls. TypeError and LookupError likewise:
            the digest is no proof that it was :func:`dump` that made them.
    """
    digest, content = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if digest != _digest(content):
        raise ValueError("a stored lineage is damaged")
    stored = orjson.loads(content)
    if stored["calls"] != CallsDigest.of(calls).hex():
        raise ValueError("a stored lineage is of other calls")
    return StoredSteps(stored, {call.id: call for call in calls}, fetch).lineage()


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()


class _Table(Generic[_Value]):
    """Values that stand once, and their places."""

    def __init__(self, written: Callable[[_Value], Any] = lambda value: value) -> None:
        self.values: list[Any] = []
        self._written = written
        self._places: dict[_Value, int] = {}

    def place_of(self, value: _Value) -> int:
        place = self._places.setdefault(value, len(self.values))
        if place == len(self.values):
            self.values.append(self._written(value))
        return place


class _Writing:
    """Gathers what is written of steps."""

    def __init__(self, lineage: Lineage) -> None:
        self.steps: list[list[Any]] = []
        self.agents = _Table[tuple[int, ...]]()
        self.own = _Table[tuple[int, ...]](_written_positions)
        self.sources = _Table[tuple[tuple[int, int], ...]]()
        self.facts = _Table[bytes](orjson.Fragment)
        self.observations: dict[str, list[Any]] = {}
        self.simulations = [self._simulation(simulation) for simulation in lineage.simulations]

    @property
    def content(self) -> dict[str, Any]:
        """Everything, by name."""
        return {
            "simulations": self.simulations,
            "steps": self.steps,
            "agents": self.agents.values,
            "own": self.own.values,
            "sources": self.sources.values,
            "facts": self.facts.values,
            "observations": self.observations,
        }

    def _simulation(self, simulation: Simulation) -> list[Any]:
        """Add a simulation's steps; return its row."""
        first = len(self.steps)
        steps = [simulation.root]
        place_of = {simulation.root: first}
        for step in steps:
            self.steps.append(self._step(step, place_of.get(step.parent) if step.parent else None))
            for child in step.children:
                place_of[child] = first + len(steps)
                steps.append(child)
        return [simulation.number, first, simulation.large]

    def _step(self, step: Step, parent: int | None) -> list[Any]:
        for part in step.parts:
            self._observation(part.observation)
        for observation in step.given_up:
            self._observation(observation)
        parts = [
            (part.number, self.agents.place_of(part.agents), self.own.place_of(part.own))
            for part in step.parts
        ]
        row: list[Any] = [
            parent, parts, self.agents.place_of(step.agents), self.sources.place_of(step.sources)
        ]  # fmt: skip
        more = (
            step.attempts,
            step.arrivals,
            step.refused,
            step.doubts,
            sorted(step.doubtful),
            step.large_call,
        )
        return [*row, more] if any(more) else row

    def _observation(self, seen: Observation) -> None:
        values = [getattr(seen, name) for name in FACTS]
        written = [value.hex() if isinstance(value, bytes) else value for value in values]
        facts = [*written, len(seen.sent), len(seen.received)]
        if not all(map(math.isfinite, seen.center or ())):
            raise ValueError("JSON has no such numbers")
        back = seen.sent_back
        name = (back.number, back.digest.hex()) if back else ()
        place = self.facts.place_of(orjson.dumps(facts))  # as bytes: 1 equals True
        self.observations[str(seen.call.id)] = [place, *name]


def _written_positions(positions: tuple[int, ...]) -> int | tuple[int, ...]:
    count = len(positions)
    return count if positions == positions_below(count) else positions
