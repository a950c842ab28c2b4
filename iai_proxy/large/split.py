"""Which agents of a ``large_drive`` go into which call, exactly as the SDK divides them.

The SDK (``large/drive.py``, ``_quadtree.py``) puts agents one by one into a quadtree whose leaves
hold at most ``limit`` agents: those in the leaf's square (its own) and those within 35 m around it
(its buffer). A leaf that gets one more becomes four, and what it held is inserted into those again,
own agents first.

Here each node is made at once from all agents that ever come to it, in the order of their coming:
it becomes four if they are more than the limit. That gives the same leaves in the same order, and
the same order within each. Numbers are computed in the same steps as in the SDK, so that agents
exactly on an edge fall to the same side.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite
from typing import Final, NamedTuple

from iai_proxy.api.limits import AGENTS_PER_CALL
from iai_proxy.errors import InputError

_BUFFER_M: Final = 35  # SDK ``BUFFER_FOV``: around each leaf's square
_ROOT_EXTRA_M: Final = 1  # SDK ``QUADTREE_SIZE_BUFFER``: on the root's side
#: A root of 2**64 m is cut to 2**-64 m by then, far below what doubles around 35 can tell apart.
_DEPTH: Final = 128
#: How many agents may be put into squares, all squares counted; each square counts as 20 more. It
#: takes 2.5 s at most; 10,000 agents on a grid of 7.5 m, which make 8,800 parts, take a quarter.
_WORK: Final = 1_000_000
_WORK_PER_AGENT: Final = 2_000
_MOST_WORK: Final = 5_000_000
_WORK_PER_SQUARE: Final = 20


class SplitError(InputError):
    """A large call can't be divided; the text says why."""


class TooDenseError(SplitError):
    """More agents than a call takes are within 35 m of one point.

    The SDK recurses there until Python gives up.

    Attributes:
        x: of the point, m; ``y`` likewise.
        count: how many agents are around it.
    """

    def __init__(self, x: float, y: float, count: int, limit: int) -> None:
        super().__init__(
            f"{count} agents are within {_BUFFER_M} m of ({x:.1f}, {y:.1f}), where a call takes "
            f"{limit} at most: no split can separate them. Raise the limit or spread them out"
        )
        self.x = x
        self.y = y
        self.count = count


class Share(NamedTuple):
    """The agents of one part, by index into the large call.

    Only the answers for its own agents are kept. Of the buffer's agents, those that are owned by
    one square of each size around this one, and not by the next smaller, rise (``square`` tells).

    Attributes:
        own: those in its square, rising.
        buffer: those around it, in the SDK's order, which is not rising.
        square: the way from the root: the number of the quarter at each division, from 0.
    """

    own: list[int]
    buffer: list[int]
    square: tuple[int, ...] = ()

    @property
    def agents(self) -> list[int]:
        """All of them, as the part sends them."""
        return [*self.own, *self.buffer]


class _Node(NamedTuple):
    """A square and the agents that come to it, in that order.

    An agent that another square owns is the complement of its index (``~index``).
    """

    x: float  # of the centre, m
    y: float
    size: float  # side, m
    square: tuple[int, ...]  # as in Share
    agents: list[int]


def split(positions: Sequence[tuple[float, float]], limit: int = AGENTS_PER_CALL) -> list[Share]:
    """Return the parts of a large call, in the order in which the SDK makes their calls.

    Args:
        positions: x m, y m of each agent.
        limit: most agents that a part may have, own and others together, 1 to 100.

    Returns:
        Each agent is owned by exactly one part. One part with all agents in order if no division
        is needed.

    Raises:
        TooDenseError: agents are too close together to be divided.
        SplitError: no agents, a limit out of range, a position that is not finite, or agents so
            little more than twice the buffer apart that only countless tiny squares could part
            them.
    """
    pending = [_root(positions, limit)]
    # Indexing with ~i counts from the end, so a list and its mirror image answer i and ~i alike.
    xs = [x for x, _ in positions]
    ys = [y for _, y in positions]
    xs += xs[::-1]
    ys += ys[::-1]
    shares: list[Share] = []
    work = min(_WORK + _WORK_PER_AGENT * len(positions), _MOST_WORK)
    while pending:
        node = pending.pop()
        if len(node.agents) > limit:
            _require_divisible(node, xs, ys, limit)
            work -= len(node.agents) + _WORK_PER_SQUARE
            if work < 0:
                raise SplitError(_too_much_work(node, limit))
            pending.extend(reversed(_quarters(node, xs, ys, limit)))
        elif (share := _share(node, xs, ys)).own:
            shares.append(share)
    if sum(len(share.own) for share in shares) != len(positions):
        raise SplitError(
            "coordinates are too large to be told apart: agents fall between two squares"
        )
    return shares


def _too_much_work(node: _Node, limit: int) -> str:
    return (
        f"{len(node.agents)} agents around ({node.x:.1f}, {node.y:.1f}) are so little more than "
        f"{2 * _BUFFER_M} m apart that only squares of {node.size:.2g} m could part them, and a "
        f"call takes {limit} at most: raise the limit, or move them"
    )


def _root(positions: Sequence[tuple[float, float]], limit: int) -> _Node:
    if not 1 <= limit <= AGENTS_PER_CALL:
        raise SplitError(f"the limit of agents a call is {limit}: give 1 to {AGENTS_PER_CALL}")
    if not positions:
        raise SplitError("there are no agents: a large call needs at least one")
    for index, (x, y) in enumerate(positions):
        if not (isfinite(x) and isfinite(y)):
            raise SplitError(f"agent {index} is at ({x}, {y}): positions must be finite")
    west, east = min(x for x, _ in positions), max(x for x, _ in positions)
    south, north = min(y for _, y in positions), max(y for _, y in positions)
    extent = max(east - west, north - south)
    if not (isfinite(extent) and isfinite(east + west) and isfinite(north + south)):
        raise SplitError("positions are too far apart for their distance to be a number")
    size = float(ceil(extent) + _ROOT_EXTRA_M)
    x, y = float(round((east + west) / 2)), float(round((north + south) / 2))
    return _Node(x, y, size, (), list(range(len(positions))))


def _quarters(node: _Node, xs: Sequence[float], ys: Sequence[float], limit: int) -> list[_Node]:
    """Return a node's four children: north-west, north-east, south-west, south-east."""
    size = node.size / 2
    half = size / 2
    around = (size + 2 * _BUFFER_M) / 2
    west, east, south, north = node.x - half, node.x + half, node.y - half, node.y + half
    agents = _reinserted(node, xs, ys, limit)
    # Two squares hold an agent only if it is on the edge between them, which is rare.
    left, right, low, high = east - half, west + half, north - half, south + half
    shared = [i for i in agents if left <= xs[i] <= right or low <= ys[i] <= high]
    columns = {
        x: agents if shared else [i for i in agents if x - around <= xs[i] <= x + around]
        for x in (west, east)
    }
    children = []
    corners = ((west, north), (east, north), (west, south), (east, south))
    for quarter, (x, y) in enumerate(corners):
        left, right, low, high = x - around, x + around, y - around, y + around
        if shared:
            come = [i for i in agents if left <= xs[i] <= right and low <= ys[i] <= high]
            # The first square that an agent is in owns it; for those that follow it is taken.
            agents = [~i if i >= 0 and _holds(x, y, half, xs[i], ys[i]) else i for i in agents]
        else:
            come = [i for i in columns[x] if low <= ys[i] <= high]
        children.append(_Node(x, y, size, (*node.square, quarter), come))
    return children


def _reinserted(node: _Node, xs: Sequence[float], ys: Sequence[float], limit: int) -> list[int]:
    """Return the agents in the order in which they come to the children.

    The node was full when one more came: what it held goes first, own ones before others, then
    those after it.
    """
    first = _share(node._replace(agents=node.agents[:limit]), xs, ys)
    return [*first.own, *(~i for i in first.buffer), *node.agents[limit:]]


def _share(node: _Node, xs: Sequence[float], ys: Sequence[float]) -> Share:
    """Tell the agents in the node's square, and in none before it, from those around it."""
    half = node.size / 2
    west, east, south, north = node.x - half, node.x + half, node.y - half, node.y + half
    own: list[int] = []
    buffer: list[int] = []
    for i in node.agents:
        if west <= xs[i] <= east and south <= ys[i] <= north and i >= 0:
            own.append(i)
        else:
            buffer.append(i if i >= 0 else ~i)
    return Share(own, buffer, node.square)


def _holds(center_x: float, center_y: float, half: float, x: float, y: float) -> bool:
    """Return whether a square holds a point, its edges included."""
    return center_x - half <= x <= center_x + half and center_y - half <= y <= center_y + half


def _require_divisible(node: _Node, xs: Sequence[float], ys: Sequence[float], limit: int) -> None:
    """Raise TooDenseError where every smaller square would have too many agents around it too."""
    reach = _BUFFER_M - node.size / 2
    if reach < 0:
        return
    near = [i for i in node.agents if abs(xs[i] - node.x) <= reach and abs(ys[i] - node.y) <= reach]
    if len(near) <= limit and len(node.square) < _DEPTH:
        return
    # The square is the first that fails, at the crowd's rim; the middle of the crowd says more.
    middle = (
        sum(xs[i] for i in node.agents) / len(node.agents),
        sum(ys[i] for i in node.agents) / len(node.agents),
    )
    count, (x, y) = max((_around(point, xs, ys), point) for point in (middle, (node.x, node.y)))
    raise TooDenseError(x, y, count, limit)


def _around(point: tuple[float, float], xs: Sequence[float], ys: Sequence[float]) -> int:
    """Count the agents in the buffer of a point; ``xs`` and ``ys`` hold each twice."""
    x, y = point
    return sum(
        abs(xs[i] - x) <= _BUFFER_M and abs(ys[i] - y) <= _BUFFER_M for i in range(len(xs) // 2)
    )
