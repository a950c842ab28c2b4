"""``iai-proxy view`` as a process: its address, its end, and what it refuses to do."""

from __future__ import annotations

import json
import signal
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from scene.test_growing import Recorded  # type: ignore[import-not-found]
from support.cli import Cli, Running

NOWHERE = ("--listen", "127.0.0.1:0")


def recorded(path: Path) -> Recorded:
    made = Recorded(path)
    made.drive(made.world.initialize(2), 3)
    made.write()
    return made


def url_of(server: Running) -> str:
    return server.wait_for(r"http://\S+/")[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_stopped_and_ends_quietly(cli: Cli, number: int) -> None:
    recorded(cli.folder / "run.iairec").close()
    with cli.start("view", "run.iairec", *NOWHERE, "--no-check") as server:
        url = url_of(server)
        with (
            httpx.Client(trust_env=False, base_url=url) as client,
            client.stream("GET", "run/1/events") as stream,
        ):
            assert client.get("run/1/index.json").json()["source"] == "run.iairec"
            lines = stream.iter_lines()
            assert next(lines) == "retry: 1000"
            server.process.send_signal(number)
            assert not [line for line in lines if "error" in line.lower()]
        assert server.stop() == 0
        assert server.output().splitlines()[1:] == ["iai-proxy: stop with Ctrl-C or SIGTERM"]
    assert sorted(path.name for path in cli.folder.glob("run*")) == ["run.iairec"]


def test_new_steps_of_a_recording_are_told(cli: Cli) -> None:
    made = Recorded(cli.folder / "run.iairec")
    with cli.start("view", "run.iairec", *NOWHERE, "--no-check") as server:
        url = url_of(server)
        with (
            httpx.Client(trust_env=False, base_url=url, timeout=20) as client,
            client.stream("GET", "run/1/events") as stream,
        ):
            assert client.get("run/1/index.json").json()["simulations"] == []
            made.drive(made.world.initialize(2), 3)
            made.write()
            told = (json.loads(line[6:]) for line in stream.iter_lines() if line[:6] == "data: ")
            assert next(message for message in told if "grew" in message)["grew"]["live"]
            (simulation,) = client.get("run/1/index.json").json()["simulations"]
            assert simulation["branches"][0]["last"] == 3
        assert server.stop() == 0
    made.close()


def test_a_file_that_comes_later_is_waited_for(cli: Cli) -> None:
    with cli.start("view", "run.iairec", *NOWHERE, "--ready-file", "ready") as server:
        url = url_of(server)
        assert json.loads((cli.folder / "ready").read_text())["listen"] == urlsplit(url).netloc
        assert "there is no run.iairec yet: its page waits for it" in server.output()
        recorded(cli.folder / "run.iairec").close()
        deadline = time.monotonic() + 20
        while not httpx.get(f"{url}run/1/index.json", trust_env=False).json()["simulations"]:
            assert time.monotonic() < deadline
        assert server.stop() == 0
    assert not (cli.folder / "ready").exists()


def test_a_port_in_use_is_told(cli: Cli) -> None:
    recorded(cli.folder / "run.iairec").close()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = cli.run("view", "run.iairec", "--listen", address)
    assert done.returncode == 2
    assert f"the page's server can't listen on {address}" in done.stderr


def test_other_machines_need_a_password(cli: Cli) -> None:
    done = cli.run("view", "run.iairec", "--listen", "0.0.0.0:0")
    assert done.returncode == 2
    assert "0.0.0.0:0 is open to other machines: give --password USER:PASSWORD" in done.stderr


def test_a_password_is_asked_for(cli: Cli) -> None:
    recorded(cli.folder / "run.iairec").close()
    secret = {"IAI_PROXY_VIEW_PASSWORD": "ann:b"}
    with cli.start("view", "run.iairec", *NOWHERE, "--no-check", env=secret) as server:
        address = f"{url_of(server)}run/1/index.json"
        assert httpx.get(address, trust_env=False).status_code == 401
        assert httpx.get(address, trust_env=False, auth=("ann", "b")).status_code == 200
        assert server.stop() == 0


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("log.json", "{}", "log.json"),
        ("run.iairec", "", "run.iairec is empty"),
        ("run.iairec", "SQLite format 3\x00", "run.iairec"),
    ],
)
def test_a_file_of_which_nothing_can_be_shown_is_told_at_once(
    cli: Cli, name: str, content: str, sentence: str
) -> None:
    (cli.folder / name).write_text(content)
    done = cli.run("view", name, *NOWHERE)
    assert done.returncode == 3
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_not_there_is_not_waited_for(cli: Cli) -> None:
    done = cli.run("view", "no/run.iairec", *NOWHERE)
    assert done.returncode == 3
    assert "there is no folder no" in done.stderr
