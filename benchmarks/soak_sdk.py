"""The SDK's own loop, again and again: python soak_sdk.py AGENTS STEPS EVERY_S SECONDS.

Prints how many calls were answered.
"""

import sys
import time
from itertools import count

import invertedai as iai
from invertedai.common import AgentProperties

LOCATION = "canada:vancouver"
agents, steps = int(sys.argv[1]), int(sys.argv[2])
every_s, seconds = float(sys.argv[3]), float(sys.argv[4])
size = AgentProperties(agent_type="car", length=4.5, width=2.0, rear_axis_offset=1.5)
begun = time.monotonic()
properties = response = None
made = 0
for made in count():
    time.sleep(max(0.0, begun + made * every_s - time.monotonic()))
    if time.monotonic() - begun > seconds:
        break
    if made % steps == 0:
        response = iai.initialize(LOCATION, agent_properties=[size] * agents, random_seed=1)
        properties = response.agent_properties
        continue
    response = iai.drive(
        LOCATION,
        agent_states=response.agent_states,
        agent_properties=properties,
        recurrent_states=response.recurrent_states,
        light_recurrent_states=response.light_recurrent_states,
        random_seed=1,
    )
print(made)
