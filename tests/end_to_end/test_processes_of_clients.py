"""What counts as one client in replay: with real processes, and a server that counts its calls."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import count

import pytest
from support.cli import Cli, Running
from support.proxy import Upstreamed, counting_server
from support.recorded import recorded

from iai_proxy.sandbox.server import Sandbox

LIGHT = "https://api.inverted.ai/v0/aws/m1/light?location=here"

#: A shell script with a process for each call.
CURLS = f"for call in 1 2 3; do curl --silent --fail '{LIGHT}'; echo; done"

#: A client that makes three calls over three connections, as soon as it gets a line each.
THREE_CALLS = """
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
for _ in range(3):
    sys.stdin.readline()
    print(opener.open(sys.argv[1] + "/light?location=here").read().decode(), flush=True)
"""

#: Four simulations on two processes, each with a seed drawn anew.
POOL = """
import json, multiprocessing, random
import invertedai as iai
from invertedai.common import AgentProperties

def simulate(number):
    location = "canada:drake_street_and_pacific_blvd"
    draw = random.Random()
    response = iai.initialize(location, random_seed=draw.randint(1, 10**6),
        agent_properties=[AgentProperties(agent_type="car")] * 3)
    properties = response.agent_properties
    for _ in range(3):
        response = iai.drive(location, agent_states=response.agent_states,
            agent_properties=properties, random_seed=draw.randint(1, 10**6),
            recurrent_states=response.recurrent_states,
            light_recurrent_states=response.light_recurrent_states)
    return [state.tolist() for state in response.agent_states]

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for states in pool.imap(simulate, range(4), chunksize=1):
            print(json.dumps(states))
"""


@pytest.fixture
def counting() -> Iterator[Upstreamed]:
    """A server whose answer to the n-th call is n."""
    with counting_server() as server:
        numbers = count(1)
        server.answer = lambda _: (200, {"content-type": "text/plain"}, b"%d" % next(numbers))
        yield server


def test_a_shell_script_with_a_process_for_each_call_is_one_client(
    cli: Cli, counting: Upstreamed
) -> None:
    script = ["sh", "-c", CURLS]
    made = cli.run("record", "-o", "run.iairec", "--upstream", counting.url, "--", *script)
    assert made.stdout.split() == ["1", "2", "3"]
    replayed = cli.run("replay", "run.iairec", "--fail-on-unused", "--", *script)
    assert (replayed.stdout.split(), replayed.returncode) == (["1", "2", "3"], 0), replayed.stderr


def test_a_process_whose_parent_has_ended_is_of_the_same_client(
    cli: Cli, counting: Upstreamed
) -> None:
    call = f"curl --silent --fail '{LIGHT}' >> answers; echo >> answers"
    script = ["sh", "-c", "".join(f'(sh -c "{call}; touch {n}" &); ' for n in range(3)) + WAIT]
    cli.run("record", "-o", "run.iairec", "--upstream", counting.url, "--", *script)
    for name in ("answers", "0", "1", "2"):
        (cli.folder / name).unlink()
    replayed = cli.run("replay", "run.iairec", "--", *script)
    answers = (cli.folder / "answers").read_text().split()
    assert sorted("".join(answers)) == ["1", "2", "3"], replayed.stderr


#: Until each of the three has left its mark.
WAIT = "until [ -e 0 ] && [ -e 1 ] && [ -e 2 ]; do sleep 0.05; done"


def test_a_pool_of_processes_replays_each_simulation_once(cli: Cli, sandbox: Sandbox) -> None:
    pytest.importorskip("invertedai")
    printed = recorded(cli, sandbox.url, POOL).splitlines()
    assert len(set(printed)) == 4
    client = [sys.executable, "program.py"]
    replayed = cli.run("replay", "run.iairec", "--fail-on-miss", "--fail-on-unused", "--", *client)
    assert replayed.returncode == 0, replayed.stderr
    assert sorted(replayed.stdout.splitlines()) == sorted(printed)


class Client:
    """A process that makes its next call when it is told to."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", THREE_CALLS, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def end(self) -> None:
        self._process.communicate(timeout=20)


def serving(cli: Cli) -> Running:
    return cli.start("replay", "run.iairec", "--reverse-listen", "127.0.0.1:0")


def test_clients_of_a_running_replay_have_a_place_of_their_own_each(
    cli: Cli, counting: Upstreamed
) -> None:
    cli.run("record", "-o", "run.iairec", "--upstream", counting.url, "--", "sh", "-c", CURLS)
    with serving(cli) as proxy:
        url = proxy.wait_for(r"IAI_DEV_URL=(\S+)").group(1)
        first, second = Client(url), Client(url)
        got = [(first.call(), second.call()) for _ in range(3)]
        assert got == [(1, 1), (2, 2), (3, 3)]
        again = Client(url)
        assert [again.call() for _ in range(3)] == [1, 2, 3]  # a second run begins anew
        for client in (first, second, again):
            client.end()
