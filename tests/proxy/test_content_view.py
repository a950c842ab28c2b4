"""IAI bodies in mitmproxy's own tools, as its own code shows them: mitmproxy 11 and 12."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from mitmproxy import contentviews, http
from mitmproxy.addonmanager import Loader
from mitmproxy.test import taddons, tflow

from iai_proxy.proxy.content_view import ContentViews

REQUEST = {
    "location": "canada:here",
    "agent_states": [[1.0, -2.5, 3.141592653589793, 4.0], [9, 9, 0, 0]],
    "agent_properties": [
        {"agent_type": "car", "length": 4.5, "width": 2.0, "rear_axis_offset": 1.3},
        {"agent_type": "pedestrian\x1b[31m", "length": 0.5, "width": 0.5},
    ],
    "recurrent_states": [[0.5] * 152, None],
    "random_seed": 7,
}
ANSWER = {
    "agent_states": [[1.4, -2.5, 0, 4.0], [9, 9, 0, 0]],
    "recurrent_states": [[0.5] * 152, [0.0] * 152],
    "birdview": [137, 80, 78, 71],
    "infraction_indicators": [[True, False, False], [False, False, False]],
    "is_inside_supported_area": [True, False],
    "traffic_lights_states": {"40": "red"},
}


def flow(
    path: str = "/v0/aws/m1/drive", body: Any = REQUEST, answer: Any = ANSWER
) -> http.HTTPFlow:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = tflow.tflow(req=http.Request.make("POST", f"https://api.inverted.ai{path}", content))
    found.response = http.Response.make(200, json.dumps(answer).encode())
    return found


def shown(message: http.Message, of: http.HTTPFlow) -> tuple[str, str]:
    """The view that mitmproxy chooses, and what it shows."""
    if hasattr(contentviews, "prettify_message"):  # 12
        result = contentviews.prettify_message(message, of)
        return str(result.view_name), result.text
    title, lines, _ = contentviews.get_message_content_view("auto", message, of)
    return title, "\n".join("".join(text for _, text in line) for line in lines)


@pytest.fixture(autouse=True)
def _view() -> Iterator[None]:
    with taddons.context(ContentViews()) as context:
        yield
        context.master.event_loop.close()


def test_a_request_is_a_table() -> None:
    found = flow()
    view, text = shown(found.request, found)
    assert "IAI" in view
    lines = text.splitlines()
    assert lines[:4] == [
        'location: "canada:here"',
        "random_seed: 7",
        "",
        "index         x         y  heading     speed  size          recurrent type",
    ]
    mark = lines[4].split()[-2]
    assert lines[4].replace(mark, "MARK") == (
        "    0      1.00     -2.50   180.0°  4.00 m/s  4.50 x 2.00 m MARK  car"
    )
    assert lines[5] == (
        "    1      9.00      9.00     0.0°  0.00 m/s  0.50 x 0.50 m none      pedestrian\\x1b[31m"
    )


def test_a_recurrent_state_has_the_same_mark_in_an_answer_and_in_the_next_request() -> None:
    found = flow()
    assert found.response
    asked, answered = (
        shown(message, found)[1].splitlines() for message in (found.request, found.response)
    )
    mark = asked[4].split()[-2]
    assert len(mark) == 8
    assert mark in answered[-2]
    assert "zeros" in answered[-1]


def test_an_answer_has_infractions_lights_and_the_size_of_its_picture() -> None:
    found = flow()
    assert found.response
    _, text = shown(found.response, found)
    lines = text.splitlines()
    assert lines[0] == "birdview: picture, 4 B"
    assert lines[1] == 'traffic_lights_states: {"40":"red"}'
    assert lines[-2].endswith("collision")
    assert lines[-1].endswith("outside the supported area")


@pytest.mark.parametrize(
    "body",
    [
        {"agent_states": 7, "recurrent_states": [[["x"]], 3], "agent_properties": [None, 5]},
        {"agent_states": [[1, 2], "x", None, [1, 2, 3, "4"]], "infraction_indicators": {"a": 1}},
        {"random_seed": 10**30, "agent_states": [[1e400, 0, 0, 0]]},
        {"states_history": [[[0, 0, 0, 0]], 5]},
    ],
)
def test_odd_bodies_are_shown_all_the_same(body: Any) -> None:
    found = flow(body=body)
    assert "IAI" in shown(found.request, found)[0]


@pytest.mark.parametrize("body", [b"", b"[1, 2]", b"{not json", b"\xff\xfe", b"{}"])
def test_what_is_no_body_of_the_api_is_left_to_other_views(body: bytes) -> None:
    found = flow(body=body)
    assert shown(found.request, found)[0] != "IAI"


def test_other_calls_are_left_to_other_views() -> None:
    found = flow(path="/elsewhere")
    assert "IAI" not in shown(found.request, found)[0]


def test_a_script_that_is_loaded_again_replaces_it() -> None:
    ContentViews().load(Loader(master=None))
    found = flow()
    assert "IAI" in shown(found.request, found)[0]
