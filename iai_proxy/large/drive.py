"""``large_drive``: divided into the calls that the SDK would make, whose answers are merged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from iai_proxy.api.fields import ANSWERED_PER_AGENT, SENT_PER_AGENT
from iai_proxy.api.limits import AGENTS_PER_CALL
from iai_proxy.large.answers import require_agents, require_same_lists
from iai_proxy.large.limits import MOST_AGENTS
from iai_proxy.large.merge import Source, merged_drive_answer
from iai_proxy.large.payload import (
    CONCURRENCY,
    MOST_CONCURRENCY,
    Json,
    PayloadError,
    length_problems,
    many_agents,
    problem,
    raise_if_any,
    range_problems,
    states_problems,
)
from iai_proxy.large.split import Share, SplitError, TooDenseError, split

#: The fields of a ``drive`` request in the order in which the SDK sends them, with its defaults.
_DEFAULTS: Final[Mapping[str, Any]] = {
    "location": None,
    "agent_states": None,
    "agent_attributes": None,
    "agent_properties": None,
    "recurrent_states": None,
    "traffic_lights_states": None,
    "light_recurrent_states": None,
    "get_birdview": False,
    "get_infractions": False,
    "random_seed": None,
    "rendering_center": None,
    "rendering_fov": None,
    "model_version": None,
}
#: Pictures of parts can't be merged; the SDK asks for none.
_NOT_DIVIDED: Final = ("get_birdview", "rendering_center", "rendering_fov")
#: For the proxy, not for the API.
_OURS: Final = frozenset({"single_call_agent_limit", "concurrency"})
_STATES: Final = ("body", "agent_states")


@dataclass(frozen=True, slots=True)
class LargeDrive:
    """A large call, divided.

    Attributes:
        shares: the agents of each part.
        concurrency: how many parts may be under way at once.
    """

    shares: Sequence[Share]
    concurrency: int
    _request: Json

    @classmethod
    def of(cls, payload: Json) -> LargeDrive:
        """Divide a large call.

        Args:
            payload: a ``drive`` body of any number of agents, with ``single_call_agent_limit`` (1
                to 100) and ``concurrency`` if wanted.

        Raises:
            PayloadError: it can't be divided.
        """
        raise_if_any(_problems(payload))
        wanted = {name: value for name, value in payload.items() if name not in _OURS}
        concurrency = payload.get("concurrency") or CONCURRENCY
        return cls(_divide(payload), concurrency, {**_DEFAULTS, **wanted})

    def requests(self) -> Iterator[Json]:
        """Yield the body of each part's ``drive`` call."""
        return map(self.request, range(len(self.shares)))

    def request(self, part: int) -> Json:
        """Return the body of a part's ``drive`` call; of a single part the client's own."""
        request = self._request
        if len(self.shares) == 1:
            return request
        agents = self.shares[part].agents
        per_agent = {name: request[name] for name in SENT_PER_AGENT if request[name] is not None}
        return {
            **request,
            **{name: _DEFAULTS[name] for name in _NOT_DIVIDED},
            **{name: [values[agent] for agent in agents] for name, values in per_agent.items()},
        }

    def merged(self, answers: Sequence[Json]) -> Json:
        """Merge the parts' answers.

        Raises:
            AnswerError: one lacks the agents that were sent.
        """
        return self.joined([self.own(part, answer) for part, answer in enumerate(answers)])

    def own(self, part: int, answer: Any) -> Json:
        """Return a part's answer with its own agents only, the others being those of other parts.

        Raises:
            AnswerError: it lacks the agents that were sent.
        """
        share = self.shares[part]
        require_agents(part, answer, len(share.agents))
        given = {name: answer.get(name) for name in ANSWERED_PER_AGENT}
        count = len(share.own)
        lists = {name: agents[:count] for name, agents in given.items() if isinstance(agents, list)}
        return {**answer, **lists}

    def joined(self, owns: Sequence[Json]) -> Json:
        """Merge what :meth:`own` has returned for each part.

        Raises:
            AnswerError: some lack a list that others have.
        """
        sources: list[Source] = [(0, 0)] * sum(len(share.own) for share in self.shares)
        for part, share in enumerate(self.shares):
            for position, agent in enumerate(share.own):
                sources[agent] = (part, position)
        require_same_lists(owns)
        return merged_drive_answer(owns, sources)


def _divide(payload: Json) -> list[Share]:
    limit = payload.get("single_call_agent_limit")
    try:
        positions = [(float(x), float(y)) for x, y, *_ in payload["agent_states"]]
        return split(positions, AGENTS_PER_CALL if limit is None else limit)
    except TooDenseError as error:
        context = {"x": error.x, "y": error.y, "agents": error.count}
        raise PayloadError([problem(_STATES, str(error), "too_dense", **context)]) from None
    except (SplitError, OverflowError) as error:
        raise PayloadError([problem(_STATES, str(error), "value_error")]) from None


def _problems(payload: Json) -> Iterator[Json]:
    states = payload.get("agent_states")
    if states is None:
        yield problem(_STATES, "Field required", "missing")
    elif states == []:
        yield problem(_STATES, "there are no agents: at least one is needed", "too_short")
    elif isinstance(states, list) and len(states) > MOST_AGENTS:
        yield from many_agents(len(states), _STATES)
    else:
        yield from states_problems(states, _STATES)
        if isinstance(states, list):
            yield from length_problems(payload, len(states))
    for name, most in (
        ("single_call_agent_limit", AGENTS_PER_CALL),
        ("concurrency", MOST_CONCURRENCY),
    ):
        yield from range_problems(payload.get(name), ["body", name], 1, most)
