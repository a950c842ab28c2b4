"""``iai-proxy env``."""

from __future__ import annotations

import os

import click

from iai_proxy.cli.options import settings_options
from iai_proxy.cli.ready import refuse_any_port
from iai_proxy.client.authority import Authority, default_folder
from iai_proxy.client.environment import pointing_variables
from iai_proxy.client.shell import Shell, point_lines, unpoint_lines, unpointed
from iai_proxy.saying import show_exactly
from iai_proxy.settings.serving import SHELLS, EnvSettings


@click.command("env")
@settings_options(EnvSettings, config=False)
@click.option(
    "--shell", type=click.Choice(SHELLS), default="posix", show_default=True, help="Its syntax."
)
@click.option(
    "--unset",
    is_flag=True,
    help="Print the statements that put back what was set before, for when the proxy is gone.",
)
def command(settings: EnvSettings, shell: Shell, unset: bool) -> None:
    """Print the variables that point a client at a running proxy.

    \b
    eval "$(iai-proxy env)"
    eval "$(iai-proxy env --unset)"
    """
    if unset:
        show_exactly(unpoint_lines(os.environ, shell), end="")
        return
    refuse_any_port(settings.listen)
    authority = Authority.ensure(settings.ca_dir or default_folder())
    url = settings.listen.url_with(settings.proxy_password)
    pointing = pointing_variables(unpointed(os.environ), authority, url)
    show_exactly(point_lines(os.environ, pointing, shell), end="")
