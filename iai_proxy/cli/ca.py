"""``iai-proxy ca``."""

from __future__ import annotations

from pathlib import Path

import click

from iai_proxy.cli.options import ca_folder, json_option, option


@click.command("ca")
@option("--ca-dir", type=click.Path(path_type=Path), metavar="DIR", help="Folder of our CA.")
@json_option
def command(ca_dir: Path | None, as_json: bool) -> None:
    """Tell where our CA is, what it may sign, and how the usual clients come to trust it.

    It is made at first use, in a user folder, and can sign for the hosts of Inverted AI and for
    this machine only.
    """
    import json

    from iai_proxy.client import trust
    from iai_proxy.client.authority import Authority

    authority = Authority.ensure(ca_folder(ca_dir))
    click.echo(json.dumps(trust.facts(authority)) if as_json else trust.text(authority), nl=as_json)
