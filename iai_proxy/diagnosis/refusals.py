"""What the service said of calls that it refused."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

from iai_proxy.api import NOT_LOGGED, Call, parse_json
from iai_proxy.recordings.reader import Recording

#: Requests that the service has read and found wanting; whatever else fails says nothing of the
#: request.
_STATUSES: Final = frozenset({400, 413, 422})
#: A client that is refused once may be so at every step.
_MOST: Final = 20
_LONGEST: Final = 200


def refused_calls(calls: Iterable[Call]) -> list[Call]:
    """Return calls that failed and whose requests may say why; the first ones."""
    failed = (one for one in calls if one.endpoint.is_stepping and not one.succeeded)
    return list(
        islice(
            (one for one in failed if one.status in _STATUSES or one.failure == NOT_LOGGED), _MOST
        )
    )


def refusals(recording: Recording, calls: Iterable[Call]) -> dict[int, str]:
    """Return by call what the service gave for a reason, on one line; of the first that failed."""
    failed = (
        one
        for one in calls
        if not one.succeeded and not one.is_repeated_by_sdk and one.response_hash
    )
    told = (
        (one.id, _told(recording.body(one.response_hash or b""))) for one in islice(failed, _MOST)
    )
    return {number: text for number, text in told if text}


def _told(body: bytes) -> str:
    try:
        value = parse_json(body)
    except ValueError:
        text = body.decode("utf-8", "replace")
    else:
        text = _detail(value.get("detail", value) if isinstance(value, dict) else value)
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _detail(value: Any) -> str:
    """Read FastAPI's ``detail``: a sentence, or a list of faults, each with its place and a message."""
    if isinstance(value, list):
        return "; ".join(map(_detail, value))
    if isinstance(value, dict) and isinstance(value.get("msg"), str):
        place = value.get("loc")
        where = (
            ".".join(map(str, place[1:])) if isinstance(place, list) else ""
        )  # the first is "body"
        return f"{where}: {value['msg']}" if where else value["msg"]
    return str(value)
