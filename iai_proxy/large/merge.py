"""Parts of a large call to one request and one answer, in the wire's own shape.

``sources`` says for each agent, in the client's order, which part its answer is taken from and at
which position of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from iai_proxy.api.fields import ANSWERED_PER_AGENT, SENT_PER_AGENT

Json = dict[str, Any]
#: (part, position in the part's answer)
Source = tuple[int, int]


def merged_drive_request(requests: Sequence[Json], sources: Sequence[Source]) -> Json:
    """Return the one request that parts were made from."""
    return {**requests[0], **_gathered(requests, sources, SENT_PER_AGENT)}


def merged_drive_answer(answers: Sequence[Json], sources: Sequence[Source]) -> Json:
    """Return the answer that a client makes of its parts' answers.

    Lights and model version are those of the first.
    """
    return {**answers[0], **_gathered(answers, sources, ANSWERED_PER_AGENT), "birdview": None}


def flat_initialize_request(payload: Json) -> Json:
    """Return a ``large_initialize`` payload as one ``initialize`` request, as the SDK logs it."""
    holders = (payload, *payload["regions"])
    kept = {
        name: value for name, value in payload.items() if name not in {"regions", "agent_states"}
    }
    return {
        **kept,
        "agent_properties": _joined(holders, "agent_properties"),
        "states_history": [_joined(holders, "agent_states")],
    }


def merged_initialize_answer(answers: Sequence[Json], sources: Sequence[Source]) -> Json:
    """Return the answer of a ``large_initialize``.

    What is not an agent's comes from the last region's answer: the SDK reuses a loop variable
    (``_consolidate_all_responses`` in its ``large/initialize.py``).
    """
    return {**answers[-1], **_gathered(answers, sources, ANSWERED_PER_AGENT)}


def merged_initialize_request(
    requests: Sequence[Json], own: Sequence[Collection[int]], sources: Sequence[Source]
) -> Json:
    """Return the request of a ``large_initialize``, as far as its parts show it.

    Each part sends its neighbours' agents first, then those given for its region, then those to be
    placed. Agents that were given at the top level come first in the result though not in their
    region; the others follow region by region.

    Args:
        requests: the parts' requests, in the order in which they were made.
        own: for each part the positions of the agents that the result has from it.
        sources: the result's agents.
    """
    entries: list[tuple[Source, Any, Any]] = []
    for part, request in enumerate(requests):
        states = (request.get("states_history") or [[]])[-1]
        properties = request.get("agent_properties") or []
        neighbours = min((p for p in own[part] if p < len(states)), default=len(states))
        for position in range(neighbours, len(properties)):
            state = states[position] if position < len(states) else None
            entries.append(((part, position), properties[position], state))
    by_region = {source: rank for rank, (source, _, _) in enumerate(entries)}
    in_result = {source: rank for rank, source in enumerate(sources)}
    top_level = set(sources[: _count_top_level(sources, by_region)])

    def order(entry: tuple[Source, Any, Any]) -> tuple[bool, int]:
        source = entry[0]
        is_top_level = source in top_level
        return not is_top_level, in_result[source] if is_top_level else by_region[source]

    entries.sort(key=order)
    return {
        **requests[0],
        "agent_properties": [properties for _, properties, _ in entries],
        "states_history": [[state for _, _, state in entries if state is not None]],
    }


def _count_top_level(sources: Sequence[Source], by_region: Mapping[Source, int]) -> int:
    """Return how many agents come before the first from which on all are in the regions' order."""
    first, rank_after = len(sources), len(by_region)
    while first:
        rank = by_region.get(sources[first - 1], -1)
        if not 0 <= rank < rank_after:
            break
        first, rank_after = first - 1, rank
    return first


def _gathered(bodies: Sequence[Json], sources: Sequence[Source], fields: Sequence[str]) -> Json:
    """Merge lists by agent; one that is missing or empty in some part with agents becomes null."""
    used = [bodies[part] for part in dict.fromkeys(part for part, _ in sources)]
    merged: Json = {}
    for name in fields:
        if used and all(body.get(name) for body in used):
            merged[name] = [bodies[part][name][position] for part, position in sources]
        elif used and any(body.get(name) for body in bodies):
            merged[name] = None  # else one part's list would count for all
    return merged


def _joined(holders: Sequence[Json], name: str) -> list[Any]:
    return [item for holder in holders for item in holder.get(name) or ()]
