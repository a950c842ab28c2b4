"""The sandbox over HTTP, in memory."""

import json

import pytest
from starlette.testclient import TestClient

from iai_proxy.api.faults import FaultRule
from iai_proxy.sandbox.app import PREFIXES, create_app
from iai_proxy.settings.serving import SandboxSettings

CAR = {"length": 4.8, "width": 1.9, "rear_axis_offset": 1.3, "agent_type": "car"}
DRIVE = {
    "location": "sandbox:ring",
    "agent_states": [[61.85, 0, 1.57, 5]],
    "agent_properties": [CAR],
}


def client(*faults, **settings):
    rules = tuple(FaultRule.parse(spec) for spec in faults)
    app = create_app(SandboxSettings(faults=rules, **settings))
    return TestClient(app, base_url="http://127.0.0.1:8000")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_endpoint_is_served_under_every_prefix(prefix):
    api = client()
    assert api.get(prefix or "/").status_code == 200
    assert api.get(prefix + "/").status_code == 200
    assert api.get(prefix + "/test").status_code == 200
    assert api.get(prefix + "/location_info", params={"location": "a:b"}).status_code == 200
    assert api.get(prefix + "/light", params={"location": "a:b"}).status_code == 200
    assert (
        api.post(
            prefix + "/initialize", json={"location": "a:b", "num_agents_to_spawn": 2}
        ).status_code
        == 200
    )
    assert api.post(prefix + "/drive", json=DRIVE).status_code == 200
    blame = {
        "location": "a:b",
        "colliding_agents": [0, 1],
        "agent_state_history": [[[0, 0, 0, 5], [3, 0, 0, 1]]],
        "agent_attributes": [[4.8, 1.9, 1.3, "car"]] * 2,
    }
    answer = api.post(prefix + "/blame", json=blame)
    assert answer.json() == {
        "agents_at_fault": [0],
        "reasons": None,
        "confidence_score": None,
        "birdviews": [],
    }


def test_an_unknown_path_is_404_and_a_wrong_method_405_both_with_a_detail():
    api = client()
    assert (api.get("/nowhere").status_code, api.get("/nowhere").json()) == (
        404,
        {"detail": "Not Found"},
    )
    assert (api.get("/drive").status_code, api.get("/drive").json()) == (
        405,
        {"detail": "Method Not Allowed"},
    )


def test_malformed_json_is_422():
    answer = client().post("/drive", content=b'{"location": ')
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"] == "json_invalid"


@pytest.mark.parametrize("body", [b"[]", b"null", b'"drive"'])
def test_json_that_is_no_object_is_422(body):
    answer = client().post("/drive", content=body)
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body"])


def test_nan_is_422_as_it_is_no_json():
    body = json.dumps(DRIVE | {"agent_states": [[float("nan"), 0, 0, 0]]})
    assert client().post("/drive", content=body).status_code == 422


def test_what_is_wrong_in_a_body_is_said_as_fastapi_says_it():
    answer = client().post("/drive", json=DRIVE | {"agent_states": [[1, 2, 3, "fast"]]})
    assert answer.status_code == 422
    (detail,) = answer.json()["detail"]
    assert detail["loc"] == ["body", "agent_states", 0, 3]
    assert detail["type"] == "float_parsing"
    assert set(detail) == {"loc", "msg", "type"}


def test_a_missing_location_is_said_of_the_query():
    answer = client().get("/location_info")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "location"]


def test_agents_that_do_not_fit_are_422_with_a_sentence():
    body = {"location": "sandbox:grid", "num_agents_to_spawn": 100, "location_of_interest": [0, 0]}
    answer = client().post("/initialize", json=body)
    assert answer.status_code == 422
    assert "without overlap" in answer.json()["detail"][0]["msg"]


def test_more_than_100_agents_are_413():
    api = client()
    many = {"agent_states": [[0, 0, 0, 0]] * 101, "agent_properties": [CAR] * 101}
    answers = [
        api.post("/drive", json=DRIVE | many),
        api.post("/initialize", json={"location": "x", "num_agents_to_spawn": 101}),
        api.post("/initialize", json={"location": "x", "agent_properties": [CAR] * 101}),
    ]
    assert [answer.status_code for answer in answers] == [413] * 3
    assert "101 agents" in answers[0].json()["detail"]


@pytest.mark.parametrize("header", ["x-api-key", "api-key"])
def test_with_a_key_set_any_other_is_403_everywhere(header):
    api = client(api_key="right")
    assert api.get("/", headers={header: "right"}).status_code == 200
    for headers in ({}, {header: "wrong"}):
        assert api.get("/v0/aws/m1", headers=headers).status_code == 403
        assert api.post("/drive", json=DRIVE, headers=headers).status_code == 403


def test_a_fault_answers_its_status_at_its_calls_only():
    api = client("drive:every=3:status=503")
    assert [api.post("/drive", json=DRIVE).status_code for _ in range(6)] == [
        200,
        200,
        503,
        200,
        200,
        503,
    ]
    assert api.get("/test").status_code == 200


def test_a_fault_says_that_it_was_ordered():
    assert client("*:status=500").get("/test").json() == {
        "detail": "injected by --fault *:status=500"
    }


def test_a_dropped_call_has_no_answer():
    with pytest.raises(ConnectionResetError):
        client("test:drop").get("/test")


def test_gzip_is_used_only_when_both_sides_want_it():
    wanted = {"accept-encoding": "gzip"}
    zipped, plain = client(gzip=True), client()
    assert zipped.post("/drive", json=DRIVE, headers=wanted).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.post("/drive", json=DRIVE, headers=wanted).headers
    assert zipped.post("/drive", json=DRIVE).json() == plain.post("/drive", json=DRIVE).json()


@pytest.mark.parametrize(
    "changed",
    [
        {"agent_states": [[1e200, 0, 0, 0]]},
        {"agent_states": [[0, 0, 0, 1e200]]},
        {"rendering_fov": 1e-300, "get_birdview": True},
        {"rendering_center": [1e300, 0], "get_birdview": True},
    ],
)
def test_numbers_beyond_reason_are_422_not_500_which_the_sdk_would_retry_for_ever(changed):
    assert client().post("/drive", json=DRIVE | changed).status_code == 422


@pytest.mark.parametrize(
    "changed",
    [
        {"agent_properties": [CAR | {"length": 1e308, "width": 1e308}]},
        {"agent_properties": [CAR | {"waypoint": [1e308, -1e308], "max_speed": 1e308}]},
        {"agent_properties": [CAR | {"rear_axis_offset": -1e308}]},
        {"agent_properties": [CAR | {"agent_type": "tram"}]},
        {"agent_states": [[0, 0, 1e5, -30]]},
        {"agent_states": [[1e5, -1e5, 0, 0]]},
        {"location": "sandbox:crossing", "light_recurrent_states": [[1e300, -1e300]] * 5},
        {"random_seed": 10**18, "get_infractions": True, "get_birdview": True},
    ],
)
def test_odd_but_possible_requests_are_answered_with_finite_numbers(changed):
    answer = client().post("/drive", json=DRIVE | changed)
    assert answer.status_code == 200
    assert all(isinstance(value, float) for value in answer.json()["agent_states"][0])


@pytest.mark.parametrize(
    "page",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example:8000"},
    ],
)
def test_no_web_page_can_use_it(page: dict[str, str]) -> None:
    for method, path in (("GET", "/test"), ("POST", "/drive"), ("OPTIONS", "/drive")):
        answer = client().request(method, path, headers=page)
        assert answer.status_code == 421
        assert answer.headers["x-iai-proxy"] == "refused"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "api.inverted.ai"])
def test_what_sdks_send_is_let_in(host: str) -> None:
    assert client().get("/test", headers={"Host": host}).status_code == 200
