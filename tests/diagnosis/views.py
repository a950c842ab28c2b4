"""Runs in plain JSON as the views that checks get, by way of the real lineage; no store, no proxy.

A run is a list of calls, ``{"endpoint": …, "request": …, "answer": …}``, with ``status`` and ``ms``
where they matter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote_plus, urlencode

from iai_proxy.api import Call, Endpoint, parse_json
from iai_proxy.api.fingerprint import recurrent_fingerprint
from iai_proxy.diagnosis.check import Check, Finding, Severity
from iai_proxy.diagnosis.registry import ALL, by_code
from iai_proxy.diagnosis.runner import run_checks
from iai_proxy.diagnosis.step_view import RunView, StepView
from iai_proxy.large.merge import (
    merged_drive_answer,
    merged_drive_request,
    merged_initialize_answer,
    merged_initialize_request,
)
from iai_proxy.lineage import Step, described_agents, observe, restored_steps

Json = dict[str, Any]
_NS_PER_MS = 1_000_000


def bodies(call: Json) -> tuple[bytes, bytes]:
    """A call's bodies as they travel; NaN is written as Python's json writes it."""
    answer = call.get("answer")
    return json.dumps(call["request"]).encode(), b"" if answer is None else json.dumps(
        answer
    ).encode()


def calls_of(run: Sequence[Json]) -> list[Call]:
    """The calls without their bodies, in order."""
    calls, clock = [], 0
    for number, call in enumerate(run, start=1):
        sent, got = bodies(call)
        get = call["endpoint"] in {"location_info", "light"}
        started, clock = clock, clock + int(call.get("ms", 1) * _NS_PER_MS)
        query = urlencode(call["request"])
        calls.append(
            Call(
                id=number,
                connection="c",
                endpoint=Endpoint(call["endpoint"]),
                method="GET" if get else "POST",
                target=f"/{call['endpoint']}" + (f"?{query}" if get else ""),
                status=call.get("status", 200),
                failure=call.get("failure"),
                started_ns=started,
                request_ended_ns=started,
                response_started_ns=clock,
                ended_ns=clock,
                request_hash=hashlib.sha256(sent).digest(),
                response_hash=hashlib.sha256(got).digest(),
                request_bytes=len(sent),
                response_bytes=len(got),
                sdk_version=None,
            )
        )
        clock += int(call.get("wait_ms", 0) * _NS_PER_MS)
    return calls


def views_of(run: Sequence[Json], egos: Iterable[int] = ()) -> tuple[RunView, list[StepView]]:
    """The run and its steps."""
    calls = calls_of(run)
    return views_from(
        [(call, *bodies(given)) for call, given in zip(calls, run, strict=True)], egos
    )


def views_from(
    exchanges: Sequence[tuple[Call, bytes, bytes]], egos: Iterable[int] = ()
) -> tuple[RunView, list[StepView]]:
    """The same of exchanges: (call, body of the request, body of the answer)."""
    calls = {call.id: call for call, _, _ in exchanges}
    parsed = {call.id: (_parsed(sent), _parsed(got)) for call, sent, got in exchanges}
    observations = [observe(*exchange) for exchange in exchanges]
    described = {
        call.id: described_agents(call.endpoint, sent, got) for call, sent, got in exchanges
    }
    steps = restored_steps(observations, described=described.__getitem__)
    maps = {
        unquote_plus(call.target.partition("location=")[2].partition("&")[0]): parsed[call.id][1]
        for call in calls.values()
        if call.endpoint == "location_info" and call.succeeded
    }
    views: dict[Step, StepView] = {}
    for joined in steps:
        step = joined.step
        request, answer = _whole(step, parsed)
        sent = len(request.get("agent_states") or (request.get("states_history") or [[]])[-1] or ())
        views[step] = StepView(
            simulation=joined.simulation,
            index=joined.index,
            endpoint=step.first.call.endpoint.of_parts,
            location=step.first.location,
            request=request,
            answer=answer,
            calls=[calls[number] for number in step.numbers],
            attempts=[calls[number] for number in step.attempts],
            previous=views[joined.previous] if joined.previous else None,
            recurrent=_marks(request.get("recurrent_states"), sent),
            answered_recurrent=_marks(
                answer.get("recurrent_states"), len(answer.get("agent_states") or ())
            ),
            egos=frozenset(egos),
        )
    return RunView(list(calls.values()), len({joined.simulation for joined in steps}), maps), list(
        views.values()
    )


def _parsed(body: bytes) -> Json:
    value = parse_json(body or b"{}")
    return value if isinstance(value, dict) else {}


def _marks(rows: Any, count: int) -> list[int]:
    found = [recurrent_fingerprint(row) for row in (rows if isinstance(rows, list) else [])][:count]
    return found + [0] * (count - len(found))


def _whole(step: Step, parsed: dict[int, tuple[Json, Json]]) -> tuple[Json, Json]:
    requests, answers = zip(*(parsed[number] for number in step.numbers), strict=True)
    if len(step.parts) == 1:
        return requests[0], answers[0]
    if step.first.call.endpoint.is_drive:
        return merged_drive_request(requests, step.sources), merged_drive_answer(
            answers, step.sources
        )
    own = [part.own for part in step.parts]
    return merged_initialize_request(requests, own, step.sources), merged_initialize_answer(
        answers, step.sources
    )


def findings_of(
    run: RunView, views: Iterable[StepView], checks: Iterable[type[Check]]
) -> Iterator[Finding]:
    """Everything that checks find, by code."""
    at_work = [check(run) for check in checks]
    found: list[Finding] = []
    for view in views:
        for check in at_work:
            found.extend(check.step(view))
    for check in at_work:
        found.extend(check.end())
    return iter(sorted(found, key=lambda finding: (finding.code, finding.step, finding.agents)))


def without_infos(findings: Iterable[Finding]) -> list[Finding]:
    """Errors and warnings."""
    return [finding for finding in findings if by_code(finding.code).severity is not Severity.INFO]


def folded(calls: Sequence[Json], egos: Iterable[int], *codes: int) -> list[Finding]:
    """The findings of some checks, folded as a report has them."""
    checks = [by_code(code) for code in codes]
    return [located.finding for located in run_checks(*views_of(calls, egos), checks).located]


def reported(calls: list[Json], egos: Sequence[int] = ()) -> list[tuple[int, int, int]]:
    """Code, first and last step of each error and warning, folded as a report has them."""
    return [
        (located.check.code, located.finding.step, located.finding.last_step)
        for located in run_checks(*views_of(calls, egos), ALL).located
        if located.check.severity is not Severity.INFO
    ]
