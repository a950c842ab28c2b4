"""Checking that the parts of a large call were answered as the API answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from iai_proxy.api.fields import ANSWERED_PER_AGENT
from iai_proxy.large.payload import Json

#: Lists that an answer to ``drive`` may lack.
_OPTIONAL: Final = tuple(
    name for name in ANSWERED_PER_AGENT if name not in {"agent_states", "agent_properties"}
)


class AnswerError(Exception):
    """A part's answer is not what the API answers: it lacks the agents that were sent.

    Attributes:
        part: its index, from 0.
    """

    def __init__(self, part: int, message: str) -> None:
        super().__init__(message)
        self.part = part

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.part, str(self))


def require_agents(part: int, answer: Any, count: int) -> None:
    """Make sure that an answer has as many agents as were sent.

    Raises:
        AnswerError: it has not.
    """
    states = answer.get("agent_states") if isinstance(answer, dict) else None
    if not isinstance(states, list):
        raise AnswerError(part, "its answer holds no agent_states")
    if not all(isinstance(state, list) for state in states):
        raise AnswerError(part, "agent_states of its answer holds what is no state")
    for name in ("agent_states", *_OPTIONAL):
        value = answer.get(name)
        if not value and name != "agent_states":
            continue
        if not isinstance(value, list):
            raise AnswerError(part, f"{name} of its answer is no list")
        if len(value) != count:
            message = f"{name} of its answer has {len(value)} items, but {count} agents were sent"
            raise AnswerError(part, message)


def require_same_lists(answers: Sequence[Json]) -> None:
    """Make sure that what is answered for the agents of one part is answered for those of all.

    Raises:
        AnswerError: it is not.
    """
    for name in _OPTIONAL:
        lacking = [part for part, answer in enumerate(answers) if not answer.get(name)]
        if lacking and len(lacking) < len(answers):
            message = f"its answer has no {name}, and those of other parts have"
            raise AnswerError(lacking[0], message)
