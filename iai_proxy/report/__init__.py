"""Values to text: what the commands print."""

from iai_proxy.report.calls import call_json, call_text, calls_text
from iai_proxy.report.overview import overview, overview_text
from iai_proxy.report.simulations import simulations, simulations_text
from iai_proxy.report.summary import recorded, replayed, verified

__all__ = [
    "call_json",
    "call_text",
    "calls_text",
    "overview",
    "overview_text",
    "recorded",
    "replayed",
    "simulations",
    "simulations_text",
    "verified",
]
