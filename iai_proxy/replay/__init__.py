"""Decides which recorded exchange answers a request: values in, a decision out, no IO.

The order of the levels is in ``levels``, the wording of a miss in ``misses``.
"""

from iai_proxy.replay.decisions import Assemble, Decision, Live, Miss, MissKind, Serve
from iai_proxy.replay.key_index import KeyedCall
from iai_proxy.replay.levels import LEVELS, MatchRules
from iai_proxy.replay.miss_report import MissReport, SeenMiss, miss_report
from iai_proxy.replay.recorded_steps import RecordedSteps
from iai_proxy.replay.replayer import Replayer, Tally
from iai_proxy.replay.request import Client, IncomingRequest

__all__ = [
    "LEVELS",
    "Assemble",
    "Client",
    "Decision",
    "IncomingRequest",
    "KeyedCall",
    "Live",
    "MatchRules",
    "Miss",
    "MissKind",
    "MissReport",
    "RecordedSteps",
    "Replayer",
    "SeenMiss",
    "Serve",
    "Tally",
    "miss_report",
]
