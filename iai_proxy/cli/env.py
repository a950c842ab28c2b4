"""``iai-proxy env``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from iai_proxy.cli.options import ca_folder, option


@click.command("env")
@option(
    "--listen",
    metavar="HOST:PORT",
    default="127.0.0.1:8080",
    show_default=True,
    help="Where the proxy listens.",
)
@option("--proxy-password", metavar="USER:PASS", help="What the proxy asks for, if it does.")
@option("--ca-dir", type=click.Path(path_type=Path), metavar="DIR", help="Folder of our CA.")
@click.option(
    "--shell",
    type=click.Choice(["posix", "fish", "powershell"]),
    default="posix",
    show_default=True,
)
def command(listen: str, proxy_password: str | None, ca_dir: Path | None, shell: str) -> None:
    """Print the variables that point a client at a running proxy.

    \b
    eval "$(iai-proxy env)"
    """
    from iai_proxy.client import environment, trust
    from iai_proxy.client.authority import Authority
    from iai_proxy.settings.listen import Address

    authority = Authority.ensure(ca_folder(ca_dir))
    address = Address.parse(listen, "--listen")
    variables = environment.proxy_variables(
        os.environ,
        proxy_url=f"http://{proxy_password}@{address}" if proxy_password else address.url,
        ca_cert=trust.node_certificates(authority, os.environ),
        ca_bundle=trust.bundle(authority, os.environ),
        dev_url_proxied=os.environ.get("IAI_DEV", "").lower() in environment.TRUE,
    )
    click.echo(environment.export_lines(variables, shell), nl=False)  # type: ignore[arg-type]
