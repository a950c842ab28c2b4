"""Values to text: what the commands print."""

from iai_proxy.report.call_report import call_json, call_text, calls_text, in_step_order, parent_of
from iai_proxy.report.overview import overview, overview_text
from iai_proxy.report.simulations import (
    branch_of_calls,
    forks_text,
    simulations,
    simulations_text,
)
from iai_proxy.report.summary import (
    findings_summary,
    left_over,
    live_finding,
    never_reached,
    recording_summary,
    replay_summary,
    unknown_egos,
    verify_summary,
)

__all__ = [
    "branch_of_calls",
    "call_json",
    "call_text",
    "calls_text",
    "findings_summary",
    "forks_text",
    "in_step_order",
    "left_over",
    "live_finding",
    "never_reached",
    "overview",
    "overview_text",
    "parent_of",
    "recording_summary",
    "replay_summary",
    "simulations",
    "simulations_text",
    "unknown_egos",
    "verify_summary",
]
