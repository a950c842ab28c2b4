"""Listings, and one call in full."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from support.exchanges import CALL, START_NS, exchange, exchanges, request, response

from iai_proxy.api import Endpoint, Exchange
from iai_proxy.report import call_json, call_text, calls_text, in_step_order


def test_a_listing_has_a_line_for_each_call_and_fits_a_terminal() -> None:
    calls = [
        replace(CALL, request_bytes=330_000, response_bytes=999),
        replace(
            CALL, id=12, endpoint=Endpoint.LOCATION_INFO, status=404, ended_ns=START_NS + 12_345_678
        ),
        replace(
            CALL,
            id=13,
            large="a",
            started_ns=START_NS + 86_400_000_000_000,
            ended_ns=START_NS + 86_400_001_000_000,
        ),
        replace(CALL, id=123456, status=None, failure="connection reset"),
    ]
    places = {12: (1, 47), 13: (2, 3)}
    assert list(calls_text(calls, places, {"a": 11}, {13: 2})) == [
        "    id time (UTC)   endpoint        sim  step status       ms    sent received",
        "2023-11-14",
        "     1 22:13:20.000 drive                     200         4.0  330 kB    999 B",
        "    12 22:13:20.000 location_info     1    47 404        12.3     0 B      0 B",
        "2023-11-15",
        "    13 22:13:20.000 drive (of 11)   2.2     3 200         1.0     0 B      0 B",
        "2023-11-14",
        "123456 22:13:20.000 drive                     failed      4.0     0 B      0 B",
        "      connection reset",
    ]


@pytest.mark.parametrize(("branch", "step"), [(9, 7), (10, 7), (123, 7), (10, 1234567)])
def test_a_listing_keeps_its_columns_however_long_a_number_is(branch: int, step: int) -> None:
    calls = [CALL, replace(CALL, id=2), replace(CALL, id=3)]
    places = {1: (12, 0), 2: (12, step), 3: (12, step)}
    heading, _, *lines = calls_text(calls, places, branches={2: 1, 3: branch})
    for word in (" status", " received"):
        end = heading.index(word) + len(word)
        assert all(line[: end + 1].rstrip() == line[:end].rstrip() for line in lines)
    assert {len(line) for line in (heading, *lines)} == {len(heading)}
    assert len(heading) <= 80


def test_a_long_failure_is_folded() -> None:
    lines = list(calls_text([replace(CALL, status=None, failure="no answer came " * 20)], {}))
    assert max(map(len, lines)) <= 80
    assert " ".join(line.strip() for line in lines[3:]) == ("no answer came " * 20).strip()


def test_the_calls_of_a_simulation_stand_in_order_of_its_steps_in_the_places_they_have() -> None:
    numbered = [replace(CALL, id=number) for number in range(1, 8)]
    # A run of steps 0 to 2 (calls 1, 3, 5), and one branched off it at step 1 (call 7).
    places = {1: (1, 0), 2: (2, 0), 3: (1, 1), 4: (2, 1), 5: (1, 2), 7: (1, 1)}
    ordered = [call.id for call in in_step_order(numbered, places)]
    assert ordered == [1, 2, 3, 4, 7, 6, 5]


def test_an_empty_listing_has_a_heading() -> None:
    assert len(list(calls_text([], {}))) == 1


def test_a_call_is_shown_with_both_sides() -> None:
    asked = request(b'{"a":1}', headers=(("x-client-version", "0.0.22"), ("accept", "*/*")))
    answer = replace(response(b"[]", headers=(("server", "x"),)), encoding="gzip")
    assert list(call_text(replace(exchange(asked, answer), id=7))) == [
        "call 7: POST https://api.inverted.ai/v0/aws/m1/drive (HTTP/1.1)",
        "from 127.0.0.1:50000, 2023-11-14 22:13:20.000Z to 2023-11-14 22:13:20.004Z",
        "  x-client-version: 0.0.22",
        "  accept: */*",
        "  body: 7 B",
        '  {"a":1}',
        "answer: 200 OK (HTTP/1.1)",
        "  server: x",
        "  body: 2 B, sent as gzip",
        "  []",
    ]


def test_a_failure_is_shown_and_a_long_body_is_cut() -> None:
    lines = list(call_text(exchange(b"x" * 3500, None, failure="connection reset")))
    assert lines[-3:] == [
        "  body: 3.5 kB",
        f"  {'x' * 2000} … (1.5 kB more; --json shows all)",
        "failed: connection reset",
    ]


def test_a_call_as_json_has_its_bodies_as_values() -> None:
    asked = request(b'{"a":[1,2.5]}', headers=(("accept", "*/*"),))
    value = call_json(replace(exchange(asked, b"not json \xff"), id=7))
    assert value["request"]["body"] == {"a": [1, 2.5]}
    assert value["request"]["headers"] == [["accept", "*/*"]]
    assert value["request"]["url"] == "https://api.inverted.ai/v0/aws/m1/drive"
    assert value["response"]["body"] == "not json \\xff"
    assert (value["id"], value["endpoint"], value["response"]["status"], value["failure"]) == (
        7,
        "drive",
        200,
        None,
    )
    assert call_json(exchange(b"", None, failure="reset"))["response"] is None
    assert call_json(exchange(b"", None, failure="reset"))["request"]["body"] is None


@pytest.mark.parametrize("body", [b"[NaN, -Infinity]", b"[" * 50_000, b'["\\ud800"]', b"[1e999]"])
def test_any_body_makes_json_that_others_can_read(body: bytes) -> None:
    def refuse(name: str) -> object:
        raise AssertionError(f"{name} is not JSON")

    json.loads(json.dumps(call_json(exchange(body))), parse_constant=refuse)


@given(exchanges)
def test_any_exchange_can_be_shown(made: Exchange) -> None:
    assert len(list(call_text(made))) >= 2
    assert json.loads(json.dumps(call_json(made)))["connection"] == made.connection


def test_text_from_outside_has_no_effect_on_a_terminal() -> None:
    asked = request(b"a\x1b[2J\nb", headers=(("x-client-version", "\x1b[2J"),))
    lines = list(call_text(exchange(asked, b"[]", failure="\x1b]0;title\x07")))
    assert lines[2:6] == [r"  x-client-version: \x1b[2J", "  body: 7 B", r"  a\x1b[2J", "  b"]
    assert lines[-1] == r"failed: \x1b]0;title\x07"
