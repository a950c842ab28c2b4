"""A sound run in miniature, and for each check a run with the mistake that it finds.

Docstrings say what was done, and which codes must be found. The golden inputs are made from these,
with the docstrings as their ``why``.
"""

from __future__ import annotations

import copy
import math
import random
import struct
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Edit = Callable[[int, Json], None]

LOCATION = "town:square"
NUMBERS = 5  # of a recurrent state; the real one has 152, and nothing depends on how many
LIGHTS = {"11": "red", "12": "green"}


class Service:
    """Moves agents straight on, and answers as the real one does."""

    def __init__(self, lights: bool = True) -> None:
        self._draw = random.Random(5)
        self.lights = lights

    def info(self) -> Json:
        kinds = [("11", "traffic_light"), ("12", "traffic_light"), ("13", "stop_sign")]
        return {
            "version": "1",
            "max_agent_number": 100,
            "static_actors": [
                {"actor_id": int(actor), "agent_type": kind, "x": 0.0, "y": 0.0, "orientation": 0.0}
                for actor, kind in kinds
                if self.lights or kind == "stop_sign"
            ],
        }

    def initialize(self, request: Json) -> Json:
        given = (request["states_history"] or [[]])[-1]
        properties = [
            self._complete(sizes, index) for index, sizes in enumerate(request["agent_properties"])
        ]
        states = [
            given[index] if index < len(given) else [10.0 * index, 8.0 * index, 0.0, 8.0 + index]
            for index in range(len(properties))
        ]
        return {
            "agent_states": states,
            "recurrent_states": [self._recurrent() for _ in states],
            "agent_attributes": None,
            "agent_properties": properties,
            "infraction_indicators": None,
            **self._lights_shown([[0.0, 9.0]]),
            "model_version": "m1",
        }

    def drive(self, request: Json) -> Json:
        states = [self._moved(state) for state in request["agent_states"]]
        sent = request["light_recurrent_states"] or [[0.0, 9.0]]
        later = [[phase, round(left - 0.1, 3)] for phase, left in sent]
        return {
            "agent_states": states,
            "recurrent_states": [self._recurrent() for _ in states],
            "infraction_indicators": None,
            "is_inside_supported_area": [True] * len(states),
            **self._lights_shown(later),
            "model_version": "m1",
        }

    def _complete(self, given: Json, index: int) -> Json:
        drawn = {"length": 4.5 + index / 10, "width": 1.9, "rear_axis_offset": 1.3}
        return {
            **given,
            **{name: value for name, value in drawn.items() if given.get(name) is None},
        }

    def _moved(self, state: list[Any]) -> list[Any]:
        if not all(isinstance(number, float) and math.isfinite(number) for number in state):
            return [0.0, 0.0, 0.0, 0.0]
        x, y, heading, speed = state
        return [
            round(x + speed * 0.1 * math.cos(heading), 4),
            round(y + speed * 0.1 * math.sin(heading), 4),
            heading,
            speed,
        ]

    def _recurrent(self) -> list[float]:
        return [self._draw.gauss(0, 1) for _ in range(NUMBERS)]

    def _lights_shown(self, recurrent: list[list[float]]) -> Json:
        if not self.lights:
            return {"traffic_lights_states": None, "light_recurrent_states": None}
        return {"traffic_lights_states": dict(LIGHTS), "light_recurrent_states": recurrent}


def car(**sizes: float | str | None) -> Json:
    """Properties of a car, to be drawn where they are not given."""
    named = {"length": None, "width": None, "rear_axis_offset": None, "agent_type": "car"}
    return {**named, "waypoint": None, "waypoints": None, "max_speed": None, **sizes}


def run(
    edit: Edit = lambda step, request: None,
    *,
    agents: int = 3,
    steps: int = 4,
    lights: bool = True,
    properties: list[Json] | None = None,
    history: list[list[list[float]]] | None = None,
    answered: Edit = lambda step, answer: None,
    info: bool = True,
    initialize: bool = True,
    **fields: Any,
) -> list[Json]:
    """A run that passes every answer on unchanged, except for what ``edit`` does to a request.

    Step 0 is ``initialize``. ``answered`` changes an answer before the client sees it.
    """
    service = Service(lights)
    calls: list[Json] = []
    if info:
        calls.append(
            {
                "endpoint": "location_info",
                "request": {"location": LOCATION},
                "answer": service.info(),
            }
        )
    request: Json = {
        "location": LOCATION,
        "num_agents_to_spawn": None,
        "states_history": history,
        "agent_attributes": None,
        "agent_properties": properties or [car() for _ in range(agents)],
        "random_seed": 70,
        "model_version": "best",
        **fields,
    }
    held = service.initialize(request)
    if initialize:
        edit(0, request)
        held = service.initialize(request)
        answered(0, held)
        calls.append({"endpoint": "initialize", "request": request, "answer": held})
    now = held["agent_properties"]
    for step in range(1 if initialize else 0, steps + 1):
        request = {
            "location": LOCATION,
            "agent_states": held["agent_states"],
            "agent_attributes": None,
            "agent_properties": now,
            "recurrent_states": held["recurrent_states"],
            "traffic_lights_states": None,
            "light_recurrent_states": held["light_recurrent_states"],
            "get_birdview": False,
            "random_seed": 70 + step,
            "model_version": None,
        }
        request = copy.deepcopy(request)
        edit(step, request)
        held = service.drive(request)
        answered(step, held)
        now = request["agent_properties"] or now
        calls.append({"endpoint": "drive", "request": request, "answer": held})
    return copy.deepcopy(calls)


def at(step: int, change: Callable[[Json], Any]) -> Edit:
    """Change the request of one step."""

    def edit(now: int, request: Json) -> None:
        if now == step:
            change(request)

    return edit


def always(change: Callable[[Json], Any]) -> Edit:
    """Change the request of every ``drive``."""

    def edit(now: int, request: Json) -> None:
        if now:
            change(request)

    return edit


def swap(values: list[Any], first: int = 0, second: int = 1) -> None:
    values[first], values[second] = values[second], values[first]


def drop(request: Json, agent: int) -> None:
    for name in ("agent_states", "recurrent_states", "agent_properties"):
        del request[name][agent]


def add(
    request: Json, state: list[float], recurrent: list[float] | None = None, **sizes: Any
) -> None:
    request["agent_states"].append(state)
    request["recurrent_states"].append(recurrent or [0.0] * NUMBERS)
    given = {"length": 4.95, "width": 1.9, "rear_axis_offset": 1.3, **sizes}
    request["agent_properties"].append(car(**given))


def ego(
    heading: Callable[[float], float], speed: float, way: float, sent: float | None = None
) -> Edit:
    """Agent 0 is driven by the client, ``way`` m a step, 30 degrees off x."""

    def edit(step: int, request: Json) -> None:
        if step:
            angle = math.radians(30)
            x, y = way * (step - 1) * math.cos(angle), way * (step - 1) * math.sin(angle)
            request["agent_states"][0] = [x, y, heading(angle), speed if sent is None else sent]

    return edit


def placed(*states: list[float]) -> list[list[list[float]]]:
    """Ten steps of history, standing where they are to be at the end, having come straight on."""
    return [
        [
            [x - (9 - step) * 0.1 * v * math.cos(h), y - (9 - step) * 0.1 * v * math.sin(h), h, v]
            for x, y, h, v in states
        ]
        for step in range(10)
    ]


SIZED = car(length=4.5, width=1.9, rear_axis_offset=1.3)


# --- One function for each check: its docstring says what was done, and what must be found.


def m10() -> list[Json]:
    """At step 2 the states of agents 0 and 1, and nothing else, change places: 10 for both. 200
    does not follow, since by place and sizes it is the states that went astray."""
    return run(at(2, lambda request: swap(request["agent_states"])))


def m11() -> list[Json]:
    """At step 2 agent 1 is put 0.5 m aside: 11 for agent 1, value 0.5. At step 3 it is moved by
    0.002 m: nothing."""

    def edit(step: int, request: Json) -> None:
        request.get("agent_states", [[], [0, 0]])[1][1] += {2: 0.5, 3: 0.002}.get(step, 0.0)

    return run(edit)


def m20() -> list[Json]:
    """At step 3 the recurrent states of agents 0 and 1, and nothing else, change places: 20 for
    both, and 200, since each has the other's."""
    return run(at(3, lambda request: swap(request["recurrent_states"])))


def m21() -> list[Json]:
    """At step 2 the third number of agent 1's recurrent state grows by 0.25: 21 for agent 1, value
    0.25."""

    def edit(request: Json) -> None:
        request["recurrent_states"][1][2] += 0.25

    return run(at(2, edit))


def m50() -> list[Json]:
    """Agent 0 is given as 9 m long, agent 1 as 1.5 m long and 4 m wide (exchanged): 50 for both, at
    initialize. Agent 2's size is left to the service."""
    return run(
        properties=[
            car(length=9.0, width=2.0, rear_axis_offset=2.5),
            car(length=1.5, width=4.0),
            car(),
        ]
    )


def m51() -> list[Json]:
    """From step 2 on agent 2 is 5 m long, in place of 4.7 m: 51 at step 2 only, since from then on
    that is its size."""

    def edit(step: int, request: Json) -> None:
        if step >= 2:
            request["agent_properties"][2]["length"] = 5.0

    return run(edit)


def m52() -> list[Json]:
    """At step 2 the properties of agents 0 and 1, of different length, change places: 52 for both,
    not 51. At step 3 they still stand so, as the client sends what it sent before: nothing."""
    return run(
        at(2, lambda request: swap(request["agent_properties"])),
        properties=[car(length=4.0), car(length=5.0), car()],
    )


def m100() -> list[Json]:
    """At step 2 agent 1 is left out of all lists: 100, and no word of the order, which is kept."""
    return run(at(2, lambda request: drop(request, 1)))


def m101() -> list[Json]:
    """At step 2 an agent with zeros comes in at the end: 101 for agent 3."""
    return run(at(2, lambda request: add(request, [80.0, 80.0, 0.0, 5.0])))


def m200() -> list[Json]:
    """At step 2 an agent comes in with agent 0's recurrent state: 200 and 101 for agent 3. At step
    3 agents 1 and 2 are sent with each other's recurrent states: 200 for each, and 20 as the
    SDK's tool has it."""

    def edit(step: int, request: Json) -> None:
        if step == 2:
            add(request, [80.0, 80.0, 0.0, 5.0], list(request["recurrent_states"][0]))
        if step == 3:
            swap(request["recurrent_states"], 1, 2)

    return run(edit)


def m201() -> list[Json]:
    """At step 2 agents 0 and 2 are sent with zeros: 201 for both, and no 21."""

    def edit(request: Json) -> None:
        for agent in (0, 2):
            request["recurrent_states"][agent] = [0.0] * NUMBERS

    return run(at(2, edit))


def m202() -> list[Json]:
    """At step 2 recurrent_states is null: 202 for all three, and no 21."""
    return run(at(2, lambda request: request.update(recurrent_states=None)))


def m203() -> list[Json]:
    """At step 2 agent 0's recurrent state is rounded to 4 digits after the point, at step 3 all are
    rounded to 6 significant ones: 203 with 4, then with 6."""

    def edit(step: int, request: Json) -> None:
        rows = request.get("recurrent_states")
        if step == 2:
            rows[0] = [round(number, 4) for number in rows[0]]
        if step == 3:
            rows[:] = [[float(f"{number:.6g}") for number in row] for row in rows]

    return run(edit)


def m204() -> list[Json]:
    """From step 1 on all recurrent states go through 32-bit floats: 204 for all at each step."""

    def edit(request: Json) -> None:
        form = f"{NUMBERS}f"
        rows = request["recurrent_states"]
        rows[:] = [list(struct.unpack(form, struct.pack(form, *row))) for row in rows]

    return run(always(edit))


def m205() -> list[Json]:
    """At step 3 agent 1 has its recurrent state of step 2's request: 1 step old. At step 5 all have
    those of step 3's request, with the latest states: 2 steps old, for all; by recurrent states
    alone that were another step 3."""
    sent: dict[int, list[list[float]]] = {}

    def edit(step: int, request: Json) -> None:
        if not step:
            return
        sent[step] = copy.deepcopy(request["recurrent_states"])
        if step == 3:
            request["recurrent_states"][1] = sent[2][1]
        if step == 5:
            request["recurrent_states"] = sent[3]

    return run(edit, steps=6)


def m206() -> list[Json]:
    """At step 2 agent 1 is appended once more, state, recurrent state and all: 206 for agents 3 and
    1, and 101."""

    def edit(request: Json) -> None:
        for name in ("agent_states", "recurrent_states", "agent_properties"):
            request[name].append(copy.deepcopy(request[name][1]))

    return run(at(2, edit))


def m207() -> list[Json]:
    """At step 3 agents 0 and 1 change places in all lists; they differ in size: 207 for both, and
    nothing else, since each has its own recurrent state and size."""

    def edit(request: Json) -> None:
        for name in ("agent_states", "recurrent_states", "agent_properties"):
            swap(request[name])

    return run(at(3, edit), properties=[car(length=4.0), car(length=5.0), car()])


def m220() -> list[Json]:
    """Agent 0 is the client's, and goes 30 degrees off x with orientation 30 in place of 0.52: 220
    at every step from 2 on by its way, and at step 1 since 30 is over two turns."""
    return run(ego(math.degrees, 10.0, 1.0))


def m221() -> list[Json]:
    """Agent 0 is the client's, and moves 1 m a step with a speed of 36: 221 from the fifth timed
    way on, step 6."""
    return run(ego(lambda angle: angle, 0.0, 1.0, sent=36.0), steps=7)


def m222() -> list[Json]:
    """Agent 0 is a bus of 1200 m (centimetres), agent 1 a sound one: 222 for agent 0."""
    bus = {"width": 2.5, "rear_axis_offset": 3.0, "agent_type": "bus"}
    return run(properties=[car(length=1200.0, **bus), car(length=12.0, **bus), car()])


def m223() -> list[Json]:
    """Agent 0's rear axle is given 3 m behind the centre of a car of 4.5 m: 223."""
    return run(properties=[car(length=4.5, width=1.9, rear_axis_offset=3.0), car(), car()])


def m224() -> list[Json]:
    """Two cars are given 3 m apart along their length of 4.5 m, a third beside them: 224 for the
    first two, 1.4 m deep (4.4 m with the 5 cm that boxes are taken smaller on each side)."""
    history = placed([0.0, 0.0, 0.0, 5.0], [3.0, 0.0, 0.0, 5.0], [3.0, 2.5, 0.0, 5.0])
    return run(properties=[SIZED] * 3, history=history)


def m225() -> list[Json]:
    """At step 3 agent 0, the client's, is put 35 m ahead: 225, about 3500 m/s²."""

    def edit(step: int, request: Json) -> None:
        ego(lambda angle: angle, 10.0, 1.0)(step, request)
        if step >= 3:
            request["agent_states"][0][0] += 35.0

    return run(edit)


def m226() -> list[Json]:
    """Agent 2 is answered as outside from step 2 on: 226 at step 11, the tenth, since step 2."""

    def answered(step: int, answer: Json) -> None:
        if step >= 2:
            answer["is_inside_supported_area"][2] = False

    return run(steps=12, answered=answered)


def m227() -> list[Json]:
    """At step 2 agent 1's heading is NaN, at step 3 a number of agent 0's recurrent state is
    infinite: 227 each. The service of this run then puts agent 1 at 0, 0."""

    def edit(step: int, request: Json) -> None:
        if step == 2:
            request["agent_states"][1][2] = math.nan
        if step == 3:
            request["recurrent_states"][0][1] = math.inf

    return run(edit)


def m228() -> list[Json]:
    """Agent 0 is the client's, and moves 0.5 m a step at 10 m/s, as at 20 Hz: 228 from the tenth
    timed way on."""
    return run(ego(lambda angle: angle, 10.0, 0.5), steps=12)


def m229() -> list[Json]:
    """Agent 0 is the client's, and goes 30 degrees off x with orientation -30 degrees, as where y
    points the other way: 229 by 60 degrees at step 7, the fifth from which it has gone 1.5 m,
    since step 1."""
    return run(ego(lambda angle: -angle, 10.0, 1.0), steps=7)


def m230() -> list[Json]:
    """Agent 0 is the client's, and moves 0.6 m a step with a speed of 0: 230 from the tenth timed
    way on, step 11: 6 m/s too slow."""
    return run(ego(lambda angle: angle, 0.0, 0.6), steps=12)


def m250() -> list[Json]:
    """Lights are sent at steps 1 and 3, not at 2 and 4: 250 at steps 2 and 4."""

    def edit(step: int, request: Json) -> None:
        if step in {1, 3}:
            request.update(traffic_lights_states=dict(LIGHTS), light_recurrent_states=None)

    return run(edit)


def m251() -> list[Json]:
    """At every step light 99 is set, which is not on the map, and 13, which is a stop sign there:
    251 with both."""
    given = {**LIGHTS, "13": "red", "99": "red"}
    return run(
        always(
            lambda request: request.update(traffic_lights_states=given, light_recurrent_states=None)
        )
    )


def m252() -> list[Json]:
    """At step 2 light 11 is given as green, while the recurrent states are handed on, which have it
    red for 9 s: 252 at step 2; from then on only the given ones are sent."""

    def edit(step: int, request: Json) -> None:
        if step >= 2:
            request["traffic_lights_states"] = {**LIGHTS, "11": "green"}
        if step >= 3:
            request["light_recurrent_states"] = None

    return run(edit)


def m253() -> list[Json]:
    """Lights are sent at every step, but the location has a stop sign only: 253, not 251."""
    return run(
        always(lambda request: request.update(traffic_lights_states=dict(LIGHTS))), lights=False
    )


def m254() -> list[Json]:
    """From step 2 on no lights are handed on: 254 at steps 2 to 4."""

    def edit(step: int, request: Json) -> None:
        if step >= 2:
            request["light_recurrent_states"] = None

    return run(edit)


def m255() -> list[Json]:
    """At every step the lights of initialize are sent: right at step 1, 255 at steps 2 to 4, where
    they stay where they were while the answers count down."""

    def edit(step: int, request: Json) -> None:
        if step:
            request["light_recurrent_states"] = [[0.0, 9.0]]

    return run(edit)


def m270() -> list[Json]:
    """The run begins with drive, recurrent states null: 270 at the first step."""
    return run(at(0, lambda request: request.update(recurrent_states=None)), initialize=False)


def m271() -> list[Json]:
    """The run begins with drive and recurrent states from nowhere: 271 at the first step."""
    return run(initialize=False)


def m272() -> list[Json]:
    """Two agents are given with a history of one step: 272."""
    return run(
        properties=[SIZED, SIZED, car()], history=[[[0.0, 0.0, 0.0, 5.0], [0.0, 9.0, 0.0, 5.0]]]
    )


def m273() -> list[Json]:
    """agent_attributes is sent at every step in place of agent_properties: 273 at the first of them
    only; light is called once: 273 at the end."""

    def edit(request: Json) -> None:
        request["agent_attributes"] = [[4.5 + agent / 10, 1.9, 1.3, "car"] for agent in range(3)]
        request["agent_properties"] = None

    light = {
        "endpoint": "light",
        "request": {"location": LOCATION},
        "answer": {"recurrent_states": "0"},
    }
    return [*run(always(edit)), light]


def m274() -> list[Json]:
    """The location takes three agents (by its information), four are sent: 274 at every step,
    initialize too."""
    calls = run(agents=4, steps=2)
    calls[0]["answer"]["max_agent_number"] = 3
    return calls


def m275() -> list[Json]:
    """At step 2 another location is named, at step 3 the first again: 275 at both."""
    return run(at(2, lambda request: request.update(location="town:station")))


def m276() -> list[Json]:
    """From step 3 on model m2 answers: 276 at step 3."""

    def answered(step: int, answer: Json) -> None:
        if step >= 3:
            answer["model_version"] = "m2"

    return run(answered=answered)


def m277() -> list[Json]:
    """All six calls of drive have seed 42: 277 at the fifth, once."""
    return run(always(lambda request: request.update(random_seed=42)), steps=6)


def m278() -> list[Json]:
    """``initialize`` and calls 2, 5 and 6 of drive have no seed: 278 at these."""
    return run(
        lambda step, request: step in {0, 2, 5, 6} and request.update(random_seed=None), steps=6
    )


def m279() -> list[Json]:
    """Seeds are drawn at each call: 279 at the fifth, once."""
    draw = random.Random(1)
    return run(always(lambda request: request.update(random_seed=draw.randrange(10**6))), steps=6)


def m280() -> list[Json]:
    """Two agents have states, the second no length: 280 for agent 1."""
    history = placed([0.0, 0.0, 0.0, 5.0], [0.0, 9.0, 0.0, 5.0])
    return run(properties=[SIZED, car(), car()], history=history)


def m281() -> list[Json]:
    """At step 2 agent 2's state is left out, and its properties and recurrent state are not: 281
    for both lists, and 100; later steps send the same properties: 281 for them."""
    return run(at(2, lambda request: request["agent_states"].pop()))


def m282() -> list[Json]:
    """Step 1 is asked for five times with what initialize answered, each time predicted anew: 282,
    value 5; and 320 for four of the answers."""
    calls = run(steps=1)
    for number in range(1, 5):
        again = copy.deepcopy(calls[2])
        for row in again["answer"]["recurrent_states"]:
            row[0] += number
        calls.append(again)
    return calls


def m300() -> list[Json]:
    """Step 2 is answered 503 twice after 40 ms, with 1 s and 2 s between: 300 at step 2, 3080."""
    calls = run()
    failed = {**calls[3], "answer": None, "status": 503, "ms": 40}
    return [*calls[:3], {**failed, "wait_ms": 1000}, {**failed, "wait_ms": 2000}, *calls[3:]]


def m301() -> list[Json]:
    """A drive is answered 422, and location_info 404: 301 for both; the 503 that succeeds later is
    not among them."""
    calls = run()
    refused = {
        "endpoint": "drive",
        "request": {"location": LOCATION},
        "answer": None,
        "status": 422,
    }
    unknown = {
        "endpoint": "location_info",
        "request": {"location": "nowhere"},
        "answer": None,
        "status": 404,
    }
    return [*calls[:3], {**calls[3], "answer": None, "status": 503}, *calls[3:], refused, unknown]


def m302() -> list[Json]:
    """The 15th of 21 calls of drive takes 4 s, the others 100 ms: 302, value 4000."""
    calls = [{**call, "ms": 100} for call in run(steps=21, agents=1)]
    calls[16]["ms"] = 4000
    return calls


def m303() -> list[Json]:
    """Three agents are asked for, initialize places two: 303."""

    def answered(step: int, answer: Json) -> None:
        if step == 0:
            for name in ("agent_states", "recurrent_states", "agent_properties"):
                answer[name].pop()

    return run(answered=answered)


def m304() -> list[Json]:
    """At step 2 agents 0 and 1 collide, at step 3 agent 2 is off the road: 304 each."""

    def answered(step: int, answer: Json) -> None:
        answer["infraction_indicators"] = [
            [step == 2 and agent < 2, step == 3 and agent == 2, False] for agent in range(3)
        ]

    return run(answered=answered)


def m320() -> list[Json]:
    """Step 2 is asked for twice, with two seeds; the run goes on with the second: 320 for the
    first. The last step is no waste."""
    calls = run()
    again = copy.deepcopy(calls[3])
    again["request"]["random_seed"] = 9
    for row in again["answer"]["recurrent_states"]:
        row[0] += 1.0
    return [*calls[:3], again, *calls[3:]]


def m321() -> list[Json]:
    """The location's information is fetched before the run and before each of four steps: 321,
    value 5."""
    info, *calls = run()
    return [info, calls[0], *(each for call in calls[1:] for each in (info, call))]


def m322() -> list[Json]:
    """get_birdview is set at all six steps: 322 at the fifth, once."""
    return run(always(lambda request: request.update(get_birdview=True)), steps=6)


#: Agents that the client drives itself, where there are any.
EGOS = {220: [0], 221: [0], 225: [0], 228: [0], 229: [0], 230: [0]}

MISTAKES: dict[int, Callable[[], list[Json]]] = {
    int(name[1:]): made
    for name, made in sorted(globals().items())
    if name[0] == "m" and name[1:].isdigit()
}
