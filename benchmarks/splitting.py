"""Dividing agents among the parts of a large call: ours against the SDK's quadtree, in turn.

python benchmarks/splitting.py --agents 10000 --limit 100 --rounds 5
"""

from __future__ import annotations

import argparse
import random
import statistics
import time

from invertedai.common import AgentProperties, AgentState, Point
from invertedai.large._quadtree import QuadTree, QuadTreeAgentInfo
from invertedai.large.common import Region

from iai_proxy.large import split


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--agents", type=int, default=10_000)
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    draw = random.Random(4)
    positions = [(draw.uniform(0, 3000), draw.uniform(0, 3000)) for _ in range(given.agents)]
    states = [AgentState.fromlist([x, y, 0, 0]) for x, y in positions]
    ours, theirs = [], []
    for _ in range(given.rounds):
        begun = time.perf_counter()
        split(positions, given.limit)
        between = time.perf_counter()
        sdk_split(states, given.limit)
        ours.append(between - begun)
        theirs.append(time.perf_counter() - between)
    ratio = statistics.median(sdk / own for sdk, own in zip(theirs, ours, strict=True))
    print(f"{given.agents} agents, limit {given.limit}, {given.rounds} rounds")
    print(f"  ours {statistics.median(ours) * 1000:8.1f} ms")
    print(f"  SDK  {statistics.median(theirs) * 1000:8.1f} ms")
    print(f"  SDK / ours {ratio:.1f}")


def sdk_split(states: list[AgentState], limit: int) -> None:
    region = Region.create_square_region(center=Point.fromlist([1500, 1500]), size=3001)
    tree = QuadTree(capacity=limit, region=region)
    properties = AgentProperties()
    for index, state in enumerate(states):
        tree.insert(QuadTreeAgentInfo.fromlist([state, properties, None, index]))
    tree.get_leaf_nodes()


if __name__ == "__main__":
    main()
