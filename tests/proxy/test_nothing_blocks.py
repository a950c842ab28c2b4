"""While a large call is divided, calls of others go on, and the loop is never held."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psutil
import pytest
from mitmproxy import http
from support.large_rig import CALL, Rig, post
from support.proxy import RunningProxy, running_proxy
from support.tries import Tries

from iai_proxy.client.authority import Authority
from iai_proxy.session import dividing

pytestmark = pytest.mark.xdist_group("dividing")

#: Takes seconds to find out that it can't be divided: 10,000 agents, a little too close.
SLOW = {
    "location": "here",
    "agent_states": [
        [x * 7.000001, y * 7.000001, 0.0, 0.0] for x in range(100) for y in range(100)
    ],
}
#: Each has no agents: nothing would be asked between one and the next.
REGIONS: dict[str, Any] = {
    "location": "here",
    "regions": [{"center": [number % 100 * 100, number // 100 * 100]} for number in range(10_000)],
}


def dividers() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [child for child in children if dividing.__name__ in " ".join(child.cmdline())]


@pytest.mark.parametrize(
    ("path", "payload", "said"),
    [
        ("large_drive", SLOW, "no split can separate them|only squares of"),
        ("large_initialize", REGIONS, "no region has agents"),
    ],
)
def test_small_calls_go_on_while_a_huge_one_is_divided(
    rig: Rig, tries: Tries, path: str, payload: dict[str, Any], said: str
) -> None:
    body = json.dumps(payload).encode()
    with rig.recording() as proxy, ThreadPoolExecutor(1) as pool:
        url = f"{proxy.reverse}/{path}"
        large = pool.submit(httpx.post, url, content=body, timeout=60, trust_env=False)
        small = 0
        with httpx.Client(trust_env=False, timeout=20) as client:
            while not large.done() or not small:
                call = client.post(f"{proxy.reverse}/drive", json={"agent_states": []})
                assert call.status_code == 200
                small += 1
        refused = large.result()
    assert refused.status_code == 422
    assert any(part in refused.text for part in said.split("|"))
    tries.note("loop", small)


def hung_up(proxy: RunningProxy, payload: dict[str, Any]) -> socket.socket:
    """Send a large call, and hang up only once it is closed."""
    body = json.dumps(payload).encode()
    host, port = proxy.reverse.removeprefix("http://").split(":")
    client = socket.create_connection((host, int(port)))
    head = f"POST /large_drive HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
    client.sendall(head.encode() + body)
    return client


def test_dividing_ends_when_its_client_hangs_up(rig: Rig) -> None:
    with rig.recording() as proxy:
        with hung_up(proxy, SLOW):
            wait_for(dividers)
            (working,) = dividers()
            working.suspend()  # it would take for ever
        wait_for(lambda: not working.is_running())
        assert post(proxy).status_code == 200
    assert dividers() == []


def test_dividing_ends_with_the_proxy(rig: Rig) -> None:
    with rig.recording() as proxy:
        client = hung_up(proxy, SLOW)
        wait_for(dividers)
        dividers()[0].suspend()
    client.close()
    assert dividers() == []


def test_a_process_that_dies_is_a_sentence_and_the_next_call_is_divided(rig: Rig) -> None:
    with rig.recording() as proxy, ThreadPoolExecutor(1) as pool:
        large = pool.submit(post, proxy, SLOW)
        wait_for(dividers)
        dividers()[0].kill()
        broken = large.result()
        assert (broken.status_code, post(proxy, CALL).status_code) == (424, 200)
    assert "the process that divides large calls has ended (-9)" in broken.text


def wait_for(is_so: Any) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Slow:
    """An addon that works where it must not."""

    def request(self, flow: http.HTTPFlow) -> None:
        until = time.thread_time() + 0.06
        while time.thread_time() < until:
            pass
        flow.response = http.Response.make(200)


def test_the_watchdog_notices_a_hook_that_holds_the_loop(
    authority: Authority, held: list[str]
) -> None:
    with running_proxy(authority, lambda: [Slow()]) as proxy:
        assert httpx.get(f"{proxy.reverse}/", trust_env=False).status_code == 200
    (said,) = held
    assert "client connection handler" in said
    held.clear()
