"""Which calls the service refused, and why."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

from iai_proxy.api import NOT_LOGGED, Call, parse_json
from iai_proxy.recordings.reader import Recording

#: The service read these requests and rejected them; other statuses don't concern the request.
_STATUSES: Final = frozenset({400, 413, 422})
#: Calls looked at: a client that is refused once may be refused at every step.
_MOST: Final = 20
#: Characters of a reason.
_LONGEST: Final = 200


def refused_calls(calls: Iterable[Call]) -> list[Call]:
    """Return the first calls that failed and whose requests may show why."""
    refused = (
        call
        for call in calls
        if call.endpoint.is_stepping
        and not call.succeeded
        and (call.status in _STATUSES or call.failure == NOT_LOGGED)
    )
    return list(islice(refused, _MOST))


def refusals(recording: Recording, calls: Iterable[Call]) -> dict[int, str]:
    """Return the service's reasons, each on one line, for the first calls that failed."""
    failed = (
        call
        for call in calls
        if not call.succeeded and not call.is_repeated_by_sdk and call.response_hash
    )
    reasons = {
        call.id: _reason(recording.body(call.response_hash or b""))
        for call in islice(failed, _MOST)
    }
    return {number: reason for number, reason in reasons.items() if reason}


def _reason(body: bytes) -> str:
    try:
        value = parse_json(body)
    except ValueError:
        text = body.decode("utf-8", "replace")
    else:
        text = _detail(value.get("detail", value) if isinstance(value, dict) else value)
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _detail(value: Any) -> str:
    """Return FastAPI's ``detail`` as text: a sentence, or a list of problems with their fields."""
    if isinstance(value, list):
        return "; ".join(map(_detail, value))
    if isinstance(value, dict) and isinstance(value.get("msg"), str):
        location = value.get("loc")
        # It begins with "body".
        where = ".".join(map(str, location[1:])) if isinstance(location, list) else ""
        return f"{where}: {value['msg']}" if where else value["msg"]
    return str(value)
