"""The lines that the SDK's tool prints about a log."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from iai_proxy.diagnosis.sdk_tool.lookup import (
    ABSENT,
    RECURRENT_STATES,
    STATES,
    first_alike,
    first_equal,
)
from iai_proxy.diagnosis.sdk_tool.tool_body import (
    Body,
    RecurrentStates,
    read_body,
    read_object,
    read_sizes,
)
from iai_proxy.errors import InputError

#: A debug log: the lists of bodies by their names (only those that are in the log). Each body is
#: fetched when it is needed, once and in the order of the steps, as JSON text.
SdkLog = Mapping[str, Sequence[Callable[[], bytes]]]

#: The lists that are looked at, if they are there.
USED_LISTS: Final = frozenset(
    {
        *("drive_requests", "drive_responses", "large_drive_requests", "large_drive_responses"),
        *("initialize_responses", "large_initialize_responses"),
    }
)

_RULE: Final = "=" * 91
_LEGEND: Final = {
    10: "Agent state index change",
    11: "Agent state modified or removed before next request",
    20: "Recurrent state index change",
    21: "Recurrent state modified or removed before next request",
    50: "Static agent properties/attributes deviation from expected range",
    51: "Static agent properties/attributes modified or removed between time steps",
    52: "Static agent properties/attributes index change",
    100: "Agents removed before next request",
    101: "Agents added before next request",
}

_Bodies = Sequence[Callable[[], bytes]]
_Issue = tuple[int, list[int] | None]  # a code, and the agents' indices in the call before


def sdk_report(log: SdkLog, egos: Collection[int] = ()) -> Iterator[str]:
    """Yield the lines that ``DiagnosticTool(log, egos).full_diagnostic_test()`` prints.

    Nothing is yielded before everything has been read, so that a log is reported on whole or not at
    all.

    Args:
        log: read from front to back, two steps at a time.
        egos: indices of the agents that the client drives itself.

    Raises:
        InputError: the log lacks what is compared; where the tool does not crash, this is not
            raised.
    """
    issues = _issues(log, frozenset(egos))
    yield from (
        _RULE,
        "Printing potential implementation issues that might cause performance degradation:",
        "",
    )
    for step, found in enumerate(issues):
        yield from _step_lines(step, found)
    yield from ("", _RULE, "Diagnostic Issue Legend:", "")
    yield from (f"{code}:{meaning}" for code, meaning in _LEGEND.items())
    yield from ("", _RULE, "", "Finished diagnostic analysis.")


def _step_lines(step: int, issues: list[_Issue]) -> Iterator[str]:
    if not issues:
        yield f"At timestep {step}: No issues detected."
    for code, agents in issues:
        concerned = "" if agents is None else f" applicable to agent IDs {agents}"
        yield f"At timestep {step}: Issue code {code}{concerned}."


def _issues(log: SdkLog, egos: frozenset[int]) -> list[list[_Issue]]:
    """Return what is wrong at each time step, in the order in which it is printed."""
    model, requests, responses = _drives(log)
    count = min(len(requests), len(responses))
    issues: list[list[_Issue]] = [[] for _ in range(count)]
    if not count:
        return issues
    sizes = _initial_sizes(log)
    resized = _Resized(egos)
    # Without an initialize, sizes are compared with the next request's: that is a step early, and
    # takes one more.
    early = sizes is None
    answer: Body | None = None
    for index in range(count):
        place = f"{model} request {index + 1}"
        request = read_body(requests[index](), place, answer.recurrent if answer else None)
        sent = read_sizes(request.others, place)
        if answer is not None:
            issues[index] += _modified(answer, request, egos, place)
        if index == 0:
            issues[0] += _unlikely(sent if sizes is None else sizes)
        if sizes is not None:
            issues[index - early] += resized(sizes, sent)
        sizes = sent
        answer = read_body(responses[index](), f"{model} response {index + 1}")
    if early and sizes is not None and len(requests) > count:
        place = f"{model} request {count + 1}"
        issues[-1] += resized(sizes, read_sizes(read_object(requests[count](), place), place))
    return issues


def _drives(log: SdkLog) -> tuple[str, _Bodies, _Bodies]:
    model = "large_drive" if "large_drive_responses" in log else "drive"
    for side, absence in (("requests", "calls"), ("responses", "answers")):
        if f"{model}_{side}" not in log:
            raise InputError(
                f"there are no {model} {absence}, so no request can be compared with the answer "
                "before it"
            )
    return model, log[f"{model}_requests"], log[f"{model}_responses"]


def _initial_sizes(log: SdkLog) -> list[Any] | None:
    """Return the agents' sizes as the last ``initialize`` gives them; None if there is none."""
    for model in ("large_initialize", "initialize"):
        answers = log.get(f"{model}_responses")
        if answers:
            place = f"{model} response {len(answers)}"
            return read_sizes(read_object(answers[-1](), place), place)
    return None


def _modified(answer: Body, request: Body, egos: frozenset[int], place: str) -> Iterator[_Issue]:
    """Yield what became of an answer's agents until the next request."""
    try:
        yield from _moved(
            first_alike(answer.states, request.states, STATES), egos, changed=11, reordered=10
        )
        yield from _recurrent_modified(answer.recurrent, request.recurrent, egos)
    except TypeError as error:
        raise InputError(
            f"{place} or the answer before it has something else than numbers for a state"
        ) from error
    if len(answer.states) < len(request.states):
        yield 101, None


def _recurrent_modified(
    answered: RecurrentStates | None, sent: RecurrentStates | None, egos: frozenset[int]
) -> Iterator[_Issue]:
    if answered is None:
        return
    if sent is None:  # egos are not exempt here
        if answered.rows:
            yield 21, list(range(len(answered.rows)))
        return
    if answered is sent and answered.are_distinct:  # the same text, and no two agents are alike
        return
    yield from _moved(
        first_alike(answered.rows, sent.rows, RECURRENT_STATES), egos, changed=21, reordered=20
    )


def _moved(
    indices: list[int], egos: frozenset[int], *, changed: int, reordered: int
) -> Iterator[_Issue]:
    """Yield the agents that are gone, or if there are none, those that have another index."""
    others = [agent for agent in range(len(indices)) if agent not in egos]
    gone = [agent for agent in others if indices[agent] == ABSENT]
    if gone:
        yield changed, gone
        return
    moved = [agent for agent in others if indices[agent] != agent]
    if moved:
        yield reordered, moved


class _Resized:
    """Finds whose size changed between two calls, and remembers it: mostly it is the same again."""

    def __init__(self, egos: frozenset[int]) -> None:
        self._egos = egos
        self._last: tuple[list[Any], list[Any], list[_Issue]] = ([], [], [])

    def __call__(self, before: list[Any], after: list[Any]) -> list[_Issue]:
        last_before, last_after, issues = self._last
        if before != last_before or after != last_after:
            indices = first_equal(
                [_compared(size) for size in before], [_compared(size) for size in after]
            )
            issues = list(_moved(indices, self._egos, changed=51, reordered=52))
            self._last = before, after, issues
        return issues


def _compared(size: Any) -> Any:
    """Return what of an agent's size is compared: all but the last item."""
    return size[:-1] if isinstance(size, list | str) else size


def _unlikely(sizes: list[Any]) -> Iterator[_Issue]:
    """Yield the agents of a size that cars and pedestrians don't have."""
    unlikely = [index for index, size in enumerate(sizes) if not _is_likely(size)]
    if unlikely:
        yield 50, unlikely


def _is_likely(size: Any) -> bool:
    try:
        match size:
            case [length, width, rear, "car", *_]:
                return bool(
                    3.0 < length < 7.0
                    and 1.0 < width < 3.0
                    and length * 0.05 < rear < length * 0.95
                )
            case [length, width, _, "pedestrian", *_]:
                return bool(0.5 < length < 2.0 and 0.5 < width < 2.0)
    except TypeError:  # null
        return False
    return True
