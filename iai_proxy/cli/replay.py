"""``iai-proxy replay``."""

from __future__ import annotations

import json
import os
from dataclasses import replace as dc_replace
from pathlib import Path

import click
from click.core import ParameterSource

from iai_proxy.cli.options import (
    ca_folder,
    file_argument,
    leave,
    listening,
    option,
    proxy_options,
    say,
)
from iai_proxy.cli.upstream import opened_upstream, upstream_options


@click.command("replay")
@option(
    "--match",
    type=click.Choice(["exact", "seedless", "step", "nearest"]),
    default="step",
    show_default=True,
    help="Loosest way in which a recorded call may answer: the same request; the same without the ignored fields; "
    "the same step of the simulation, though agents' order, partition or number differ; the step at the same "
    "position, whatever the agents' states.",
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
    metavar="M",
    help="How far an agent's state may be from the recorded one (m, rad, m/s) [default: not at all at level step, "
    "any distance at nearest].",
)
@option(
    "--on-miss",
    type=click.Choice(["refuse", "forward", "record"]),
    default="refuse",
    show_default=True,
    help="What becomes of a request that nothing recorded answers: 404; ask the API; ask it, and append its answer "
    "to FILE.",
)
@option(
    "--until-step",
    type=click.IntRange(min=0),
    metavar="N",
    help="Replay each simulation up to step N; from there on the API answers.",
)
@option(
    "--latency",
    metavar="none|recorded|FACTOR",
    default="none",
    show_default=True,
    help="How long answers take: as short as can be, as long as recorded, or so many times that.",
)
@option(
    "--fault",
    multiple=True,
    metavar="SPEC",
    help="drive:every=10:status=503, drive:step=30:status=500:times=3, drive:delay=2s, drive:drop, …; step counts "
    "calls of that endpoint.",
)
@option(
    "--explain",
    is_flag=True,
    help="When done, write all distinct misses as JSON to standard output.",
)
@option("--fail-on-miss", is_flag=True, help="Exit with 1 if a request had no recorded answer.")
@option("--fail-on-unused", is_flag=True, help="Exit with 1 if a recorded answer was never used.")
@upstream_options
@proxy_options
@file_argument
@click.argument("client", nargs=-1, type=click.UNPROCESSED)
def command(
    recording: Path,
    match: str,
    ignore: tuple[str, ...],
    tolerance: float | None,
    on_miss: str,
    until_step: int | None,
    latency: str,
    fault: tuple[str, ...],
    explain: bool,
    fail_on_miss: bool,
    fail_on_unused: bool,
    upstream: str | None,
    upstream_ca: Path | None,
    listen: str | None,
    reverse_listen: str | None,
    proxy_password: str | None,
    ca_dir: Path | None,
    verbose: bool,
    client: tuple[str, ...],
) -> None:
    """Answer a client from the recording FILE. Never reaches the network, unless --on-miss or --until-step says so.

    What nothing recorded answers is refused with status 404 and a sentence that says what differs.
    With a CLIENT command after `--`, its exit code is ours, save that 0 becomes 1 where a --fail-on
    check failed.

    \b
    iai-proxy replay run.iairec -- python my_sim.py
    """
    from iai_proxy.api.faults import FaultRule
    from iai_proxy.proxy.replay import replay
    from iai_proxy.report import replay_summary
    from iai_proxy.settings.model import ProxySettings, ReplaySettings, latency_factor

    proxy = ProxySettings(
        recording=recording,
        listening=listening(listen, reverse_listen, proxy_password, wrapped=bool(client)),
        ca_folder=ca_folder(ca_dir),
        client=client,
        environment=dict(os.environ),
        verbose=verbose,
    )
    faults = tuple(map(FaultRule.parse, fault))
    factor = latency_factor(latency)
    settings = ReplaySettings(
        proxy, match, frozenset(ignore), tolerance, on_miss, until_step, factor, faults
    )
    if settings.offline:
        if (
            click.get_current_context().get_parameter_source("upstream")
            == ParameterSource.COMMANDLINE
        ):
            say("--upstream has no effect: without --on-miss or --until-step nothing is sent there")
        upstream = None
    with opened_upstream(upstream) as target:
        outcome = replay(
            dc_replace(settings, upstream=target, upstream_ca=upstream_ca), say, click.echo
        )
    for line in replay_summary(
        outcome.tally, outcome.unused, outcome.forwarded, outcome.appended, outcome.faults
    ):
        say(line)
    if not outcome.tally.requests:
        say("no request came: the client made none, or not through the proxy; is IAI_MOCK_API set?")
    if explain:
        click.echo(json.dumps([miss.as_json for miss in outcome.misses], indent=2))
    failed = (fail_on_miss and outcome.tally.misses) or (fail_on_unused and outcome.tally.unused)
    leave(outcome.exit_code or (1 if failed else 0))
