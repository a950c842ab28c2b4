"""Agents that are fetched when they are asked for, from where they are stored.

What is known of a hundred agents before and after a call are 10 kB: too much to hold for all calls.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from iai_proxy.errors import InputError
from iai_proxy.lineage.agents import Agents, LazyAgents
from iai_proxy.lineage.observe import Observation


class Stored(NamedTuple):
    """Names stored agents: the number of an exchange, and whether they are those it sent."""

    number: int
    are_sent: bool


#: Returns stored agents. It holds those that were asked for lately.
Fetch = Callable[[Stored], Agents]


class FetchedAgents(LazyAgents):
    """The agents of one side of an exchange. Equal to others that have the same in them.

    Args:
        stored: their name.
        count: how many they are.
        fetch: returns them.
    """

    __slots__ = ("_count", "_fetch", "_stored")
    _stored: Stored
    _count: int
    _fetch: Fetch

    def __init__(self, stored: Stored, count: int, fetch: Fetch) -> None:
        object.__setattr__(self, "_stored", stored)
        object.__setattr__(self, "_count", count)
        object.__setattr__(self, "_fetch", fetch)

    def __len__(self) -> int:
        """How many agents there are."""
        return self._count

    @property
    def recurrent(self) -> array[int]:
        """A fingerprint each, as in :class:`Agents`."""
        return self._fetched().recurrent

    @property
    def states(self) -> array[int]:
        """A fingerprint each, of the state alone."""
        return self._fetched().states

    @property
    def coordinates(self) -> array[float]:
        """Four doubles each."""
        return self._fetched().coordinates

    def _fetched(self) -> Agents:
        agents = self._fetch(self._stored)
        if len(agents) != self._count:
            raise InputError(
                f"the recording is damaged: call {self._stored.number} has {len(agents)} agents, "
                f"and is said to have {self._count}"
            )
        return agents


def names_of(observation: Observation) -> tuple[Stored, Stored]:
    """Return where an observation's agents are stored: those sent, and those received."""
    number, back = observation.call.id, observation.sent_back
    sent = Stored(back.number, are_sent=False) if back else Stored(number, are_sent=True)
    return sent, Stored(number, are_sent=False)


def without_agents(observation: Observation, fetch: Fetch) -> Observation:
    """Return an observation that fetches its agents when they are asked for."""
    sent, received = names_of(observation)
    return replace(
        observation,
        sent=FetchedAgents(sent, len(observation.sent), fetch),
        received=FetchedAgents(received, len(observation.received), fetch),
    )
