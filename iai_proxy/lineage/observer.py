"""Observes calls in their order, parsing few of their numbers: a request's states were answered.

What it finds is what :func:`~iai_proxy.lineage.observe.observe` finds. Whatever is unusual is left
to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from iai_proxy.api import RECURRENT, Call, RequestKeys, request_keys
from iai_proxy.api.known_rows import KnownRows
from iai_proxy.api.lenient_json import list_or_empty, object_or_empty
from iai_proxy.api.read_body import ReadBody, read_body, read_new_body
from iai_proxy.api.recurrent_rows import rows_of
from iai_proxy.api.recurrent_text import Split
from iai_proxy.lineage.agents import Agents
from iai_proxy.lineage.observe import (
    AnswerName,
    Observation,
    Side,
    agents_of,
    are_plain,
    fingerprints_of,
    observe,
    put_together,
    sent_agents,
    states_sent,
)


class Body(NamedTuple):
    """A decoded body, and the same cut at its recurrent states, if that has been done already."""

    data: bytes
    cut: Split | None = None


@dataclass(eq=False, slots=True)
class _Answered:
    """An answer, with its agents if coordinates and fingerprints are all that they show."""

    name: AnswerName
    agents: Agents | None = None


class Observer:
    """Observes the calls of one recording. Remembers some of the latest answers.

    Args:
        known: the recurrent states that are looked up.
    """

    def __init__(self, known: KnownRows | None = None) -> None:
        self._known = known or KnownRows()

    def observe(self, call: Call, request_body: bytes, response_body: bytes) -> Observation:
        """Return what lineage needs of an exchange. A body that is no JSON object counts as empty.

        Args:
            call: one line of the listing.
            request_body: decoded.
            response_body: decoded, empty if there is none.
        """
        read = read_body(request_body, self._known)
        return self._observed(call, request_body, read, Body(response_body))

    def observe_with_keys(
        self, call: Call, request: Body, response: Body, sent_back: bytes | None = None
    ) -> tuple[Observation | None, RequestKeys]:
        """Return an observation, for a call with agents, and the keys, reading the request once.

        Args:
            call: one line of the listing.
            request: its body.
            response: its body, empty if there is none.
            sent_back: the SHA-256 of a body whose recurrent states are those of the request, number
                by number, if one is known.
        """
        if not call.endpoint.is_stepping:
            return None, request_keys(call.method, call.target, request.data)
        read = self._sent_back(request.cut, sent_back)
        read = read or read_body(request.data, self._known, request.cut)
        keys = request_keys(call.method, call.target, request.data, read=read)
        return self._observed(call, request.data, read, response), keys

    def _sent_back(self, cut: Split | None, digest: bytes | None) -> ReadBody | None:
        """Read a request whose recurrent states are those of a body that was observed lately."""
        if cut is None or digest is None:
            return None
        rows = self._known.rows_from(
            lambda origin: isinstance(origin, _Answered) and origin.name.digest == digest
        )
        return ReadBody(cut, rows) if rows else None

    def _observed(
        self, call: Call, request_body: bytes, read: ReadBody | None, response: Body
    ) -> Observation:
        if not call.endpoint.is_stepping:
            return observe(call, request_body, response.data)
        try:
            answer = self._answer(call, response if call.succeeded else Body(b""))
            return put_together(call, _request(call, request_body, read), answer)
        except (ValueError, RecursionError):  # nested too deeply to be written
            return observe(call, request_body, response.data)

    def _answer(self, call: Call, body: Body) -> Side:
        answered = _Answered(AnswerName(call.id, call.response_hash or b""))
        read = read_new_body(body.data, self._known, answered, body.cut)
        members = read.rest if read else object_or_empty(body.data)
        fingerprints = read.rows.fingerprints if read else fingerprints_of(members)
        states = list_or_empty(members.get("agent_states"))
        agents = agents_of(states, fingerprints)
        rows = read.rows if read else rows_of(members.get(RECURRENT))
        is_plain = are_plain(states, rows)
        if is_plain:
            answered.agents = agents
        return Side(members, agents, is_plain)


def _request(call: Call, body: bytes, read: ReadBody | None) -> Side:
    if read is None:
        members = object_or_empty(body)
        return Side(
            members, agents_of(states_sent(call.endpoint, members), fingerprints_of(members))
        )
    states = states_sent(call.endpoint, read.rest)
    answered = read.rows.origin
    if not isinstance(answered, _Answered) or answered.agents is None:
        return Side(read.rest, agents_of(states, read.rows.fingerprints))
    sent = sent_agents(states, read.rows, answered.agents)
    return Side(read.rest, sent, name=answered.name if sent is answered.agents else None)
