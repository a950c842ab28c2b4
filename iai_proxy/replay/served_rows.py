"""The recurrent states that clients have been served, which they send back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from iai_proxy.api.known_rows import KnownRows
from iai_proxy.api.read_body import ReadBody, read_body
from iai_proxy.api.recurrent_text import split
from iai_proxy.lineage import Agents

#: Returns a recorded answer's body and agents by its number; None unless they tell all of it.
Answered = Callable[[int], tuple[bytes, Agents] | None]

#: How many answers at most are learnt once a request comes whose rows must be known.
_MOST_WAITING: Final = 32


class ServedRows:
    """Reads requests whose recurrent states are those of answers that were served.

    Learns an answer's only when a request comes that is not answered by its bytes.

    Args:
        answered: returns a recorded answer.
    """

    def __init__(self, answered: Answered = lambda _: None) -> None:
        self._answered = answered
        self._known = KnownRows()
        self._waiting: deque[int] = deque(maxlen=_MOST_WAITING)

    def note(self, numbers: Iterable[int]) -> None:
        """Note that a client gets these answers, or some agents of them."""
        self._waiting.extend(numbers)

    def read(self, body: bytes) -> ReadBody | None:
        """Read a request; None where it must be parsed as a whole.

        The origin of its rows, if known, is the agents of the answer that it sends back.
        """
        while self._waiting:
            self._learn(self._waiting.popleft())
        return read_body(body, self._known)

    def _learn(self, number: int) -> None:
        answered = self._answered(number)
        cut = split(answered[0]) if answered else None
        if answered and cut:
            agents = answered[1]
            self._known.learn(cut.value, agents.recurrent, agents)
