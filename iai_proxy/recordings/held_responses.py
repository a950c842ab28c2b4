"""The answers that were read last: a replay needs each a few times."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from iai_proxy.api import Response

#: Of calls of 100 agents 30: what eight clients were given last, and what they will be given next.
_MOST_BYTES: Final = 10_000_000
_MOST: Final = 64


class HeldResponses:
    """Holds some answers by the numbers of their calls."""

    def __init__(self) -> None:
        self._held: OrderedDict[int, Response] = OrderedDict()
        self._bytes = 0

    def get(self, number: int) -> Response | None:
        """Return an answer if it is held."""
        found = self._held.get(number)
        if found is not None:
            self._held.move_to_end(number)
        return found

    def hold(self, number: int, response: Response) -> None:
        """Hold an answer that was not, in place of those that were not asked for longest."""
        self._held[number] = response
        self._bytes += len(response.body)
        while len(self._held) > _MOST or self._bytes > _MOST_BYTES:
            _, left = self._held.popitem(last=False)
            self._bytes -= len(left.body)
