"""What one recording's values become, and what was removed of them so far."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Collection
from random import Random
from typing import Any, Final

from iai_proxy.api.marks import MARK
from iai_proxy.api.picture_frames import MIRRORED, is_mirrored
from iai_proxy.scrubbing import kinds
from iai_proxy.scrubbing.motion import STILL, Motion
from iai_proxy.scrubbing.names import Names

_BARE_MARK: Final = b"[redacted]"
#: A word of the API's, such as a type of agent or a model's version.
_WORD: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:+-]{0,39}")


class Disguise:
    """Says what the values of one recording become.

    Args:
        seed: of what is drawn: the motion and the marks of keys. None draws a seed that no one
            knows afterwards.
        keep: of :data:`~iai_proxy.scrubbing.kinds.KINDS`.
        remove: names of fields to be removed wherever they are.
        keep_unknown: keep fields, and values of known ones, that iai-proxy does not know.
        turns: turn things by half a turn; else they are only shifted.

    Attributes:
        places: the names of locations.
        unknown: how often each unknown field was removed.
        removed: how often each field was removed on request.
        counts: how many of each kind were removed or changed.
    """

    def __init__(
        self,
        seed: int | None = None,
        *,
        keep: Collection[str] = (),
        remove: Collection[str] = (),
        keep_unknown: bool = False,
        turns: bool = True,
    ) -> None:
        self._draw = Random(secrets.randbits(128) if seed is None else seed)
        drawn = Motion.drawn(self._draw, turns=turns)
        self._keep = frozenset(keep)
        self._remove = frozenset(remove)
        self.keep_unknown = keep_unknown
        self.motion = STILL if self.keeps(kinds.COORDINATES) else drawn
        self.places = Names("place")
        self.texts = Names("text")
        self.paths = Names("other")
        self.connections = Names("connection")
        self.clients = Names("client")
        self.logs = Names("log")
        self.large_calls = Names("large")
        self.unknown: Counter[str] = Counter()
        self.removed: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self._lights: dict[int, int] = {}
        self._marks: dict[bytes, bytes] = {_BARE_MARK: _BARE_MARK}

    def keeps(self, kind: str) -> bool:
        """Tell whether a kind is to be kept."""
        return kind in self._keep

    def removes(self, field: str) -> bool:
        """Tell whether a field is to be removed."""
        return field in self._remove

    def place(self, name: str) -> str:
        """Return the name of a location; of one whose pictures are mirrored, one that says so."""
        if self.keeps(kinds.LOCATIONS):
            return name
        return self.places(name, MIRRORED if is_mirrored(name) else "")

    def light(self, number: int) -> int:
        """Return the number of a light or a sign."""
        if self.keeps(kinds.LIGHTS):
            return number
        return self._lights.setdefault(number, len(self._lights) + 1)

    def error(self, text: str) -> str:
        """Return the text of an error."""
        if self.keeps(kinds.ERRORS):
            return self.places.replaced(text)
        self.counts[kinds.ERRORS] += 1
        return f"{self.texts(text)} (removed by iai-proxy scrub)"

    def without(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return an object without the fields that are to be removed, and count them."""
        self.removed.update(self._remove & value.keys())
        return {name: member for name, member in value.items() if name not in self._remove}

    def not_understood(self, field: str, value: Any) -> Any:
        """Return what becomes of a value that nothing is known about: nothing, or itself."""
        if self.keep_unknown:
            return value
        self.unknown[field] += 1
        return None

    def marked(self, data: bytes) -> bytes:
        """Return bytes with the marks of keys made anew."""
        return MARK.sub(lambda found: self._mark(found[0]), data) if b"[redacted" in data else data

    def marked_text(self, text: str) -> str:
        """Return a text with the marks of keys made anew."""
        return self.marked(text.encode("utf-8", "surrogateescape")).decode(
            "utf-8", "surrogateescape"
        )

    def _mark(self, mark: bytes) -> bytes:
        if mark not in self._marks:
            self._marks[mark] = b"[redacted:%08x]" % self._draw.getrandbits(32)
        return self._marks[mark]


def is_word(text: str) -> bool:
    """Tell whether a text may be a word of the API's."""
    return _WORD.fullmatch(text) is not None
