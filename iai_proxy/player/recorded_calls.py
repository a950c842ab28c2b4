"""The calls of a recording as a replay needs them: indexed, with steps, and the unused ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from iai_proxy.api import Call, LazyBody, RequestKeys, query_of
from iai_proxy.api.fields import REQUESTED
from iai_proxy.errors import UsageError, did_you_mean
from iai_proxy.lineage import Agents
from iai_proxy.recordings import Recording
from iai_proxy.recordings.observed import StoredAgents
from iai_proxy.replay import KeyedCall, MatchRules, RecordedSteps, Replayer


def replayer_for(
    recording: Recording,
    rules: MatchRules,
    steps: Callable[[], RecordedSteps] | None = None,
) -> Replayer:
    """Return what decides which call of a recording answers a request.

    Reads no body until it needs keys that are not stored: the file is not packed, an older version
    did it, or other fields than the usual ones are ignored.

    Args:
        recording: the calls.
        rules: what counts as the same request.
        steps: gives the recording's steps; None to work them out when they are first needed.
    """

    def request(number: int) -> Mapping[str, Any]:
        return LazyBody.of(recording.body(recording.call(number).request_hash))

    def answer(number: int) -> Mapping[str, Any]:
        response = recording.response(number)
        return LazyBody.of(response.body if response else b"")

    def answered(number: int) -> tuple[bytes, Agents] | None:
        agents, response = recording.plain_answer(number), recording.response(number)
        return (response.body, agents) if response and agents else None

    def keys_of(call: Call) -> RequestKeys:
        return recording.made_keys(call, rules.ignored)

    made = steps or (lambda: recorded_steps(recording))
    keyed = _keyed_calls(recording, rules.ignored)
    return Replayer(keyed, rules, made, request, answer, answered, keys_of)


def check_ignored(recording: Recording, ignored: Collection[str]) -> None:
    """Check that there are such fields: in requests as we know them, or in those recorded.

    Raises:
        UsageError: there is no such field, so nothing would be ignored.
    """
    unknown = set(ignored).difference(REQUESTED)
    if not unknown:
        return
    recorded: set[str] = set()
    for call in recording.calls():
        recorded |= dict(parse_qsl(query_of(call.target))).keys()
        recorded |= LazyBody.of(recording.body(call.request_hash)).keys()
        if recorded >= unknown:
            return
    field = min(unknown - recorded)
    hint = did_you_mean(field, {*REQUESTED, *recorded})
    raise UsageError(
        f"--ignore {field}: there is no field {field} in the API's requests, nor in those of "
        f"{recording.path}{hint}"
    )


@contextmanager
def steps_in_background(path: Path) -> Iterator[Callable[[], RecordedSteps]]:
    """Work out the steps of a recording on another thread; what is given waits for them.

    Where bodies have to be read for that, it begins when they are first asked for: most clients of
    such a recording are answered by the bytes of what they send.
    """
    agents = StoredAgents(path)

    def work() -> RecordedSteps:
        with Recording(path, agents=agents) as recording:
            steps = recorded_steps(recording)
            steps.prepare()
            return steps

    with agents, ThreadPoolExecutor(1, thread_name_prefix="iai-proxy-steps") as worker:
        begin = cache(lambda: worker.submit(work))
        with Recording(path, agents=agents) as recording:
            if recording.is_observed:
                begin()
        yield lambda: begin().result()


def recorded_steps(recording: Recording) -> RecordedSteps:
    """Return the steps of a recording: of the lineage that is stored in it, or made anew."""
    if lineage := recording.stored_lineage():
        return RecordedSteps(recording.beginnings_and_failures(), lineage)
    return RecordedSteps(recording.observations())


def unused_by_endpoint(path: Path, numbers: Sequence[int]) -> tuple[tuple[str, list[int]], ...]:
    """Return the calls that were never used, as (endpoint, their numbers)."""
    unused: dict[str, list[int]] = {}
    if numbers:
        wanted = set(numbers)
        with Recording(path) as recording:
            for call in recording.calls():
                if call.id in wanted:
                    unused.setdefault(call.endpoint, []).append(call.id)
    return tuple(unused.items())


def last_step(path: Path) -> int | None:
    """Return the highest step that any simulation of a recording has; None without steps."""
    with Recording(path) as recording:
        simulations = recording.lineage().simulations
    return max(
        (step.index for simulation in simulations for step in simulation.steps), default=None
    )


def _keyed_calls(recording: Recording, ignored: frozenset[str]) -> Iterator[KeyedCall]:
    for call, keys in recording.keyed_calls(ignored):
        if not call.is_large_call:  # its parts answer, and it is divided anew
            yield KeyedCall(call, keys)
