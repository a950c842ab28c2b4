"""Debug logs of the Python and of the C++ SDK as text in, also those that a crash cut off in the middle.

The C++ SDK differs: it calls one model ``location``, sorts its keys (so timestamps stand before
bodies), writes empty lists and indents. Both SDKs pair a request with the response at its position,
which is wrong after a failed call or with concurrent ones; nothing here mends that, since only
lineage can. What is odd is told in ``problems``.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from iai_proxy.api import parse_json
from iai_proxy.errors import InputError
from iai_proxy.logs.json_scan import scan_object
from iai_proxy.logs.sdk_shapes import logged_location_request
from iai_proxy.logs.timestamps import parse_timestamp

_Item = TypeVar("_Item")

#: What the C++ SDK calls a model, and what the Python SDK calls it.
_ALIASES: Final = {"location": "location_info"}
_SUFFIXES: Final = ("_requests", "_responses", "_request_timestamps", "_response_timestamps")
_GIVE: Final = "give the file that IAI_LOGGER_PATH or 'iai-proxy export debug-log' wrote"


@dataclass(frozen=True, slots=True)
class PairedCall:
    """A request and the response at the same position; either may be missing, never both."""

    model: str
    position: int  # in its model's lists, from 0
    request: str | None  # JSON text
    response: str | None  # JSON text
    request_ns: int | None  # since 1970, UTC
    response_ns: int | None


@dataclass(frozen=True, slots=True)
class DebugLog:
    """What a debug log says."""

    calls: tuple[PairedCall, ...]  # by the time of their requests
    problems: tuple[
        str, ...
    ]  # what could not be read or is doubtful, a sentence each; empty for a sound log


def read_debug_log(data: bytes, name: str) -> DebugLog:
    """Read a debug log of either SDK.

    Args:
        data: the whole file.
        name: what to call it in an error.

    Raises:
        InputError: nothing of it can be read.
    """
    problems: list[str] = []
    text = _decoded(data, problems)
    if not text.strip():
        found = problems[0] if problems else "the file is empty"
        raise InputError(f"{name} is not a debug log: {found}; {_GIVE}")
    scan = scan_object(text)
    if scan is None:
        begins = text.lstrip()[:20]
        raise InputError(
            f"{name} is not a debug log: it begins with {begins!r}, not with '{{'; {_GIVE}"
        )
    if scan.problem:
        problems.append(scan.problem)
    by_model = _grouped(scan.values, problems)
    if not by_model and scan.values:
        keys = ", ".join(list(scan.values)[:5])
        raise InputError(
            f"{name} is not a debug log: none of its keys ({keys}) ends in '_requests'; {_GIVE}"
        )
    calls = [call for model, lists in by_model.items() for call in _paired(model, lists, problems)]
    if not calls:
        problems.append("the log has no calls")
    return DebugLog(tuple(_in_time_order(calls)), tuple(problems))


def _decoded(data: bytes, problems: list[str]) -> str:
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        problems.append(f"byte {error.start} is not UTF-8: the log was read up to there")
        return data[: error.start].decode()


def _grouped(values: dict[str, Any], problems: list[str]) -> dict[str, dict[str, list[Any]]]:
    """Sort the log's lists by model and by what they hold (one of ``_SUFFIXES``)."""
    by_model: dict[str, dict[str, list[Any]]] = {}
    for key, value in values.items():
        suffix = next((end for end in _SUFFIXES if key.endswith(end) and key != end), None)
        if suffix is None:
            continue
        if not isinstance(value, list):
            problems.append(f"{key} is no list: it was not read")
            continue
        model = key.removesuffix(suffix)
        lists = by_model.setdefault(_ALIASES.get(model, model), {})
        lists.setdefault(suffix, []).extend(value)
    return by_model


def _paired(model: str, lists: dict[str, list[Any]], problems: list[str]) -> list[PairedCall]:
    """Put the sides of each call of one model together by position."""
    requests = _bodies(model, "request", lists.get("_requests", []), problems)
    responses = _bodies(model, "response", lists.get("_responses", []), problems)
    if len(requests) != len(responses):
        problems.append(
            f"{model} has {len(requests)} requests and {len(responses)} responses: pairs go by position, "
            "so those behind a failed call are wrong"
        )
    asked_ns = _moments(
        model, "request", lists.get("_request_timestamps", []), len(requests), problems
    )
    answered_ns = _moments(
        model, "response", lists.get("_response_timestamps", []), len(responses), problems
    )
    calls = (
        PairedCall(
            model,
            index,
            _at(requests, index),
            _at(responses, index),
            _at(asked_ns, index),
            _at(answered_ns, index),
        )
        for index in range(max(len(requests), len(responses)))
    )
    return [call for call in calls if call.request is not None or call.response is not None]


def _at(items: Sequence[_Item | None], index: int) -> _Item | None:
    return items[index] if index < len(items) else None


def _bodies(model: str, side: str, items: list[Any], problems: list[str]) -> list[str | None]:
    """Return each entry as JSON text, and None where it is none."""
    bodies = [_body(model, side, item) for item in items]
    bad = [index + 1 for index, body in enumerate(bodies) if body is None]
    if bad:
        problems.append(f"{_numbered(model, side, bad)} no JSON: left out")
    return bodies


def _body(model: str, side: str, item: object) -> str | None:
    if isinstance(item, dict):  # written by something that does not put JSON into strings
        return json.dumps(item)
    if not isinstance(item, str):
        return None
    if (model, side) == ("location_info", "request") and item.startswith(
        "?"
    ):  # the C++ SDK's query
        return json.dumps(logged_location_request(item))
    return item if _is_json(item) else None


def _is_json(text: str) -> bool:
    try:
        parse_json(text)
    except ValueError:
        return False
    return True


def _moments(
    model: str, side: str, items: list[Any], expected: int, problems: list[str]
) -> list[int | None]:
    """Return each timestamp in nanoseconds, and None where it is none."""
    moments = [
        parse_timestamp(item) if isinstance(item, str) else None for item in items[:expected]
    ]
    bad = [index + 1 for index, moment in enumerate(moments) if moment is None]
    if bad:
        problems.append(
            f"{_numbered(f'{model} timestamp of', side, bad)} no time: taken as unknown"
        )
    if len(items) != expected:
        problems.append(f"{model} has {expected} {side}s, but {len(items)} timestamps for them")
    return moments


def _numbered(what: str, side: str, numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:5])) + (
        f" and {len(numbers) - 5} more" if len(numbers) > 5 else ""
    )
    return f"{what} {side} {shown} is" if len(numbers) == 1 else f"{what} {side}s {shown} are"


def _in_time_order(calls: list[PairedCall]) -> list[PairedCall]:
    """Sort by the request's time; a call without one goes where the call before it in its model goes."""
    placed: list[tuple[int, PairedCall]] = []
    model, latest = "", 0
    for call in calls:
        if call.model != model:
            model, latest = call.model, 0
        latest = latest if call.request_ns is None else call.request_ns
        placed.append((latest, call))
    return [call for _, call in sorted(placed, key=lambda item: item[0])]
