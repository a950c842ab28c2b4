"""The SDK's own loop: python sdk_client.py AGENTS STEPS prints the seconds of its drive calls."""

import sys
import time

import invertedai as iai
from invertedai.common import AgentProperties

agents, steps = int(sys.argv[1]), int(sys.argv[2])
response = iai.initialize(
    "canada:vancouver",
    agent_properties=[
        AgentProperties(agent_type="car", length=4.5, width=2.0, rear_axis_offset=1.5)
        for _ in range(agents)
    ],
    random_seed=1,
)
properties = response.agent_properties
begun = time.perf_counter()
for _ in range(steps):
    response = iai.drive(
        "canada:vancouver",
        agent_states=response.agent_states,
        agent_properties=properties,
        recurrent_states=response.recurrent_states,
        light_recurrent_states=response.light_recurrent_states,
        random_seed=1,
    )
print(time.perf_counter() - begun)
