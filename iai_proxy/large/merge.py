"""Parts of a large call to the whole, in the wire's own shape.

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
    """Return the answer that a client makes of its parts' answers: lights and model version from the first."""
    return {**answers[0], **_gathered(answers, sources, ANSWERED_PER_AGENT), "birdview": None}


def flat_initialize_request(given: Json) -> Json:
    """Return the payload of a ``large_initialize`` in the shape of one ``initialize`` request, as the SDK logs it."""
    holders = (given, *given["regions"])
    return {
        **{name: value for name, value in given.items() if name not in {"regions", "agent_states"}},
        "agent_properties": [
            one for holder in holders for one in holder.get("agent_properties") or ()
        ],
        "states_history": [
            [state for holder in holders for state in holder.get("agent_states") or ()]
        ],
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
    """Return the whole request of a ``large_initialize``, as far as its parts tell.

    Each part sends its neighbours' agents first, then those given for its region, then those to be
    placed. Agents that were given at the top level come first in the result though not in their
    region; the others follow region by region.

    Args:
        requests: the parts' requests, in the order in which they were made.
        own: for each part the positions of the agents that the result has from it.
        sources: the result's agents.
    """
    entries: list[tuple[Source, Any, Any]] = []
    for number, request in enumerate(requests):
        states = (request.get("states_history") or [[]])[-1]
        properties = request.get("agent_properties") or []
        kept = [position for position in own[number] if position < len(states)]
        neighbours = min(kept, default=len(states))
        for position in range(neighbours, len(properties)):
            state = states[position] if position < len(states) else None
            entries.append(((number, position), properties[position], state))
    rank = {source: place for place, source in enumerate(sources)}
    place_by_region = {source: place for place, (source, _, _) in enumerate(entries)}
    top = set(sources[: _top_level(sources, place_by_region)])
    entries.sort(
        key=lambda entry: (0, rank[entry[0]]) if entry[0] in top else (1, place_by_region[entry[0]])
    )
    return {
        **requests[0],
        "agent_properties": [properties for _, properties, _ in entries],
        "states_history": [[state for _, _, state in entries if state is not None]],
    }


def _top_level(sources: Sequence[Source], place_by_region: Mapping[Source, int]) -> int:
    """How many agents stand before the first from which on all are in the order of the regions."""
    first = len(sources)
    following = len(place_by_region)
    while (
        first and (place := place_by_region.get(sources[first - 1], -1)) < following and place >= 0
    ):
        first, following = first - 1, place
    return first


def _gathered(bodies: Sequence[Json], sources: Sequence[Source], fields: Sequence[str]) -> Json:
    """Put per-agent lists together; one that some part with agents lacks, or has as null or empty, becomes null."""
    used = [bodies[part] for part in dict.fromkeys(part for part, _ in sources)]
    whole: Json = {}
    for field in fields:
        if used and all(body.get(field) for body in used):
            whole[field] = [bodies[part][field][position] for part, position in sources]
        elif used and any(body.get(field) for body in bodies):
            whole[field] = None  # else one part's list would stand for all
    return whole
