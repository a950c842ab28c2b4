"""Names that several recordings use for different things, told apart.

Those that a proxy has drawn are unique in the world: where two recordings have one, it is the same
connection or large call. Others, of imported logs and scrubbed recordings, are not.
"""

from __future__ import annotations

import re
from typing import Final

from iai_proxy.api import FOR_MAPS, FROM_LOG

_DRAWN: Final = re.compile(
    rf"(?:{re.escape(FOR_MAPS)})?[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}"
)


class NamesApart:
    """Renames what a recording calls as an earlier one has called something else."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._names: dict[str, str] = {}

    def next_recording(self) -> None:
        """Take names as those of the next recording from now on."""
        self._names = {}

    def name(self, given: str) -> str:
        """Return what a name becomes; the same in all of a recording."""
        if given == FROM_LOG or _DRAWN.fullmatch(given):
            return given
        if given not in self._names:
            self._names[given] = self._free(given)
            self._taken.add(self._names[given])
        return self._names[given]

    def _free(self, given: str) -> str:
        name, number = given, 1
        while name in self._taken:
            number += 1
            name = f"{given}-{number}"
        return name
