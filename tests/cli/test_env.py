"""``iai-proxy env``: a shell is pointed at a proxy, and back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import certifi
from support.cli import Cli

UNSET = 'eval "$(iai_proxy env --unset)"'


def variables_in_a_shell(*commands: str, env: dict[str, str] | None = None) -> dict[str, str]:
    """The variables of a shell that has run the commands."""
    function = f'iai_proxy() {{ "{sys.executable}" -m iai_proxy "$@"; }}'
    shown = subprocess.run(
        ["sh", "-c", "\n".join([function, *commands, "env"])],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path.cwd()), **(env or {})},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)


def pointing(cli: Cli) -> str:
    """The command that points a shell at a proxy."""
    return f'eval "$(iai_proxy env --ca-dir {cli.ca} --listen 127.0.0.1:4711)"'


def test_a_shell_is_pointed_at_a_proxy_and_back(cli: Cli) -> None:
    exports = cli.invoke("env", "--listen", "127.0.0.1:4711", "--proxy-password", "me:pass").stdout
    pointed = variables_in_a_shell(exports)
    assert pointed["HTTPS_PROXY"] == "http://me:pass@127.0.0.1:4711"
    assert pointed["REQUESTS_CA_BUNDLE"].startswith(str(cli.ca))
    assert variables_in_a_shell(exports, UNSET) == variables_in_a_shell("true")


def test_what_the_user_had_set_comes_back_also_after_two_times(cli: Cli) -> None:
    mine = {
        "REQUESTS_CA_BUNDLE": certifi.where(),
        "NODE_EXTRA_CA_CERTS": certifi.where(),
        "NO_PROXY": "intern.example",
        "https_proxy": "http://proxy.example:3128",
    }
    pointed = variables_in_a_shell(pointing(cli), pointing(cli), env=mine)
    assert pointed["https_proxy"] == "http://127.0.0.1:4711"
    assert pointed["REQUESTS_CA_BUNDLE"].startswith(str(cli.ca))
    back = variables_in_a_shell(pointing(cli), pointing(cli), UNSET, env=mine)
    assert back == variables_in_a_shell("true", env=mine)


def test_a_shell_that_was_never_pointed_anywhere_stays_as_it_is() -> None:
    mine = {"NO_PROXY": "intern.example", "HTTPS_PROXY": "http://proxy.example:3128"}
    back = variables_in_a_shell("set -eu", UNSET, env=mine)
    assert back == variables_in_a_shell("true", env=mine)


def test_settings_come_from_variables_too_and_a_wrong_one_is_named(cli: Cli) -> None:
    done = cli.invoke("env", env={"IAI_PROXY_LISTEN": "127.0.0.1:4711"})
    assert "http://127.0.0.1:4711" in done.stdout
    done = cli.invoke("env", env={"IAI_PROXY_LISTEN": "nonsense"})
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("iai-proxy: IAI_PROXY_LISTEN is nonsense: give an address")
