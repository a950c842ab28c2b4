"""The wording of a miss: one function for each reason why nothing recorded answers.

A reason completes the sentence "no recorded answer to POST /drive: it …". The paragraph around it
is put together in :mod:`iai_proxy.replay.miss_report`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from typing import Final

from iai_proxy.api import Call, Difference, Endpoint, method_for
from iai_proxy.api.fields import RECURRENT
from iai_proxy.api.picture_frames import PictureFrame
from iai_proxy.lineage import Observation, Step
from iai_proxy.replay.compare import Compared
from iai_proxy.replay.decisions import Miss, MissKind
from iai_proxy.text import first_few, plural

_SHOWN: Final = 3

#: Why a client's regions are not those of the recorded run, nearly always.
_DRAWN: Final = (
    "get_regions_default without random_seed draws regions, and their agents, with Python's "
    "unseeded random: other ones in every run. Record and replay with --python-seed N"
)

#: (simulation, step) of the recording.
Where = tuple[int, int]


def unknown_endpoint(endpoint: Endpoint, method: str, target: str) -> Miss:
    """No call of the endpoint was recorded."""
    if endpoint is Endpoint.OTHER:
        right = method_for(target)
        meant = f": that is called with {right}" if right and right != method.upper() else ""
        return Miss(MissKind.ENDPOINT, f"is no call of the API that was recorded{meant}")
    reason = f"is not in the recording, which holds no {endpoint} call"
    return Miss(MissKind.ENDPOINT, reason)


def unknown_request(nearest: int) -> Miss:
    """Calls of the endpoint were recorded, but not this one."""
    return Miss(MissKind.REQUEST, "is not in the recording", nearest)


def looser_level(nearest: int, level: str) -> Miss:
    """A looser level would answer."""
    reason = "is recorded, but does not match at this level"
    return Miss(MissKind.LEVEL, reason, nearest, f"--match {level}")


def only_failed(call: Call) -> Miss:
    """The same request was recorded, but it failed."""
    outcome = call.failure or f"status {call.status}"
    reason = f"is recorded only as a failure ({outcome}), which is never replayed"
    return Miss(MissKind.FAILURE, reason, call.id)


def other_location_info(location: str | None, recorded: Sequence[str]) -> Miss:
    """A ``location_info`` for a location without one."""
    only = f", only for {', '.join(recorded[:_SHOWN])}" if recorded else ""
    asked = f"for location {location!r}" if location else "without a location"
    reason = f"is not recorded {asked}{only}"
    return Miss(MissKind.LOCATION, reason, compared=True)


def no_map_source(location: str | None, nearest: int) -> Miss:
    """A ``location_info`` with the map's source, which was recorded without it only."""
    reason = f"asks for the source of the map of {location}, which was recorded without it"
    flag = "--ignore include_map_source"
    return Miss(MissKind.FIELDS, reason, nearest, flag, compared=True)


def left_to_api(
    location: str | None, left: Sequence[str], shown: Sequence[PictureFrame], nearest: int
) -> Miss:
    """A ``location_info`` without a frame, or part of it, which every recorded one names."""
    reason = (
        f"leaves {' and '.join(left)} to the API, and what that chooses for {location} is not "
        f"recorded, only {_few(dict.fromkeys(shown))}, as clients have chosen"
    )
    flags = " ".join(f"--ignore {name}" for name in left)
    return Miss(MissKind.FIELDS, reason, nearest, flags, compared=True)


def other_place(
    location: str | None, wanted: PictureFrame, shown: Sequence[PictureFrame], nearest: int
) -> Miss:
    """A ``location_info`` with a picture of which nothing was recorded."""
    reason = (
        f"asks for a picture of {wanted} of {location}, of which nothing was recorded, only "
        f"{_few(dict.fromkeys(shown))}"
    )
    flag = "--ignore rendering_center"
    return Miss(MissKind.FIELDS, reason, nearest, flag, compared=True)


def other_location(request: Observation, recorded: Sequence[Observation]) -> Miss | None:
    """Agents at a location that was not recorded; None if nothing was recorded anywhere."""
    if not recorded:
        return None
    locations = dict.fromkeys(found.location or "no location" for found in recorded)
    asked = f"is for location {request.location}" if request.location else "has no location"
    reason = f"{asked}; {_few(locations)} was recorded"
    return Miss(MissKind.LOCATION, reason, recorded[0].call.id, compared=True)


def other_fields(
    same_as: str,
    differences: Sequence[Difference],
    nearest: int,
    where: Where | None = None,
    known: Set[str] | None = None,
) -> Miss:
    """The recorded step or call ``same_as``, but other fields differ.

    Only a field that is ``known`` can be ignored.
    """
    reason = f"is {same_as}, but asks for something else: {_few(differences)}"
    fields = dict.fromkeys(difference.field for difference in differences)
    flags = " ".join(f"--ignore {field}" for field in fields)
    if known is not None and not known >= fields.keys():
        flags = "--match nearest --tolerance 0"
    return Miss(MissKind.FIELDS, reason, nearest, flags, compared=True, where=where)


def unreadable(endpoint: Endpoint, fault: str) -> Miss:
    """A request that the API could not read, and that was not recorded just so."""
    reason = f"can't be read as a call of {endpoint}: {fault}. No such call is recorded"
    return Miss(MissKind.UNREADABLE, reason, compared=True)


# An initialize


def other_initial_states(nearest: int, accepted_by: str | None) -> Miss:
    """An ``initialize`` that gives its agents other states."""
    reason = "gives its agents other states than the recorded ones"
    return Miss(MissKind.STATE, reason, nearest, accepted_by)


def other_initialize(nearest: int) -> Miss:
    """An ``initialize`` with a recorded number of agents that is otherwise different."""
    return Miss(MissKind.REQUEST, "differs from every recorded initialize", nearest)


def other_region(
    request: Observation, center: tuple[float, float], here: Sequence[Observation]
) -> Miss:
    """An ``initialize`` for a region that was not recorded; ``here`` are those of its location."""
    regions = {found.center for found in here} - {None}
    recorded = plural(len(regions), "other region") if regions else "no region"
    reason = f"is for the region around {_point(center)}, where {recorded} of {request.location} "
    reason += f"{'were' if len(regions) > 1 else 'was'} recorded. {_DRAWN}"
    return Miss(MissKind.REGION, reason, here[0].call.id, compared=True)


def other_number_in_region(
    request: Observation, center: tuple[float, float], there: Sequence[Observation]
) -> Miss:
    """An ``initialize`` for a number of agents that was not recorded for its region."""
    counts = ", ".join(map(str, sorted({found.agent_count for found in there})))
    agents = plural(request.agent_count, "agent")
    reason = (
        f"asks for {agents} in the region around {_point(center)}, where "
        f"{counts} were recorded. {_DRAWN}"
    )
    nearest = min(there, key=lambda found: abs(found.agent_count - request.agent_count)).call.id
    return Miss(MissKind.REGION, reason, nearest, compared=True)


def other_number_of_agents(request: Observation, recorded: Iterable[int], nearest: int) -> Miss:
    """An ``initialize`` for a number of agents that was not recorded."""
    counts = ", ".join(map(str, sorted(set(recorded))))
    agents = plural(request.agent_count, "agent")
    reason = f"asks for {agents} at {request.location}, where {counts} were recorded"
    return Miss(MissKind.AGENTS, reason, nearest, compared=True)


# A drive


def branch_ended(simulation: int, parent: Step, last: int) -> Miss:
    """It continues the last step of a branch, while another branch goes on to step ``last``."""
    reason = (
        f"continues a branch of simulation {simulation} that ends at step {parent.index} "
        f"(another branch goes on to step {last})"
    )
    where = (simulation, parent.index + 1)
    return Miss(MissKind.BRANCH_END, reason, parent.earliest, compared=True, where=where)


def run_ended(simulation: int, parent: Step) -> Miss:
    """It continues the last recorded step."""
    where = (simulation, parent.index + 1)
    reason = f"comes after the last recorded step ({place(where)} is not recorded)"
    return Miss(MissKind.RUN_END, reason, parent.earliest, compared=True, where=where)


def other_agents(agents: Sequence[int | None], found: Compared, where: Where) -> Miss:
    """A recorded step, but with agents that it does not have."""
    unknown = [
        f"agent {index} {'is new here' if agents[index] is None else 'had left the recorded run'}"
        for index in found.unknown
    ]
    counts = f"{len(agents)} agents, recorded {len(found.step.agents)}"
    reason = f"is {place(where)}, but has {counts}: {_few(unknown)}"
    return Miss(MissKind.AGENTS, reason, found.step.earliest, compared=True, where=where)


def other_states(found: Compared, where: Where, accepted_by: str | None) -> Miss:
    """A recorded step, but with other agent states."""
    reason = f"differs from {place(where)}: {_few(found.differences)}"
    nearest = found.step.earliest
    return Miss(MissKind.STATE, reason, nearest, accepted_by, compared=True, where=where)


def other_recurrent_states(found: Compared, where: Where, sent: Sequence[tuple[str, str]]) -> Miss:
    """A recorded step, but with recurrent states that the client did not send then.

    ``sent`` says for each agent of ``found.recurrent`` what is sent, and what was when recorded.
    """
    agents = (
        f"agent {index}'s recurrent state is {ours}, where the recording has {recorded}"
        for (index, *_), (ours, recorded) in zip(found.recurrent, sent, strict=True)
    )
    reason = f"is {place(where)}, but {_few(agents)}"
    nearest = found.step.earliest
    flag = f"--ignore {RECURRENT}"
    return Miss(MissKind.RECURRENT, reason, nearest, flag, compared=True, where=where)


def unknown_owners(unsure: Sequence[int], step: Step, where: Where) -> Miss:
    """A recorded step whose parts answered some agents differently; none is known to own them."""
    count = len(unsure)
    agents = f"agent{'s' if count > 1 else ''} {first_few(map(str, unsure), _SHOWN)}"
    reason = (
        f"is {place(where)}, but several of its calls answered {agents} differently, and nothing "
        "shows which answer the program used. Divided as it was recorded, with the same order of "
        "agents and the same single_call_agent_limit, it is answered"
    )
    return Miss(MissKind.OWNER, reason, step.earliest, compared=True, where=where)


def unknown_step(request: Observation) -> Miss:
    """It continues no recorded step, and none is at its location."""
    return Miss(MissKind.UNKNOWN, _unknown(request))


def unknown_step_near(
    request: Observation, closest: Compared, where: Where, accepted_by: str | None
) -> Miss:
    """It continues no recorded step; the agents of step ``closest`` stand closest."""
    reason = f"{_unknown(request)}; closest by states is {place(where)}"
    if closest.unknown:
        reason += f", which has {len(closest.step.agents)} agents, not {len(request.sent)}"
    elif closest.differences:
        reason += f", where {_few(closest.differences)}"
    nearest = closest.step.earliest
    return Miss(MissKind.UNKNOWN, reason, nearest, accepted_by, compared=True, where=where)


def _unknown(request: Observation) -> str:
    given = "recurrent states" if request.recurrent_given else "states"
    return f"continues no recorded step: none of its agents' {given} is recorded"


def place(where: Where) -> str:
    """Return ``simulation 2, step 47``."""
    return f"simulation {where[0]}, step {where[1]}"


def _point(center: tuple[float, float]) -> str:
    x, y = center
    return f"({x:.6g}, {y:.6g})"


def _few(texts: Iterable[object]) -> str:
    return first_few(map(str, texts), _SHOWN)
