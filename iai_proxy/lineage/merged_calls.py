"""A step of several parts as one call, from their bodies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from iai_proxy.large import (
    merged_drive_answer,
    merged_drive_request,
    merged_initialize_answer,
    merged_initialize_request,
)
from iai_proxy.lineage.model import Step

Json = dict[str, Any]


def merged_request(step: Step, requests: Sequence[Json]) -> Json:
    """Return the request that a step's parts were made from, as one ``drive`` or ``initialize``.

    Raises:
        TypeError, LookupError, AttributeError: the parts don't fit together, as no part of the
        API's does.
    """
    if step.first.call.endpoint.is_drive:
        return merged_drive_request(requests, step.sources)
    return merged_initialize_request(requests, [part.own for part in step.parts], step.sources)


def merged_answer(step: Step, answers: Sequence[Json]) -> Json:
    """Return what a client makes of the parts' answers. Raises what :func:`merged_request` does."""
    if step.first.call.endpoint.is_drive:
        return merged_drive_answer(answers, step.sources)
    return merged_initialize_answer(answers, step.sources)
