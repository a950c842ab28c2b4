"""What a run looks like, as values: agents, lights, ground, calls and findings, step by step.

Renderers (``pictures``, ``page``) draw these values and know no recordings. Scenes are made from a
recording or from a scenario log.
"""

from iai_proxy.scene.model import (
    Agent,
    BranchInfo,
    Frame,
    Ground,
    Picture,
    Problem,
    Scene,
    SimulationInfo,
    StepCalls,
    StepPart,
)

__all__ = [
    "Agent",
    "BranchInfo",
    "Frame",
    "Ground",
    "Picture",
    "Problem",
    "Scene",
    "SimulationInfo",
    "StepCalls",
    "StepPart",
]
