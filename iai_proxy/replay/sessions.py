"""How far each client has come in the recording.

A recorded simulation may be asked for by several clients at once, and again and again by one. Every
time an ``initialize`` is answered, a session begins: one client's way through one recorded
simulation. Which session a later call belongs to is known from the step that its agents' lineage
names, and from who asks: the same connection, or else the same program. Only where a recording
holds several answers to one question does the session matter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from iai_proxy.lineage import Step
from iai_proxy.replay.question import Asker

#: How many sessions of one program are remembered; a notebook may run for weeks.
_REMEMBERED: Final = 64


@dataclass(eq=False, slots=True)
class Session:
    """One client's way through one recorded simulation.

    Attributes:
        began_on: the connection that its ``initialize`` came over.
        begun: numbers of the exchanges at the root that were served.
        reached: the steps that the client has been given.
        last: the latest of them.
        given: of a step that is one of several, for whom it was given: (the first agent, all
            agents).
        began, acted: when, by the count of everything that was given.
    """

    simulation: int
    began_on: str
    began: int
    acted: int
    begun: set[int] = field(default_factory=set)
    reached: set[Step] = field(default_factory=set)
    last: Step | None = None
    given: defaultdict[Step, list[tuple[object, frozenset[int]]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def is_fresh(self, step: Step, agents: Sequence[int]) -> bool:
        """Whether a step has not been given yet for some agents.

        A fork is asked for again, a large call only once in several parts. A part has its own
        agents first and some neighbours; it never has all agents of a step, else there would have
        been no parts. So an agent that was given in a part, but not first, may have been a
        neighbour there, unless all parts together hold each agent once.
        """
        given = self.given.get(step)
        if not given:
            return True
        first, asked, number = agents[0] if agents else None, frozenset(agents), len(step.agents)
        parts = {others for _, others in given}
        if len(asked) >= number or sum(map(len, parts)) == number == len(frozenset().union(*parts)):
            return False  # asked for as a whole, or given whole: in parts that have no neighbours in common
        return not any(
            first == theirs or others == asked or (first in others and len(others) >= number)
            for theirs, others in given
        )


class Sessions:
    """All sessions, and what else each program was served."""

    def __init__(self) -> None:
        self._of_program: defaultdict[Hashable, list[Session]] = defaultdict(list)
        self._served: defaultdict[Hashable, Counter[int]] = defaultdict(Counter)
        self._clock = 0

    def begin(self, asker: Asker, simulation: int, root: Step, number: int) -> Session:
        """Note that a client was given a root of a simulation; the regions of one large call are one beginning."""
        theirs = self._of(asker, simulation)
        own = next((one for one in theirs if one.began_on == asker.connection), None)
        if own is None or number in own.begun or own.last is not root:
            own = self._new(asker, simulation)
        own.begun.add(number)
        self.give(own, root, ())
        return own

    def at(
        self, asker: Asker, simulation: int, parent: Step, fresh: Callable[[Session], bool]
    ) -> Session:
        """Return the session that a call belongs to which continues a step; a new one if there is none.

        The one that began on the same connection. But a program that starts anew may do so over
        another of its connections: so not one in which all that the call could be given has been
        given, if nothing has happened in it since another of the same program began that has some
        left.
        """
        theirs = self._of(asker, simulation)
        there = [one for one in theirs if parent in one.reached]
        left = [one for one in there if fresh(one)]
        own = next((one for one in there if one.began_on == asker.connection), None)
        if own is None:
            found = next(iter(left or there or theirs), None)
            return found or self._new(asker, simulation)
        anew = [one for one in left if one.began > own.acted]
        return own if own in left or not anew else anew[0]

    def give(self, session: Session, step: Step, agents: Sequence[int]) -> None:
        """Note that a step was given in a session; for which agents matters only where it is one of several."""
        self._clock += 1
        session.acted = self._clock
        session.reached.add(step)
        session.last = step
        if step.parent is not None and len(step.parent.children) > 1:
            session.given[step].append((agents[0] if agents else None, frozenset(agents)))

    def preferred(
        self, asker: Asker, simulation: int, step: Step | None = None
    ) -> tuple[int, bool]:
        """Rank steps between which the lineage can't tell.

        The later a program began their simulation the higher, and where it has just been highest;
        -1 for a simulation that it never began.
        """
        theirs = self._of_program[asker.identity]
        begun = max(
            (place for place, one in enumerate(theirs) if one.simulation == simulation), default=-1
        )
        return begun, begun >= 0 and step is not None and theirs[begun].last is step

    def note(self, asker: Asker, numbers: Iterable[int]) -> None:
        """Note that a program was served some exchanges."""
        self._served[asker.identity].update(numbers)

    def next_in_turn(self, asker: Asker, numbers: Sequence[int]) -> int:
        """Return the one that a program was served least often, in recorded order."""
        served = self._served[asker.identity]
        return min(numbers, key=lambda number: (served[number], number))

    def next_unused(self, asker: Asker, numbers: Sequence[int]) -> int:
        """Return the first that a program was not served yet; the last one repeats."""
        served = self._served[asker.identity]
        return next((number for number in numbers if number not in served), numbers[-1])

    def _of(self, asker: Asker, simulation: int) -> list[Session]:
        """A program's sessions in a simulation, the latest first."""
        return [
            one
            for one in reversed(self._of_program[asker.identity])
            if one.simulation == simulation
        ]

    def _new(self, asker: Asker, simulation: int) -> Session:
        theirs = self._of_program[asker.identity]
        self._clock += 1
        theirs.append(Session(simulation, asker.connection, self._clock, self._clock))
        del theirs[:-_REMEMBERED]
        return theirs[-1]
