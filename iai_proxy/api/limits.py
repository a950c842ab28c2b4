"""How far and how fast agents can go, and by how much a client of another simulator may be off."""

from __future__ import annotations

from typing import Final

#: m/s. 252 km/h: racing cars apart, nobody drives so.
FASTEST: Final = 70.0
#: m. Nobody gets further in a step, at 150 m/s: whoever is further away, and can't be told otherwise, is another.
REACH_M: Final = 15.0
#: m. What another simulator's clock, its other reference point of a vehicle and rounding may add up to.
SLACK_M: Final = 1.0
