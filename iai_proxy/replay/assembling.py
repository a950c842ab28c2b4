"""The answer of a recorded step for the agents of a request, put together of recorded answers.

An agent's recurrent state goes from one body into the other as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from iai_proxy.api import RECURRENT, parse_json
from iai_proxy.api.recurrent_text import split
from iai_proxy.large import merged_drive_answer
from iai_proxy.replay.decisions import Assemble


def assembled_body(decision: Assemble, bodies: Sequence[bytes]) -> bytes:
    """Return the body of an answer; the first of ``bodies`` as it is where that has all of it.

    Args:
        decision: which agents it is for.
        bodies: of the recorded answers ``decision.numbers``.
    """
    answers = [_read(body) for body in bodies]
    has_all_agents = len(answers[0]["agent_states"]) == len(decision.sources)
    if decision.is_one_answer_in_order and has_all_agents:
        return bodies[0]
    merged = merged_drive_answer(answers, decision.sources)
    if len(answers) == 1:  # the answer to a large call has no picture
        merged["birdview"] = answers[0].get("birdview")
    return orjson.dumps(merged)


def _read(body: bytes) -> dict[str, Any]:
    """Parse an answer, but for its recurrent states."""
    cut = split(body)
    rows = cut.rows() if cut else None
    if cut is None or rows is None:
        whole: dict[str, Any] = parse_json(body)
        return whole
    return {**cut.rest, RECURRENT: [orjson.Fragment(row) for row in rows]}
