"""``iai-proxy verify --secrets``: does a recording hold a key that its user knows?"""

from __future__ import annotations

import json
import subprocess

import pytest
from support.cli import COMMAND, Cli
from support.exchanges import exchange
from support.recordings import write

KEY = "wIvBAaD9tkxDmXbCVeQJ"


@pytest.fixture
def recording(cli: Cli) -> str:
    write(cli.folder / "run.iairec", exchange(b"", KEY.encode().hex().encode()))
    return "run.iairec"


def test_it_says_where_a_secret_stands_but_not_the_secret(cli: Cli, recording: str) -> None:
    done = cli.invoke("verify", recording, "--secrets", "another-key", KEY)
    assert done.exit_code == 1
    assert "run.iairec holds secrets in 2 places" in done.stdout
    assert "secret 2: call 1, answer" in done.stdout
    assert KEY not in done.stdout + done.stderr


def test_it_says_that_there_is_none(cli: Cli, recording: str) -> None:
    done = cli.invoke("verify", recording, "--secrets", "another-key", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["found"] == []


def test_secrets_come_from_standard_input_and_from_the_environment(
    cli: Cli, recording: str
) -> None:
    piped = subprocess.run(
        [*COMMAND, "verify", recording, "--secrets", "-"],
        cwd=cli.folder,
        env=cli.environment,
        input=f"another-key\n{KEY}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert piped.returncode == 1
    assert "secret 2: call 1, answer" in piped.stdout
    from_environment = cli.run("verify", recording, "--secrets", env={"IAI_API_KEY": KEY})
    assert from_environment.returncode == 1
    assert "secret 1: call 1, answer" in from_environment.stdout


def test_none_at_all_is_a_wrong_usage(cli: Cli, recording: str) -> None:
    done = cli.run("verify", recording, "--secrets", env={"IAI_API_KEY": ""})
    assert done.returncode == 2
    assert "give a key, or set IAI_API_KEY" in done.stderr
