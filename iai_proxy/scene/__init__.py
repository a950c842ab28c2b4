"""What a run looks like, as values: agents, lights, ground, calls and findings, step by step.

Renderers (``pictures``, ``page``) draw these values and know no recordings. Scenes are made from a
recording or from a scenario log.

    model         the values
    opening       a file of either kind as a run of which scenes are asked for
    recorded      a recording: trees (simulations), cast (who is who), frames (from observations),
                  details (from bodies), sizes, ground (location_answers, lanelets) and
                  problems (findings) put together
    growing       a recording that is read a batch at a time
    scenario_log  a scenario log
    palette       the colours that renderers share
"""

from iai_proxy.scene.model import (
    Agent,
    BranchInfo,
    Frame,
    Ground,
    Picture,
    Problem,
    Scene,
    SetUp,
    SimulationInfo,
    StepCalls,
    StepPart,
    Unplaced,
)

__all__ = [
    "Agent",
    "BranchInfo",
    "Frame",
    "Ground",
    "Picture",
    "Problem",
    "Scene",
    "SetUp",
    "SimulationInfo",
    "StepCalls",
    "StepPart",
    "Unplaced",
]
