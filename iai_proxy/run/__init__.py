"""Recordings for programs: ``with iai_proxy.open("run.iairec") as run: …``.

    opening      a file, or an object in object storage, as a run
    run          the run: simulations, calls, agents, lights, findings, maps
    simulations  simulations and their branches
    steps        the steps of a branch, and one step with its agents
    calls        calls with headers and bodies
    maps         where simulations are
    findings     what the checks find
    rows         what can be iterated over, or taken as a table
    reading      what all of these read from
    notebook     a run as notebooks show it

It is a face: what it shows is worked out by ``scene``, ``diagnosis`` and ``recordings``.
"""

from iai_proxy.run.calls import Call, Calls, Request, Response
from iai_proxy.run.findings import Finding, Findings
from iai_proxy.run.maps import Map
from iai_proxy.run.opening import open
from iai_proxy.run.rows import Rows
from iai_proxy.run.run import Agents, AllSteps, Lights, Run, Simulations
from iai_proxy.run.simulations import Branch, Profile, Simulation
from iai_proxy.run.steps import Agent, Light, Step, Steps

__all__ = [
    "Agent",
    "Agents",
    "AllSteps",
    "Branch",
    "Call",
    "Calls",
    "Finding",
    "Findings",
    "Light",
    "Lights",
    "Map",
    "Profile",
    "Request",
    "Response",
    "Rows",
    "Run",
    "Simulation",
    "Simulations",
    "Step",
    "Steps",
    "open",
]
