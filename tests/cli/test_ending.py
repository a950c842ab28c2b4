"""A proxy that is stopped: calls under way come to their end, new ones are refused."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from support.cli import Cli, Running
from support.exchanges import exchange, request, response
from support.proxy import Upstreamed, counting_server
from support.recordings import write
from support.tries import Tries

from iai_proxy.api import RETRIED_STATUSES

pytestmark = pytest.mark.xdist_group("ending")

Asked = Callable[[], "Future[httpx.Response]"]


class Slow:
    """An API whose calls wait until they may go on."""

    def __init__(self, upstream: Upstreamed) -> None:
        self.upstream, self.go_on = upstream, threading.Event()
        self.body = b"late"
        self.came = threading.Semaphore(0)
        upstream.answer = self.answer

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        self.came.release()
        assert self.go_on.wait(20)
        return 200, {}, self.body


@pytest.fixture
def slow() -> Iterator[Slow]:
    with counting_server() as upstream:
        api = Slow(upstream)
        yield api
        api.go_on.set()


class Stopping:
    """A proxy that listens for plain HTTP, and clients that call it on threads."""

    def __init__(self, running: Running, pool: ThreadPoolExecutor) -> None:
        self.running, self.url = running, running.wait_for(r"IAI_DEV_URL=(\S+)")[1]
        self._pool = pool

    def ask(self, name: str = "drive") -> Future[httpx.Response]:
        return self._pool.submit(
            httpx.post, f"{self.url}/{name}", content=b"{}", timeout=30, trust_env=False
        )

    def signal(self, number: int) -> None:
        self.running.process.send_signal(number)

    def know_that_it_came(self) -> None:
        """Wait until what was asked has come: nothing else tells so from outside."""
        threading.Event().wait(0.5)
        assert httpx.get(f"{self.url}/", trust_env=False, timeout=30).status_code == 200

    def ended(self) -> int:
        return self.running.process.wait(20)


@contextmanager
def recording(cli: Cli, slow: Slow, *flags: str) -> Iterator[Stopping]:
    to = ("--upstream", slow.upstream.url, "--no-check")
    listening = ("--listen", "none", "--reverse-listen", "127.0.0.1:0")
    with (
        ThreadPoolExecutor(8) as pool,
        cli.start("record", "-o", "run.iairec", *listening, *to, *flags) as running,
    ):
        yield Stopping(running, pool)
        slow.go_on.set()


def recorded(cli: Cli) -> list[tuple[str, int | None]]:
    calls = json.loads(cli.invoke("calls", "run.iairec", "--json").stdout)
    return [(call["endpoint"], call["status"]) for call in calls]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_calls_under_way_are_answered_and_new_ones_are_told_why_not(
    cli: Cli, slow: Slow, tries: Tries, number: int
) -> None:
    with recording(cli, slow) as proxy:
        asked = [proxy.ask(), proxy.ask("blame")]
        assert all(slow.came.acquire(timeout=20) for _ in asked)
        proxy.signal(number)
        proxy.running.wait_for("waiting for 2 calls, up to 60 s; another signal ends it now")
        refused = proxy.ask().result()
        slow.go_on.set()
        answers = [call.result() for call in asked]
        assert proxy.ended() == 0
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"late")] * 2
    assert refused.status_code not in RETRIED_STATUSES
    assert refused.text.startswith("iai-proxy: this proxy is ending and takes no more calls")
    assert len(slow.upstream.requests) == 2
    assert sorted(recorded(cli)) == [("blame", 200), ("drive", 200)]
    tries.note("endings", len(asked))


@pytest.mark.parametrize("flags", [(), ("--grace", "0")])
def test_another_signal_ends_it_at_once_and_so_does_no_grace(
    cli: Cli, slow: Slow, flags: tuple[str, ...]
) -> None:
    with recording(cli, slow, *flags) as proxy:
        asked = proxy.ask()
        assert slow.came.acquire(timeout=20)
        proxy.signal(signal.SIGTERM)
        if not flags:
            proxy.running.wait_for("waiting for 1 call,")
            proxy.signal(signal.SIGTERM)
        assert proxy.ended() == 0
        slow.go_on.set()
        with pytest.raises(httpx.TransportError):
            asked.result()
    lost = (
        "1 call still under way after 0 s"
        if flags
        else "another signal came, with 1 call under way"
    )
    assert lost in proxy.running.output()
    assert recorded(cli) == [("drive", None)]


def test_an_answer_is_sent_to_its_last_byte(cli: Cli, slow: Slow) -> None:
    slow.body = bytes(30_000_000)
    slow.go_on.set()
    with recording(cli, slow) as proxy:
        with httpx.stream("POST", f"{proxy.url}/drive", content=b"{}", trust_env=False) as answer:
            proxy.signal(signal.SIGTERM)
            proxy.running.wait_for("waiting for 1 call,")
            assert len(answer.read()) == len(slow.body)
        assert proxy.ended() == 0


def test_a_large_call_under_way_is_one_and_its_parts_are_made(cli: Cli, slow: Slow) -> None:
    count = 3
    slow.body = json.dumps({"agent_states": [[0.0] * 4], "recurrent_states": [[0.0]]}).encode()
    call = {
        "location": "here",
        "agent_states": [[100.0 * number, 0.0, 0.0, 1.0] for number in range(count)],
        "single_call_agent_limit": 1,
        "concurrency": 1,
    }
    with recording(cli, slow) as proxy, ThreadPoolExecutor(1) as pool:
        url = f"{proxy.url}/large_drive"
        asked = pool.submit(httpx.post, url, json=call, timeout=30, trust_env=False)
        assert slow.came.acquire(timeout=20)
        proxy.signal(signal.SIGTERM)
        proxy.running.wait_for("waiting for 1 call,")
        slow.go_on.set()
        answer = asked.result()
        assert proxy.ended() == 0
    assert (answer.status_code, len(answer.json()["agent_states"])) == (200, count)
    assert recorded(cli) == [*[("drive", 200)] * count, ("large_drive", 200)]


@contextmanager
def replaying(cli: Cli, tmp_path: Path, latency: str, *flags: str) -> Iterator[Stopping]:
    write(tmp_path / "run.iairec", exchange(request(b"{}"), response(b'{"ours": 1}')))
    listening = ("--listen", "none", "--reverse-listen", "127.0.0.1:0")
    late = ("--fault", f"drive:delay={latency}")
    with (
        ThreadPoolExecutor(8) as pool,
        cli.start("replay", "run.iairec", *listening, *late, *flags) as running,
    ):
        yield Stopping(running, pool)


@pytest.mark.parametrize("way", [(), ("--on-miss", "forward", "--upstream", "http://127.0.0.1:9")])
def test_a_replay_ends_in_the_same_way(cli: Cli, tmp_path: Path, way: tuple[str, ...]) -> None:
    with replaying(cli, tmp_path, "3s", *way) as proxy:
        asked = proxy.ask()
        proxy.know_that_it_came()
        proxy.signal(signal.SIGTERM)
        proxy.running.wait_for("waiting for 1 call, up to 60 s; another signal ends it now")
        refused = proxy.ask().result()
        answer = asked.result()
        assert proxy.ended() == 0
    assert (answer.status_code, answer.json()) == (200, {"ours": 1})
    assert refused.status_code == 424
    assert refused.text.startswith("iai-proxy: this proxy is ending and takes no more calls")


@pytest.mark.parametrize("flags", [(), ("--grace", "0")])
def test_another_signal_ends_a_replay_at_once_and_what_waits_for_its_time_is_answered(
    cli: Cli, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    with replaying(cli, tmp_path, "600s", *flags) as proxy:
        asked = proxy.ask()
        proxy.know_that_it_came()
        proxy.signal(signal.SIGTERM)
        if not flags:
            proxy.running.wait_for("waiting for 1 call,")
            proxy.signal(signal.SIGTERM)
        assert proxy.ended() == 0
        assert asked.result().json() == {"ours": 1}
