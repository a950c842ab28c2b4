"""What a request asks for besides its agents' states: whether a recorded answer is one to that.

An answer without infractions is none to a request for them, and one that was predicted for other
lights, other cars or another model is the answer to another question. Rendering parameters and
seeds make no difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from iai_proxy.api import Difference, differences_of_values
from iai_proxy.api.fields import PROPERTIES

#: What an answer lacks unless it was asked for.
_ASKED_FOR: Final = ("get_birdview", "get_infractions")
#: What the client says of the world; null or absent leaves it to the API.
_GIVEN: Final = ("traffic_lights_states", "traffic_light_state_history", "model_version")
#: What must be alike even at level ``nearest``, since no answer stands in for it.
_INDISPENSABLE: Final = ("location", *_ASKED_FOR)


def fields_apart(
    asked: Mapping[str, Any],
    recorded: Mapping[str, Any],
    places: Sequence[int],
    ignored: Collection[str],
    level: str,
    own: Sequence[int] | None = None,
) -> Iterator[Difference]:
    """Yield where a request asks for something else than a recorded one.

    Args:
        asked: the request.
        recorded: the recorded one.
        places: for each of these agents its index in the recorded one.
        ignored: fields that make no difference.
        level: ``step`` or ``nearest``.
        own: the agents of the request that ``places`` is about; None for all.
    """
    for name in ("location", *_ASKED_FOR, *_GIVEN, "light_recurrent_states"):
        if (
            name not in ignored
            and (level == "step" or name in _INDISPENSABLE)
            and _matters(name, asked, recorded)
        ):
            yield from differences_of_values({name: asked.get(name)}, {name: recorded.get(name)})
    if level != "step":
        return
    for name in PROPERTIES:
        ours, theirs = asked.get(name), recorded.get(name)
        if (
            name in ignored
            or not isinstance(ours, list)
            or not isinstance(theirs, list)
            or not ours
            or not theirs
        ):
            continue
        for index, place in zip(range(len(ours)) if own is None else own, places, strict=False):
            if index < len(ours) and place < len(theirs) and ours[index] != theirs[place]:
                yield _of_agent(name, index, ours[index], theirs[place])


def _of_agent(name: str, index: int, ours: Any, theirs: Any) -> Difference:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = next(iter(differences_of_values(ours, theirs)), None)
        if found:
            return Difference(name, f"agent {index} {found.place}", found.present, found.recorded)
    return Difference(name, f"agent {index} {name}", str(ours), str(theirs))


def _matters(name: str, asked: Mapping[str, Any], recorded: Mapping[str, Any]) -> bool:
    ours, theirs = asked.get(name), recorded.get(name)
    if name in _ASKED_FOR:
        return bool(ours) and not theirs
    if (
        name == "light_recurrent_states"
    ):  # its values are the answers' own: parts of one call may differ in them
        return (not ours) != (not theirs)
    if name == "model_version":
        return bool(ours) and bool(theirs) and ours != theirs
    return bool((ours or theirs) and ours != theirs)
