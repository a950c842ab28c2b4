"""Which agents of a large ``initialize`` the client kept.

The SDK drops agents that were placed outside of their regions, unless it is asked for exact agents.
Those that the client went on with were kept. It may have left out others by itself afterwards: a
region keeps all within its square that are as close to the centre as some that it kept, and later
regions are given only what was kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import Final

from iai_proxy.lineage.placed import Place

#: Half the side of the SDK's default region.
_HALF_M: Final = 50.0


def kept_agents(
    owner: Mapping[int, Place],
    taken: Collection[int],
    shown: Collection[int],
    reach: Callable[[Place], float],
) -> tuple[dict[int, Place], set[int]]:
    """Return the agents that were kept, and those of the others of which that is doubtful.

    Args:
        owner: where each agent is a region's own.
        taken: agents that the client went on with.
        shown: agents that later regions than their own were given.
        reach: the side, in metres and halved, of a region that just holds an agent.
    """
    least: defaultdict[int, float] = defaultdict(float)
    for agent in owner.keys() & taken:
        part, _ = owner[agent]
        least[part] = max(least[part], reach(owner[agent]))
    most = max([_HALF_M, *least.values()])
    kept: dict[int, Place] = {}
    doubtful: set[int] = set()
    for agent, place in owner.items():
        closest = min(least.get(place[0], _HALF_M), _HALF_M)
        if agent in taken or agent in shown or reach(place) < closest:
            kept[agent] = place
        elif reach(place) < most:
            doubtful.add(agent)
    return kept, doubtful
