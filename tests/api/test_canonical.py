"""When two bodies or queries are the same. Expected forms are written by hand."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.api import canonical_body, canonical_query

SAME = [
    (b'{"a": 1, "b": 2}', b'{"b":2,"a":1}', "order of the members and white space"),
    (
        b'{"a":{"y":1,"x":[1,{"q":0,"p":0}]}}',
        b'{"a":{"x":[1,{"p":0,"q":0}],"y":1}}',
        "members further down",
    ),
    (b"[1, 2.0, 3]", b"[1.0,2,3.0]", "whole numbers"),
    (b'{"a":1.0}', b'{"a":1}', "a whole number before a brace"),
    (b'{"a":-7.0,"b":0}', b'{"a":-7,"b":0}', "a whole number before a comma"),
    (b'{"a":-0.0,"b":[-0.0]}', b'{"b":[0],"a":0}', "zero below zero"),
    (b"[1e2, 1.50]", b"[100,1.5]", "how a number is written"),
    (b'"\\u00e9"', '"é"'.encode(), "escapes"),
    (b'"a\\/b"', b'"a/b"', "an escaped slash"),
    (b"[NaN, Infinity]", b"[ NaN,Infinity ]", "what the standard forbids"),
    (b'{"a":NaN,"b":1.0}', b'{"b":1,"a":NaN}', "whole numbers beside NaN"),
    (b'["\\ud800"]', b'[ "\\uD800" ]', "half a surrogate pair"),
    (b'{"k":"[redacted:00112233]"}', b'{"k":"[redacted:ffeeddcc]"}', "marks of two keys"),
    (
        b'{"k":"x [redacted:00112233] y"}',
        b'{"k":"x [redacted] y"}',
        "a mark in the middle of a text",
    ),
]

DIFFERENT = [
    (b'{"a":1}', b'{"a":2}'),
    (b'{"a":1}', b'{"a":1,"b":null}'),
    (b'{"a":1}', b'{"a":"1"}'),
    (b'{"a":1.5}', b'{"a":1.50000001}'),
    (b"[1,2]", b"[2,1]"),
    (b"[NaN]", b"[null]"),
    (b"[NaN]", b"[Infinity]"),
    (b"[Infinity]", b"[-Infinity]"),
    (b"[1e999]", b"[null]"),
    (b"[true]", b"[1]"),
    (b"[]", b"{}"),
    (b"", b"null"),
    (b'{"k":"[redacted:00112233]"}', b'{"k":"[other:00112233]"}'),
    (b'["\\ud800"]', b'["\\udc00"]'),
    (b"[10]", b"[1.0]"),
    (b"not json", b"not  json"),
]


@pytest.mark.parametrize(
    ("first", "second"), [pair[:2] for pair in SAME], ids=[pair[2] for pair in SAME]
)
def test_equal_values_have_one_form(first: bytes, second: bytes) -> None:
    assert canonical_body(first) == canonical_body(second)


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_different_values_have_different_forms(first: bytes, second: bytes) -> None:
    assert canonical_body(first) != canonical_body(second)


def test_the_form_is_a_contract() -> None:
    body = b'{ "b" : [1.0, 2.5, -0.25, 1e2], "a" : {"z": null, "y": true}, "c": "\\u00e9 .5" }'
    assert (
        canonical_body(body)
        == '{"a":{"y":true,"z":null},"b":[1,2.5,-0.25,100],"c":"é .5"}'.encode()
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"plain text",
        b"\xff\xfe\x00",
        b"{",
        b'{"a":1}}',
        b"[" * 100_000,
        b"[1" + b"1" * 5000,
        b'{"a":' * 5000 + b"1",
    ],
    ids=["empty", "text", "not UTF-8", "cut short", "too long", "deep", "endless", "deep objects"],
)
def test_what_is_not_json_is_its_own_form(body: bytes) -> None:
    assert canonical_body(body) == body


@pytest.mark.parametrize("depth", [200, 300, 900])
def test_deep_nesting_has_a_form(depth: int) -> None:
    assert canonical_body(b" [" * depth + b"]" * depth) == b"[" * depth + b"]" * depth


def test_integers_of_64_bits_are_told_apart() -> None:
    assert canonical_body(b"[18446744073709551615]") != canonical_body(b"[18446744073709551614]")
    assert canonical_body(b"[-9223372036854775808]") == b"[-9223372036854775808]"


def test_ignored_members_are_left_out_at_the_top_only() -> None:
    body = b'{"random_seed": 7, "a": {"random_seed": 7}}'
    assert canonical_body(body, {"random_seed"}) == b'{"a":{"random_seed":7}}'
    assert canonical_body(b'["random_seed"]', {"random_seed"}) == b'["random_seed"]'


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json_values, st.randoms(use_true_random=False))
def test_order_white_space_and_escapes_make_no_difference(value: object, random: object) -> None:
    def shuffled(part: object) -> object:
        if isinstance(part, dict):
            items = list(part.items())
            random.shuffle(items)  # type: ignore[attr-defined]
            return {key: shuffled(member) for key, member in items}
        return [shuffled(member) for member in part] if isinstance(part, list) else part

    compact = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )
    spacious = json.dumps(shuffled(value), indent=3).encode()
    assert canonical_body(compact) == canonical_body(spacious)


@given(json_values)
def test_a_form_is_its_own_form(value: object) -> None:
    once = canonical_body(json.dumps(value).encode())
    assert canonical_body(once) == once


@given(st.binary(max_size=60))
def test_any_bytes_have_a_form_which_is_its_own_form(body: bytes) -> None:
    form = canonical_body(body, {"a"})
    assert canonical_body(form, {"a"}) == form


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("", ""),
        ("b=2&a=1", "a=1&b=2"),
        ("location=iai%3Ademo", "location=iai%3Ademo"),
        ("location=iai:demo", "location=iai%3Ademo"),
        ("a=x+y", "a=x+y"),
        ("a=x%20y", "a=x+y"),
        ("a=&b", "a=&b="),
        ("a=2&a=1", "a=1&a=2"),
        ("api_key=[redacted:0011aabb]", "api_key=%5Bredacted%5D"),
        ("a=%ff", "a=%FF"),
        ("a=\udcff", "a=%FF"),
    ],
)
def test_a_query_has_one_form(query: str, form: str) -> None:
    assert canonical_query(query) == form


def test_ignored_parameters_are_left_out() -> None:
    assert canonical_query("random_seed=7&location=x", {"random_seed"}) == "location=x"
