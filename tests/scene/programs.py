"""Client programs on the real SDK, which write down what its objects held."""

from __future__ import annotations

#: Drives five agents; the client moves the first one itself, takes out the third at step 4, brings
#: one in at step 6, and begins again from step 3. It writes down what the SDK's objects hold.
PROGRAM = """
import json, invertedai as iai
from invertedai.common import AgentState, Point
from invertedai.utils import get_default_agent_properties

PLACE = "canada:drake_street_and_pacific_blvd"
written = []

def note(answer, names, properties):
    written.append({
        "agents": list(names),
        "states": [state.tolist() for state in answer.agent_states],
        "lights": {} if answer.traffic_lights_states is None else {
            light: str(state.value) for light, state in answer.traffic_lights_states.items()},
        "infractions": [list(vars(flags).values()) for flags in answer.infractions or []],
        "sizes": [[p.agent_type, p.length, p.width, p.rear_axis_offset] for p in properties],
        "inside": list(getattr(answer, "is_inside_supported_area", None) or []),
    })

def drive(answer, names, properties, moved=None):
    states = list(answer.agent_states)
    if moved:
        states[0] = moved
    answer = iai.drive(location=PLACE, agent_states=states, agent_properties=properties,
        recurrent_states=answer.recurrent_states, get_infractions=True, random_seed=7,
        light_recurrent_states=answer.light_recurrent_states)
    note(answer, names, properties)
    return answer

def ego(step):
    return AgentState(center=Point(x=step * 1.5, y=-2.0), orientation=0.25, speed=15.0)

iai.location_info(location=PLACE)
names = ["ego", "b", "c", "d", "e"]
answer = iai.initialize(location=PLACE, random_seed=5,
    agent_properties=get_default_agent_properties({"car": 4, "pedestrian": 1}))
properties = list(answer.agent_properties)
note(answer, names, properties)
for step in range(1, 9):
    if step == 4:
        for listed in (names, properties, answer.agent_states, answer.recurrent_states):
            del listed[2]
    if step == 6:
        other = iai.initialize(location=PLACE, agent_properties=
            get_default_agent_properties({"car": 1}), random_seed=9)
        names.append("new")
        for listed, more in ((properties, other.agent_properties),
                (answer.agent_states, other.agent_states),
                (answer.recurrent_states, other.recurrent_states)):
            listed += more
    answer = drive(answer, names, properties, moved=ego(step))
    if step == 3:
        third = answer.copy(deep=True), list(names), list(properties)
answer, names, properties = third
for step in range(4, 6):
    answer = drive(answer, names, properties, moved=ego(10 * step))
print(json.dumps(written))
"""
