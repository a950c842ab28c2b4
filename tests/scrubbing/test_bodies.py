"""Bodies: what is known is disguised, recurrent states keep every digit, the rest goes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iai_proxy.scrubbing import Disguise
from iai_proxy.scrubbing.bodies import scrubbed_body, scrubbed_failure

#: Numbers as no library prints them, so that a copy shows.
RECURRENT = b"[[0.50,1e-05, -0.0],null,[00.1e1,12345678.125,0.10]]"


def disguise(**options: Any) -> Disguise:
    return Disguise(7, **options)


def scrubbed(body: Any, **options: Any) -> Any:
    return json.loads(scrubbed_body(disguise(**options), json.dumps(body).encode()))


def test_recurrent_states_keep_every_digit_and_their_place() -> None:
    sound = RECURRENT.replace(b"00.1e1", b"0.1e1")
    body = b'{"location":"town","recurrent_states":' + sound + b',"agent_states":[[1,2,0,3]]}'
    found = scrubbed_body(disguise(), body)
    motion = disguise().motion
    head, tail = found.split(sound)
    assert head == b'{"location":"place-a","recurrent_states":'
    assert json.loads(b"{" + tail[1:])["agent_states"][0][:2] == [motion.x(1), motion.y(2)]


def test_what_is_no_number_is_no_recurrent_state() -> None:
    body = b'{"recurrent_states":[["Elm Street",0.5]],"random_seed":3}'
    found = json.loads(scrubbed_body(disguise(), body))
    assert found == {"recurrent_states": [[None, 0.5]], "random_seed": 3}


@pytest.mark.parametrize("separators", [(", ", ": "), (",", ":")])
def test_spaces_stay_as_they_were(separators: tuple[str, str]) -> None:
    body = json.dumps({"random_seed": 1, "get_infractions": True}, separators=separators).encode()
    assert scrubbed_body(disguise(), body) == body


def test_a_number_becomes_the_same_number_wherever_it_comes_back() -> None:
    states = [[1.1, -2.2, 0.3, 4.4], [10.0, 20.0, 0.0, 0.0]]
    rules = disguise()
    answer = json.loads(scrubbed_body(rules, json.dumps({"agent_states": states}).encode()))
    # A client that writes whole numbers without a fraction.
    again = [[10 if number == 10.0 else number for number in state] for state in states]
    request = json.loads(scrubbed_body(rules, json.dumps({"agent_states": again}).encode()))
    history = json.loads(scrubbed_body(rules, json.dumps({"states_history": [states]}).encode()))
    assert request["agent_states"] == answer["agent_states"] == history["states_history"][0]


def test_unknown_fields_are_removed_and_counted() -> None:
    rules = disguise()
    body = {"random_seed": 1, "team": "blue", "agent_properties": [{"length": 4.5, "plate": "X"}]}
    found = json.loads(scrubbed_body(rules, json.dumps(body).encode()))
    assert found == {"random_seed": 1, "agent_properties": [{"length": 4.5}]}
    assert rules.unknown == {"team": 1, "plate": 1}


def test_unknown_fields_are_kept_on_request() -> None:
    body = {"team": "blue", "note": None, "agent_properties": [{"plate": "X"}], "random_seed": "?"}
    assert scrubbed(body, keep_unknown=True) == body
    assert scrubbed_body(disguise(keep_unknown=True), b"no JSON") == b"no JSON"


def test_values_of_another_kind_are_removed_from_known_fields() -> None:
    body = {"random_seed": "Elm Street", "agent_states": [["x", 2, 0, 1, "far"], "gone"]}
    found = scrubbed(body)
    y = disguise().motion.y(2)
    heading = disguise().motion.heading(0)
    assert found["random_seed"] is None
    assert found["agent_states"] == [[None, y, heading, 1, None], None]


def test_fields_are_removed_on_request_wherever_they_are() -> None:
    rules = disguise(remove=["length", "recurrent_states"])
    body = {"recurrent_states": [[0.5]], "agent_properties": [{"length": 4.5, "width": 2.0}]}
    found = json.loads(scrubbed_body(rules, json.dumps(body).encode()))
    assert found == {"agent_properties": [{"width": 2.0}]}
    assert rules.removed == {"length": 1, "recurrent_states": 1}


def test_numbers_that_are_none_stay_so() -> None:
    found = scrubbed_body(disguise(), b'{"agent_states": [[NaN, 1.0, 0.0, Infinity]]}')
    assert found.startswith(b'{"agent_states": [[NaN, ')
    assert found.endswith(b", Infinity]]}")


@pytest.mark.parametrize(
    "body",
    [
        b"Elm Street 5",
        b'"Elm Street 5"',
        b'["Elm Street 5"]',
        b'{"location":"Elm Street 5"',
        b"49123456",
        b"\xff\xfe",
        b"[" * 100_000,
    ],
    ids=["text", "string", "list", "cut", "number", "no UTF-8", "deep"],
)
def test_nothing_stays_of_a_body_that_is_no_object(body: bytes) -> None:
    assert scrubbed_body(disguise(), body) == b""


def test_a_number_that_is_no_double_is_infinite() -> None:
    body = b'{"random_seed":' + b"9" * 5_000 + b"}"
    assert scrubbed_body(disguise(), body) == b'{"random_seed":Infinity}'


@pytest.mark.parametrize("body", [b"", b"true", b" false"])
def test_bodies_that_tell_nothing_stay(body: bytes) -> None:
    assert scrubbed_body(disguise(), body) == body


def test_why_a_call_failed_is_told_without_its_texts() -> None:
    fault = {
        "loc": ["body", "agent_states", 3, "Elm Street"],
        "msg": "no road near Elm Street",
        "type": "value_error",
        "input": [1.5, 2.5],
    }
    found = scrubbed_failure(disguise(), json.dumps({"detail": [fault]}).encode())
    assert json.loads(found)["detail"] == [
        {
            "loc": ["body", "agent_states", 3, None],
            "msg": "text-a (removed by iai-proxy scrub)",
            "type": "value_error",
        }
    ]


def test_other_texts_of_errors_are_told_apart_and_no_more() -> None:
    rules = disguise()
    bodies = (b"<h1>Elm Street</h1>", b'{"error":"Elm"}', b"<h1>Elm Street</h1>", b"")
    found = [scrubbed_failure(rules, body).split(b" ")[0] for body in bodies]
    assert found == [b"text-a", b"text-b", b"text-a", b""]


def test_texts_of_errors_are_kept_on_request_with_new_names() -> None:
    rules = disguise(keep=["errors"])
    rules.place("town:square")
    found = scrubbed_failure(rules, b'{"detail":"town:square is closed"}')
    assert found == b'{"detail":"place-a is closed"}'


def test_marks_of_keys_are_made_anew_and_tell_keys_apart() -> None:
    rules = disguise(keep_unknown=True)
    body = b'{"a":"[redacted:00000001]","b":"[redacted:00000002]","c":"[redacted:00000001]"}'
    found = json.loads(scrubbed_body(rules, body))
    assert found["a"] == found["c"] != found["b"]
    assert "0000000" not in json.dumps(found)
    assert scrubbed_body(rules, b'{"a":"[redacted]"}') == b'{"a":"[redacted]"}'
