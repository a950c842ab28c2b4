"""Decides which recorded exchange answers a request: values in, :class:`Serve` or :class:`Miss` out, no IO."""

from iai_proxy.replay.replayer import LEVELS, Miss, Question, Recorded, Replayer, Serve, Tally

__all__ = ["LEVELS", "Miss", "Question", "Recorded", "Replayer", "Serve", "Tally"]
