"""Where a finding is, in words, and texts of strangers made fit to print."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from typing import Final

from iai_proxy.diagnosis.check import Finding, Located
from iai_proxy.report.units import ranges

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: Characters that turn the direction of what follows can make one name look like another.
_INVISIBLE: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def whole(text: str) -> str:
    """Return a text that can be written as UTF-8: a half of a surrogate pair becomes U+FFFD.

    File names that are no UTF-8 have such halves, and so may a JSON string.
    """
    return _SURROGATE.sub("\ufffd", text)


def printable(text: str) -> str:
    r"""Return a text that does nothing to a terminal: ``ESC`` becomes ``\x1b``, the end of a line a blank."""
    without_lines = re.sub(r"[\t\r\n\u2028\u2029]+", " ", whole(text))
    return _INVISIBLE.sub(_escaped, _CONTROL.sub(_escaped, without_lines))


def steps_of(findings: Iterable[Finding]) -> str:
    """Name the steps of findings: ``step 3``, ``steps 12-40, 43``."""
    runs = sorted((finding.step, finding.last_step) for finding in findings)
    merged: list[list[int]] = []
    for first, last in runs:
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    named = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in merged)
    one = len(merged) == 1 and merged[0][0] == merged[0][1]
    return f"step {named}" if one else f"steps {named}"


def agents_of(findings: Iterable[Finding]) -> str:
    """Name the agents of findings: ``agent 3``, ``agents 0-9, 12``; nothing where there are none."""
    agents = sorted(set(chain.from_iterable(finding.agents for finding in findings)))
    if not agents:
        return ""
    return f"{'agent' if len(agents) == 1 else 'agents'} {ranges(agents)}"


def place_of(located: Located) -> str:
    """Name the place of one finding: ``simulation 1, steps 12-40, agents 0-3``; nothing where it has none."""
    if located.simulation is None:
        return agents_of([located.finding])
    parts = (
        f"simulation {located.simulation}",
        steps_of([located.finding]),
        agents_of([located.finding]),
    )
    return ", ".join(part for part in parts if part)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
