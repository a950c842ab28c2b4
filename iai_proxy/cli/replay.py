"""``iai-proxy replay``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from iai_proxy.cli.client_command import ClientCommand, client_argument
from iai_proxy.cli.options import config, is_given, leave, settings_options, show_if_read
from iai_proxy.cli.reading import READ
from iai_proxy.cli.ready import ready_file
from iai_proxy.cli.running import (
    refuse_needless_seed,
    showing,
    starting_client,
    telling,
    watched_traffic,
)
from iai_proxy.recordings.files import atomic_output, is_recording, refuse_to_replace
from iai_proxy.saying import say
from iai_proxy.settings.replaying import ReplaySettings
from iai_proxy.settings.serving import SandboxSettings
from iai_proxy.settings.values import STDOUT
from iai_proxy.text import plural

if TYPE_CHECKING:
    from iai_proxy.api.hosts import Upstream
    from iai_proxy.player.job import ReplayOutcome
    from iai_proxy.session.foreground import Invocation


@click.command("replay", cls=ClientCommand)
@settings_options(ReplaySettings)
@click.argument("recording", metavar="FILE", required=False, type=READ)
@client_argument
def command(settings: ReplaySettings, client: tuple[str, ...]) -> None:
    """Answer a client from the recording FILE, offline.

    The network is never reached, unless --on-miss or --until-step asks for it. A request that no
    recorded call answers is refused with status 404 and a sentence that says what differs. With a
    CLIENT command after `--`, the exit code is the client's, except that 0 becomes 1 if a --fail-on
    check failed.

    \b
    iai-proxy replay run.iairec -- python my_sim.py
    """
    from iai_proxy.session.foreground import Invocation

    settings = _with_recording(settings)
    refuse_needless_seed(client)
    if settings.offline and is_given("upstream"):
        say("--upstream has no effect: without --on-miss or --until-step nothing is sent there")
    with (
        starting_client(),
        ready_file(settings.ready_file) as ready,
        _upstream(settings) as upstream,
    ):
        tell = telling(ready)
        traffic = watched_traffic()
        environ = dict(os.environ)
        invocation = Invocation(client, environ, upstream, say, show_if_read, tell, traffic)
        with showing(traffic):
            outcome = _replay(settings, invocation)
    for line in outcome.summary:
        say(line)
    tally = outcome.tally
    if not tally.requests:
        say("no request came: the client made none, or not through the proxy; is IAI_MOCK_API set?")
    if settings.explain:
        _explain(settings.explain, [miss.as_json for miss in outcome.misses])
    missed = settings.fail_on_miss and tally.misses
    unused = settings.fail_on_unused and tally.unused
    leave(outcome.exit_code or (1 if missed or unused else 0))


def _upstream(settings: ReplaySettings) -> AbstractContextManager[Upstream | None]:
    """Return where calls go that the API is to answer, to be opened; none do if offline."""
    if settings.offline:
        return nullcontext()
    from iai_proxy.sandbox.upstream import opened_upstream

    return opened_upstream(settings.upstream, config().of(SandboxSettings))


def _replay(settings: ReplaySettings, invocation: Invocation) -> ReplayOutcome:
    """Replay by our own server or, where the API may be asked, by mitmproxy."""
    if settings.offline:
        from iai_proxy.offline.replaying import replay
    else:
        from iai_proxy.proxy.replay_job import replay
    return replay(settings, invocation)


def _with_recording(settings: ReplaySettings) -> ReplaySettings:
    """Return the settings with a recording, which ``--explain FILE`` may have taken for its own.

    ``replay --explain run.iairec`` has always meant to replay that file, and no recording is ever
    a report to be replaced.
    """
    named = settings.explain
    if settings.recording is None and named and named.is_file() and is_recording(named):
        return settings.model_copy(update={"recording": named, "explain": STDOUT})
    if settings.recording is None:
        raise click.UsageError("Missing argument 'FILE'.")
    if named and named != STDOUT:
        refuse_to_replace(named, option="--explain")
    return settings


def _explain(report: Path, misses: Sequence[Mapping[str, Any]]) -> None:
    text = json.dumps(misses, indent=2)
    if report == STDOUT:
        show_if_read(text)
        return
    with atomic_output(report, option="--explain") as stream:
        stream.write(f"{text}\n")
    say(f"wrote {plural(len(misses), 'distinct miss', 'distinct misses')} to {report}")
