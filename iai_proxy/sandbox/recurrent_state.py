"""What an agent's recurrent state holds, and where all random numbers come from.

A recurrent state is 152 numbers of 32 bits, which an answer gives as doubles, like the API's. The
first few are the agent's plan. The rest is filler that is different at every step and for each
agent, like the real model's states::

    0 mark   1 lane   2 metres along it   3 next lane   4 pace   5 key   6 lanes passed   7… filler

Random numbers come from hashes, so that an answer depends on the request alone. Each agent has a
**token**, a hash of its state, sizes and recurrent state. The **basis** of a call mixes all tokens
(in no particular order), the seed and the location. So the answer for an agent depends on the other
agents of the call, but not on their order.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from iai_proxy.api.limits import RECURRENT_SIZE
from iai_proxy.sandbox.geometry import wrap
from iai_proxy.sandbox.lanes import Lane
from iai_proxy.sandbox.maps import World
from iai_proxy.sandbox.requests.agent_fields import AgentProperties, AgentState

_MARK: Final = 20240.125
_PLAN_SIZE: Final = 7
_FILLER_BYTES: Final = 4 * (RECURRENT_SIZE - _PLAN_SIZE)
_PLAN: Final = struct.Struct(f"<{_PLAN_SIZE}f")
_SINGLES: Final = struct.Struct(f"<{RECURRENT_SIZE}f")
_PACKED: Final = struct.Struct(f"<{RECURRENT_SIZE}d")
_AGENT: Final = struct.Struct("<7d")
#: Keep each number's sign, fraction and the last two bits of its exponent, and set the rest of the
#: exponent: numbers from 1/8 to 2 or from -2 to -1/8.
_KEEP: Final = int.from_bytes(b"\xff\xff\xff\x81" * (_FILLER_BYTES // 4), "little")
_SET: Final = int.from_bytes(b"\x00\x00\x00\x3e" * (_FILLER_BYTES // 4), "little")
#: Larger ones, and lanes passed, have no exact number of 32 bits.
_LARGEST_KEY: Final = 2**24
_TOKEN_BYTES: Final = 16
#: An agent further than this from the position in its recurrent state was moved by the client. Its
#: lane is then looked for again.
_LOST_ASIDE_M: Final = 2.5
_LOST_ALONG_M: Final = 3.0
_LOST_HEADING: Final = 1.2  # rad


@dataclass(frozen=True, slots=True)
class Plan:
    """Where an agent is going."""

    lane: Lane
    s: float  # m along the lane
    next_lane: Lane  # at the lane's end
    pace: float  # its preferred speed as a part of the speed limit
    key: int  # below 2**24; makes this agent's choices its own
    passed: int  # how many lanes it has left behind


def token(
    state: AgentState, properties: AgentProperties, recurrent: Sequence[float] | None
) -> bytes:
    """Hash an agent as it is in the request."""
    sizes = (properties.length or 0.0, properties.width or 0.0, properties.rear_axis_offset or 0.0)
    packed = b"" if recurrent is None else _PACKED.pack(*recurrent)
    return hashlib.blake2b(_AGENT.pack(*state, *sizes) + packed, digest_size=_TOKEN_BYTES).digest()


def basis(tokens: Iterable[bytes], location: str, seed: int | None, server_seed: int) -> bytes:
    """Mix what a whole call depends on. The server's seed stands in for a missing one."""
    mixed = sum(int.from_bytes(item) for item in tokens) % (1 << 8 * _TOKEN_BYTES)
    origin = f"server {server_seed}" if seed is None else f"call {seed}"
    return hashlib.blake2b(
        f"{location}|{origin}|{mixed}".encode(), digest_size=_TOKEN_BYTES
    ).digest()


def noise(call: bytes, own: bytes) -> float:
    """Return a number in [-1, 1) for an agent in a call."""
    drawn = hashlib.blake2b(call + own, digest_size=8, person=b"noise").digest()
    return int.from_bytes(drawn) / 2**63 - 1


def remember(plan: Plan, call: bytes, own: bytes) -> list[float]:
    """Return the recurrent state that holds a plan."""
    stream = hashlib.shake_128(call + own).digest(_FILLER_BYTES)
    bits = int.from_bytes(stream, "little") & _KEEP | _SET
    held = _PLAN.pack(
        _MARK, plan.lane.index, plan.s, plan.next_lane.index, plan.pace, plan.key, plan.passed
    )
    return list(_SINGLES.unpack(held + bits.to_bytes(_FILLER_BYTES, "little")))


def recall(
    world: World, state: AgentState, recurrent: Sequence[float] | None, own: bytes, *, car: bool
) -> Plan:
    """Return an agent's plan: from its recurrent state, corrected by its position, or a new one.

    A recurrent state may be null or zeros for a newcomer, another agent's, or a changed one. A
    state that is not ours, or from another position, counts as none.
    """
    plan = _read(world, recurrent) if recurrent else None
    x, y, heading, _ = state
    if plan is not None and plan.lane.for_cars == car:
        seen = plan.lane.project(x, y, plan.s)
        near = abs(seen.offset) < _LOST_ASIDE_M and abs(seen.s - plan.s) < _LOST_ALONG_M
        if near and abs(wrap(heading - plan.lane.at(seen.s)[2])) < _LOST_HEADING:
            return Plan(plan.lane, seen.s, plan.next_lane, plan.pace, plan.key, plan.passed)
    lane, seen = world.network.nearest(x, y, heading, for_cars=car)
    return new_plan(lane, min(max(seen.s, 0.0), lane.length), own)


def new_plan(lane: Lane, s: float, own: bytes) -> Plan:
    """Return a plan for an agent with no past, drawn from ``own``, 4 bytes or more."""
    key = int.from_bytes(own[:3])
    return Plan(lane, s, choose(lane, key, 0, None), 0.85 + 0.2 * own[3] / 255, key, 0)


def choose(lane: Lane, key: int, passed: int, waypoint: tuple[float, float] | None) -> Lane:
    """Return the lane to take next: the closest to a waypoint, or a random one without."""
    ways = lane.successors
    if len(ways) == 1:
        return ways[0]
    if waypoint is not None:
        return min(ways, key=lambda way: math.dist(way.successors[0].points[-1], waypoint))
    drawn = hashlib.blake2b(f"{key}|{passed}|{lane.index}".encode(), digest_size=4).digest()
    return ways[int.from_bytes(drawn) % len(ways)]


def _read(world: World, recurrent: Sequence[float]) -> Plan | None:
    """Read the plan from a recurrent state; None if it holds no plan for this map."""
    mark, lane_index, s, next_index, pace, key, passed = recurrent[:_PLAN_SIZE]
    if mark != _MARK or not (
        0 <= lane_index < len(world.lanes) and 0 <= next_index < len(world.lanes)
    ):
        return None
    lane, next_lane = world.lanes[int(lane_index)], world.lanes[int(next_index)]
    sane = (
        -1 <= s <= lane.length + 1
        and 0.1 <= pace <= 2
        and 0 <= key < _LARGEST_KEY
        and 0 <= passed < _LARGEST_KEY
    )
    if not sane or next_lane not in lane.successors:
        return None
    return Plan(lane, s, next_lane, pace, int(key), int(passed))
