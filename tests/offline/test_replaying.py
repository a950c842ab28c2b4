"""A replay that is offline, from its settings to its outcome."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.cli import Cli
from support.exchanges import exchange, request, response
from support.recordings import write

CALL = """
import json, os, sys, urllib.request
base = os.environ["IAI_DEV_URL"]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
asked = urllib.request.Request(base + "/drive", data=b"{}", method="POST")
print(opener.open(asked).read().decode())
"""
UNTRUSTING = """
import http.client, os, ssl, urllib.parse
proxy = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])
for _ in range(2):
    nothing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    connection = http.client.HTTPSConnection(proxy.hostname, proxy.port, context=nothing)
    connection.set_tunnel("api.inverted.ai", 443)
    try:
        connection.request("GET", "/")
    except ssl.SSLError:
        connection.close()
"""
IN_PROCESS = """
import sys, urllib.request
import iai_proxy
with iai_proxy.replaying(sys.argv[1]) as running:
    asked = urllib.request.Request(
        "http://api.inverted.ai/v0/aws/m1/drive", data=b"{}", method="POST"
    )
    print(urllib.request.urlopen(asked).read().decode())
assert running.served == {"exact": 1}, running.served
print("mitmproxy" in sys.modules)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path / "run.iairec", exchange(request(b"{}"), response(b'{"ours": 1}')))
    return tmp_path / "run.iairec"


def test_it_needs_no_mitmproxy(cli: Cli, path: Path) -> None:
    client = (sys.executable, "-c", CALL)
    arguments = ("replay", path, "--listen", "none", "--reverse-listen", "127.0.0.1:0")
    done = cli.run(*arguments, "--", *client, env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert (done.returncode, done.stdout) == (0, '{"ours": 1}\n'), done.stderr[-3000:]
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "iai_proxy.offline.replaying" in imported
    assert not [name for name in imported if name.split(".")[0] == "mitmproxy"]


def test_within_a_process_it_needs_no_mitmproxy_either(cli: Cli, path: Path) -> None:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", IN_PROCESS, str(path)],
        env=cli.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, '{"ours": 1}\nFalse\n'), done.stderr


def test_verbose_tells_of_connections_and_calls(cli: Cli, path: Path) -> None:
    arguments = ("replay", path, "--verbose", "--listen", "none", "--reverse-listen", "127.0.0.1:0")
    done = cli.run(*arguments, "--", sys.executable, "-c", CALL)
    told = [line for line in done.stderr.splitlines() if ": client 127.0.0.1:" in line]
    assert [line.split(": ", 2)[2] for line in told] == [
        "connected",
        "POST /drive: 200 (exact), 11 bytes",
        "disconnected",
    ]


def test_a_client_that_does_not_trust_us_is_told_of_once(cli: Cli, path: Path) -> None:
    done = cli.run("replay", path, "--", sys.executable, "-c", UNTRUSTING)
    said = "a client broke off the TLS handshake for api.inverted.ai"
    assert done.stderr.count(said) == 1
    assert "`iai-proxy replay … -- CLIENT…`" in done.stderr
