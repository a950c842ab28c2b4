"""Values to text: what the commands print."""

from iai_proxy.report.call_report import call_json, call_text, calls_text, parent_of
from iai_proxy.report.overview import overview, overview_text
from iai_proxy.report.simulations import simulations, simulations_text
from iai_proxy.report.summary import (
    findings_summary,
    live_finding,
    recording_summary,
    replay_summary,
    unknown_egos,
    verify_summary,
)

__all__ = [
    "call_json",
    "call_text",
    "calls_text",
    "findings_summary",
    "live_finding",
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
