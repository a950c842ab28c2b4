"""Sandboxes that really listen: on a thread, in a process of their own, in the foreground."""

import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from iai_proxy.api.faults import FaultRule
from iai_proxy.errors import UsageError
from iai_proxy.sandbox.server import (
    SandboxSettings,
    running_sandbox,
    serve,
    spawned_sandbox,
)

CAR = {"length": 4.8, "width": 1.9, "rear_axis_offset": 1.3, "agent_type": "car"}
DRIVE = {
    "location": "sandbox:ring",
    "agent_states": [[61.85, 0, 1.57, 5]],
    "agent_properties": [CAR],
}


def direct():
    return httpx.Client(trust_env=False, timeout=10)


def is_gone(url):
    try:
        with direct() as client:
            client.get(url)
    except httpx.TransportError:
        return True
    return False


def test_a_dropped_call_closes_the_connection_and_the_next_one_is_answered():
    rule = FaultRule.parse("drive:step=2:drop")
    with running_sandbox(SandboxSettings(faults=(rule,))) as sandbox, direct() as client:
        url = sandbox.url + "/drive"
        first = client.post(url, json=DRIVE)
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            client.post(url, json=DRIVE)
        assert client.post(url, json=DRIVE).json() == first.json()


def test_latency_and_delay_add_up():
    settings = SandboxSettings(latency_ms=80, faults=(FaultRule.parse("test:step=2:delay=120ms"),))
    with running_sandbox(settings) as sandbox, direct() as client:
        client.get(sandbox.url)  # connect first
        times = []
        for _ in range(2):
            begun = time.monotonic()
            assert client.get(sandbox.url + "/test").status_code == 200
            times.append(time.monotonic() - begun)
    assert times[0] >= 0.08
    assert times[1] >= 0.2


def test_a_spawned_sandbox_has_its_settings_and_gives_the_same_answers_and_ends_with_the_context():
    settings = SandboxSettings(seed=5, api_key="k")
    body = {"location": "sandbox:crossing", "num_agents_to_spawn": 5}
    with spawned_sandbox(settings) as other, running_sandbox(settings) as ours, direct() as client:
        assert client.get(other.url).status_code == 403
        answers = [
            client.post(each.url + "/initialize", json=body, headers={"api-key": "k"})
            for each in (other, ours)
        ]
        assert answers[0].content == answers[1].content
    assert is_gone(other.url)
    assert is_gone(ours.url)


def test_a_spawned_sandbox_stops_when_its_parent_dies():
    code = (
        "import os, signal\n"
        "from iai_proxy.sandbox.server import spawned_sandbox\n"
        "with spawned_sandbox() as sandbox:\n"
        "    print(sandbox.url, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    url = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    ).stdout.strip()
    assert url.startswith("http://127.0.0.1:")
    deadline = time.monotonic() + 10
    while not is_gone(url) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert is_gone(url)


def test_a_port_in_use_is_a_usage_error_that_names_the_flag():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"can't listen on 127.0.0.1:{port}.*--listen"):
            serve(SandboxSettings(), "127.0.0.1", port, print)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_serve_normally(number):
    code = (
        "from iai_proxy.sandbox.server import SandboxSettings, serve\n"
        "serve(SandboxSettings(), '127.0.0.1', 0, lambda url: print(url, flush=True))\n"
        "print('ended')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        os.kill(process.pid, number)
        assert process.communicate(timeout=10)[0].strip() == "ended"
        assert process.returncode == 0
