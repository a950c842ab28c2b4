"""A recording as the SDK's debug log: what ``IAI_LOGGER_PATH`` would have given, with every pair right."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from iai_proxy.api import Call, Endpoint, parse_json
from iai_proxy.errors import InputError
from iai_proxy.large import (
    flat_initialize_request,
    merged_initialize_request,
)
from iai_proxy.lineage import Lineage, Observation, Part, Simulation, Step
from iai_proxy.lineage.whole_calls import whole_answer, whole_request
from iai_proxy.logs.debug_log_writer import LoggedCall, write_debug_log
from iai_proxy.logs.sdk_shapes import (
    logged_large_drive_request,
    logged_large_drive_response,
    logged_large_initialize_request,
    logged_large_initialize_response,
    logged_location_request,
)
from iai_proxy.recordings.files import atomic_output
from iai_proxy.recordings.reader import Recording

#: What the SDK logs; the rest it drops silently.
_LOGGED: Final = frozenset({Endpoint.LOCATION_INFO, Endpoint.INITIALIZE, Endpoint.DRIVE})
#: Before the names of what the SDK leaves out, so that its readers pass over them.
_EXTRA: Final = "iai_proxy_"


def export_debug_log(
    recording: Recording,
    lineage: Lineage,
    out: Path,
    *,
    simulation: Simulation | None = None,
    with_errors: bool = False,
) -> int:
    """Write a debug log and return how many calls it has.

    Args:
        recording: read one body at a time.
        lineage: of the recording.
        out: the file; it is there whole or not at all.
        simulation: only this one, and what was asked about its location; None for all.
        with_errors: add failed attempts, ``light``, ``blame`` and others under names that the SDK's
            readers ignore.

    Raises:
        UsageError: the file can't be written.
        InputError: the recording is damaged.
    """
    calls = list(logged_calls(recording, lineage, simulation, with_errors=with_errors))
    with atomic_output(out) as stream:
        write_debug_log(calls, stream)
    return len(calls)


def logged_calls(
    recording: Recording, lineage: Lineage, only: Simulation | None, *, with_errors: bool
) -> Iterator[LoggedCall]:
    """Yield what a debug log of a recording holds, in no order: of one simulation, or of all."""
    calls = {call.id: call for call in recording.calls()}
    simulations = [only] if only else lineage.simulations
    steps = [(simulation, step) for simulation in simulations for step in simulation.steps]
    retried: dict[int, int] = {}  # attempts by the success that they ended in
    for _, step in steps:
        for attempt in step.attempts:
            success = next(
                n for n in step.numbers if calls[n].request_hash == calls[attempt].request_hash
            )
            retried[attempt] = success
    retried |= _retried_lookups(calls.values())
    first_ns: dict[int, int] = {}
    for attempt, success in retried.items():
        first_ns[success] = min(
            first_ns.get(success, calls[attempt].started_ns), calls[attempt].started_ns
        )
    wanted = _wanted(calls, steps, only)
    named = {simulation.number for simulation, step in steps if step.whole is not None}
    given_up: set[tuple[str, bytes]] = set()
    for call in calls.values():
        if call.id not in wanted or call.id in retried or call.endpoint not in _LOGGED:
            continue
        asked = (call.target, call.request_hash)
        if call.succeeded or asked not in given_up:
            if (
                call.is_repeated_by_sdk
            ):  # tried again and again, and never answered: one call to the program
                given_up.add(asked)
            yield _single(recording, call, first_ns.get(call.id, call.started_ns))
    for simulation, step in steps:
        if simulation.large and _may_be_large(step, named=simulation.number in named):
            yield _large(recording, step, calls.get(step.whole or 0))
    if with_errors:
        for call in calls.values():
            if (
                call.id in wanted
                and not call.is_whole
                and (call.id in retried or call.endpoint not in _LOGGED)
            ):
                yield _extra(recording, call)


def _may_be_large(step: Step, *, named: bool) -> bool:
    """Whether a step of a large simulation can be a large call itself: a region's ``initialize`` names its centre.

    Args:
        step: any.
        named: whether large calls of that simulation were made to the proxy itself; then those of
            one part are known.
    """
    if step.whole is not None or len(step.parts) > 1:
        return True
    return not named and (step.first.call.endpoint.is_drive or step.first.center is not None)


def _retried_lookups(calls: Iterable[Call]) -> dict[int, int]:
    """Failed attempts at ``location_info``, each with the success that it ended in."""
    failed: defaultdict[str, list[int]] = defaultdict(list)
    retried: dict[int, int] = {}
    for call in calls:
        if call.endpoint is Endpoint.LOCATION_INFO and call.is_repeated_by_sdk:
            failed[call.target].append(call.id)
        elif call.endpoint is Endpoint.LOCATION_INFO and call.succeeded:
            retried |= dict.fromkeys(failed.pop(call.target, ()), call.id)
    return retried


def _wanted(
    calls: dict[int, Call], steps: Sequence[tuple[Simulation, Step]], only: Simulation | None
) -> set[int]:
    if only is None:
        return set(calls)
    numbers = {
        number
        for _, step in steps
        for number in (*step.attempts, *step.arrivals, *step.refused, *step.numbers)
    }
    location = only.location
    asked = {
        call.id
        for call in calls.values()
        if call.endpoint is Endpoint.LOCATION_INFO
        and logged_location_request(_query(call))["location"] == location
    }
    return numbers | asked


def _single(recording: Recording, call: Call, started_ns: int) -> LoggedCall:
    """One call as the program made it; one that never succeeded is logged by the SDK without a response."""
    answered = call.succeeded and call.response_hash
    return LoggedCall(
        model=call.endpoint,
        request=partial(_request_text, recording, call),
        response=partial(_text, recording, call.response_hash)
        if answered and call.response_hash
        else None,
        request_ns=started_ns,
        response_ns=call.ended_ns if answered else None,
    )


def _extra(recording: Recording, call: Call) -> LoggedCall:
    outcome = "" if call.succeeded else "failed_"
    return LoggedCall(
        model=f"{_EXTRA}{outcome}{call.endpoint}",
        request=partial(_request_text, recording, call),
        response=partial(_outcome_text, recording, call),
        request_ns=call.started_ns,
        response_ns=call.ended_ns,
    )


def _large(recording: Recording, step: Step, whole: Call | None) -> LoggedCall:
    drives = step.first.call.endpoint.is_drive
    answered = whole is None or whole.succeeded
    return LoggedCall(
        model="large_drive" if drives else "large_initialize",
        request=partial(_dumped, large_request, recording, step),
        response=partial(_dumped, large_answer, recording, step) if answered else None,
        request_ns=whole.started_ns if whole else step.started_ns,
        response_ns=step.ended_ns if answered else None,
    )


def large_request(recording: Recording, step: Step) -> dict[str, Any]:
    """Return the request of a whole large step, as the SDK logs it."""
    if step.whole is not None:
        asked = parse_json(recording.exchange(step.whole).request.body)
        if step.first.call.endpoint.is_drive:
            return logged_large_drive_request(asked)
        return logged_large_initialize_request(flat_initialize_request(asked))
    if step.first.call.endpoint.is_drive:
        bodies = [_json(recording, part.observation.call.request_hash) for part in step.parts]
        return logged_large_drive_request(whole_request(step, bodies))
    regions = _regions(step)
    bodies = [_json(recording, asked.call.request_hash) for asked, _ in regions]
    place = {part.number: number for number, (_, part) in enumerate(regions) if part}
    own = [part.own if part else () for _, part in regions]
    sources = [(place[step.parts[part].number], position) for part, position in step.sources]
    return logged_large_initialize_request(merged_initialize_request(bodies, own, sources))


def _regions(step: Step) -> list[tuple[Observation, Part | None]]:
    """What was asked for each region, in order, and the part that answered it, if any.

    A region that could not be filled is asked for once more with only the agents that it was given:
    then the failed request is the one that says all that was wanted.
    """
    refused = {one.center: one for one in step.given_up}
    regions: list[tuple[Observation, Part | None]] = [
        (refused.pop(part.observation.center, part.observation), part) for part in step.parts
    ]
    regions += [(one, None) for one in refused.values()]
    return sorted(regions, key=lambda region: region[0].call.started_ns)


def large_answer(recording: Recording, step: Step) -> dict[str, Any]:
    """Return the answer of a whole large step, as the SDK logs it."""
    bodies = [_json(recording, part.observation.call.response_hash) for part in step.parts]
    if step.first.call.endpoint.is_drive:
        return logged_large_drive_response(whole_answer(step, bodies))
    return logged_large_initialize_response(whole_answer(step, bodies))


def _dumped(
    make: Callable[[Recording, Step], dict[str, Any]], recording: Recording, step: Step
) -> str:
    try:
        return json.dumps(make(recording, step))
    except (TypeError, LookupError, AttributeError, ValueError) as error:
        numbers = f"#{min(step.numbers)} to #{max(step.numbers)}"
        raise InputError(
            f"{recording.path}: the parts of one large call, {numbers}, don't fit together ({error!r}): write the "
            "other simulations with --sim (`iai-proxy show` lists them)"
        ) from error


def _request_text(recording: Recording, call: Call) -> str:
    if call.method == "GET":
        query = _query(call)
        asked = (
            logged_location_request(query)
            if call.endpoint is Endpoint.LOCATION_INFO
            else {"query": query}
        )
        return json.dumps(asked)
    return _text(recording, call.request_hash)


def _outcome_text(recording: Recording, call: Call) -> str:
    if call.succeeded:
        return _text(recording, call.response_hash)
    body = (
        recording.body(call.response_hash).decode("utf-8", "replace")
        if call.response_hash
        else None
    )
    return json.dumps({"status": call.status, "failure": call.failure, "body": body})


def _text(recording: Recording, digest: bytes | None) -> str:
    return recording.body(digest).decode("utf-8", "replace") if digest else "null"


def _json(recording: Recording, digest: bytes | None) -> dict[str, Any]:
    value: dict[str, Any] = parse_json(recording.body(digest)) if digest else {}
    return value


def _query(call: Call) -> str:
    return call.target.partition("?")[2]
