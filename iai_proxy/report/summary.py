"""The last lines of a command."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from iai_proxy.diagnosis.check import Located, Severity
from iai_proxy.replay import Tally
from iai_proxy.report.units import plural, ranges, size


def found_live(located: Located) -> str:
    """Say what a check has found, on one line."""
    check, finding = located.check, located.finding
    place = (
        ""
        if located.simulation is None
        else f", simulation {located.simulation}, step {finding.step}"
    )
    return f"{check.severity.value} IAI{check.code:03d} {check.name}{place}: {finding.sentence}. {check.help}"


def found(
    recording: Path, located: Sequence[Located], options: Sequence[str] = ()
) -> Iterator[str]:
    """Say what all checks have found together; nothing where they have found nothing.

    Args:
        recording: what was looked at.
        located: what was found.
        options: with which ``diagnose`` shows the same.
    """
    if located:
        counts = Counter(one.check.severity for one in located)
        codes = sorted({one.check.code for one in located})
        named = ", ".join(
            plural(counts[severity], severity.value) for severity in Severity if counts[severity]
        )
        yield f"checks found {named} ({', '.join(f'IAI{code:03d}' for code in codes)})"
        worst = min(
            located, key=lambda one: (list(Severity).index(one.check.severity), one.check.code)
        ).check.code
        command = shlex.join(["iai-proxy", "diagnose", str(recording), *options])
        yield f"`{command}` shows all, `iai-proxy explain {worst}` what one means"


def recorded(
    recording: Path, calls: int, failed: int, file_bytes: int, why_empty: str | None
) -> Iterator[str]:
    """Say what a recording session came to."""
    if calls or file_bytes:
        yield f"recorded {plural(calls, 'call')} into {recording} ({size(file_bytes)})"
    else:
        yield f"recorded nothing; {recording} was not kept"
    if failed:
        yield f"{plural(failed, 'call')} could not be recorded and got a refusal instead of an answer"
    if why_empty:
        yield why_empty


def replayed(
    tally: Tally,
    unused: Sequence[tuple[str, Sequence[int]]] = (),
    forwarded: Mapping[str, int] = MappingProxyType({}),
    appended: int = 0,
    faults: int = 0,
) -> Iterator[str]:
    """Say what a replay came to.

    Args:
        tally: what was served.
        unused: the recorded calls that never answered, as (endpoint, their numbers).
        forwarded: how many misses the API answered, by endpoint.
        appended: how many exchanges were added to the recording.
        faults: how many calls went wrong by request.
    """
    levels = ", ".join(f"{count} {level}" for level, count in tally.served.items())
    yield f"served {plural(tally.served.total(), 'call')}{f' ({levels})' if levels else ''}"
    yield plural(tally.misses, "miss") if tally.misses == 1 else f"{tally.misses} misses"
    if forwarded:
        named = ", ".join(f"{count} {endpoint}" for endpoint, count in forwarded.items())
        yield f"the API answered {plural(sum(forwarded.values()), 'call')} that had no recorded answer ({named})"
    if tally.live:
        yield f"the API answered {plural(tally.live, 'call')} after the recorded steps"
    if appended:
        yield f"added {plural(appended, 'call')} to the recording"
    if faults:
        yield f"{plural(faults, 'call')} met a fault that was asked for"
    if tally.unused:
        named = "; ".join(f"{endpoint} {ranges(numbers)}" for endpoint, numbers in unused)
        yield f"never used: {plural(len(tally.unused), 'recorded call')} ({named or ranges(tally.unused)})"
    else:
        yield "every recorded answer was used"
    if tally.failures:
        yield f"{plural(tally.failures, 'recorded failure')} left out"


def verified(recording: Path, calls: int, problems: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Say whether a recording is whole: how many of its calls are, and (place, message) of what is wrong."""
    if not problems:
        yield f"{recording} is whole: {plural(calls, 'call')}"
        return
    yield f"{recording} is damaged: {plural(calls, 'call')} whole, {plural(len(problems), 'problem')}"
    for place, message in problems:
        yield f"  {place}: {message}"
