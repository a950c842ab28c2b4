"""Debug logs drawn at random and spoilt in every way that the SDK's tool looks for."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import random
from collections.abc import Callable, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

Log = dict[str, Any]  # lists by their names; bodies are parsed

KINDS = {"car": (4.5, 2.0, 1.4), "pedestrian": (1.0, 1.0, 0.0), "bicycle": (1.8, 0.6, 0.5)}


def sound_log(
    draw: random.Random, *, agents: int, steps: int, large: bool, cpp: bool, numbers: int
) -> Log:
    """A log of one run in which every answer is handed on as it came.

    Args:
        draw: randomness.
        agents: in every step.
        steps: calls to ``drive``.
        large: made with ``large_drive``, whose parts are in the log too.
        cpp: with the C++ SDK's keys and shapes.
        numbers: of a recurrent state.
    """
    properties = [_properties(draw) for _ in range(agents)]
    initialized = {
        "agent_states": _states(draw, agents),
        "recurrent_states": _recurrent(draw, agents, numbers),
        "agent_properties": properties,
        "agent_attributes": [[4.0, 2.0, 1.0, "car"]] * agents,
        "model_version": "m",
    }
    requests, responses, held = [], [], initialized
    for _ in range(steps):
        requests.append(
            {
                "location": "canada:drake_street_and_pacific_blvd",
                "agent_states": held["agent_states"],
                **({} if cpp else {"agent_attributes": None}),
                "agent_properties": properties,
                "recurrent_states": held["recurrent_states"],
                "traffic_lights_states": {"4411": "red"},
                "light_recurrent_states": [[0.5, 1.5]],
                "random_seed": 3,
            }
        )
        held = {
            "agent_states": _states(draw, agents),
            "recurrent_states": _recurrent(draw, agents, numbers),
            "is_inside_supported_area": [True] * agents,
            "birdview": None,
            "light_recurrent_states": [[0.5, 1.5]],
            "model_version": "m",
        }
        responses.append(held)
    log: Log = {
        "location_info_responses": [{"version": "v", "osm_map": 'a "quoted" \\ {map}\n'}],
        "initialize_requests": [{"location": "l"}],
        "initialize_responses": [initialized],
        "drive_requests": requests,
        "drive_responses": responses,
    }
    if cpp:
        log["location_responses"] = log.pop("location_info_responses")
    elif large:
        log |= {"large_drive_requests": requests, "large_drive_responses": responses}
        log["drive_requests"] = [cut for request in requests for cut in _parts(request)]
        log["drive_responses"] = [cut for response in responses for cut in _parts(response)]
    unshared: Log = json.loads(json.dumps(log))
    return unshared


def _parts(body: Log) -> list[Log]:
    half = len(body["agent_states"]) // 2
    per_agent = ("agent_states", "recurrent_states", "agent_properties", "is_inside_supported_area")
    slices = (slice(None, half), slice(half, None))
    return [
        {key: value[part] if key in per_agent else value for key, value in body.items()}
        for part in slices
    ]


def _states(draw: random.Random, agents: int) -> list[list[float]]:
    if (
        draw.random() < 0.1
    ):  # with equal ones, whole ones, and such as stand between two rounded ones
        return [
            [draw.choice((0, 1.0, 0.125, 2.675, 1.005, -0.0, 1e20)) for _ in range(4)]
            for _ in range(agents)
        ]
    return [
        [draw.uniform(-99, 99), draw.uniform(-99, 99), draw.uniform(-4, 4), draw.uniform(0, 9)]
        for _ in range(agents)
    ]


def _recurrent(draw: random.Random, agents: int, numbers: int) -> list[list[float]]:
    kind = draw.random()
    if kind < 0.1:
        return [
            [draw.choice((0, 0.0, -0.0, 5e-7, 1.0000005)) for _ in range(numbers)]
            for _ in range(agents)
        ]
    if kind < 0.2:  # alike at the beginning
        return [
            [0.25] * (numbers // 2) + [draw.gauss(0, 1) for _ in range(numbers // 2)]
            for _ in range(agents)
        ]
    return [[draw.gauss(0, 1) for _ in range(numbers)] for _ in range(agents)]


def _properties(draw: random.Random) -> Log:
    kind = draw.choice(("car", "car", "car", "pedestrian", "bicycle"))
    scale = (
        1.0 if draw.random() < 0.5 else draw.uniform(0.5, 1.9)
    )  # some of one size, some of unlikely ones
    length, width, rear = (side * scale for side in KINDS[kind])
    return {
        "length": length,
        "width": width,
        "rear_axis_offset": rear,
        "agent_type": kind,
        "waypoint": None if draw.random() < 0.5 else [draw.random(), 1],
        "waypoints": None,
        "max_speed": None,
    }


# --- What goes wrong. Each takes the log's lists by model, and one of its pairs of calls.


def _nudge(draw: random.Random, rows: list[list[float]] | None, unit: float) -> None:
    """Move a number, or all of an agent's, by about the rounding limit or to about the limit."""
    if not rows:
        return
    row = draw.choice(rows)
    for index in (
        range(len(row)) if draw.random() < 0.3 else [draw.randrange(len(row))] if row else []
    ):
        if draw.random() < 0.5:
            row[index] += (
                draw.choice((1e-4, 0.01, 0.1, 0.49, 0.5, 0.51, 0.99, 1.0, 3.0))
                * unit
                * draw.choice((-1, 1))
            )
        else:
            row[index] = (draw.randrange(-2000, 2000) + 0.5) * unit + draw.choice(
                (-1, 0, 0, 1)
            ) * unit * 1e-9


def move_state(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    _nudge(draw, draw.choice((request, response))["agent_states"], 0.01)


def change_recurrent(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    _nudge(draw, draw.choice((request, response))["recurrent_states"], 1e-6)


def round_recurrent(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    if request["recurrent_states"]:
        decimals = draw.randrange(3, 10)
        for row in request["recurrent_states"]:
            row[:] = [round(number, decimals) for number in row]


def no_recurrent(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    request["recurrent_states"] = None


def zero_recurrent(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    if request["recurrent_states"]:
        row = draw.choice(request["recurrent_states"])
        row[:] = [0] * len(row)


def copy_recurrent(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    side = draw.choice((request, response))
    if side["recurrent_states"]:
        first, second = draw.choices(range(len(side["recurrent_states"])), k=2)
        side["recurrent_states"][first] = list(side["recurrent_states"][second])


def swap(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    keys = ["agent_states", "recurrent_states", "agent_properties", "agent_attributes"]
    for rows in _rows(request, keys if draw.random() < 0.5 else [draw.choice(keys)]):
        if len(rows) > 1:
            rows[0], rows[-1] = rows[-1], rows[0]


def shuffle(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    seed = draw.random()
    for rows in _rows(
        request, ["agent_states", "recurrent_states", "agent_properties", "agent_attributes"]
    ):
        random.Random(seed).shuffle(rows)


def drop(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    at = draw.random()
    for rows in _rows(
        draw.choice((request, response)), ["agent_states", "recurrent_states", "agent_properties"]
    ):
        if rows:
            del rows[int(at * len(rows))]


def add(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    at = draw.random()
    side = draw.choice((request, response))
    for key in ("agent_states", "recurrent_states", "agent_properties"):
        rows = side.get(key)
        if rows:
            new = copy.deepcopy(draw.choice(rows))
            if key == "agent_states" and draw.random() < 0.7:
                new[0] += draw.choice((0.004, 0.01, 7))
            rows.insert(int(at * (len(rows) + 1)), new)


def resize(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    if request.get("agent_properties"):
        agent = draw.choice(request["agent_properties"])
        sides = [side for side in ("length", "width", "rear_axis_offset") if isfinite(agent[side])]
        if not sides:  # an earlier change left none
            return
        side = draw.choice(sides)
        agent[side] = draw.choice(
            (agent[side] + 1e-12, agent[side] * 1.5, round(agent[side]), 3.0, 7, 0.5, 1.999)
        )


def retype(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    if request.get("agent_properties"):
        draw.choice(request["agent_properties"])["agent_type"] = draw.choice(
            (*KINDS, "car", "straße")
        )


def as_attributes(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    """Sizes in the deprecated form, in one call or in all."""
    bodies = [
        *log.get("initialize_responses", ())[-1:],
        *log["drive_requests"],
        *log.get("large_drive_requests", ()),
    ]
    for body in [request] if draw.random() < 0.3 else bodies:
        if body.get("agent_properties") is not None:
            body["agent_attributes"] = [
                [value for key, value in agent.items() if key in _ATTRIBUTES and value is not None]
                for agent in body.pop("agent_properties")
            ]


_ATTRIBUTES = ("length", "width", "rear_axis_offset", "agent_type", "waypoint")


def no_sizes(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    request.pop("agent_properties", None)
    request.pop("agent_attributes", None)


def whole_numbers(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    """Integers, as a writer that knows no floats puts them, also such as no double holds."""
    side = draw.choice((request, response))
    if side["agent_states"]:
        row = draw.choice(side["agent_states"])
        row[:] = [
            draw.choice((int(number) if isfinite(number) else 0, 2**53 + 1, True)) for number in row
        ]


def not_a_number(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    value = draw.choice((float("nan"), float("inf"), -float("inf")))
    key = draw.choice(("agent_states", "recurrent_states"))
    for side in (request, response) if draw.random() < 0.7 else (request,):
        if side[key] and side[key][-1]:
            side[key][-1][0] = value
    if draw.random() < 0.3 and request.get("agent_properties"):
        request["agent_properties"][0]["length"] = value


def lose_response(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    responses = log[_used(log) + "_responses"]
    if responses:
        del responses[draw.randrange(len(responses))]


def lose_request(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    requests = log[_used(log) + "_requests"]
    if requests:
        del requests[draw.randrange(len(requests))]


def initialize_again(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    again = copy.deepcopy(log["initialize_responses"][0]) if log.get("initialize_responses") else {}
    if again.get("agent_properties"):
        again["agent_properties"][0]["length"] = draw.choice((2.5, 4.5, 8.0))
    name = draw.choice(
        ("initialize_responses", "initialize_responses", "large_initialize_responses")
    )
    log.setdefault(name, []).append(again)


def no_initialize(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    log.pop("initialize_responses", None)


def no_agents(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    side = draw.choice((request, response))
    side["agent_states"] = []
    side["recurrent_states"] = draw.choice(([], None)) if side is request else []


def break_it(draw: random.Random, log: Log, request: Log, response: Log) -> None:
    """What nearly always makes the tool crash."""
    side = draw.choice((request, response))
    match draw.randrange(9):
        case 0:
            side.pop("agent_states", None)
        case 1:
            side.pop("recurrent_states", None)
        case 2:
            response["recurrent_states"] = None
        case 3 if request.get("agent_properties"):
            draw.choice(request["agent_properties"]).pop(draw.choice(_ATTRIBUTES), None)
        case 4:
            request["agent_properties"] = None
            attributes = (None, [], [[4.5, 2.0, 1.4, "car"]], ["car"], [[]], [3], {"a": 1})
            request["agent_attributes"] = draw.choice(attributes)
        case 5 if side["agent_states"]:
            side["agent_states"][0] = draw.choice((None, [None], ["1"], 5, "x", {}))
        case 6 if side["recurrent_states"]:
            side["recurrent_states"][0] = draw.choice((None, [None], ["1"], 5, "x", {}))
        case 7:
            log.pop(draw.choice(list(log)), None)
        case 8:
            log[draw.choice(list(log))] = []


MUTATIONS: list[Callable[[random.Random, Log, Log, Log], None]] = [
    *(
        move_state,
        move_state,
        change_recurrent,
        change_recurrent,
        round_recurrent,
        no_recurrent,
        zero_recurrent,
    ),
    *(
        copy_recurrent,
        swap,
        shuffle,
        drop,
        add,
        resize,
        retype,
        as_attributes,
        no_sizes,
        whole_numbers,
        not_a_number,
    ),
    *(lose_response, lose_request, initialize_again, no_initialize, no_agents),
]


def _used(log: Log) -> str:
    return "large_drive" if "large_drive_responses" in log else "drive"


def _rows(body: Log, keys: Sequence[str]) -> list[list[Any]]:
    return [body[key] for key in keys if isinstance(body.get(key), list)]


def spoilt_log(draw: random.Random, *, broken: bool = False) -> Log:
    """Draw a log and spoil it a few times; ``broken`` also so that the tool crashes."""
    log = sound_log(
        draw,
        agents=draw.randrange(1, 7),
        steps=draw.randrange(0, 5) or 2,
        large=draw.random() < 0.3,
        cpp=draw.random() < 0.2,
        numbers=draw.choice((2, 4, 40, 152)),
    )
    mutations = draw.choices(MUTATIONS, k=draw.randrange(0, 6)) + [break_it] * broken
    for mutate in mutations:
        requests, responses = (
            log.get(f"{_used(log)}_{side}") for side in ("requests", "responses")
        )
        if not requests or not responses:
            break
        at = draw.randrange(len(responses))
        # A request and the response before it, more often than not.
        request = requests[min(at + (draw.random() < 0.7), len(requests) - 1)]
        if all(
            "agent_states" in body and "recurrent_states" in body
            for body in (request, responses[at])
        ):
            mutate(draw, log, request, responses[at])
    return log


def to_text(log: Log, draw: random.Random) -> str:
    """The log as a file: as one of the SDKs writes it, or in some other way that is JSON."""
    separators = draw.choice(((", ", ": "), (", ", ": "), (",", ":"), (" , ", " : ")))
    plain = draw.random() < 0.8
    tail = draw.choice(("", "", "", " ", "\n"))

    def body(value: Any) -> str:
        if (
            not plain and draw.random() < 0.5
        ):  # another writer than the one before, so texts differ and numbers don't
            return (
                json.dumps(value, indent=draw.choice((None, 1)), ensure_ascii=False, sort_keys=True)
                + tail
            )
        return json.dumps(value, separators=separators) + tail

    lists = {name: [body(item) for item in items] for name, items in log.items()}
    return json.dumps(lists, indent=draw.choice((None, None, 4)), sort_keys=draw.random() < 0.3)


def printed_by_tool(tool: Any, path: Path, egos: list[int] | None) -> str | Exception:
    """What the SDK's tool prints, or the exception that ends it."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            tool(str(path), egos).full_diagnostic_test()
    except Exception as error:
        return error
    return printed.getvalue()
