"""Values to text: what the commands print."""

from iai_proxy.report.calls import call_json, call_text, calls_text, parent_of
from iai_proxy.report.overview import overview, overview_text
from iai_proxy.report.simulations import simulations, simulations_text
from iai_proxy.report.summary import found, found_live, recorded, replayed, verified

__all__ = [
    "call_json",
    "call_text",
    "calls_text",
    "found",
    "found_live",
    "overview",
    "overview_text",
    "parent_of",
    "recorded",
    "replayed",
    "simulations",
    "simulations_text",
    "verified",
]
