"""Exchanges to simulations, from the bytes alone.

An answer produces a fingerprint for each agent; a request consumes them. So it is known which
agents, of which simulation, at which step, a call continues, with no help from the client: several
clients are kept apart, an agent keeps its identity through reordering, removal, arrival and an ego
that is moved from outside, and the per-region calls of a ``large_drive`` or ``large_initialize``
are put together again.

    observations = (observe(call, request_body, response_body) for …)
    lineage = build(observations)
    for simulation in lineage.simulations: …

How an agent is followed from step to step, in the order in which it is decided; all of it is linear
in the number of exchanges:

    observe      what of an exchange counts: a fingerprint of each recurrent state and state
                 (observer: the same for calls in their order, without parsing what is sent back)
    sources      which answer produced a fingerprint
    continuing   for each agent of a call the answer that it comes from; the call's parent step
    grouping     which calls are parts of one step (groups: steps in the making)
    identities   each agent's number, the same at all steps
    owners       a part's own agents; the others are neighbours (divided; placed and kept)
    ordering     the agents of each step in the client's order (merged_order, regions, reordered)
    build        all of this, as a Lineage (model)

Two policies are for diagnosis, where a client's mistakes must not hide what it did:

    restoring    spoilt recurrent states are read as those that the client was given
                 (exchanged_states: but not where it is the states that were exchanged)
    joining      steps that continue nothing known are joined to what they likely continue
"""

from iai_proxy.lineage.agents import Agents
from iai_proxy.lineage.build import Growing, build, restored
from iai_proxy.lineage.exchanged_states import described_agents
from iai_proxy.lineage.forks import Fork, fork_of
from iai_proxy.lineage.joining import JoinedStep, joined, restored_steps
from iai_proxy.lineage.model import (
    Branch,
    Lineage,
    Part,
    Simulation,
    Step,
    branches_of,
    longest,
)
from iai_proxy.lineage.observe import (
    AnswerName,
    Observation,
    observe,
    observe_answer,
    observe_request,
    sends_back,
)
from iai_proxy.lineage.observer import Observer
from iai_proxy.lineage.packed import (
    OBSERVATION_VERSION,
    Unpacker,
    pack,
    plain_answer,
    received_agents,
    sent_agents,
    unpack,
)

__all__ = [
    "OBSERVATION_VERSION",
    "Agents",
    "AnswerName",
    "Branch",
    "Fork",
    "Growing",
    "JoinedStep",
    "Lineage",
    "Observation",
    "Observer",
    "Part",
    "Simulation",
    "Step",
    "Unpacker",
    "branches_of",
    "build",
    "described_agents",
    "fork_of",
    "joined",
    "longest",
    "observe",
    "observe_answer",
    "observe_request",
    "pack",
    "plain_answer",
    "received_agents",
    "restored",
    "restored_steps",
    "sends_back",
    "sent_agents",
    "unpack",
]
