"""``iai-proxy replay``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from iai_proxy.cli.options import config, is_given, leave, say, settings_options
from iai_proxy.settings.model import ReplaySettings, SandboxSettings


@click.command("replay")
@settings_options(ReplaySettings)
@click.argument("recording", metavar="FILE", required=False, type=click.Path(path_type=Path))
@click.argument("client", nargs=-1, type=click.UNPROCESSED)
def command(settings: ReplaySettings, client: tuple[str, ...]) -> None:
    """Answer a client from the recording FILE, offline.

    The network is never reached, unless --on-miss or --until-step asks for it. A request that no
    recorded call answers is refused with status 404 and a sentence that says what differs. With a
    CLIENT command after `--`, the exit code is the client's, except that 0 becomes 1 if a --fail-on
    check failed.

    \b
    iai-proxy replay run.iairec -- python my_sim.py
    """
    from iai_proxy.proxy.foreground import Invocation
    from iai_proxy.proxy.replay_job import replay
    from iai_proxy.sandbox.upstream import opened_upstream

    if settings.recording is None:
        raise click.UsageError("Missing argument 'FILE'.")
    if settings.offline and is_given("upstream"):
        say("--upstream has no effect: without --on-miss or --until-step nothing is sent there")
    named = None if settings.offline else settings.upstream
    with opened_upstream(named, config().of(SandboxSettings)) as upstream:
        invocation = Invocation(client, dict(os.environ), upstream, say, click.echo)
        outcome = replay(settings, invocation)
    for line in outcome.summary:
        say(line)
    tally = outcome.tally
    if not tally.requests:
        say("no request came: the client made none, or not through the proxy; is IAI_MOCK_API set?")
    if settings.explain:
        click.echo(json.dumps([miss.as_json for miss in outcome.misses], indent=2))
    missed = settings.fail_on_miss and tally.misses
    unused = settings.fail_on_unused and tally.unused
    leave(outcome.exit_code or (1 if missed or unused else 0))
