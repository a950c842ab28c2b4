"""``iai-proxy record``."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from iai_proxy.cli.checking import checking_options, egos_named, no_use_of, strangers
from iai_proxy.cli.options import ca_folder, leave, listening, option, proxy_options, say
from iai_proxy.cli.upstream import opened_upstream, upstream_options


@click.command("record")
@option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The recording [default: run-<date>-<time>.iairec].",
)
@option("--append", is_flag=True, help="Continue an existing recording.")
@upstream_options
@option(
    "--logs",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="When done, write the SDK's debug log and a scenario log for each simulation there.",
)
@option(
    "--check/--no-check",
    default=True,
    show_default=True,
    help="Look for what the client does wrong while the calls come in, and say so.",
)
@checking_options
@proxy_options
@click.argument("client", nargs=-1, type=click.UNPROCESSED)
def command(
    output: Path | None,
    append: bool,
    upstream: str | None,
    upstream_ca: Path | None,
    logs: Path | None,
    check: bool,
    ego: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    listen: str | None,
    reverse_listen: str | None,
    proxy_password: str | None,
    ca_dir: Path | None,
    verbose: bool,
    client: tuple[str, ...],
) -> None:
    """Record what a client and the API say to each other.

    With a CLIENT command after `--`, it runs with every proxy and CA variable set, and its exit
    code is ours, save that 0 becomes 1 where a call could not be recorded. Without one, the proxy
    runs until Ctrl-C or SIGTERM.

    \b
    iai-proxy record -o run.iairec -- python my_sim.py
    """
    from iai_proxy.diagnosis.selection import selected
    from iai_proxy.proxy.record import record
    from iai_proxy.report import findings_summary, recording_summary
    from iai_proxy.settings.model import ProxySettings, RecordSettings

    if not check:
        no_use_of(("ego", "select", "ignore"))
    egos = egos_named(ego)
    checks = selected(select, ignore)
    proxy = ProxySettings(
        recording=output or Path(time.strftime("run-%Y%m%d-%H%M%S.iairec")),
        listening=listening(listen, reverse_listen, proxy_password, wrapped=bool(client)),
        ca_folder=ca_folder(ca_dir),
        client=client,
        environment=dict(os.environ),
        verbose=verbose,
    )
    with opened_upstream(upstream) as target:
        settings = RecordSettings(proxy, append, target, upstream_ca, checks if check else (), egos)
        outcome = record(settings, say, click.echo)
    if logs and outcome.calls:
        _write_logs(outcome.recording, logs)
    size = outcome.recording.stat().st_size if outcome.recording.exists() else 0
    lines = recording_summary(
        outcome.recording, outcome.calls, outcome.failed, size, outcome.why_empty
    )
    for line in lines:
        say(line)
    if nobody := strangers(egos or (), outcome.agents):
        say(nobody)
    options = [
        part
        for name, values in (("--ego", ego), ("--select", select), ("--ignore", ignore))
        for value in values
        for part in (name, value.replace(" ", ""))
    ]
    for line in findings_summary(outcome.recording, outcome.findings, options):
        say(line)
    leave(outcome.exit_code or (1 if outcome.failed else 0))


def _write_logs(recording: Path, folder: Path) -> None:
    from iai_proxy.logs.export import write_logs

    written, warnings = write_logs(recording, folder)
    for warning in warnings:
        say(f"warning: {warning}")
    for path in written:
        say(f"wrote {path}")
