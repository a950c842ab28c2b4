"""A debug log's requests and responses as lineage sees them, each read where it stands.

Of a log of one simulation without faults they share what is equal, so that they take some kilobytes
a step.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any, Final

from iai_proxy.api import RECURRENT, Endpoint, LazyBody, parse_json
from iai_proxy.api.fingerprint import FRESH, recurrent_fingerprint
from iai_proxy.api.lenient_json import list_or_empty
from iai_proxy.lineage.agents import Agents
from iai_proxy.lineage.observe import (
    Facts,
    coordinates_of,
    facts_of,
    hash_of,
)
from iai_proxy.logs.json_scan import Span
from iai_proxy.logs.log_file import BodySpan, LogFile

#: Fingerprints are positive and have 64 bits.
_FINGERPRINT_BITS: Final = (1 << 64) - 1
NO_AGENTS: Final = Agents(array("Q"), array("Q"), array("d"))

#: How a recurrent state may begin that is empty or all zeros.
_LIKE_ZEROS: Final = (b"0.0,", b"0.0]", b"0,", b"0]", b"-0,", b"-0.0,", b"]", b" ", b"\n")


@dataclass(eq=False, slots=True)
class LogBody:
    """A request or response of a log.

    Attributes:
        file: where it stands, at ``place``.
        query: of a ``location_info`` request, with the question mark; empty for any other.
    """

    file: LogFile
    place: BodySpan
    agents: Agents
    facts: Facts
    query: str = ""

    @property
    def digest(self) -> bytes:
        """A hash of all that is compared, equal for equal bodies of a log."""
        agents = self.agents.recurrent.tobytes(), self.agents.states.tobytes()
        hashes = (*map(hash, agents), hash(self.facts), hash(self.query))
        return b"".join(b"%016x" % (value & _FINGERPRINT_BITS) for value in hashes)

    def load(self) -> LazyBody:
        """Read the body again.

        Raises:
            ValueError: the file was changed meanwhile.
        """
        return self.file.body(self.place)

    def text(self) -> bytes:
        """Read the body again, as JSON.

        Raises:
            ValueError: the file was changed meanwhile.
        """
        return self.file.text(self.place.whole)


class BodyReader:
    """Reads bodies in the order in which they follow each other.

    As a rule a request hands on the recurrent states of the answer before it as they came. As long
    as all do, it is enough to number the agents of each answer: no recurrent state is parsed.

    Args:
        file: the log.
        problems: gets a sentence for each body that can't be read.
    """

    def __init__(self, file: LogFile, problems: list[str]) -> None:
        self._file = file
        self._problems = problems
        self._latest: LogBody | None = None
        self._latest_text = b""  # of its recurrent states
        self._answers: dict[LogBody, str] = {}  # and their names in messages
        self._handed_on: set[LogBody] = set()
        self._next_number = 1
        self._are_all_handed_on = True
        self._hashes: dict[str, tuple[Any, bytes]] = {}
        #: Whether any body could not be read.
        self.has_unread = False

    def read(
        self,
        span: Span,
        model: Endpoint,
        number: int,
        *,
        is_answer: bool,
        with_recurrent: bool = True,
    ) -> LogBody | None:
        """Read a body that may hold agents; None where it is no JSON object, which is noted.

        Args:
            span: of the body.
            model: what was called.
            number: of the body in its list, from 1.
            is_answer: whether it is a response.
            with_recurrent: whether recurrent states count; without them agents have none.
        """
        name = body_name(model, number, is_answer=is_answer)
        try:
            place, body, text = self._file.cut(span, self._latest_text)
            states = _states(body)
            recurrent = array("Q", [FRESH]) * len(states)
            if with_recurrent:
                recurrent = self._recurrent(body, text, len(states), is_answer=is_answer)
            agents = self._agents(states, recurrent)
            read = LogBody(self._file, place, agents, facts_of(body, self._hash))
        except (ValueError, RecursionError):
            self.note_unread(name)
            return None
        if "agent_states" not in body and (is_answer or model.is_drive):
            self._problems.append(f"{name} has no agent_states")
        if is_answer and text:
            self._answers[read] = name
        self._latest = read
        self._latest_text = text
        return read

    def note_unread(self, name: str) -> None:
        """Note that a body can't be read."""
        self._problems.append(f"{name} is no JSON: left out")
        self.has_unread = True

    def finish(self) -> set[LogBody]:
        """Fingerprint the agents of answers where that is needed; return those that can't be read.

        It is needed for all answers if any request does not hand on the one before it, and in any
        case for an answer that was not handed on: nothing else shows that it holds numbers.
        """
        unread = set()
        for body, name in self._answers.items():
            if self._are_all_handed_on and body in self._handed_on:
                continue
            try:
                fingerprints = _fingerprints(self._file.recurrent(body.place), len(body.agents))
            except ValueError:
                self.note_unread(name)
                unread.add(body)
            else:  # in place, since requests that hand it on share it
                body.agents.recurrent[:] = fingerprints
        return unread

    def _recurrent(self, body: LazyBody, text: bytes, count: int, *, is_answer: bool) -> array[int]:
        """Return each agent's fingerprint or number; 0 for an agent without recurrent state."""
        before = self._latest
        if before and text and text is self._latest_text and len(before.agents) == count:
            self._handed_on.add(before)
            return before.agents.recurrent
        if is_answer and _plain_rows(text) == count:
            numbers = range(self._next_number, self._next_number + count)
            self._next_number += count
            return array("Q", numbers)
        fingerprints = _fingerprints(parse_json(text) if text else body.get(RECURRENT), count)
        if not is_answer and any(fingerprints):
            self._are_all_handed_on = False
        return fingerprints

    def _agents(self, states: list[Any], recurrent: array[int]) -> Agents:
        coordinates = _coordinates(states)
        before = self._latest
        if before and before.agents.coordinates == coordinates:
            return Agents(recurrent, before.agents.states, before.agents.coordinates)
        packed = coordinates.tobytes()
        size = 4 * coordinates.itemsize
        fingerprints = (
            hash(packed[at : at + size]) & _FINGERPRINT_BITS or 1
            for at in range(0, len(packed), size)
        )
        return Agents(recurrent, array("Q", fingerprints), coordinates)

    def _hash(self, kind: str, value: Any) -> bytes:
        known = self._hashes.get(kind)
        if known is not None and known[0] == value:
            return known[1]
        digest = hash_of(value)
        self._hashes[kind] = value, digest
        return digest


def body_name(model: str, number: int, *, is_answer: bool) -> str:
    """Name a body in a message: ``drive request 3``."""
    return f"{model} {'response' if is_answer else 'request'} {number}"


def _states(body: LazyBody) -> list[Any]:
    """Return the agents' states; of ``initialize`` the latest of the history."""
    states = list_or_empty(body.get("agent_states"))
    history = list_or_empty(body.get("states_history"))
    return list_or_empty(history[-1]) if not states and history else states


def _coordinates(states: list[Any]) -> array[float]:
    coordinates = array("d")
    try:
        for state in states:  # nearly always four numbers
            coordinates.extend(state)
    except (TypeError, OverflowError):
        return coordinates_of(states)
    return coordinates if len(coordinates) == 4 * len(states) else coordinates_of(states)


def _plain_rows(text: bytes) -> int:
    """Return how many recurrent states these are; 0 where one may be null, empty or all zeros."""
    count = 0
    begin = text.find(b"[", 1)
    while begin >= 0:
        if text.startswith(_LIKE_ZEROS, begin + 1):
            return 0
        count += 1
        begin = text.find(b"[", begin + 1)
    return 0 if b"n" in text else count


def _fingerprints(rows: Any, count: int) -> array[int]:
    given = [row if isinstance(row, list) else [] for row in list_or_empty(rows)[:count]]
    fingerprints = array("Q", map(recurrent_fingerprint, given))
    fingerprints.extend([FRESH] * (count - len(given)))
    return fingerprints
