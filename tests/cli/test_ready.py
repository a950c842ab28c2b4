"""Scripts learn that a proxy listens: ``--ready-file`` and ``iai-proxy wait``."""

from __future__ import annotations

import json
import signal
import socket
import urllib.request

import pytest
from support.cli import Cli

NOWHERE = "127.0.0.1:0"


def test_the_file_has_the_addresses_while_the_proxy_listens(cli: Cli) -> None:
    listening = ("--listen", NOWHERE, "--reverse-listen", NOWHERE)
    file = cli.folder / "run.ready"
    with cli.start("record", "-o", "a.iairec", *listening, "--ready-file", file) as proxy:
        address = cli.run("wait", "--ready-file", file).stdout.strip()
        facts = json.loads(file.read_text())
        assert set(facts) == {"process", "listen", "reverse_listen"}
        assert (facts["process"], facts["listen"]) == (proxy.process.pid, address)
        for name in ("listen", "reverse_listen"):
            host, _, port = facts[name].rpartition(":")
            socket.create_connection((host, int(port))).close()
        assert proxy.stop() == 0
    assert list(cli.folder.glob("*ready*")) == []


def test_the_sandbox_has_one_too(cli: Cli) -> None:
    file = cli.folder / "run.ready"
    with cli.start("sandbox", "--listen", NOWHERE, "--ready-file", file) as sandbox:
        address = cli.run("wait", "--ready-file", file).stdout.strip()
        assert urllib.request.urlopen(f"http://{address}/test", timeout=20).status == 200
        assert cli.run("wait", "--listen", address).returncode == 0
        assert sandbox.stop() == 0
    assert not file.exists()


def test_what_a_killed_proxy_left_is_not_taken_for_ready(cli: Cli) -> None:
    file = cli.folder / "run.ready"
    with cli.start("record", "-o", "a.iairec", "--listen", NOWHERE, "--ready-file", file) as proxy:
        cli.run("wait", "--ready-file", file)
        proxy.stop(signal.SIGKILL)
    assert file.exists()
    done = cli.invoke("wait", "--ready-file", file, "--timeout", "0")
    assert done.exit_code == 1
    assert f"no proxy that listens has written {file} after 0 s" in done.stderr


def test_waiting_in_vain_says_for_what(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        assert cli.invoke("wait", "--listen", address, "--timeout", "0").exit_code == 0
    done = cli.invoke("wait", "--listen", address, "--timeout", "0")
    assert done.exit_code == 1
    assert f"nothing listens on {address} after 0 s" in done.stderr


@pytest.mark.parametrize("content", ["important", '{"some": "JSON"}', ""])
def test_another_file_is_never_replaced(cli: Cli, content: str) -> None:
    (cli.folder / "notes").write_text(content)
    done = cli.invoke("record", "--ready-file", "notes", "--", "true")
    assert done.exit_code == 2
    assert "notes exists and is no ready file" in done.stderr
    assert (cli.folder / "notes").read_text() == content


def test_a_folder_that_is_missing_is_told(cli: Cli) -> None:
    done = cli.invoke("record", "--ready-file", "no/run.ready", "--", "true")
    assert done.exit_code == 2
    assert "there is no folder no" in done.stderr


@pytest.mark.parametrize("command", ["wait", "env"])
@pytest.mark.parametrize("address", ["[::1]:0", "127.0.0.1:0"])
def test_port_0_says_nothing_about_where_a_proxy_listens(
    cli: Cli, command: str, address: str
) -> None:
    done = cli.invoke(command, "--listen", address)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"--listen {address}: port 0 is any free port" in done.stderr
    assert "`iai-proxy wait --ready-file FILE` prints its address" in done.stderr
