"""``iai-proxy demo``: the whole product in one go, run by its own commands."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from iai_proxy.errors import IaiProxyError, UsageError
from iai_proxy.private_files import make_private_folder
from iai_proxy.saying import show, show_text

_CLIENT: Final = "iai_proxy.cli.demo_client"
#: What in a user's shell would make the demo's client call something else than the demo's proxy.
_CLEARED: Final = ("IAI_DEV", "IAI_DEV_URL", "IAI_MOCK_API", "IAI_LOGGER_PATH")


@click.command("demo")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write the files [default: a new folder iai-proxy-demo-<date>-<time>].",
)
def command(output: Path | None) -> None:
    """Record a run of the real SDK, diagnose it, replay it, and compare the two.

    20 agents, 50 steps and traffic lights against the sandbox, which is gone when the run is
    replayed; each run draws its own seeds. Needs no key and no network.
    """
    if importlib.util.find_spec("invertedai") is None:
        raise UsageError(
            "the demo drives the real SDK, which is not installed: pip install 'iai-proxy[sdk]'"
        )
    folder = output or Path(time.strftime("iai-proxy-demo-%Y%m%d-%H%M%S"))
    make_private_folder(folder)
    recording = folder / "run.iairec"
    recorded, replayed = folder / "recorded.json", folder / "replayed.json"
    environment = {name: value for name, value in os.environ.items() if name not in _CLEARED}
    environment["IAI_API_KEY"] = "demo-key-that-is-never-stored"
    for arguments in _commands(str(recording), str(recorded), str(replayed)):
        _run(*arguments, env=environment)
    if recorded.read_bytes() != replayed.read_bytes():
        raise IaiProxyError(
            f"the replayed run differs from the recorded one: compare {recorded} with {replayed}"
        )
    show_text(
        "\nThe replayed run equals the recorded one to the last bit, though its seeds differ. "
        "The files:"
    )
    for path in (recording, recorded, replayed):
        show(f"  {path} ({path.stat().st_size / 1000:.0f} kB)")


def _commands(recording: str, recorded: str, replayed: str) -> list[list[str]]:
    client = [sys.executable, "-m", _CLIENT]
    return [
        ["record", "-o", recording, "--upstream", "sandbox", "--", *client, recorded],
        ["show", recording],
        ["diagnose", recording, "--fail-on", "warning"],
        ["verify", recording],
        ["replay", recording, "--fail-on-miss", "--", *client, replayed],
    ]


def _run(*arguments: str, env: Mapping[str, str]) -> None:
    shown = ["python" if argument == sys.executable else argument for argument in arguments]
    show_text(f"\n$ iai-proxy {' '.join(shown)}")
    code = subprocess.run(
        [sys.executable, "-m", "iai_proxy", *arguments], env=env, check=False
    ).returncode
    if code:
        raise IaiProxyError(f"`iai-proxy {arguments[0]}` ended with exit code {code}")
