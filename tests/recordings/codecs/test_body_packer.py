"""Bodies of runs: small when packed, and every byte comes back."""

from __future__ import annotations

import hashlib
import json
import random
import struct
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.packed import Store

WIDTH = 152
SIZES = {"length": 4.61, "width": 1.95, "rear_axis_offset": 1.29, "agent_type": "car"}
Print = Callable[[Any], bytes]


def python(value: Any) -> bytes:
    return json.dumps(value).encode()


def dense(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def cpp(value: Any) -> bytes:
    """As nlohmann's ``dump`` for C++ writes numbers of these tests: members sorted, no spaces."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


PRINTS: dict[str, Print] = {"orjson": orjson.dumps, "python": python, "dense": dense, "cpp": cpp}


def single(number: float) -> float:
    value: float = struct.unpack("<f", struct.pack("<f", number))[0]
    return value


class Run:
    """A server and a client: each answer has new recurrent states, each request the last ones."""

    def __init__(self, agents: int, answers: Print, requests: Print, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.agents = agents
        self.answers, self.requests = answers, requests
        self.sizes = [SIZES | {"length": 4 + number / 100} for number in range(agents)]

    def row(self) -> list[float]:
        # Of such sizes are the states of a network; few are below 0.0001.
        return [single(self.random.gauss(0, 1)) for _ in range(WIDTH)]

    def answer(self, agents: int | None = None) -> dict[str, Any]:
        count = self.agents if agents is None else agents
        return {
            "agent_states": [
                [self.random.uniform(-99, 99) for _ in range(4)] for _ in range(count)
            ],
            "recurrent_states": [self.row() for _ in range(count)],
            "birdview": None,
            "is_inside_supported_area": [True] * count,
            "model_version": "best",
        }

    def request(self, answer: dict[str, Any], **changed: Any) -> dict[str, Any]:
        return {
            "location": "canada:drake",
            "agent_states": answer["agent_states"],
            "agent_properties": self.sizes[: len(answer["agent_states"])],
            "recurrent_states": answer["recurrent_states"],
            "random_seed": self.random.randrange(2**31),
        } | changed


@pytest.mark.parametrize("answers", ["orjson", "python", "dense", "cpp"])
@pytest.mark.parametrize("requests", ["python", "cpp"])
def test_a_chained_call_takes_a_tenth_of_its_text(answers: str, requests: str) -> None:
    run, store = Run(20, PRINTS[answers], PRINTS[requests]), Store()
    answer = run.answer()
    sizes, texts = [], []
    for _ in range(6):
        bodies = run.requests(run.request(answer)), run.answers(answer := run.answer())
        packed = [store.add(body) for body in bodies]
        assert [codec for codec, _ in packed] == ["agents", "agents"]
        sizes.append([size for _, size in packed])
        texts.append(sum(map(len, bodies)))
    # 20 x 152 x 4 bytes, of which the exponents pack to less than half; 20 x 4 doubles.
    assert all(size < 11_700 for _, size in sizes)
    assert all(size < 600 for size, _ in sizes[2:])
    assert sum(sizes[-1]) < texts[-1] / 10
    store.all_come_back()


def test_any_order_subset_and_mixture_of_answers_seen_lately_is_referred_to() -> None:
    run, store = Run(12, orjson.dumps, python), Store()
    answers = [run.answer(), run.answer(), run.answer()]
    for answer in answers:
        store.add(orjson.dumps(answer))
    rows = [row for answer in answers for row in answer["recurrent_states"]]
    for _ in range(5):
        run.random.shuffle(rows)
        body = python({"location": "x", "random_seed": 1, "recurrent_states": [*rows[:9], None]})
        assert store.add(body)[1] < 350
        assert len(store.needs(body)) == 3


def test_newcomers_and_changed_rows_are_stored_beside_references() -> None:
    run, store = Run(10, orjson.dumps, python), Store()
    answer = run.answer()
    store.add(orjson.dumps(answer))
    rows = answer["recurrent_states"]
    changed = [round(number, 6) for number in rows[3]]
    sent = [*rows[:3], changed, None, [0.0] * WIDTH, *rows[4:], run.row(), [0] * WIDTH, []]
    codec, size = store.add(python(run.request(answer, recurrent_states=sent)))
    assert codec == "agents"
    # One row of new floats, one of six digits each.
    assert size < 4 * WIDTH + 4 * WIDTH + 600


def test_simulations_that_take_turns_are_kept_apart() -> None:
    runs = [Run(6, orjson.dumps, python, seed) for seed in range(4)]
    store = Store()
    answers = [run.answer() for run in runs]
    for step in range(5):
        for number, run in enumerate(runs):
            request = python(run.request(answers[number]))
            answers[number] = run.answer()
            size = store.add(request)[1]
            store.add(orjson.dumps(answers[number]))
            assert step < 2 or size < 250
    store.all_come_back()


def test_requests_repeat_one_that_refers_to_no_other() -> None:
    run, store = Run(30, orjson.dumps, python), Store()
    answer = run.answer()
    requests = []
    for _ in range(6):
        store.add(orjson.dumps(answer))
        requests.append(python(run.request(answer)))
        store.add(requests[-1])
        answer = run.answer()
    key = hashlib.sha256(requests[0]).digest()
    assert [store.needs(request)[1:] for request in requests] == [(), *[(key,)] * 5]


def test_agents_that_come_and_go_do_not_cost_much() -> None:
    run, store = Run(40, orjson.dumps, python), Store()
    answer = run.answer(20)
    for step in range(12):
        store.add(orjson.dumps(answer))
        request = run.request(answer)
        request["agent_properties"] = run.sizes[step : step + 20]
        size = store.add(python(request))[1]
        assert step < 2 or size < 900
        answer = run.answer(20)


def test_numbers_that_nlohmann_prints_its_own_way_are_kept_one_by_one() -> None:
    """Its Grisu2 gives one digit too many for some doubles, and an exponent from 1e15 on.

    From json.hpp of the C++ SDK, compiled and run: 0.6972122192382812 becomes 0.6972122192382813,
    0.05255503207445145 becomes 0.052555032074451447, 1e15 becomes 1e+15.
    """
    run, store = Run(4, orjson.dumps, cpp), Store()
    answer = run.answer()
    for row in answer["recurrent_states"]:
        row[:3] = [0.6972122192382812, 0.05255503207445145, 1e15]
    store.add(orjson.dumps(answer))
    body = cpp(run.request(answer))
    for ours, theirs in (
        (b"0.6972122192382812", b"0.6972122192382813"),
        (b"0.05255503207445145", b"0.052555032074451447"),
        (b"1000000000000000.0", b"1e+15"),
    ):
        assert body.count(ours) == 4
        body = body.replace(ours, theirs)
    codec, size = store.add(body)
    assert codec == "agents"
    assert size < 600
    # And where such a program answers: its rows are stored, and known again from Python.
    answered = body.replace(b'"location"', b'"place"').replace(b"0.5", b"0.25")
    codec, size = store.add(answered)
    assert codec == "agents"
    assert size < 4 * 4 * WIDTH + 1000


def test_doubles_are_kept_as_doubles() -> None:
    run, store = Run(10, orjson.dumps, python), Store()
    rows = [[run.random.gauss(0, 1) for _ in range(WIDTH)] for _ in range(10)]
    codec, size = store.add(orjson.dumps(run.answer() | {"recurrent_states": rows}))
    assert codec == "agents"
    assert size < 8 * WIDTH * 10 + 800


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"no JSON",
        b'{"recurrent_states":[[1.0,2.0],[3.0]]',
        b'{"recurrent_states":[[1.0,,2.0]]}',
        b'{"recurrent_states":[[01.0]]}',
        b'{"recurrent_states":[[1.0]],"recurrent_states":[[2.0]]}',
        b'{"recurrent_states":[[NaN, Infinity]]}',
        b'{"recurrent_states":[[1e999]]}',
        b'{"recurrent_states":[[1e39,-1e39]]}',
        b'{"recurrent_states":[[123456789012345678901234567890]]}',
        b'{"recurrent_states":[[0.10,1.0E5,1e5,1.50,-0.0,-0,0]]}',
        b'{"recurrent_states":[["a",true,null,{}]]}',
        b'{"recurrent_states":[[],[],null,[]]}',
        b'{"recurrent_states":[null,null]}',
        b'{"recurrent_states":[]}',
        b'{"recurrent_states":[[5.9e-05],\n[1.5]]}',
        b'{ "recurrent_states" : [ [ 1.5 , 2.5 ] ] }',
        b'{"recurrent_states":[[1.5, 2.5],[3.5,4.5]]}',
        '{"é":"ü","recurrent_states":[[0.5]]}'.encode(),
        b'{"a":"\\ud800","recurrent_states":[[0.5]]}',
        b'{"recurrent_states":[["\xc3\xa9"]]}',
        b'{"location":"x","recurrent_states":[[0.5]],"agent_properties":[%s]}'
        % (b"[" * 400 + b"]" * 400),
        b'{"recurrent_states":[["a\\nb"]]}',
    ],
)
def test_whatever_a_body_is_it_comes_back(body: bytes) -> None:
    store = Store()
    for text in (body, body * 2, body + b" " * 300, body):
        store.add(text)
        store.add(text + b"\n")


def test_a_body_that_is_packed_again_never_refers_to_itself() -> None:
    run, store = Run(5, orjson.dumps, python), Store()
    answer = orjson.dumps(run.answer())
    request = python(run.request(orjson.loads(answer)))
    for body in (answer, request, answer, request):
        store.add(body)
        assert hashlib.sha256(body).digest() not in store.needs(body)
    store.all_come_back()


def test_what_was_seen_long_ago_is_forgotten_and_stored_anew() -> None:
    run = Run(10, orjson.dumps, python)
    answer = run.answer()
    body = orjson.dumps(answer)
    store = Store(most_bytes=20 * len(body))
    store.add(body)
    for _ in range(12):
        store.add(orjson.dumps(run.answer()))
    request = python(run.request(answer))
    assert store.add(request)[1] > 4_000
    assert store.needs(request) == ()


def test_a_body_larger_than_what_is_remembered_is_packed() -> None:
    run, store = Run(10, orjson.dumps, python), Store(most_bytes=1000)
    answer = run.answer()
    for body in (orjson.dumps(answer), python(run.request(answer))):
        assert store.add(body)[0] == "agents"
        assert store.needs(body) == ()


# Whatever is sent

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-(2**-13), 2**-13, width=32),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0.0, -0.0, 1e15, 1e16, 1e-5, 5e-324, 1.7e308, None, True, "a,b", "[x]"]),
)
ROWS = st.lists(st.none() | st.lists(NUMBERS, max_size=6), max_size=5)
OTHERS = st.dictionaries(
    st.sampled_from(["location", "agent_states", "agent_properties", "a, b: c", "random_seed"]),
    st.recursive(NUMBERS, lambda inner: st.lists(inner, max_size=3), max_leaves=5),
)
PRINT = st.sampled_from([*PRINTS.values(), lambda value: json.dumps(value, indent=1).encode()])


def printed(how: Print, value: Any) -> bytes:
    try:
        return how(value)
    except orjson.JSONEncodeError:  # an integer of more than 64 bits
        return dense(value)


@given(st.lists(st.binary(max_size=400), max_size=4))
def test_any_bytes_come_back(bodies: list[bytes]) -> None:
    store = Store()
    for body in bodies:
        store.add(body)
    store.all_come_back()


@given(st.lists(st.tuples(ROWS, OTHERS, PRINT, st.booleans()), max_size=5), st.data())
def test_any_bodies_of_rows_come_back(
    drawn: list[tuple[list[Any], dict[str, Any], Print, bool]], data: st.DataObject
) -> None:
    store = Store(most_bytes=data.draw(st.sampled_from([0, 2_000, 1 << 20])))
    seen: list[Any] = []
    for rows, others, how, is_first in drawn:
        sent = rows + data.draw(st.lists(st.sampled_from(seen), max_size=5)) if seen else rows
        member = {"recurrent_states": sent}
        store.add(printed(how, member | others if is_first else others | member))
        seen += rows
    store.all_come_back()


def damaged(body: bytes, data: st.DataObject) -> bytes:
    """Change a body a little, anywhere."""
    changed = bytearray(body)
    for _ in range(data.draw(st.integers(0, 3))):
        begin = data.draw(st.integers(0, len(changed)))
        end = min(len(changed), begin + data.draw(st.integers(0, 3)))
        other = st.sampled_from([b"", b"0", b"1", b"e", b"-", b".", b",", b" ", b"[", b"]", b'"'])
        changed[begin:end] = data.draw(other | st.binary(max_size=2))
    return bytes(changed)


@given(
    st.sampled_from(list(PRINTS.values())),
    st.sampled_from(list(PRINTS.values())),
    st.integers(0, 4),
    st.integers(0, 2**20),
    st.data(),
)
def test_runs_with_anything_changed_come_back(
    answers: Print, requests: Print, agents: int, seed: int, data: st.DataObject
) -> None:
    run, store = Run(agents, answers, requests, seed), Store()
    answer = run.answer()
    for _ in range(data.draw(st.integers(1, 3))):
        store.add(damaged(answers(answer), data))
        order = data.draw(st.permutations(range(agents)))
        kept = order[: data.draw(st.integers(0, agents))]
        request = run.request(answer, recurrent_states=of(answer["recurrent_states"], kept))
        store.add(damaged(requests(request), data))
        answer = run.answer(data.draw(st.integers(0, agents)))
        agents = len(answer["agent_states"])
    store.all_come_back()


def of(rows: Sequence[Any], order: Sequence[int]) -> list[Any]:
    return [rows[index] for index in order]
