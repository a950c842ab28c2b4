"""The real Python SDK against the sandbox: it accepts every answer."""

import pytest

iai = pytest.importorskip("invertedai")

from invertedai.common import AgentProperties, AgentType
from invertedai.error import (
    AuthenticationError,
    InvalidRequestError,
    RequestTooLarge,
    ResourceNotFoundError,
)

from iai_proxy.sandbox.server import SandboxSettings, running_sandbox

LOCATION = "canada:drake_street_and_pacific_blvd"


@pytest.fixture(scope="module")
def url():
    with running_sandbox() as sandbox:
        yield sandbox.url


@pytest.fixture(autouse=True)
def _pointed_at_the_sandbox(url, monkeypatch):
    monkeypatch.setattr(iai.session, "_base_url", url)
    monkeypatch.setattr(iai.session.session, "trust_env", False)
    yield
    iai.session.session.close()


def drive(response, properties, location=LOCATION, call=None, **options):
    return (call or iai.drive)(
        location=location,
        agent_states=response.agent_states,
        agent_properties=properties,
        recurrent_states=response.recurrent_states,
        light_recurrent_states=response.light_recurrent_states,
        **options,
    )


def test_20_agents_drive_100_steps_among_lights():
    wanted = [AgentProperties(agent_type="car")] * 18 + [
        AgentProperties(agent_type="pedestrian")
    ] * 2
    response = iai.initialize(
        location=LOCATION, agent_properties=wanted, random_seed=3, get_birdview=True
    )
    assert response.birdview.decode().shape[2] == 3
    properties = response.agent_properties
    colours = set()
    for step in range(100):
        response = drive(response, properties, random_seed=step, get_infractions=step % 10 == 0)
        colours |= set(response.traffic_lights_states.values())
        assert all(response.is_inside_supported_area)
        assert not any(one.collisions or one.offroad for one in response.infractions)
    assert len(response.agent_states) == len(response.recurrent_states) == 20
    assert {colour.value for colour in colours} == {"red", "yellow", "green"}


def test_300_agents_in_a_large_call():
    location, calls = "sandbox:grid", []
    regions = iai.get_regions_default(
        location=location,
        agent_count_dict={AgentType.car: 300},
        area_shape=(300, 300),
        random_seed=1,
    )
    assert len(regions) >= 4
    response = iai.large_initialize(
        location=location, regions=regions, random_seed=1, display_progress_bar=False
    )
    assert len(response.agent_states) >= 300
    properties = response.agent_properties
    original = iai.session._request
    iai.session._request = lambda **given: calls.append(given["relative_path"]) or original(**given)
    try:
        for step in range(3):
            response = drive(
                response,
                properties,
                location,
                iai.large_drive,
                random_seed=step,
                get_infractions=True,
            )
    finally:
        del iai.session._request
    assert len(calls) >= 3 * 4
    assert not any(one.collisions or one.offroad for one in response.infractions)


def test_location_info_has_a_map_a_picture_and_the_lights_that_drive_answers():
    info = iai.location_info(
        location=LOCATION, include_map_source=True, rendering_fov=200, rendering_center=(10, -5)
    )
    assert (info.map_center.x, info.map_center.y, info.map_fov) == (10, -5, 200)
    assert info.osm_map.encoded_map.startswith("<?xml")
    picture = info.birdview_image.decode()
    black = (picture.sum(axis=-1) == 0).mean()
    assert 0.3 < black < 0.95
    response = iai.initialize(location=LOCATION, agent_properties=[AgentProperties()])
    assert {actor.actor_id for actor in info.static_actors} == set(response.traffic_lights_states)


def test_blame_and_light():
    response = iai.initialize(
        location=LOCATION, agent_properties=[AgentProperties()] * 2, random_seed=1
    )
    verdict = iai.blame(
        location=LOCATION,
        colliding_agents=(0, 1),
        agent_state_history=[response.agent_states],
        agent_properties=response.agent_properties,
        get_reasons=True,
        get_confidence_score=True,
        get_birdviews=True,
    )
    assert set(verdict.reasons) == set(verdict.agents_at_fault)
    assert 0 <= verdict.confidence_score <= 1
    assert verdict.birdviews[0].decode().shape[2] == 3
    first = iai.light(location=LOCATION, random_seed=1)
    second = iai.light(location=LOCATION, recurrent_states=first.recurrent_states)
    assert second.recurrent_states != first.recurrent_states
    assert set(second.traffic_lights_states) == set(first.traffic_lights_states)
    assert iai.light(location="sandbox:ring").traffic_lights_states == {}


def test_refusals_arrive_as_the_errors_that_the_sdk_has_for_them():
    with pytest.raises(RequestTooLarge):
        iai.initialize(location=LOCATION, agent_properties=[AgentProperties()] * 101)
    with pytest.raises(InvalidRequestError, match="without overlap"):
        iai.initialize(
            location="sandbox:grid",
            agent_properties=[AgentProperties()] * 100,
            location_of_interest=(0, 0),
        )
    with pytest.raises(ResourceNotFoundError, match="Not Found"):
        iai.session._request(method="get", relative_path="/nowhere")


def test_a_wrong_key_is_an_authentication_error(monkeypatch):
    monkeypatch.setattr(iai.session.session, "auth", None)
    with running_sandbox(SandboxSettings(api_key="right")) as sandbox:
        iai.session.add_apikey("right", url=sandbox.url)
        with pytest.raises(AuthenticationError):
            iai.session.add_apikey("wrong", url=sandbox.url)
        iai.session.session.close()
