"""``iai-proxy record``."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.client_command import ClientCommand, client_argument
from iai_proxy.cli.options import config, is_given, leave, settings_options, show_if_read
from iai_proxy.cli.ready import ready_file
from iai_proxy.cli.running import (
    refuse_needless_seed,
    showing,
    starting_client,
    telling,
    watched_traffic,
)
from iai_proxy.errors import IaiProxyError
from iai_proxy.saying import say
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.settings.serving import SandboxSettings

if TYPE_CHECKING:
    from iai_proxy.sources.place import Place


@click.command("record", cls=ClientCommand)
@settings_options(RecordSettings)
@client_argument
def command(settings: RecordSettings, client: tuple[str, ...]) -> None:
    """Record what a client and the API say to each other.

    With a CLIENT command after `--`, the client runs with every proxy and CA variable set. The exit
    code is the client's, except that 0 becomes 1 if a call could not be recorded, or the recording
    not be uploaded. Without a command, the proxy runs until Ctrl-C or SIGTERM.

    \b
    iai-proxy record -o run.iairec -- python my_sim.py
    """
    from iai_proxy.proxy.record_job import how_to_view, record
    from iai_proxy.sandbox.upstream import opened_upstream
    from iai_proxy.session.foreground import Invocation

    if not settings.check:
        _refuse_check_options()
    refuse_needless_seed(client)
    with (
        starting_client(),
        ready_file(settings.ready_file) as ready,
        opened_upstream(settings.upstream, config().of(SandboxSettings)) as upstream,
    ):
        tell = telling(ready)
        traffic = watched_traffic()
        environ = dict(os.environ)
        invocation = Invocation(client, environ, upstream, say, show_if_read, tell, traffic)
        with showing(traffic):
            outcome = record(settings, invocation)
    from iai_proxy.report import findings_summary, unknown_egos  # not before the first call

    if settings.logs and outcome.calls:
        _write_logs(outcome.path, settings.logs, sdk_names=settings.sdk_log_names)
    for line in outcome.summary:
        say(line)
    for line in unknown_egos(settings.ego or (), outcome.agents):
        say(line)
    for line in findings_summary(outcome.path, outcome.findings, list(_check_flags(settings))):
        say(line)
    if outcome.calls:
        say(f"{how_to_view(outcome.path)} shows it in the browser")
    is_uploaded = not (settings.upload and outcome.calls) or _upload(outcome.path, settings.upload)
    leave(outcome.exit_code or (0 if is_uploaded and not outcome.failed else 1))


def _upload(recording: Path, prefix: Place) -> bool:
    """Upload a recording, or say why not, and return whether it is uploaded."""
    from iai_proxy.sources.uploading import upload_again

    try:
        uploaded, stays = upload_again(recording, prefix)
    except IaiProxyError as error:
        say(str(error))
        say(_how_to_upload(recording, error))
        return False
    say(f"uploaded as {uploaded.url}")
    if stays:
        say(stays)
    return True


def _how_to_upload(recording: Path, error: IaiProxyError) -> str:
    """Say how a recording is uploaded later; where there is no bucket, only to another place."""
    from iai_proxy.sources.store_errors import NoBucketError

    if isinstance(error.__cause__, NoBucketError):
        command = shlex.join(["iai-proxy", "upload", str(recording)])
        return f"`{command} s3://BUCKET/PREFIX/` uploads it, with the right name"
    command = shlex.join(["iai-proxy", "upload", str(recording.parent)])
    return f"`{command}` uploads it later: it knows where to"


def _refuse_check_options() -> None:
    """Refuse flags of the checks beside --no-check; files and variables may have them."""
    given = [f"--{name}" for name in ("ego", "select", "ignore") if is_given(name)]
    if given:
        raise click.UsageError(
            f"--no-check checks nothing: leave out {' and '.join(given)}, or --no-check"
        )


def _check_flags(settings: RecordSettings) -> Iterator[str]:
    """Return the flags with which ``diagnose`` makes the same checks."""
    if settings.ego is not None:
        yield from ("--ego", ",".join(map(str, settings.ego)) or "none")
    yield from _flags("--select", settings.select)
    yield from _flags("--ignore", settings.ignore)


def _flags(flag: str, codes: Iterable[str]) -> Iterator[str]:
    for code in codes:
        yield from (flag, code.replace(" ", ""))


def _write_logs(recording: Path, folder: Path, *, sdk_names: bool) -> None:
    from iai_proxy.logs.log_folder import write_logs

    written, warnings = write_logs(recording, folder, sdk_names=sdk_names)
    for warning in warnings:
        say(f"warning: {warning}")
    for path in written:
        say(f"wrote {path}")
