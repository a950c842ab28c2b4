"""Calls as the real ones are: each request holds the states that the last answer gave.

Recurrent states are 152 float32 an agent, printed as doubles, as Python prints them: answers
without white space, requests with it, as the SDK sends them. The numbers are normally distributed,
and new in each call. The agents drive straight ahead.
"""

from __future__ import annotations

import json
import math
import mmap
import random
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import orjson

RECURRENT = 152
LOCATION = "canada:vancouver"
#: Drawn once; each call takes a piece of it, and draws the last 20 bits of each fraction anew.
_POOL = 1 << 18
_DRAWN_BITS = b"\xff\xff\x0f\x00"
#: Stands in each number below 0.0001, which orjson prints otherwise than Python.
_SMALL = (b"e-", b"0.0000")


class Call(NamedTuple):
    endpoint: str
    request: bytes
    answer: bytes


def chain(seed: int, agents: int) -> Iterator[Call]:
    """Yield one ``initialize`` and, for ever, the ``drive`` calls that continue it."""
    draw = random.Random(seed)
    states = [
        [draw.uniform(-500, 500), draw.uniform(-500, 500), draw.uniform(-3, 3), draw.uniform(1, 15)]
        for _ in range(agents)
    ]
    properties = orjson.dumps(
        [
            {"length": 4 + n / 1000, "width": 2.0, "rear_axis_offset": 1.5, "agent_type": "car"}
            | dict.fromkeys(("waypoint", "waypoints", "max_speed"))
            for n in range(agents)
        ]
    )
    endpoint, request = "initialize", _initialize_request(properties, seed)
    while True:
        shown = orjson.dumps([_as_float32(state) for state in states])
        recurrent = _recurrent(draw, agents)
        yield Call(endpoint, request, _answer(endpoint, agents, properties, shown, recurrent))
        endpoint, request = "drive", _drive_request(properties, shown, recurrent)
        for state in states:
            state[0] += state[3] * math.cos(state[2]) * 0.1
            state[1] += state[3] * math.sin(state[2]) * 0.1


@cache
def _pool() -> bytes:
    draw = random.Random(5)
    return array("f", (draw.gauss(0, 1) for _ in range(_POOL))).tobytes()


def _recurrent(draw: random.Random, agents: int) -> bytes:
    """Return new recurrent states as JSON without white space."""
    pool = _pool()
    size = 4 * RECURRENT * agents
    begin = 4 * draw.randrange(0, len(pool) // 4 - RECURRENT * agents)
    drawn = int.from_bytes(draw.randbytes(size)) & int.from_bytes(_DRAWN_BITS * (size // 4))
    bits = int.from_bytes(pool[begin : begin + size]) ^ drawn
    numbers = array("f", bits.to_bytes(size)).tolist()
    rows = [numbers[at : at + RECURRENT] for at in range(0, len(numbers), RECURRENT)]
    text = orjson.dumps(rows)
    for mark in _SMALL:
        text = _printed_as_python(text, mark)
    return text


def _printed_as_python(text: bytes, mark: bytes) -> bytes:
    """Print the numbers anew in which a mark stands."""
    pieces, done = [], 0
    while (at := text.find(mark, done)) >= 0:
        begin = max(text.rfind(b",", 0, at), text.rfind(b"[", 0, at)) + 1
        end = min(found for found in (text.find(b",", at), text.find(b"]", at)) if found >= 0)
        pieces += [text[done:begin], repr(float(text[begin:end])).encode()]
        done = end
    return b"".join([*pieces, text[done:]])


def _as_float32(numbers: Sequence[float]) -> list[float]:
    return array("f", numbers).tolist()


def _initialize_request(properties: bytes, seed: int) -> bytes:
    return _spaced(
        b'{"location":"%s","num_agents_to_spawn":null,"states_history":null,'
        b'"agent_attributes":null,"agent_properties":%s,"traffic_light_state_history":null,'
        b'"get_birdview":false,"location_of_interest":null,"get_infractions":false,'
        b'"random_seed":%d,"model_version":null}' % (LOCATION.encode(), properties, seed)
    )


def _drive_request(properties: bytes, states: bytes, recurrent: bytes) -> bytes:
    return _spaced(
        b'{"location":"%s","agent_states":%s,"agent_attributes":null,"agent_properties":%s,'
        b'"recurrent_states":%s,"traffic_lights_states":null,"light_recurrent_states":null,'
        b'"get_birdview":false,"get_infractions":false,"random_seed":1,"rendering_center":null,'
        b'"rendering_fov":null,"model_version":null}'
        % (LOCATION.encode(), states, properties, recurrent)
    )


def _spaced(text: bytes) -> bytes:
    """Put the white space of Python's json into JSON whose texts hold no comma."""
    return text.replace(b",", b", ").replace(b":", b": ").replace(b"a: vanc", b"a:vanc")


def _answer(
    endpoint: str, agents: int, properties: bytes, states: bytes, recurrent: bytes
) -> bytes:
    if endpoint == "initialize":
        more = b'"agent_attributes":null,"agent_properties":%s' % properties
    else:
        more = b'"is_inside_supported_area":%s' % orjson.dumps([True] * agents)
    infractions = orjson.dumps([[False] * 3] * agents)
    return (
        b'{"agent_states":%s,"recurrent_states":%s,"birdview":null,"infraction_indicators":%s,'
        b'"traffic_lights_states":null,"light_recurrent_states":null,"model_version":"m",%s}'
        % (states, recurrent, infractions, more)
    )


# Stored, so that neither client nor server makes them while it is measured


def store(folder: Path, agents: int, lengths: Sequence[int]) -> Path:
    """Write chains of so many ``drive`` calls into a folder; returns it."""
    chains = (
        islice(chain(seed, agents), length + 1) for seed, length in enumerate(lengths, start=1)
    )
    return _write(folder, chains)


def _write(folder: Path, chains: Iterable[Iterable[Call]]) -> Path:
    folder.mkdir(parents=True)
    index = []
    with (folder / "requests").open("wb") as requests, (folder / "answers").open("wb") as answers:
        for calls in chains:
            rows = []
            for call in calls:
                places = requests.tell(), answers.tell()
                requests.write(call.request)
                answers.write(call.answer)
                rows.append((call.endpoint, *places, len(call.request), len(call.answer)))
            index.append(rows)
    (folder / "index.json").write_text(json.dumps(index))
    return folder


def store_changed(folder: Path, stored: Stored, change: str) -> Path:
    """Write the chains as another run makes them: new seeds, or new seeds and order of agents.

    Args:
        folder: where to.
        stored: the chains; their answers are kept.
        change: "seed" or "order", which turns the agents' order round.
    """
    seeds = random.Random(1)
    chains = (
        (_changed(call, change, seeds) for call in stored.calls_of(number))
        for number in range(len(stored))
    )
    return _write(folder, chains)


def _changed(call: Call, change: str, seeds: random.Random) -> Call:
    if call.endpoint == "initialize":
        return call
    seed = seeds.randrange(2, 10**6)
    if change == "seed":
        return call._replace(
            request=call.request.replace(b'"random_seed": 1,', b'"random_seed": %d,' % seed)
        )
    request = orjson.loads(call.request)
    for name in ("agent_states", "recurrent_states", "agent_properties"):
        request[name].reverse()
    return call._replace(request=json.dumps({**request, "random_seed": seed}).encode())


class Stored:
    """Chains in a folder, by number from 0: each a sequence of calls."""

    def __init__(self, folder: Path) -> None:
        self._index = json.loads((folder / "index.json").read_bytes())
        self._requests, self._answers = _mapped(folder / "requests"), _mapped(folder / "answers")

    def __len__(self) -> int:
        return len(self._index)

    def length(self, number: int) -> int:
        return len(self._index[number])

    def call(self, chain_number: int, number: int) -> Call:
        """Return a call of a chain; after the last one, the first ``drive`` follows again."""
        rows = self._index[chain_number]
        place = number if number < len(rows) else 1 + (number - 1) % (len(rows) - 1)
        endpoint, request, answer, request_size, answer_size = rows[place]
        return Call(
            endpoint,
            self._requests[request : request + request_size],
            self._answers[answer : answer + answer_size],
        )

    def calls_of(self, number: int) -> Iterator[Call]:
        for place in range(self.length(number)):
            yield self.call(number, place)


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
