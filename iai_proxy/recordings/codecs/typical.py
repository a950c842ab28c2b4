"""What bodies usually say, in the order of the Python SDK and of the API. See ``docs/wire.md``.

Packed bodies depend on every byte of it: a change is a new codec.
"""

from __future__ import annotations

from typing import Final

_WITH_SPACES: Final = (
    b'{"location": "canada:", "num_agents_to_spawn": null, "states_history": [[[0.0, 0.0, 0.0, 0.0'
    b'], [1.5707963267948966, 3.141592653589793]]], "traffic_light_state_history": null, '
    b'"light_recurrent_states": null, "location_of_interest": [0.0, 0.0], "model_version": "", '
    b'"get_birdview": false, "rendering_center": null, "rendering_fov": null, '
    b'"include_map_source": false, "colliding_agents": [0, 1], "agent_state_history": [[[, '
    b'"get_reasons": false, "get_confidence_score": false, "get_birdviews": false, "reasons": [], '
    b'"confidence_score": 1.0, "agents_at_fault": [0], "birdviews": null, '
    b'"agent_attributes": [[4.5, 1.8, 1.3, "car"], [1.0, 1.0, 0.0, "pedestrian"]], '
    b'"birdview": null, "infraction_indicators": [[false, false, false], [true, false, false], '
    b'[false, true, false]], "infraction_indicators": null, "is_inside_supported_area": '
    b'[true, true, true, true, false], "traffic_lights_states": null, "traffic_lights_states": '
    b'{"3411": "red", "3412": "green", "3413": "yellow"}, "light_recurrent_states": '
    b'[[0.0, 1.5], [6.0, 2.5]], "model_version": "sandbox"}'
    b'{"location": "carla:Town03", "agent_states": [[0.0, 0.0, 0.0, 0.0], [-1.5707963267948966, '
    b'3.141592653589793]], "agent_attributes": null, "agent_properties": [{"length": 4.5, "width": '
    b'1.8, "rear_axis_offset": 1.3, "agent_type": "car", "waypoint": null, "waypoints": null, '
    b'"max_speed": null}, {"length": null, "width": null, "rear_axis_offset": null, "agent_type": '
    b'"pedestrian", "waypoint": null, "waypoints": null, "max_speed": null}], '
    b'"recurrent_states": null, "traffic_lights_states": null, "light_recurrent_states": null, '
    b'"get_birdview": false, "get_infractions": false, "random_seed": null, "rendering_center": '
    b'null, "rendering_fov": null, "model_version": null}'
)
#: Without spaces, as the API and the C++ SDK write it, and with them, as the Python SDK does.
TYPICAL: Final = _WITH_SPACES.replace(b", ", b",").replace(b": ", b":") + _WITH_SPACES
