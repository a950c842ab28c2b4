"""``iai-proxy wait``."""

from __future__ import annotations

import click

from iai_proxy.cli.options import settings_options
from iai_proxy.cli.ready import refuse_any_port, wait_until_ready
from iai_proxy.saying import show
from iai_proxy.settings.serving import WaitSettings


@click.command("wait")
@settings_options(WaitSettings, config=False)
def command(settings: WaitSettings) -> None:
    """Wait until a proxy, or the sandbox, listens. For scripts, which need not guess how long.

    Exits with 1 if nothing listens after --timeout.

    \b
    iai-proxy record -o run.iairec &
    iai-proxy wait && eval "$(iai-proxy env)"
    """
    if not settings.ready_file:
        refuse_any_port(settings.listen)
    address = wait_until_ready(settings.ready_file or settings.listen, settings.timeout)
    if settings.ready_file:
        show(str(address))
