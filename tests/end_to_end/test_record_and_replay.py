"""The real SDK through a real proxy with TLS to the sandbox, and back offline."""

from __future__ import annotations

import json
import sys
from collections import Counter

import pytest
from support.cli import Cli
from support.recorded import recorded
from support.recordings import rows

from iai_proxy.api.faults import FaultRule
from iai_proxy.recordings import Recording
from iai_proxy.sandbox.server import Sandbox, SandboxSettings, spawned_sandbox

pytest.importorskip("invertedai")

#: Drives agents and prints everything that the SDK makes of the answers.
PLAIN = """
import hashlib, random, sys
import invertedai as iai
from invertedai.common import AgentProperties
agents, steps, location = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
iai.session.base_backoff = 0.01
seed = random.randint(1, 10**6)
response = iai.initialize(location, random_seed=seed, get_infractions=True,
    agent_properties=[AgentProperties(agent_type="car") for _ in range(agents)])
properties = response.agent_properties
seen = hashlib.sha256()
for _ in range(steps):
    seen.update(response.model_dump_json().encode())
    response = iai.drive(location, agent_states=response.agent_states, agent_properties=properties,
        recurrent_states=response.recurrent_states, get_infractions=True, random_seed=seed,
        light_recurrent_states=response.light_recurrent_states)
seen.update(response.model_dump_json().encode())
print(seen.hexdigest())
"""

ALL_ENDPOINTS = """
import invertedai as iai
from invertedai.common import AgentProperties
location = "canada:drake_street_and_pacific_blvd"
info = iai.location_info(location, include_map_source=True, rendering_fov=120,
    rendering_center=(1.5, -2))
response = iai.initialize(location, agent_properties=[AgentProperties(agent_type="car")] * 3 + [
    AgentProperties(agent_type="pedestrian")], random_seed=3, get_birdview=True)
properties = response.agent_properties
history = [response.agent_states]
for _ in range(3):
    response = iai.drive(location, agent_states=response.agent_states, agent_properties=properties,
        recurrent_states=response.recurrent_states, get_birdview=True, random_seed=3,
        traffic_lights_states=response.traffic_lights_states)
    history.append(response.agent_states)
blame = iai.blame(location, (0, 1), history, properties, get_reasons=True,
    get_confidence_score=True)
light = iai.light(location, random_seed=1)
light = iai.light(location, recurrent_states=light.recurrent_states)
test = iai.session.request(model="test", params={})
picture = response.birdview.decode()
print(info.map_fov, len(info.osm_map.encoded_map), blame, light, test, picture.shape)
"""

LARGE = """
import sys
import invertedai as iai
from invertedai.common import AgentType
location = "sandbox:grid"
regions = iai.get_regions_default(location, agent_count_dict={AgentType.car: int(sys.argv[1])},
    area_shape=(150, 150), random_seed=5)
response = iai.large_initialize(location, regions, random_seed=5, display_progress_bar=False)
properties = response.agent_properties
for _ in range(3):
    response = iai.large_drive(location, agent_states=response.agent_states,
        agent_properties=properties, recurrent_states=response.recurrent_states,
        light_recurrent_states=response.light_recurrent_states, random_seed=5,
        single_call_agent_limit=60)
print(len(properties), [state.tolist() for state in response.agent_states])
"""


def record(cli: Cli, upstream: str, program: str, *arguments: str) -> str:
    return recorded(cli, upstream, program, *arguments, env={"IAI_API_KEY": "a-key"})


def replay(cli: Cli, program: str, *arguments: str) -> tuple[str, str]:
    (cli.folder / "program.py").write_text(program)
    client = [sys.executable, "program.py", *arguments]
    done = cli.run(
        "replay", "run.iairec", "--fail-on-miss", "--", *client, env={"IAI_API_KEY": "another-key"}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize(
    ("agents", "steps", "location"),
    [("20", "30", "canada:somewhere"), ("100", "5", "sandbox:grid")],
)
def test_a_run_with_fresh_seeds_replays_to_the_last_bit(
    cli: Cli, sandbox: Sandbox, agents: str, steps: str, location: str
) -> None:
    seen = record(cli, sandbox.url, PLAIN, agents, steps, location)
    again, said = replay(cli, PLAIN, agents, steps, location)
    assert again == seen
    assert "every recorded answer was used" in said


def test_what_the_sdk_sends_back_is_stored_as_references(cli: Cli, sandbox: Sandbox) -> None:
    record(cli, sandbox.url, PLAIN, "20", "30", "canada:somewhere")
    found = rows(
        cli.folder / "run.iairec",
        "SELECT asked.codec, answer.codec, length(asked.data), length(answer.data), "
        "asked.size + answer.size FROM exchange JOIN body asked ON asked.hash = request_hash "
        "JOIN body answer ON answer.hash = response_hash WHERE endpoint = 'drive' ORDER BY id",
    )
    assert {(asked, answer) for asked, answer, *_ in found} == {("agents", "agents")}
    for _, _, request, answer, text in found[1:]:
        assert isinstance(request, int)
        assert isinstance(answer, int)
        assert isinstance(text, int)
        assert request < 600
        assert request + answer < text / 10


def test_every_endpoint_of_the_sdk_is_recorded_and_replayed(cli: Cli, sandbox: Sandbox) -> None:
    seen = record(cli, sandbox.url, ALL_ENDPOINTS)
    calls = json.loads(cli.run("calls", "run.iairec", "--json").stdout)
    assert Counter(call["endpoint"] for call in calls) == {
        "key_check": 1, "location_info": 1, "initialize": 1, "drive": 3, "blame": 1, "light": 2,
        "test": 1,
    }  # fmt: skip
    again, _ = replay(cli, ALL_ENDPOINTS)
    assert again == seen


def test_large_calls_of_the_sdk_over_several_connections_replay(cli: Cli, sandbox: Sandbox) -> None:
    seen = record(cli, sandbox.url, LARGE, "120")
    with Recording(cli.folder / "run.iairec") as recording:
        assert len({call.connection for call in recording.calls()}) > 1
    again, _ = replay(cli, LARGE, "120")
    assert again == seen


def test_failed_calls_are_recorded_with_their_retries_and_left_out_of_replay(
    cli: Cli,
) -> None:
    faults = (FaultRule.parse("drive:every=10:status=503"),)
    with spawned_sandbox(SandboxSettings(faults=faults)) as failing:
        seen = record(cli, failing.url, PLAIN, "5", "31", "canada:somewhere")
    calls = json.loads(cli.run("calls", "run.iairec", "--json").stdout)
    assert Counter(call["status"] for call in calls if call["endpoint"] == "drive") == {
        200: 31,
        503: 3,
    }
    again, said = replay(cli, PLAIN, "5", "31", "canada:somewhere")
    assert again == seen
    assert "3 recorded failures left out" in said


def test_an_answer_that_travelled_as_gzip_is_stored_decoded(cli: Cli) -> None:
    with spawned_sandbox(SandboxSettings(gzip=True)) as packing:
        seen = record(cli, packing.url, PLAIN, "5", "3", "canada:somewhere")
    with Recording(cli.folder / "run.iairec") as recording:
        drives = [exchange for exchange in recording.exchanges() if exchange.endpoint == "drive"]
    assert {exchange.response.encoding for exchange in drives if exchange.response} == {"gzip"}
    assert all(exchange.response and exchange.response.body.startswith(b"{") for exchange in drives)
    assert replay(cli, PLAIN, "5", "3", "canada:somewhere")[0] == seen


def test_a_miss_is_the_sdk_users_exception(cli: Cli, sandbox: Sandbox) -> None:
    record(cli, sandbox.url, PLAIN, "5", "2", "canada:somewhere")
    client = [sys.executable, "program.py", "6", "2", "canada:somewhere"]
    done = cli.run("replay", "run.iairec", "--fail-on-miss", "--", *client)
    assert done.returncode == 1
    assert "ResourceNotFoundError: iai-proxy: no recorded answer to POST /initialize" in done.stderr
    assert "asks for 6 agents at canada:somewhere, where 5 were recorded" in done.stderr
