"""Where two runs part: set-up, steps, agents, findings and latencies, as values.

:func:`compared` takes two scenes, of two recordings or of two branches of one, and knows neither
files nor text.
"""

from iai_proxy.comparison.compare import compared
from iai_proxy.comparison.model import (
    AgentApart,
    Comparison,
    Latency,
    SetUpDifference,
    Side,
    StepApart,
)

__all__ = [
    "AgentApart",
    "Comparison",
    "Latency",
    "SetUpDifference",
    "Side",
    "StepApart",
    "compared",
]
