"""``iai-proxy sandbox``."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

from iai_proxy.cli.options import settings_options, show_if_read
from iai_proxy.cli.ready import ready_file
from iai_proxy.saying import say
from iai_proxy.settings.listen import Address
from iai_proxy.settings.serving import SandboxSettings


@click.command("sandbox")
@settings_options(SandboxSettings)
def command(settings: SandboxSettings) -> None:
    """Run a stand-in for the Inverted AI API, to develop against without a key.

    This is NOT the real model: its agents follow the lanes of small synthetic maps by simple rules.
    It answers every endpoint with every field, and the same request always gets the same answer.

    \b
    iai-proxy sandbox &
    iai-proxy wait --listen 127.0.0.1:8000
    IAI_DEV=1 IAI_DEV_URL=http://127.0.0.1:8000 python my_sim.py
    """
    from iai_proxy.sandbox.server import serve

    with ready_file(settings.ready_file) as file:

        def ready(url: str) -> None:
            show_if_read(url)
            say("this is a stand-in, not the real model; stop with Ctrl-C or SIGTERM")
            file.write(listen=Address.parse(urlsplit(url).netloc))

        serve(settings, settings.listen.host, settings.listen.port, ready)
