"""Limits and sizes of the API, and how far and how fast agents can go."""

from __future__ import annotations

from typing import Final

#: Length of one agent's recurrent state (SDK ``common.py``, ``RECURRENT_SIZE``).
RECURRENT_SIZE: Final = 152
#: Seconds between one ``drive`` answer and the next.
TIME_STEP_S: Final = 0.1
#: Most agents that one call may carry (SDK ``large/drive.py``, ``DRIVE_MAXIMUM_NUM_AGENTS``).
AGENTS_PER_CALL: Final = 100

#: m/s. 252 km/h: racing cars apart, nobody drives so.
FASTEST: Final = 70.0
#: m. Nobody gets further in a step, at 150 m/s: whoever is further away, and can't be told
#: otherwise, is another.
REACH_M: Final = 15.0
#: m. What another simulator's clock, its other reference point of a vehicle and rounding may add up
#: to.
SLACK_M: Final = 1.0
