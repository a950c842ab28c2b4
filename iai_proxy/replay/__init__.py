"""Decides which recorded exchange answers a request: values in, a decision out, no IO."""

from iai_proxy.replay.decisions import Assemble, Decision, Live, Miss, MissKind, Serve
from iai_proxy.replay.explain import MissReport, explained
from iai_proxy.replay.question import Asker, Question
from iai_proxy.replay.replayer import LEVELS, Replayer, Tally
from iai_proxy.replay.shelves import Recorded
from iai_proxy.replay.steps import RecordedSteps

__all__ = [
    "LEVELS",
    "Asker",
    "Assemble",
    "Decision",
    "Live",
    "Miss",
    "MissKind",
    "MissReport",
    "Question",
    "Recorded",
    "RecordedSteps",
    "Replayer",
    "Serve",
    "Tally",
    "explained",
]
