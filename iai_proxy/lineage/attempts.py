"""Failed calls: which of them a later call repeats, and which regions they leave empty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from iai_proxy.api import Call
from iai_proxy.lineage.model import Simulation
from iai_proxy.lineage.observe import Observation


def attempts_of(calls: Iterable[Call]) -> dict[Call, list[Call]]:
    """Return, for each call that succeeded, the identical requests before it that failed.

    Only failures on which the SDK itself repeats a call: any other reached the program, which may
    then have made the same call anew.

    Args:
        calls: in the order of their requests.
    """
    failed: defaultdict[tuple[str, bytes], list[Call]] = defaultdict(list)
    found: dict[Call, list[Call]] = {}
    for call in calls:
        key = call.target, call.request_hash
        if call.succeeded and key in failed:
            found[call] = failed.pop(key)
        elif not call.succeeded and call.is_repeated_by_sdk:
            failed[key].append(call)
    return found


def give_up_regions(simulation: Simulation, failed: dict[int, Observation]) -> None:
    """Note at a large ``initialize`` the regions that could not be filled.

    Args:
        simulation: that begins with it.
        failed: exchanges that failed for good, by number; those that belong here are removed.
    """
    root = simulation.root
    if not simulation.large or not root.first.call.endpoint.is_initialize:
        return
    filled = {part.observation.call.request_hash for part in root.parts}
    calls = range(
        min(root.numbers),
        min((min(child.numbers) for child in root.children), default=max(root.numbers)),
    )

    def belongs(observation: Observation) -> bool:
        call = observation.call
        return (
            call.endpoint == root.first.call.endpoint
            and observation.center is not None
            and observation.common == root.first.common
            and call.large == root.first.call.large
            and (call.large is not None or call.id in calls)
            and call.request_hash not in filled
        )

    first: dict[bytes, Observation] = {}  # attempts at one region repeat the request to the letter
    for observation in list(filter(belongs, failed.values())):
        first.setdefault(observation.call.request_hash, observation)
        del failed[observation.call.id]
    root.given_up = tuple(first.values())
