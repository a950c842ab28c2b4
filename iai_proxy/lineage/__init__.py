"""Exchanges to simulations, from the bytes alone.

An answer produces a fingerprint for each agent; a request consumes them. So it is known which
agents, of which simulation, at which step, a call continues, with no help from the client: several
clients are kept apart, an agent keeps its identity through reordering, removal, arrival and an ego
that is moved from outside, and the per-region calls of a ``large_drive`` or ``large_initialize``
are put together again.

    observations = (observe(call, request_body, response_body) for …)   # one exchange at a time, bodies let go
    lineage = build(observations)                                       # linear in the number of exchanges
    for simulation in lineage.simulations: …
"""

from iai_proxy.lineage.build import build, restored
from iai_proxy.lineage.joining import JoinedStep, joined, restored_steps
from iai_proxy.lineage.model import Branch, Lineage, Part, Simulation, Step
from iai_proxy.lineage.observe import (
    Agents,
    Observation,
    observe,
    observe_answer,
    observe_request,
)
from iai_proxy.lineage.packed import OBSERVATION_VERSION, pack, unpack

__all__ = [
    "OBSERVATION_VERSION",
    "Agents",
    "Branch",
    "JoinedStep",
    "Lineage",
    "Observation",
    "Part",
    "Simulation",
    "Step",
    "build",
    "joined",
    "observe",
    "observe_answer",
    "observe_request",
    "pack",
    "restored",
    "restored_steps",
    "unpack",
]
