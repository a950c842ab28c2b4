"""``large_drive``: one call of any number of agents in, the calls that the SDK would make for it out, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from iai_proxy.api.fields import SENT_PER_AGENT
from iai_proxy.api.limits import AGENTS_PER_CALL
from iai_proxy.large.merge import Source, merged_drive_answer
from iai_proxy.large.payload import (
    CONCURRENCY,
    MOST_CONCURRENCY,
    Json,
    PayloadError,
    length_problems,
    problem,
    raise_if_any,
    range_problems,
    states_problems,
)
from iai_proxy.large.split import Share, SplitError, TooDenseError, split

#: What a ``drive`` request has, in the order in which the SDK sends it, and what it sends where
#: nothing is given.
_FIELDS: Final[Mapping[str, Any]] = {
    "location": None, "agent_states": None, "agent_attributes": None, "agent_properties": None,
    "recurrent_states": None, "traffic_lights_states": None, "light_recurrent_states": None, "get_birdview": False,
    "get_infractions": False, "random_seed": None, "rendering_center": None, "rendering_fov": None,
    "model_version": None,
}  # fmt: skip
#: Of these there can be no whole made of parts; the SDK asks for none.
_NOT_DIVIDED: Final = ("get_birdview", "rendering_center", "rendering_fov")
#: Meant for the one who divides, not for the API.
_OURS: Final = ("single_call_agent_limit", "concurrency")


class AnswerError(Exception):
    """A part's answer is not what the API answers: the agents that were asked about are not in it.

    Attributes:
        part: which, from 0.
    """

    def __init__(self, part: int, message: str) -> None:
        super().__init__(message)
        self.part = part


@dataclass(frozen=True, slots=True)
class LargeDrive:
    """A large call, divided.

    Attributes:
        shares: which agents each part has.
        concurrency: how many parts may be under way at once.
    """

    shares: Sequence[Share]
    concurrency: int
    _request: Json

    @classmethod
    def of(cls, given: Json) -> LargeDrive:
        """Divide a large call.

        Args:
            given: a ``drive`` body of any number of agents; besides ``single_call_agent_limit``, 1
                to 100, and ``concurrency``.

        Raises:
            PayloadError: it can't be divided.
        """
        raise_if_any(_problems(given))
        limit = given.get("single_call_agent_limit")
        try:
            shares = split(
                [(float(x), float(y)) for x, y, *_ in given["agent_states"]],
                AGENTS_PER_CALL if limit is None else limit,
            )
        except TooDenseError as error:
            context = {"x": error.x, "y": error.y, "agents": error.count}
            raise PayloadError(
                [problem(["body", "agent_states"], str(error), "too_dense", **context)]
            ) from None
        except (SplitError, OverflowError) as error:
            raise PayloadError(
                [problem(["body", "agent_states"], str(error), "value_error")]
            ) from None
        request = {**_FIELDS, **{name: value for name, value in given.items() if name not in _OURS}}
        return cls(shares, given.get("concurrency") or CONCURRENCY, request)

    def requests(self) -> Iterator[Json]:
        """Yield the body of each part's ``drive`` call; where there is one part, the client's own."""
        if len(self.shares) == 1:
            yield self._request
            return
        common = {**self._request, **{name: _FIELDS[name] for name in _NOT_DIVIDED}}
        for own, others in self.shares:
            agents = (*own, *others)
            lists = {
                name: [common[name][index] for index in agents]
                for name in SENT_PER_AGENT
                if common[name] is not None
            }
            yield {**common, **lists}

    def merged(self, answers: Sequence[Json]) -> Json:
        """Put the parts' answers together.

        Raises:
            AnswerError: one does not answer what was asked.
        """
        sources: list[Source] = [(0, 0)] * sum(len(share.own) for share in self.shares)
        for part, (share, answer) in enumerate(zip(self.shares, answers, strict=True)):
            require_agents(part, answer, len(share.own) + len(share.others))
            for position, index in enumerate(share.own):
                sources[index] = (part, position)
        _require_same_lists(answers)
        return merged_drive_answer(answers, sources)


def require_agents(part: int, answer: Any, count: int) -> None:
    """Make sure that an answer has so many agents.

    Raises:
        AnswerError: it has not.
    """
    states = answer.get("agent_states") if isinstance(answer, dict) else None
    if not isinstance(states, list):
        raise AnswerError(part, "its answer holds no agent_states")
    if not all(isinstance(state, list) for state in states):
        raise AnswerError(part, "agent_states of its answer holds what is no state")
    lists = {name: value for name, value in answer.items() if name in _ANSWERED and value}
    for name, value in {"agent_states": states, **lists}.items():
        if not isinstance(value, list):
            raise AnswerError(part, f"{name} of its answer is no list")
        if len(value) != count:
            raise AnswerError(
                part,
                f"{name} of its answer has {len(value)} items, but {count} agents were asked about",
            )


def _require_same_lists(answers: Sequence[Json]) -> None:
    """Make sure that what is answered for the agents of one part is answered for those of all.

    Raises:
        AnswerError: it is not.
    """
    for name in _ANSWERED:
        lacking = [part for part, answer in enumerate(answers) if not answer.get(name)]
        if lacking and len(lacking) < len(answers):
            raise AnswerError(
                lacking[0], f"its answer has no {name}, and those of other parts have"
            )


_ANSWERED: Final = ("recurrent_states", "infraction_indicators", "is_inside_supported_area")


def _problems(given: Json) -> Iterator[Json]:
    states = given.get("agent_states")
    if states is None:
        yield problem(["body", "agent_states"], "Field required", "missing")
    elif states == []:
        yield problem(
            ["body", "agent_states"], "there are no agents: at least one is needed", "too_short"
        )
    else:
        yield from states_problems(states, ["body", "agent_states"])
        if isinstance(states, list):
            yield from length_problems(given, len(states))
    yield from range_problems(given, "single_call_agent_limit", 1, AGENTS_PER_CALL)
    yield from range_problems(given, "concurrency", 1, MOST_CONCURRENCY)
