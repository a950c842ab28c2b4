"""A recording as the SDK's debug log: what ``IAI_LOGGER_PATH`` gives, with every pair right."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from iai_proxy.api import FOR_MAPS, Call, Endpoint, query_of
from iai_proxy.lineage import Lineage, Simulation, Step
from iai_proxy.logs.debug_log_writer import LoggedCall, write_debug_log
from iai_proxy.logs.large_steps import large_answer_text, large_request_text
from iai_proxy.logs.sdk_shapes import logged_location_request
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
        simulation: only this one, and the lookups of its location; None for all.
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
    export = _Export(recording, lineage, only)
    yield from export.calls()
    yield from export.large_calls()
    if with_errors:
        yield from export.extra_calls()


class _Export:
    """The calls of a recording as the program made them: an attempt is part of its success."""

    def __init__(self, recording: Recording, lineage: Lineage, only: Simulation | None) -> None:
        self._recording = recording
        self._simulations = (only,) if only else tuple(lineage.simulations)
        self._steps = [step for simulation in self._simulations for step in simulation.steps]
        self._calls = {
            call.id: call
            for call in recording.calls()
            if not call.connection.startswith(FOR_MAPS)  # which the client did not make
        }
        self._success_of = self._attempts() | self._location_attempts()
        self._wanted = set(self._calls) if only is None else self._calls_of(only)

    def calls(self) -> Iterator[LoggedCall]:
        """Yield the calls that the SDK logs one by one."""
        begun_ns: dict[int, int] = {}  # the first attempt at each call that succeeded
        for attempt, success in self._success_of.items():
            begun_ns.setdefault(success, self._calls[attempt].started_ns)
        given_up: set[tuple[str, bytes]] = set()
        for call in self._calls.values():
            if not self._is_logged(call):
                continue
            key = (call.target, call.request_hash)
            if not call.succeeded and key in given_up:
                continue
            if call.is_repeated_by_sdk:  # again and again, never answered: one call to the program
                given_up.add(key)
            yield self._call(call, begun_ns.get(call.id, call.started_ns))

    def large_calls(self) -> Iterator[LoggedCall]:
        """Yield the large calls, whose parts the SDK logs as well."""
        for simulation in self._simulations:
            are_known = any(step.large_call is not None for step in simulation.steps)
            for step in simulation.steps:
                if simulation.large and _may_be_large(step, are_known=are_known):
                    yield self._large_call(step)

    def extra_calls(self) -> Iterator[LoggedCall]:
        """Yield what the SDK leaves out."""
        for call in self._calls.values():
            if call.id in self._wanted and not call.is_large_call and not self._is_logged(call):
                yield self._extra_call(call)

    # Which calls

    def _is_logged(self, call: Call) -> bool:
        is_wanted = call.id in self._wanted and call.endpoint in _LOGGED
        return is_wanted and call.id not in self._success_of

    def _attempts(self) -> dict[int, int]:
        """Return each failed attempt at a step's call, and the success that it ended in."""
        return {
            attempt: next(
                number
                for number in step.numbers
                if self._calls[number].request_hash == self._calls[attempt].request_hash
            )
            for step in self._steps
            for attempt in step.attempts
        }

    def _location_attempts(self) -> dict[int, int]:
        """Return each failed attempt at ``location_info``, and the success that it ended in."""
        failed: defaultdict[str, list[int]] = defaultdict(list)
        success_of: dict[int, int] = {}
        for call in self._calls.values():
            if call.endpoint is not Endpoint.LOCATION_INFO:
                continue
            if call.is_repeated_by_sdk:
                failed[call.target].append(call.id)
            elif call.succeeded:
                success_of |= dict.fromkeys(failed.pop(call.target, ()), call.id)
        return success_of

    def _calls_of(self, simulation: Simulation) -> set[int]:
        """Return the numbers of a simulation's calls and of the lookups of its location."""
        wanted = {
            number
            for step in simulation.steps
            for number in (*step.attempts, *step.arrivals, *step.refused, *step.numbers)
        }
        for call in self._calls.values():
            if call.endpoint is Endpoint.LOCATION_INFO:
                location = logged_location_request(query_of(call.target))["location"]
                if location == simulation.location:
                    wanted.add(call.id)
        return wanted

    # Their form

    def _call(self, call: Call, started_ns: int) -> LoggedCall:
        """Return one call; one that never succeeded is logged by the SDK without a response."""
        is_answered = call.succeeded and call.response_hash is not None
        return LoggedCall(
            model=call.endpoint,
            request=partial(self._request, call),
            response=partial(self._text, call.response_hash) if is_answered else None,
            request_ns=started_ns,
            response_ns=call.ended_ns if is_answered else None,
        )

    def _large_call(self, step: Step) -> LoggedCall:
        is_drive = step.first.call.endpoint.is_drive
        whole = self._calls.get(step.large_call or 0)
        is_answered = whole is None or whole.succeeded
        return LoggedCall(
            model=Endpoint.LARGE_DRIVE if is_drive else Endpoint.LARGE_INITIALIZE,
            request=partial(large_request_text, self._recording, step),
            response=partial(large_answer_text, self._recording, step) if is_answered else None,
            request_ns=whole.started_ns if whole else step.started_ns,
            response_ns=step.ended_ns if is_answered else None,
        )

    def _extra_call(self, call: Call) -> LoggedCall:
        outcome = "" if call.succeeded else "failed_"
        return LoggedCall(
            model=f"{_EXTRA}{outcome}{call.endpoint}",
            request=partial(self._request, call),
            response=partial(self._outcome, call),
            request_ns=call.started_ns,
            response_ns=call.ended_ns,
        )

    def _request(self, call: Call) -> str:
        if call.method != "GET":
            return self._text(call.request_hash)
        if call.endpoint is Endpoint.LOCATION_INFO:
            return json.dumps(logged_location_request(query_of(call.target)))
        return json.dumps({"query": query_of(call.target)})

    def _outcome(self, call: Call) -> str:
        if call.succeeded:
            return self._text(call.response_hash)
        body = self._text(call.response_hash) if call.response_hash else None
        return json.dumps({"status": call.status, "failure": call.failure, "body": body})

    def _text(self, digest: bytes | None) -> str:
        return self._recording.body(digest).decode("utf-8", "replace") if digest else "null"


def _may_be_large(step: Step, *, are_known: bool) -> bool:
    """Whether a step of a large simulation can be a large call itself.

    Args:
        step: one of a single part may be an ordinary call; a region's ``initialize`` names its
            centre.
        are_known: whether large calls of that simulation were made to the proxy itself; then those
            of one part are known.
    """
    if step.large_call is not None or len(step.parts) > 1:
        return True
    is_region = step.first.call.endpoint.is_drive or step.first.center is not None
    return is_region and not are_known
