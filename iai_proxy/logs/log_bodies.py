"""A debug log's requests and responses as lineage sees them, each read where it stands.

Of a log of one simulation with nothing amiss they share what is equal, so that they are some
kilobytes a step.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from iai_proxy.api import RECURRENT, canonical_json
from iai_proxy.api.body import LazyBody
from iai_proxy.lineage.fingerprint import FRESH
from iai_proxy.lineage.observe import Agents, Facts, coordinates_of, facts_of, hash_of
from iai_proxy.logs import Span
from iai_proxy.logs.import_pairs import Side
from iai_proxy.logs.import_sketch import Sketch, sketched
from iai_proxy.logs.log_items import MARK_BITS, Item, LogFile, marks_of, plain_rows


@dataclass(eq=False, slots=True)
class Logged:
    """One request or response of a log."""

    item: Item
    agents: Agents
    facts: Facts
    sketch: Sketch | None
    digest: bytes

    def __len__(self) -> int:
        """How many bytes it has in the log."""
        return self.item.span.end - self.item.span.start


class LogBodies:
    """Reads bodies in the order in which they follow each other.

    Args:
        file: where they stand.
        exactly: hold recurrent states against each other as numbers, not as text.
        problems: what can't be read is noted there, a sentence each.

    Attributes:
        numbered_only: whether whatever was sent is, as a whole, what was answered just before; then
            agents were numbered without looking at their recurrent states.
        has_unread: whether one was no JSON.
    """

    def __init__(self, file: LogFile, problems: list[str], *, exactly: bool) -> None:
        self._file = file
        self._exactly = exactly
        self._problems = problems
        self._latest: Logged | None = None  # with its recurrent states' text
        self._latest_text = b""
        self._serial = 1
        self.numbered_only = True
        self.has_unread = False
        self._hashes: dict[str, tuple[Any, bytes]] = {}

    def read(self, span: Span, place: str) -> Logged | None:
        """Read a request or a response, as ``place`` names it; None where it is no JSON, which is noted."""
        try:
            return self._read(span, place)
        except (ValueError, RecursionError):
            self._problems.append(f"{place} is no JSON: left out")
            self.has_unread = True
            return None

    def _read(self, span: Span, place: str) -> Logged:
        item, body, text = self._file.located(span, self._latest_text)
        states = _list(body.get("agent_states"))
        drives = place.startswith(("drive", "large_drive"))
        if "agent_states" not in body and (drives or "response" in place):
            self._problems.append(f"{place} has no agent_states")
        if not states and (history := _list(body.get("states_history"))):
            states = _list(history[-1])
        agents = self._agents(states, text, body, is_answer="response" in place)
        facts = facts_of(body, self._hash)
        digest = self._digest(agents, facts)
        self._latest = Logged(item, agents, facts, None, digest)
        self._latest_text = text
        return self._latest

    def _agents(self, states: list[Any], text: bytes, body: LazyBody, *, is_answer: bool) -> Agents:
        before = self._latest
        count = len(states)
        if before and text and text is self._latest_text and len(before.agents.recurrent) == count:
            recurrent = before.agents.recurrent
        elif is_answer and not self._exactly and plain_rows(text) == count:
            recurrent = array("Q", range(self._serial, self._serial + count))
            self._serial += count
        else:
            rows = body.get(RECURRENT) if not text else None
            recurrent = marks_of(text, rows, exactly=self._exactly)[:count]
            recurrent.extend([FRESH] * (count - len(recurrent)))
            self.numbered_only = self.numbered_only and not any(recurrent)
        coordinates = array("d")
        try:
            for state in states:
                coordinates.extend(state)
        except (TypeError, OverflowError):
            coordinates = array("d")
        if len(coordinates) != 4 * count:
            coordinates = coordinates_of(states)
        elif before and before.agents.coordinates == coordinates:
            return Agents(recurrent, before.agents.states, before.agents.coordinates)
        packed = coordinates.tobytes()
        size = 4 * coordinates.itemsize
        states_marks = [
            hash(packed[at : at + size]) & MARK_BITS or 1 for at in range(0, len(packed), size)
        ]
        return Agents(recurrent, array("Q", states_marks), coordinates)

    def _hash(self, kind: str, value: Any) -> bytes:
        known = self._hashes.get(kind)
        if known is not None and known[0] == value:
            return known[1]
        digest = hash_of(value)
        self._hashes[kind] = value, digest
        return digest

    def _digest(self, agents: Agents, facts: Facts) -> bytes:
        parts = hash(agents.recurrent.tobytes()), hash(agents.states.tobytes())
        marks: bytes = b"%016x%016x" % tuple(one & MARK_BITS for one in parts)
        return b"".join((marks, facts.common, facts.properties))

    def look_closer(self, answered: Sequence[Logged | None]) -> None:
        """Give each agent the mark of its own recurrent state, where all were numbered without looking at them."""
        for one in answered:
            if (
                one
                and one.item.recurrent.start < one.item.recurrent.end
                and any(one.agents.recurrent)
            ):
                marks = marks_of(self._file.at(one.item.recurrent), None, exactly=self._exactly)
                if len(marks) == len(one.agents):
                    one.agents.recurrent[:] = (
                        marks  # in place: requests that sent the same share it
                    )

    def side(self, one: Logged, ns: int | None, position: int) -> Side:
        """Return a request or a response as pairing compares it."""
        if one.sketch is None:
            body = self._file.body(one.item)
            one.sketch = self._sketch(body, one.agents.recurrent)
        return Side(one.digest.hex(), ns, position, one.sketch)

    def _sketch(self, body: LazyBody, marks: array[int]) -> Sketch:
        rest = body.without_recurrent()
        found = sketched(canonical_json(dict(rest)).decode())
        return Sketch(
            found.states, tuple(marks), found.sizes, found.asked, found.location, found.seed, found.center,
            found.map_source, found.fov,
        )  # fmt: skip


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
