"""A request and its client: derived when needed, for any bytes."""

from __future__ import annotations

import json
from collections.abc import Hashable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.replays import Replay
from support.worlds import World

from iai_proxy.api import DEFAULT_IGNORED, Endpoint
from iai_proxy.replay import Client, IncomingRequest
from iai_proxy.replay.request import location_of


def post(body: bytes, endpoint: str = "drive", target: str | None = None) -> IncomingRequest:
    return IncomingRequest(
        Endpoint(endpoint), "POST", target or f"/{endpoint}", body, DEFAULT_IGNORED
    )


def test_a_program_is_known_by_itself_and_not_by_its_connections() -> None:
    assert Client("c1", lambda: "p").identity == Client("c2", lambda: "p").identity == "p"


@pytest.mark.parametrize("sender", [Client("c1"), Client("c1", None), Client("c1", lambda: None)])
def test_an_unknown_program_is_its_connection(sender: Client) -> None:
    assert sender.identity == "c1"


def test_a_program_is_looked_up_once_and_only_when_it_matters() -> None:
    looked: list[str] = []

    def program() -> Hashable:
        looked.append("up")
        return "p"

    sender = Client("c1", program)
    assert looked == []
    assert [sender.identity, sender.identity] == ["p", "p"]
    assert looked == ["up"]


def test_the_bytes_key_knows_method_path_and_body_but_not_the_prefix() -> None:
    request = post(b"{}", target="/v0/aws/m1/drive")
    assert request.bytes_key == post(b"{}").bytes_key
    others = [
        post(b"{ }"),
        post(b"{}", target="/drive?x=1"),
        IncomingRequest(Endpoint.DRIVE, "PUT", "/drive", b"{}", frozenset()),
    ]
    assert all(other.bytes_key != request.bytes_key for other in others)


def test_the_keys_leave_out_what_the_user_ignores() -> None:
    seeds = [
        IncomingRequest(
            Endpoint.DRIVE, "POST", "/drive", b'{"random_seed":%d}' % seed, DEFAULT_IGNORED
        )
        for seed in (1, 2)
    ]
    strict = [
        IncomingRequest(Endpoint.DRIVE, "POST", "/drive", b'{"random_seed":%d}' % seed, frozenset())
        for seed in (1, 2)
    ]
    assert seeds[0].keys.exact != seeds[1].keys.exact
    assert seeds[0].keys.seedless == seeds[1].keys.seedless
    assert strict[0].keys.seedless != strict[1].keys.seedless


def test_the_observation_has_what_the_client_sent() -> None:
    world = World()
    agents = world.initialize(3)
    asked = post(json.dumps(world.drive_request(agents, random_seed=5)).encode()).observation
    assert [asked.sent.state(index) for index in range(3)] == [tuple(held.state) for held in agents]
    assert asked.sent.recurrent == world.observations[0].received.recurrent
    assert (asked.location, asked.seed, asked.agent_count, len(asked.received)) == ("here", 5, 3, 0)


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/location_info?location=iai:demo&x=1", "iai:demo"),
        ("/location_info?x=1&location=iai%3Ademo", "iai:demo"),
        ("/location_info?location=first&location=second", "first"),
        ("/location_info?location=", None),
        ("/location_info", None),
        ("", None),
    ],
)
def test_the_location_of_a_get_is_in_its_query(target: str, location: str | None) -> None:
    assert location_of(target) == location
    assert (
        IncomingRequest(Endpoint.LOCATION_INFO, "GET", target, b"", DEFAULT_IGNORED).location
        == location
    )


def test_the_location_of_a_post_is_in_its_body() -> None:
    assert post(b'{"location":"there"}', target="/drive?location=elsewhere").location == "there"


@pytest.mark.parametrize(
    "body", [b"", b"not JSON", b"[]", b"3", b"null", b"\xff", b'{"agent_states":null}', b"{"]
)
@pytest.mark.parametrize("endpoint", ["drive", "initialize", "other"])
def test_a_body_that_is_not_a_call_is_a_request_all_the_same(body: bytes, endpoint: str) -> None:
    asked = post(body, endpoint)
    assert (len(asked.observation.sent), asked.location) == (0, None)
    assert isinstance(asked.keys.exact, bytes)


numbers = st.floats() | st.integers(-(2**60), 2**60)
rows = st.lists(st.lists(numbers, max_size=6), max_size=3)
requests = st.fixed_dictionaries(
    {},
    optional={
        "location": st.none() | st.text(max_size=3),
        "agent_states": st.none() | rows,
        "agent_properties": st.none()
        | st.lists(st.dictionaries(st.text(max_size=3), numbers, max_size=2)),
        "recurrent_states": st.none() | rows | st.lists(st.none(), max_size=3),
        "states_history": st.none() | st.lists(rows, max_size=2),
        "random_seed": st.none() | numbers | st.text(max_size=2),
        "num_agents_to_spawn": st.none() | st.integers(0, 9),
        "location_of_interest": st.none() | st.lists(numbers, max_size=3),
        "model_version": numbers | st.text(max_size=2),
    },
)

PLAIN = World()
PLAIN.drive(PLAIN.initialize(2))


@given(
    requests,
    st.sampled_from(["drive", "initialize"]),
    st.sampled_from(["exact", "step", "nearest"]),
)
def test_any_agents_get_a_decision(request: dict[str, object], endpoint: str, match: str) -> None:
    assert Replay(PLAIN, match).ask(endpoint, request) is not None
