"""All thresholds of the motion checks, with their units and reasons.

Limits of what agents can do at all are in :mod:`iai_proxy.api.limits`.
"""

from __future__ import annotations

import math
from typing import Final

# --- How many steps must agree.

#: Steps in a row for what a single step can hardly show by chance: headings and units.
FEW_STEPS: Final = 5
#: Steps in a row for what noise, slip and another clock can imitate for a while.
MANY_STEPS: Final = 10

# --- Headings, in rad.

#: Way in one step, m, from which its direction says where an agent is headed: 3 m/s, at which
#: pedestrians no longer walk sideways.
CLEAR_WAY_M: Final = 0.3
#: A heading this close to the way fits it: 20 degrees, as much as a car slips in tight turns.
FITS: Final = 0.35
#: A heading this far from the way is wrong: 45 degrees, beyond any drift.
OFF: Final = math.pi / 4
#: Angles up to here may be radians within one turn; with a margin for programs that round.
ONE_TURN: Final = math.tau + 0.01
#: Angles beyond two turns are not seen in radians, except of agents that count their turns.
TWO_TURNS: Final = 2 * math.tau
#: An angle within one turn is less than 6.3 degrees from x if it is in degrees, so it must fit an
#: agent's way this closely to tell more than that the agent goes along x.
FITS_CLOSELY: Final = 0.1
#: Way, m, that shows where an agent goes when it is slow: far more than positions are rounded by,
#: far less than a turn ...
TRAIL_M: Final = 1.5
#: ... and the most steps that it may take, at 0.5 m/s.
TRAIL_STEPS: Final = 30

#: Part of the headings of a streak that may be noise, which the mistake does not explain.
NOISE: Final = 0.1

# --- Speeds, in m/s.

#: Below this a ratio of speeds says nothing: rounding weighs too much.
SLOW: Final = 1.0
#: Ratios of the two halves of a streak, and of its ends, to the whole: a mistake keeps them within
#: this, as a part.
STEADY: Final = 0.2
#: Unit, its value of 1 m/s, and how far off a ratio may be, as a part: 2.237 (mph) must stay apart
#: from 2 (half the time step).
UNITS: Final = (("km/h", 3.6, 0.1), ("mph", 2.237, 0.04))
#: Time steps of simulators, s: 100, 50, 20, 5, 2 and 1 Hz. Other ratios have other reasons.
TIME_STEPS_S: Final = (0.01, 0.02, 0.05, 0.2, 0.5, 1.0)
#: How far off their ratios may be, as a part.
TIME_STEP_SPREAD: Final = 0.07
#: A speed is wrong that differs from the way by more than this ...
WRONG_SPEED: Final = 1.0
#: ... and by more than this part of it: more than slip and another clock explain.
WRONG_SPEED_PART: Final = 0.25

# --- States and places.

#: Rounded numbers are equal within this, however they were rounded.
EQUAL: Final = 1e-9
#: A box is taken to be this much smaller on each side, m: cars that touch do not overlap.
SKIN_M: Final = 0.05
