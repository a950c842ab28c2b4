"""``iai-proxy ca``."""

from __future__ import annotations

import click

from iai_proxy.cli.options import json_option, settings_options
from iai_proxy.saying import show_json, show_text
from iai_proxy.settings.base import CaSettings


@click.command("ca")
@settings_options(CaSettings, config=False)
@json_option
def command(settings: CaSettings, as_json: bool) -> None:
    """Show where our CA is, what it may sign, and how the usual clients come to trust it.

    It is made at first use, in a user folder, and can sign for the hosts of Inverted AI and for
    this machine only.
    """
    from iai_proxy.client import trust
    from iai_proxy.client.authority import Authority, default_folder

    authority = Authority.ensure(settings.ca_dir or default_folder())
    if as_json:
        show_json(trust.facts(authority))
    else:
        show_text(trust.text(authority).rstrip("\n"))
