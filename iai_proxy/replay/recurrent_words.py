"""What was sent as an agent's recurrent state, in words.

To fingerprints null and zeros are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from iai_proxy.api.fields import RECURRENT
from iai_proxy.lineage import Step
from iai_proxy.replay.compare import Compared


def recurrent_words(
    request: Mapping[str, Any], found: Compared, requests: Callable[[int], Mapping[str, Any]]
) -> Iterator[tuple[str, str]]:
    """Yield what a request sends, and what was recorded, for each agent where that differs.

    Args:
        request: the JSON value of the request.
        found: it beside the recorded step, which has all of its agents.
        requests: returns a recorded request's JSON value by the number of its exchange.
    """
    for index, ours, theirs in found.recurrent:
        if ours and theirs:
            yield "another one", "the answered one"
        elif ours:
            yield "given", _recorded(found.step, found.identities[index], requests)
        else:
            yield _absent(request, index), "the answered one"


def _recorded(step: Step, agent: int, requests: Callable[[int], Mapping[str, Any]]) -> str:
    for part in step.parts:
        if agent in part.agents[: len(part.observation.sent)]:
            return _absent(requests(part.number), part.agents.index(agent))
    return "none"


def _absent(request: Mapping[str, Any], index: int) -> str:
    """Say how an agent comes without a recurrent state."""
    if RECURRENT not in request:
        return "absent"
    sent = request[RECURRENT]
    entry = sent[index] if isinstance(sent, list) and index < len(sent) else None
    return "null" if entry is None else "zeros"
