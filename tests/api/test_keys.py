"""Under which hashes a recorded exchange is found again."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.api import DEFAULT_IGNORED, canonical_json, raw_key, request_keys
from iai_proxy.api.known_rows import KnownRows
from iai_proxy.api.lenient_json import parse_exactly
from iai_proxy.api.read_body import read_body

BODY = json.dumps(
    {"location": "iai:demo", "random_seed": 7, "agent_states": [[1.5, 2, 0, 3]]}
).encode()


def with_seed(seed: int | None) -> bytes:
    return json.dumps(
        {"location": "iai:demo", "random_seed": seed, "agent_states": [[1.5, 2, 0, 3]]}
    ).encode()


@pytest.mark.parametrize("prefix", ["/v0/aws/m1", "/v0/academic/m1"])
def test_the_prefix_makes_no_difference(prefix: str) -> None:
    assert request_keys("POST", f"{prefix}/drive", BODY) == request_keys("POST", "/drive", BODY)
    assert raw_key("POST", f"{prefix}/drive", b"h") == raw_key("POST", "/drive", b"h")


def test_a_trailing_slash_makes_no_difference() -> None:
    assert request_keys("POST", "/drive/", BODY) == request_keys("POST", "/drive", BODY)
    assert request_keys("GET", "/v0/aws/m1/", b"") == request_keys("GET", "/v0/aws/m1", b"")


def test_the_exact_key_is_a_hash_of_the_canonical_request() -> None:
    form = b'POST /drive?\n{"agent_states":[[1.5,2,0,3]],"location":"iai:demo","random_seed":7}'
    assert request_keys("POST", "/v0/aws/m1/drive", BODY).exact == hashlib.sha256(form).digest()


def test_the_seedless_key_leaves_the_seed_out() -> None:
    form = b'POST /drive?\n{"agent_states":[[1.5,2,0,3]],"location":"iai:demo"}'
    assert request_keys("POST", "/v0/aws/m1/drive", BODY).seedless == hashlib.sha256(form).digest()
    assert (
        request_keys("POST", "/drive", with_seed(8)).exact
        != request_keys("POST", "/drive", BODY).exact
    )
    assert (
        request_keys("POST", "/drive", with_seed(8)).seedless
        == request_keys("POST", "/drive", BODY).seedless
    )


def test_a_missing_seed_is_like_any_seed() -> None:
    without = b'{"location":"iai:demo","agent_states":[[1.5,2,0,3]]}'
    assert (
        request_keys("POST", "/drive", without).seedless
        == request_keys("POST", "/drive", with_seed(None)).seedless
    )


def test_the_seed_in_a_query_is_left_out_too() -> None:
    first = request_keys("GET", "/light?location=x&random_seed=1", b"")
    second = request_keys("GET", "/light?random_seed=2&location=x", b"")
    assert first.exact != second.exact
    assert first.seedless == second.seedless


def test_other_fields_can_be_ignored_instead() -> None:
    keys = request_keys("POST", "/drive", BODY, {"location"})
    assert (
        keys.seedless
        == request_keys(
            "POST", "/drive", BODY.replace(b"iai:demo", b"carla:Town03"), {"location"}
        ).seedless
    )
    assert keys.seedless != request_keys("POST", "/drive", with_seed(8), {"location"}).seedless
    nothing = request_keys("POST", "/drive", BODY, ())
    assert nothing.seedless == nothing.exact


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/drive", BODY),
        ("POST", "/initialize", BODY),
        ("POST", "/drive?x=1", BODY),
        ("POST", "/drive", BODY + b" x"),
        ("POST", "/drive", b""),
    ],
)
def test_method_path_query_and_body_all_count(method: str, target: str, body: bytes) -> None:
    keys, others = request_keys("POST", "/drive", BODY), request_keys(method, target, body)
    assert keys.exact != others.exact
    assert keys.seedless != others.seedless
    digest = hashlib.sha256(body).digest()
    assert raw_key("POST", "/drive", hashlib.sha256(BODY).digest()) != raw_key(
        method, target, digest
    )


def test_requests_that_differ_only_in_their_key_are_the_same() -> None:
    first, second = (
        request_keys("POST", f"/drive?api_key={mark}", f'{{"key":"{mark}"}}'.encode())
        for mark in ("[redacted:00000001]", "[redacted:00000002]")
    )
    assert first == second


@given(
    st.text(max_size=4),
    st.text(max_size=20)
    | st.binary(max_size=20).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    st.binary(max_size=40) | st.sampled_from([b'{"a":"\\ud800"}', b"[" * 100_000, b"{}", b"[NaN]"]),
)
def test_any_request_has_keys(method: str, target: str, body: bytes) -> None:
    keys = request_keys(method, target, body)
    assert len(keys.exact) == len(keys.seedless) == len(raw_key(method, target, bytes(32))) == 32


def test_the_seed_is_what_is_ignored_by_default() -> None:
    assert set(DEFAULT_IGNORED) == {"random_seed"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (2**64, 2**64 + 1),
        (-(2**63) - 1, -(2**63) - 2),
        (10**40, 10**40 + 1),
        (2**64, float(2**64)),
    ],
)
def test_integers_of_more_than_64_bits_that_round_to_one_double_are_told_apart(
    one: int, other: int | float
) -> None:
    def exact(number: int | float, more: str = "") -> bytes:
        body = json.dumps({"random_seed": number, "agent_states": [[0.5]]}).encode()
        return request_keys("POST", "/drive", body.replace(b" ", more.encode())).exact

    assert exact(one) != exact(other)
    assert exact(one) == exact(one, "  ")


def test_a_long_integer_elsewhere_differs_without_the_seed_too() -> None:
    def seedless(number: int) -> bytes:
        return request_keys("POST", "/drive", b'{"n":%d,"random_seed":1}' % number).seedless

    assert seedless(10**20) != seedless(10**20 + 1)


NUMBERS = [0, 0.0, -0.0, 1, 1.0, 1.5, 1e-7, 2**53, 2**53 + 1, 2.0**53, 2**64, 2.0**64, 1e22]
rows = st.lists(st.sampled_from([*NUMBERS, True, None, "1", [1]]), max_size=2)
bodies = st.fixed_dictionaries(
    {"recurrent_states": st.lists(rows | st.none() | st.just({}), max_size=2) | st.just("text")},
    optional={
        "random_seed": st.sampled_from([1, 2, 2**64, 2**64 + 1]),
        "agent_states": st.sampled_from([[], [[1, 2]], [[1.0, 2]], None, {"recurrent_states": []}]),
    },
)


def spaced(value: Any) -> bytes:
    return json.dumps(value).encode()


def dense(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def other_way_round(value: Any) -> bytes:
    text = json.dumps(dict(reversed(value.items())), indent=1)
    return text.replace("1.5", "15e-1").replace("1e-07", "0.0000001").encode()


@given(bodies, bodies)
def test_keys_are_equal_for_equal_values_only(first: Any, second: Any) -> None:
    known = KnownRows()
    found = []
    for value in (first, second):
        prints = [printer(value) for printer in (dense, spaced, other_way_round)]
        keys = {
            request_keys("POST", "/drive", text, read=read)
            for text in prints
            for read in (None, read_body(text, known))
        }
        assert len(keys) == 1
        found.append(keys.pop())
    forms = [canonical_json(parse_exactly(dense(value))) for value in (first, second)]
    assert (found[0].exact == found[1].exact) == (forms[0] == forms[1])
    without = [{**value, "random_seed": 0} for value in (first, second)]
    forms = [canonical_json(parse_exactly(dense(value))) for value in without]
    assert (found[0].seedless == found[1].seedless) == (forms[0] == forms[1])


def test_recurrent_states_can_be_ignored() -> None:
    first, second = ({"recurrent_states": [[number]], "a": 1} for number in (1.5, 2.5))
    ignored = {"recurrent_states"}
    keys = [request_keys("POST", "/drive", dense(value), ignored) for value in (first, second)]
    assert keys[0].exact != keys[1].exact
    assert keys[0].seedless == keys[1].seedless
