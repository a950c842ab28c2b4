"""``iai-proxy env``: a shell is pointed at a proxy, and back."""

from __future__ import annotations

import subprocess

import pytest
from support.cli import Cli


def variables_in_a_shell(*commands: str) -> dict[str, str]:
    """The variables of a shell that has run the commands."""
    script = "\n".join([*commands, "env"])
    shown = subprocess.run(
        ["sh", "-c", script],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)


def test_a_shell_is_pointed_at_a_proxy_and_back(cli: Cli) -> None:
    exports = cli.invoke("env", "--listen", "127.0.0.1:4711", "--proxy-password", "me:pass").stdout
    pointed = variables_in_a_shell(exports)
    assert pointed["HTTPS_PROXY"] == "http://me:pass@127.0.0.1:4711"
    assert pointed["REQUESTS_CA_BUNDLE"].startswith(str(cli.ca))
    back = variables_in_a_shell(exports, cli.invoke("env", "--unset").stdout)
    assert back.keys() == variables_in_a_shell("true").keys()


def test_a_shell_that_was_never_pointed_anywhere_stays_as_it_is(cli: Cli) -> None:
    unset = cli.invoke("env", "--unset").stdout
    assert variables_in_a_shell("set -eu", unset).keys() == variables_in_a_shell("true").keys()


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("posix", "unset HTTPS_PROXY"),
        ("fish", "set --erase --global HTTPS_PROXY"),
        ("powershell", "Remove-Item Env:HTTPS_PROXY -ErrorAction SilentlyContinue"),
    ],
)
def test_each_shell_has_its_statement(shell: str, line: str, cli: Cli) -> None:
    assert line in cli.invoke("env", "--unset", "--shell", shell).stdout.splitlines()


def test_settings_come_from_variables_too_and_a_wrong_one_is_named(cli: Cli) -> None:
    done = cli.invoke("env", env={"IAI_PROXY_LISTEN": "127.0.0.1:4711"})
    assert "http://127.0.0.1:4711" in done.stdout
    done = cli.invoke("env", env={"IAI_PROXY_LISTEN": "nonsense"})
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("iai-proxy: IAI_PROXY_LISTEN is nonsense: give an address")
