"""How one agent moves in one time step, given its acceleration and the point it steers to.

Cars: the kinematic bicycle model with the centre of the box as reference point (Kong, Pfeiffer,
Schildbach, Borrelli: Kinematic and Dynamic Vehicle Models for Autonomous Driving Control Design,
IEEE Intelligent Vehicles 2015)::

    x' = v cos(heading + slip)    heading' = v / l_r * sin(slip)
    y' = v sin(heading + slip)    slip = atan(l_r / (l_f + l_r) * tan(steering))

with ``l_r`` the distance from the centre back to the rear axle. Steering is pure pursuit (Coulter:
Implementation of the Pure Pursuit Path Tracking Algorithm, CMU-RI-TR-92-01): the arc from the rear
axle through a point ahead at distance ``d`` and angle ``a`` has curvature ``2 sin(a) / d``. For a
bicycle curvature is ``tan(steering) / (l_f + l_r)``, so neither the wheelbase nor the steering
angle is needed.

Pedestrians: a point that turns towards its target.
"""

from __future__ import annotations

import math
from typing import Final

from iai_proxy.api.limits import TIME_STEP_S
from iai_proxy.sandbox.geometry import wrap
from iai_proxy.sandbox.requests.agent_fields import AgentState

#: The tightest turn a car makes has a radius of 4.5 m.
_SHARPEST: Final = 1 / 4.5  # 1/m
_TURNING: Final = 2.5  # rad/s, pedestrians


def lookahead(speed: float) -> float:
    """Return how far ahead of its rear axle a car looks for the point to steer to, in metres."""
    return 3.0 + 0.35 * max(speed, 0.0)


def drive_car(
    state: AgentState, acceleration: float, target: tuple[float, float], rear_axis_offset: float
) -> AgentState:
    """Return a car's state after one time step.

    Args:
        state: of the centre of the box.
        acceleration: m/s2. Brakes stop a car but don't push it backwards.
        target: point to steer to, m.
        rear_axis_offset: ``l_r``, m.
    """
    x, y, heading, speed = state
    dx = target[0] - (x - rear_axis_offset * math.cos(heading))
    dy = target[1] - (y - rear_axis_offset * math.sin(heading))
    distance = max(math.hypot(dx, dy), 1.0)
    angle = wrap(math.atan2(dy, dx) - heading)
    curvature = min(max(2 * math.sin(angle) / distance, -_SHARPEST), _SHARPEST)
    slip = math.atan(rear_axis_offset * curvature)
    faster = _speed_after(speed, acceleration)
    way = (speed + faster) / 2 * TIME_STEP_S
    turned = way * math.cos(slip) * curvature
    course = heading + slip + turned / 2
    return x + way * math.cos(course), y + way * math.sin(course), wrap(heading + turned), faster


def walk(state: AgentState, acceleration: float, target: tuple[float, float]) -> AgentState:
    """Return a pedestrian's state after one time step."""
    x, y, heading, speed = state
    wanted = wrap(math.atan2(target[1] - y, target[0] - x) - heading)
    most = _TURNING * TIME_STEP_S
    heading = wrap(heading + min(max(wanted, -most), most))
    faster = _speed_after(speed, acceleration)
    way = (speed + faster) / 2 * TIME_STEP_S
    return x + way * math.cos(heading), y + way * math.sin(heading), heading, faster


def _speed_after(speed: float, acceleration: float) -> float:
    faster = speed + acceleration * TIME_STEP_S
    return max(faster, 0.0) if speed >= 0 else faster
