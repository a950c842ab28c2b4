"""The client of ``iai-proxy demo``: ordinary code on the real SDK, that knows nothing of any proxy.

Run as ``python -m iai_proxy.cli.demo_client OUT.json``; writes every agent's state at every step.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import invertedai as iai
from invertedai.common import AgentProperties

LOCATION = "canada:drake_street_and_pacific_blvd"
AGENTS = 20
STEPS = 50


def main(out: Path) -> None:
    """Drive 20 cars for 5 seconds among traffic lights, with seeds drawn afresh on every run."""
    iai.location_info(location=LOCATION)
    response = iai.initialize(
        location=LOCATION,
        agent_properties=[AgentProperties(agent_type="car") for _ in range(AGENTS)],
        random_seed=random.randint(1, 1_000_000),
    )
    properties = response.agent_properties
    steps = [[state.tolist() for state in response.agent_states]]
    for _ in range(STEPS):
        response = iai.drive(
            location=LOCATION,
            agent_states=response.agent_states,
            agent_properties=properties,
            recurrent_states=response.recurrent_states,
            light_recurrent_states=response.light_recurrent_states,
            random_seed=random.randint(1, 1_000_000),
        )
        steps.append([state.tolist() for state in response.agent_states])
    out.touch(0o600)
    out.write_text(json.dumps(steps))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
