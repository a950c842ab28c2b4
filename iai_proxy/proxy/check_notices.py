"""Notices from the live checks."""

from __future__ import annotations

from collections.abc import Callable

from iai_proxy.diagnosis.check import Located
from iai_proxy.diagnosis.live_checks import LiveResult
from iai_proxy.report import live_finding
from iai_proxy.session.notices import Notices, Say
from iai_proxy.text import numbered, plural


def finding_notices(notices: Notices) -> Callable[[Located], None]:
    """Return what shows each distinct finding once."""

    def tell(located: Located) -> None:
        text = live_finding(located)
        notices.once(f"finding {text}", text)

    return tell


def say_result(result: LiveResult, say: Say) -> None:
    """Say what the live checks came to, apart from the findings that were shown already."""
    results = result.results
    for fault in results.faults:
        say(fault)
    for simulation, code in result.taken_back:
        where = "" if simulation is None else f" in simulation {simulation}"
        say(f"IAI{code:03d}{where}: taken back, now that the whole run is known")
    looked_again = result.looked_again or not results.steps
    if left_to_do := unfinished(result.left_out, looked_again=looked_again):
        say(left_to_do)


def unfinished(left_out: int, *, looked_again: bool) -> str:
    """Say which checks were not made; nothing if all were.

    Args:
        left_out: how many steps were not checked.
        looked_again: whether all steps were checked again with the whole run known.
    """
    unchecked = f"{plural(left_out, 'step')} {numbered(left_out, 'was', 'were')} not checked"
    if left_out and looked_again:
        return f"{unchecked}: `iai-proxy diagnose` checks the whole run"
    if left_out:
        return f"{unchecked}: `iai-proxy diagnose` checks the whole run, and may find other things"
    if not looked_again:
        return (
            "there was no time to check the whole run a second time: `iai-proxy diagnose` does, "
            "and may find other things"
        )
    return ""
