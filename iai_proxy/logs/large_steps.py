"""Request and answer of a whole large step of a recording, as the SDK logs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from iai_proxy.api import parse_json
from iai_proxy.errors import InputError
from iai_proxy.large import flat_initialize_request, merged_initialize_request
from iai_proxy.lineage import Observation, Part, Step
from iai_proxy.lineage.merged_calls import merged_answer, merged_request
from iai_proxy.logs.sdk_shapes import (
    logged_large_drive_request,
    logged_large_drive_response,
    logged_large_initialize_request,
    logged_large_initialize_response,
)
from iai_proxy.recordings.reader import Recording

_Json = dict[str, Any]


def large_request_text(recording: Recording, step: Step) -> str:
    """Return the request, as JSON.

    Raises:
        InputError: the step's parts don't fit together.
    """
    return _text(_request, recording, step)


def large_answer_text(recording: Recording, step: Step) -> str:
    """Return the answer, as JSON.

    Raises:
        InputError: the step's parts don't fit together.
    """
    return _text(_answer, recording, step)


def _text(make: Callable[[Recording, Step], _Json], recording: Recording, step: Step) -> str:
    try:
        return json.dumps(make(recording, step))
    except (TypeError, LookupError, AttributeError, ValueError) as error:
        numbers = f"#{min(step.numbers)} to #{max(step.numbers)}"
        raise InputError(
            f"{recording.path}: the parts of one large call, {numbers}, don't fit together "
            f"({error!r}): write the other simulations with --sim (`iai-proxy show` lists them)"
        ) from error


def _request(recording: Recording, step: Step) -> _Json:
    is_drive = step.first.call.endpoint.is_drive
    if step.large_call is not None:
        whole = parse_json(recording.exchange(step.large_call).request.body)
        if is_drive:
            return logged_large_drive_request(whole)
        return logged_large_initialize_request(flat_initialize_request(whole))
    if is_drive:
        bodies = [_body(recording, part.observation.call.request_hash) for part in step.parts]
        return logged_large_drive_request(merged_request(step, bodies))
    regions = _regions(step)
    bodies = [_body(recording, request.call.request_hash) for request, _ in regions]
    place = {part.number: number for number, (_, part) in enumerate(regions) if part}
    own = [part.own if part else () for _, part in regions]
    sources = [(place[step.parts[part].number], position) for part, position in step.sources]
    return logged_large_initialize_request(merged_initialize_request(bodies, own, sources))


def _regions(step: Step) -> list[tuple[Observation, Part | None]]:
    """Return the request for each region, in order, and the part that answered it, if any.

    A region that could not be filled is asked for once more with only the agents that it was given:
    then the failed request is the one that has all that was wanted.
    """
    refused = {observation.center: observation for observation in step.given_up}
    regions: list[tuple[Observation, Part | None]] = [
        (refused.pop(part.observation.center, part.observation), part) for part in step.parts
    ]
    regions += [(observation, None) for observation in refused.values()]
    return sorted(regions, key=lambda region: region[0].call.id)


def _answer(recording: Recording, step: Step) -> _Json:
    bodies = [_body(recording, part.observation.call.response_hash) for part in step.parts]
    whole = merged_answer(step, bodies)
    if step.first.call.endpoint.is_drive:
        return logged_large_drive_response(whole)
    return logged_large_initialize_response(whole)


def _body(recording: Recording, digest: bytes | None) -> _Json:
    value: _Json = parse_json(recording.body(digest)) if digest else {}
    return value
