"""How far each client has come in the recording.

A recorded simulation may be asked for by several clients at once, and again and again by one. Every time an
``initialize`` is answered, a session begins: one client's way through one recorded simulation. Which session a later
call belongs to is known from the step that its agents' lineage names, and from who asks: the same connection, or else
the same program. Only where a recording holds several answers to one question does the session matter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
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
        used: numbers of the exchanges that were served.
        begun: with which agents each step has been asked for: parts of one large call begin with different agents,
            calls of a fork with the same one.
        last: the step that was served last.
    """

    simulation: int
    began_on: str
    used: set[int] = field(default_factory=set)
    begun: defaultdict[Step, set[object]] = field(default_factory=lambda: defaultdict(set))
    last: Step | None = None

    def is_at(self, parent: Step) -> bool:
        """Whether the client has come to a step, or has just tried one that follows it."""
        return self.last is parent or (self.last is not None and self.last.parent is parent)


class Sessions:
    """All sessions, and what else each program was served."""

    def __init__(self) -> None:
        self._of_program: defaultdict[Hashable, list[Session]] = defaultdict(list)
        self._served: defaultdict[Hashable, Counter[int]] = defaultdict(Counter)

    def begin(self, asker: Asker, simulation: int, root: Step, number: int) -> Session:
        """Note that a client was given a root of a simulation; the regions of one large call are one beginning."""
        theirs = self._of(asker, simulation)
        own = next((one for one in theirs if one.began_on == asker.connection), None)
        if own is None or number in own.used or own.last is not root:
            own = self._new(asker, simulation)
        own.used.add(number)
        own.last = root
        return own

    def at(self, asker: Asker, simulation: int, parent: Step) -> Session:
        """Return the session that a call belongs to which continues a step; a new one if there is none.

        The one that began on the same connection, unless it has gone past that step and another of the same program
        has not: a program that starts anew may do so over another of its connections.
        """
        theirs = self._of(asker, simulation)
        ranked = sorted(theirs, key=lambda one: (one.is_at(parent), one.began_on == asker.connection), reverse=True)
        return ranked[0] if ranked else self._new(asker, simulation)

    def preferred(self, asker: Asker, simulation: int) -> int:
        """Rank simulations between which the lineage can't tell: the later a program began one, the higher."""
        begun = [one.simulation for one in self._of_program[asker.identity]]
        return max((place for place, number in enumerate(begun) if number == simulation), default=-1)

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
        return [one for one in reversed(self._of_program[asker.identity]) if one.simulation == simulation]

    def _new(self, asker: Asker, simulation: int) -> Session:
        theirs = self._of_program[asker.identity]
        theirs.append(Session(simulation, asker.connection))
        del theirs[:-_REMEMBERED]
        return theirs[-1]
