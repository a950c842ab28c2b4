"""``iai-proxy replay``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from iai_proxy.cli.options import ca_folder, file_argument, leave, listening, option, proxy_options, say


@click.command("replay")
@option(
    "--match",
    type=click.Choice(["exact", "seedless", "step"]),
    default="step",
    show_default=True,
    help="Loosest way in which a recorded call may answer: the same request; the same without the ignored fields; "
    "the same step of the simulation, though agents' order, partition or number differ.",
)
@option(
    "--ignore",
    multiple=True,
    metavar="FIELD",
    default=["random_seed"],
    show_default=True,
    help="Field that makes no difference from level seedless on; repeat for several. Replaces the default.",
)
@option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="M",
    help="At level step, how far an agent's state may be from the recorded one (m, rad, m/s).",
)
@option("--fail-on-miss", is_flag=True, help="Exit with 1 if a request had no recorded answer.")
@option("--fail-on-unused", is_flag=True, help="Exit with 1 if a recorded answer was never used.")
@proxy_options
@file_argument
@click.argument("client", nargs=-1, type=click.UNPROCESSED)
def command(
    recording: Path,
    match: str,
    ignore: tuple[str, ...],
    tolerance: float,
    fail_on_miss: bool,
    fail_on_unused: bool,
    listen: str | None,
    reverse_listen: str | None,
    proxy_password: str | None,
    ca_dir: Path | None,
    verbose: bool,
    client: tuple[str, ...],
) -> None:
    """Answer a client from the recording FILE. Never reaches the network.

    What nothing recorded answers is refused with status 404 and a sentence that says what differs. With a CLIENT
    command after `--`, its exit code is ours, save that 0 becomes 1 where a --fail-on check failed.

    \b
    iai-proxy replay run.iairec -- python my_sim.py
    """
    from iai_proxy.mitm.replay import replay
    from iai_proxy.mitm.settings import ProxySettings, ReplaySettings
    from iai_proxy.report import replayed

    proxy = ProxySettings(
        recording=recording,
        listening=listening(listen, reverse_listen, proxy_password, wrapped=bool(client)),
        ca_folder=ca_folder(ca_dir),
        client=client,
        environment=dict(os.environ),
        verbose=verbose,
    )
    outcome = replay(ReplaySettings(proxy, match, frozenset(ignore), tolerance), say, click.echo)
    for line in replayed(outcome.tally):
        say(line)
    if not outcome.tally.served and not outcome.tally.misses:
        say("no request came: the client made none, or not through the proxy; is IAI_MOCK_API set?")
    failed = (fail_on_miss and outcome.tally.misses) or (fail_on_unused and outcome.tally.unused)
    leave(outcome.exit_code or (1 if failed else 0))
