"""What is kept of a log's bodies: fingerprints where numbers don't do."""

from __future__ import annotations

import io
import json
from typing import Any

from iai_proxy.api import Endpoint
from iai_proxy.api.fingerprint import recurrent_fingerprint
from iai_proxy.logs.bodies import BodyReader, LogBody
from iai_proxy.logs.json_scan import Span
from iai_proxy.logs.log_file import LogFile


class Bodies:
    """Answers and requests by turns, each given by the text of its recurrent states."""

    def __init__(self, *recurrent: str) -> None:
        stream = io.BytesIO()
        spans = []
        for rows in recurrent:
            states = [[float(agent), 0.0, 0.0, 1.0] for agent in range(2)]
            text = f'{{"agent_states": {json.dumps(states)}, "recurrent_states": {rows}}}'
            start = stream.tell()
            stream.write(json.dumps(text).encode())
            spans.append(Span(start, stream.tell()))
        self.problems: list[str] = []
        self._reader = BodyReader(LogFile(stream), self.problems)
        self._bodies = [
            self._reader.read(span, Endpoint.DRIVE, number // 2 + 1, is_answer=number % 2 == 0)
            for number, span in enumerate(spans)
        ]
        self.unread = self._reader.finish()

    def fingerprints(self) -> list[list[int]]:
        return [list(body.agents.recurrent) for body in self._bodies if body]

    def body(self, number: int) -> LogBody | None:
        return self._bodies[number]


A, B, OTHER = [0.5, 1.5], [2.5, -1.0], [9.0, 9.0]


def rows(*agents: Any) -> str:
    return json.dumps(agents)


def expected(*agents: list[float]) -> list[int]:
    return [recurrent_fingerprint(agent) for agent in agents]


def test_agents_of_answers_that_are_handed_on_are_only_numbered() -> None:
    first, last = rows(A, B), rows(B, OTHER)
    bodies = Bodies(first, first, last, last)
    assert bodies.fingerprints() == [[1, 2], [1, 2], [3, 4], [3, 4]]


def test_one_request_that_hands_on_something_else_has_all_agents_fingerprinted() -> None:
    first = rows(A, B)
    bodies = Bodies(first, first, rows(B, OTHER), rows(OTHER, B))
    assert bodies.fingerprints() == [
        expected(A, B), expected(A, B), expected(B, OTHER), expected(OTHER, B),
    ]  # fmt: skip


def test_equal_numbers_have_equal_fingerprints_however_they_are_written() -> None:
    bodies = Bodies("[[0.5, 1.5], [2.5, -1.0]]", "[[5e-1,1.50],[25e-1,-1]]")
    answered, sent = bodies.fingerprints()
    assert answered == sent == expected(A, B)


def test_an_agent_without_recurrent_state_has_no_fingerprint() -> None:
    bodies = Bodies(rows([0.0, 0.0], A), rows(None, A), rows([], A), "null")
    assert bodies.fingerprints() == [[0, *expected(A)]] * 3 + [[0, 0]]


def test_an_answer_that_is_not_handed_on_and_holds_no_numbers_is_left_out() -> None:
    """Its recurrent states are cut out as text; nothing but parsing them shows it."""
    first = rows(A, B)
    bodies = Bodies(first, first, "[[0.5.5, 1.5], [2.5, 1.0]]")
    assert bodies.unread == {bodies.body(2)}
    assert bodies.problems == ["drive response 2 is no JSON: left out"]


def test_a_request_that_holds_no_numbers_is_left_out() -> None:
    bodies = Bodies(rows(A, B), "[[nul, 1.5], [2.5, 1.0]]")
    assert bodies.body(1) is None
    assert bodies.problems == ["drive request 1 is no JSON: left out"]
