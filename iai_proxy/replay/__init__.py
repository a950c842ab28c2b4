"""Decides which recorded exchange answers a request: values in, :class:`Serve` or :class:`Miss` out, no IO."""

from iai_proxy.replay.replayer import LEVELS, Miss, Question, Recorded, Replayer, Serve, Tally
from iai_proxy.replay.steps import Assemble, NoStep, RecordedSteps

__all__ = [
    "LEVELS",
    "Assemble",
    "Miss",
    "NoStep",
    "Question",
    "Recorded",
    "RecordedSteps",
    "Replayer",
    "Serve",
    "Tally",
]
