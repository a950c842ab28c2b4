"""Limits and sizes of the API, and how far and how fast agents can go."""

from __future__ import annotations

from typing import Final

#: Length of one agent's recurrent state (SDK ``common.py``, ``RECURRENT_SIZE``).
RECURRENT_SIZE: Final = 152
#: Seconds between one ``drive`` answer and the next.
TIME_STEP_S: Final = 0.1
#: Most agents that one call may carry (SDK ``large/drive.py``, ``DRIVE_MAXIMUM_NUM_AGENTS``).
AGENTS_PER_CALL: Final = 100

#: m/s, 252 km/h. Only racing cars are faster.
FASTEST: Final = 70.0
#: m, at 150 m/s. No agent moves further in one step, so one that is further away is another agent,
#: unless something else shows that it is the same.
REACH_M: Final = 15.0
#: m. How far another clock, another reference point of the vehicle and rounding may move an agent.
SLACK_M: Final = 1.0
