"""The agents of one side of an exchange: fingerprints and states."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from iai_proxy.api.fingerprint import state_fingerprints


@dataclass(frozen=True, slots=True)
class Agents:
    """The agents of one side of an exchange, in its order.

    Attributes:
        recurrent: a fingerprint each; :data:`~iai_proxy.api.fingerprint.FRESH` for one without.
        states: a fingerprint each, of the state alone.
        coordinates: four doubles each: x m, y m, orientation rad, speed m/s.
    """

    recurrent: array[int]
    states: array[int]
    coordinates: array[float]

    def __len__(self) -> int:
        """How many agents there are."""
        return len(self.states)

    def state(self, index: int) -> tuple[float, float, float, float]:
        """Return one agent's state (x m, y m, orientation rad, speed m/s)."""
        x, y, orientation, speed = self.coordinates[4 * index : 4 * index + 4]
        return x, y, orientation, speed

    def all_states(self) -> list[tuple[float, float, float, float]]:
        """Return the state of each agent."""
        numbers = self.coordinates
        return list(zip(numbers[0::4], numbers[1::4], numbers[2::4], numbers[3::4], strict=True))


class LazyAgents(Agents):
    """Agents that are not all at hand. Equal to others that have the same in them."""

    __slots__ = ()
    __hash__ = Agents.__hash__

    def __eq__(self, other: object) -> bool:
        """Compare with other agents, however these are held."""
        if not isinstance(other, Agents):
            return NotImplemented
        return (self.recurrent, self.coordinates, self.states) == (
            other.recurrent,
            other.coordinates,
            other.states,
        )


class PlainAgents(LazyAgents):
    """Agents whose states are all four numbers. Fingerprints of these are made when asked for.

    Args:
        recurrent: a fingerprint each.
        coordinates: four doubles each.
    """

    __slots__ = ("_states",)
    _states: array[int] | None

    def __init__(self, recurrent: array[int], coordinates: array[float]) -> None:
        object.__setattr__(self, "recurrent", recurrent)
        object.__setattr__(self, "coordinates", coordinates)
        object.__setattr__(self, "_states", None)

    def __len__(self) -> int:
        """How many agents there are."""
        return len(self.recurrent)

    @property
    def states(self) -> array[int]:
        """A fingerprint each, of the state alone."""
        if self._states is None:
            object.__setattr__(self, "_states", state_fingerprints(self.coordinates))
        return self._states or array("Q")
