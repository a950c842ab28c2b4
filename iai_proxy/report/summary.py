"""The last lines of a command."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from iai_proxy.diagnosis.check import Check, Located, Severity
from iai_proxy.replay import Tally
from iai_proxy.report.explanations import rule_id
from iai_proxy.text import plural, printable, ranges, size

_PICTURES_SHOWN: Final = 3
_SAME_START: Final = (
    "{} clients were given the same simulations: each process is a client of its own, which begins "
    "with the first recorded one. If they belong together, let `iai-proxy replay FILE -- COMMAND` "
    "start them: they then share the recorded order"
)
#: How many distinct misses a summary shows: the others nearly always have the same cause.
_MISSES_SHOWN: Final = 3
#: Less free room in a recording makes no difference to anyone.
_WORTH_SAYING: Final = 1_000_000


def live_finding(located: Located) -> str:
    """Return a finding on one line."""
    check, finding = located.check, located.finding
    where = ""
    if located.simulation is not None:
        where = f", simulation {located.simulation}, step {finding.step}"
    head = f"{check.severity.value} {rule_id(check)} {check.name}{where}"
    call = f" (call {located.call})" if located.call is not None else ""
    return f"{head}: {printable(finding.sentence)}{call}. {check.help}"


def findings_summary(
    recording: Path, located: Sequence[Located], options: Sequence[str] = ()
) -> Iterator[str]:
    """Sum up the findings of all checks; nothing if there are none.

    Args:
        recording: the recording that was checked.
        located: its findings.
        options: the options with which ``diagnose`` shows the same.
    """
    if not located:
        return
    counts = Counter(found.check.severity for found in located)
    named = ", ".join(
        plural(counts[severity], severity.value) for severity in Severity if counts[severity]
    )
    checks = sorted({found.check for found in located}, key=lambda check: check.code)
    yield f"checks found {named} ({', '.join(map(rule_id, checks))})"
    command = shlex.join(["iai-proxy", "diagnose", str(recording), *options])
    worst = min(checks, key=_rank).code
    yield f"`{command}` shows all, `iai-proxy explain {worst}` explains one"


def _rank(check: type[Check]) -> tuple[int, int]:
    return list(Severity).index(check.severity), check.code


def unknown_egos(egos: Iterable[int], agents: int) -> Iterator[str]:
    """Say which of the egos named do not exist: others may have been meant.

    Args:
        egos: their indices.
        agents: how many agents the largest step has; 0 if no step was read.
    """
    unknown = [str(ego) for ego in egos if ego >= agents]
    if unknown and agents:
        largest = f"the largest has agents 0 to {agents - 1}"
        yield f"no step has an agent {', '.join(unknown)} (--ego): {largest}"


def recording_summary(
    recording: Path, calls: int, failed: int, file_bytes: int, why_empty: str | None
) -> Iterator[str]:
    """Sum up a recording session."""
    if calls or file_bytes:
        yield f"recorded {plural(calls, 'call')} into {recording} ({size(file_bytes)})"
    else:
        yield f"recorded nothing; {recording} was not kept"
    if failed:
        calls_failed = plural(failed, "call")
        yield f"{calls_failed} could not be recorded and got a refusal instead of an answer"
    if why_empty:
        yield why_empty


def left_over(recording: Path, calls: int, free_bytes: int) -> str | None:
    """Say what there was no time for when a recording was closed; None if there was for all.

    Args:
        recording: as its user knows it.
        calls: how many are not packed.
        free_bytes: how much of the file holds nothing.
    """
    left = [f"pack {plural(calls, 'call')}"] if calls else []
    if free_bytes >= _WORTH_SAYING:
        left.append(f"give back {size(free_bytes)} that packing has freed")
    if not left:
        return None
    command = shlex.join(["iai-proxy", "pack", str(recording)])
    return f"there was no time to {' or to '.join(left)}: `{command}` makes the file smaller"


def replay_summary(
    tally: Tally,
    unused: Sequence[tuple[str, Sequence[int]]] = (),
    forwarded: Mapping[str, int] | None = None,
    live: int = 0,
    appended: int = 0,
    faults: int = 0,
    misses: Sequence[tuple[str, int]] = (),
    pictures: Sequence[str] = (),
    same_start: int = 0,
) -> Iterator[str]:
    """Sum up a replay.

    Args:
        tally: its counts.
        unused: the recorded calls that were never served, as (endpoint, their numbers).
        forwarded: how many misses the API answered, by endpoint; None if they are refused.
        live: how many calls after the recorded steps the API answered.
        appended: how many exchanges were added to the recording.
        faults: how many calls got an injected fault.
        misses: what the client was told, each sentence once with how often: it may have kept it to
            itself.
        pictures: what is to be said of pictures that are not as recorded, each sentence once.
        same_start: how many clients began with a simulation that another client was given too.
    """
    levels = _counts(tally.served)
    yield f"served {plural(tally.served.total(), 'call')}{f' ({levels})' if levels else ''}"
    if forwarded is None or not tally.misses:
        yield from _misses(tally.misses, misses)
    else:
        count = plural(tally.misses, "miss", "misses")
        yield f"{count}: the API answered {_total(forwarded)}"
    yield from pictures[:_PICTURES_SHOWN]
    if left := len(pictures[_PICTURES_SHOWN:]):
        yield f"and {plural(left, 'more picture')} cut out of recorded ones"
    if tally.live:
        calls = plural(tally.live, "call")
        yield f"{calls} after the recorded steps: the API answered {live}"
    if appended:
        yield f"added {plural(appended, 'call')} to the recording"
    if faults:
        yield f"{plural(faults, 'call')} got an injected fault"
    if tally.unused:
        named = "; ".join(f"{endpoint} {ranges(numbers)}" for endpoint, numbers in unused)
        count = plural(len(tally.unused), "recorded call")
        yield f"never used: {count} ({named or ranges(tally.unused)})"
        if same_start:
            yield _SAME_START.format(same_start)
    else:
        yield "every recorded answer was used"
    if tally.optional:
        kinds = "recorded key check or map", "recorded key checks or maps"
        yield f"not needed: {plural(len(tally.optional), *kinds)} ({ranges(tally.optional)})"
    if tally.failures:
        yield f"{plural(tally.failures, 'recorded failure')} left out"


def _misses(count: int, misses: Sequence[tuple[str, int]]) -> Iterator[str]:
    shown = misses[:_MISSES_SHOWN]
    yield f"{plural(count, 'miss', 'misses')}{':' if shown else ''}"
    for sentence, times in shown:
        yield f"  {f'{times} times: ' if times > 1 else ''}{sentence}"
    if left := len(misses) - len(shown):
        more = plural(left, "other distinct miss", "other distinct misses")
        yield f"  and {more}; --explain FILE writes all of them"


def verify_summary(
    recording: Path | str, calls: int, problems: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """Say whether a recording is intact.

    Args:
        recording: its path, or its name.
        calls: how many of its calls are intact.
        problems: (place, message) of what is damaged.
    """
    if not problems:
        yield f"{recording} is intact: {plural(calls, 'call')}"
        return
    found = plural(len(problems), "problem")
    yield f"{recording} is damaged: {plural(calls, 'call')} intact, {found}"
    for place, message in problems:
        first, *others = message.splitlines() or [""]
        yield f"  {place}: {first}"
        yield from (f"    {line}" for line in others)


def _total(counts: Mapping[str, int]) -> str:
    """Return ``3 (2 drive, 1 blame)``."""
    total = sum(counts.values())
    return f"{total} ({_counts(counts)})" if total else "0"


def never_reached(until_step: int, last: int | None) -> str:
    """Say that no call went to the API for want of a step after ``until_step``.

    Args:
        until_step: up to which the recording answers.
        last: the last recorded step; None if no step is recorded.
    """
    if last is None:
        return f"step {until_step} was never reached: the recording has no steps"
    if until_step > last:
        return f"step {until_step} was never reached: the recording has steps 0 to {last}"
    return f"no call came after step {until_step}, so none went to the API"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
