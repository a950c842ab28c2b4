"""Recorded answers as HTTP responses."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.exchanges import exchange, request, response
from support.recordings import write

from iai_proxy.api import Response, header
from iai_proxy.player.responses import assembled_answer, recorded_reply
from iai_proxy.recordings import Recording
from iai_proxy.replay import Assemble, Serve

Json = dict[str, Any]
FIRST: Json = {"agent_states": ["a", "b"], "traffic_lights_states": {"1": "red"}, "birdview": "x"}
SECOND: Json = {"agent_states": ["c", "d"], "traffic_lights_states": {"1": "green"}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.iairec"


def record(path: Path, *answers: Response) -> None:
    write(path, *(exchange(request(), answer) for answer in answers))


def served(path: Path, answer: Response, *accepted: tuple[str, str]) -> Any:
    record(path, answer)
    with Recording(path) as recording:
        return recorded_reply(recording, Serve(1, "exact"), accepted)


def test_an_answer_says_its_level_and_its_number_and_keeps_its_headers(path: Path) -> None:
    answer = response(b"no", status=422, headers=(("X-Of-The-Api", "1"), ("x-of-the-api", "2")))
    made = served(path, replace(answer, reason="Odd"))
    assert (made.status, made.reason, made.body) == (422, "Odd", b"no")
    assert header(made.headers, "x-iai-proxy-match") == "exact"
    assert header(made.headers, "x-iai-proxy-exchange") == "1"
    assert [value for name, value in made.headers if name.lower() == "x-of-the-api"] == ["1", "2"]
    assert header(made.headers, "content-length") == "2"


def test_headers_of_the_recorded_connection_are_not_served(path: Path) -> None:
    names = ("Connection", "Transfer-Encoding", "Content-Encoding", "Alt-Svc", "Content-Length")
    made = served(path, response(b"{}", headers=tuple((name, "99") for name in names)))
    assert header(made.headers, "content-length") == "2"
    assert not {name.lower() for name in names} - {"content-length"} & {
        name.lower() for name, _ in made.headers
    }


def test_a_client_that_accepts_gzip_gets_what_came_coded_in_it(path: Path) -> None:
    coded = replace(response(b"{}"), encoding="gzip")
    made = served(path, coded, ("accept-encoding", "gzip"))
    assert header(made.headers, "content-encoding") == "gzip"
    assert gzip.decompress(made.body) == b"{}"
    assert header(made.headers, "content-length") == str(len(made.body))


def test_what_came_uncoded_is_sent_so(path: Path) -> None:
    made = served(path, response(b"{}"), ("accept-encoding", "gzip"))
    assert (header(made.headers, "content-encoding"), made.body) == (None, b"{}")


def test_a_body_that_was_never_decoded_is_served_as_it_travelled(path: Path) -> None:
    answer = replace(response(b"\x01\x02"), encoding="!tomorrow")
    made = served(path, answer, ("accept-encoding", "gzip"))
    assert (header(made.headers, "content-encoding"), made.body) == ("tomorrow", b"\x01\x02")


def test_a_key_check_that_was_not_recorded_is_granted(path: Path) -> None:
    record(path, response())
    with Recording(path) as recording:
        made = recorded_reply(recording, Serve(None, "exact"), ())
    assert (made.status, made.body) == (200, b"{}")


def assembled(path: Path, decision: Assemble) -> Json:
    record(path, *(response(json.dumps(answer).encode()) for answer in (FIRST, SECOND)))
    with Recording(path) as recording:
        made = assembled_answer(recording, decision)
    value: Json = json.loads(made.body)
    return value


def test_a_step_is_put_together_agent_by_agent(path: Path) -> None:
    merged = assembled(path, Assemble((1, 2), ((1, 1), (0, 0)), None))
    assert merged["agent_states"] == ["d", "a"]
    assert merged["traffic_lights_states"] == {"1": "red"}
    assert merged["birdview"] is None  # a large call has no picture


def test_a_subset_of_one_answer_keeps_its_picture(path: Path) -> None:
    merged = assembled(path, Assemble((1,), ((0, 1),), None))
    assert (merged["agent_states"], merged["birdview"]) == (["b"], "x")


@pytest.mark.parametrize(
    "decision",
    [
        Assemble((1,), ((0, 0), (0, 1)), None),
        Assemble((1,), (), None, as_recorded=True),
    ],
)
def test_an_answer_with_all_agents_in_order_is_served_as_it_is(
    path: Path, decision: Assemble
) -> None:
    assert assembled(path, decision) == FIRST
