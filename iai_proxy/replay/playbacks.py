"""Playbacks: each is one client's way through one recorded simulation.

Several clients may play the same simulation back at the same time, and one client may do so again
and again. A playback begins when an ``initialize`` is answered. The playback of a later call is
known from the step that its agents continue, and from the client: the same connection, or else the
same program, or else any program that has come to that step: a client may have a process for each
call. It only matters if the recording holds several answers to the same request.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from iai_proxy.lineage import Step
from iai_proxy.replay.request import Client

#: How many playbacks of one program or simulation are remembered; a notebook may run for weeks.
_REMEMBERED: Final = 64


class ServedAgents(NamedTuple):
    """The agents of one request that a step was served to, and the first of them."""

    first: int | None
    agents: frozenset[int]


@dataclass(eq=False, slots=True)
class Playback:
    """One client's way through one recorded simulation.

    Attributes:
        connection: the connection of its ``initialize``.
        began: when it began, and ``last_served`` when it was last served, in numbers of steps
            served to anyone. ``began`` is 0 before it has been served anything.
        roots: numbers of the ``initialize`` exchanges that were served.
        reached: the steps that were served.
        latest: the latest of them.
        served: for each served step with alternatives, who it was served to.
        refused: numbers of the refused ``drive`` exchanges that were served.
    """

    simulation: int
    connection: str
    began: int = 0
    last_served: int = 0
    roots: set[int] = field(default_factory=set)
    reached: set[Step] = field(default_factory=set)
    latest: Step | None = None
    served: defaultdict[Step, list[ServedAgents]] = field(default_factory=lambda: defaultdict(list))
    refused: set[int] = field(default_factory=set)

    def is_unserved(self, step: Step, agents: Sequence[int]) -> bool:
        """Whether these agents have not had their answer of a step yet.

        A client that forks asks for a step again. A client with a large call asks for it in several
        parts, each with its own agents first and some neighbours after them. A part never has all
        agents of the step, or it would not have been divided. So an agent that came in a part, but
        not first, may have been a neighbour there, unless the parts together hold each agent once.
        """
        served = self.served.get(step)
        if not served:
            return True

        wanted, count = _served_agents(agents), len(step.agents)
        if len(wanted.agents) >= count or _is_partition(served, count):
            return False
        return not any(
            wanted.first == group.first
            or wanted.agents == group.agents
            or (wanted.first in group.agents and len(group.agents) >= count)
            for group in served
        )


def _served_agents(agents: Sequence[int]) -> ServedAgents:
    return ServedAgents(agents[0] if agents else None, frozenset(agents))


def _is_partition(groups: Sequence[ServedAgents], count: int) -> bool:
    """Whether the groups, without repetitions, hold each of ``count`` agents exactly once."""
    distinct = {group.agents for group in groups}
    return sum(map(len, distinct)) == count == len(frozenset().union(*distinct))


class Playbacks:
    """All playbacks of all clients."""

    def __init__(self) -> None:
        self._by_program: defaultdict[Hashable, list[Playback]] = defaultdict(list)
        self._by_simulation: defaultdict[int, list[Playback]] = defaultdict(list)
        self._clock = 0

    def at(
        self,
        client: Client,
        simulation: int,
        parent: Step,
        has_unserved: Callable[[Playback], bool],
    ) -> Playback:
        """Return the playback of a call that continues ``parent``. Changes nothing.

        It is the one that began on the client's connection. But a program that starts over may do
        so on another of its connections. Then that playback has nothing left for this call, and
        one that began after it was last served has: the newer one is returned.

        Args:
            client: the sender of the call.
            simulation: the number of the recorded simulation.
            parent: the step that the call continues.
            has_unserved: whether a playback has something left that this call could get.

        Returns:
            A playback; a new one, not kept yet, if no one has come to that step.
        """
        own = self._of(client, simulation)
        there = [found for found in own if parent in found.reached]
        there = there or self._of_others(simulation, parent)
        with_unserved = [playback for playback in there if has_unserved(playback)]
        same = next((found for found in there if found.connection == client.connection), None)
        if same is None:
            candidates = with_unserved or there or own
            return candidates[0] if candidates else Playback(simulation, client.connection)
        if same in with_unserved:
            return same
        newer = (found for found in with_unserved if found.began > same.last_served)
        return next(newer, same)

    def begin(self, client: Client, simulation: int, root: Step, number: int) -> Playback:
        """Note that a client got a root. The regions of one large call begin one playback."""
        own = self._of(client, simulation)
        found = next((found for found in own if found.connection == client.connection), None)
        if found is None or number in found.roots or found.latest is not root:
            found = Playback(simulation, client.connection)
        found.roots.add(number)
        self.serve(client, found, root, ())
        return found

    def serve(self, client: Client, playback: Playback, step: Step, agents: Sequence[int]) -> None:
        """Note that a step was served in a playback, to a request with these agents."""
        if not playback.began:
            self._keep(client, playback)
        self._clock += 1
        playback.last_served = self._clock
        playback.reached.add(step)
        playback.latest = step
        if step.parent is not None and len(step.parent.children) > 1:
            playback.served[step].append(_served_agents(agents))

    def refuse(self, client: Client, playback: Playback, number: int) -> None:
        """Note that a refused ``drive`` was served in a playback."""
        if not playback.began:
            self._keep(client, playback)
        playback.refused.add(number)

    def preference(
        self, client: Client, simulation: int, step: Step | None = None
    ) -> tuple[int, bool]:
        """Rank steps that lineage can't tell apart.

        Returns:
            A number that is higher the later the client began the simulation, -1 if it never did;
            and whether ``step`` is the latest one served there.
        """
        own = self._by_program.get(client.identity, [])
        for index in reversed(range(len(own))):
            if own[index].simulation == simulation:
                return index, step is not None and own[index].latest is step
        return -1, any(found.latest is step for found in self._by_simulation.get(simulation, ()))

    def has_reached(self, client: Client, simulation: int, step: Step) -> bool:
        """Whether the client has begun the simulation, or goes on where another has come to."""
        begun, _ = self.preference(client, simulation)
        return begun >= 0 or bool(self._of_others(simulation, step))

    def _of(self, client: Client, simulation: int) -> list[Playback]:
        """Return a client's playbacks of a simulation, the latest first."""
        own = self._by_program.get(client.identity, [])
        return [playback for playback in reversed(own) if playback.simulation == simulation]

    def _of_others(self, simulation: int, step: Step) -> list[Playback]:
        """Return the playbacks that have come to a step: those that wait there first."""
        found = [
            playback
            for playback in reversed(self._by_simulation.get(simulation, ()))
            if step in playback.reached
        ]
        return sorted(found, key=lambda playback: playback.latest is not step)

    def _keep(self, client: Client, playback: Playback) -> None:
        self._clock += 1
        playback.began = self._clock
        for kept in (
            self._by_program[client.identity],
            self._by_simulation[playback.simulation],
        ):
            kept.append(playback)
            del kept[:-_REMEMBERED]
