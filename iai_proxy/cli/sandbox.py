"""``iai-proxy sandbox``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.options import config_option, option

if TYPE_CHECKING:
    from iai_proxy.sandbox.server import SandboxSettings


@click.command("sandbox")
@option(
    "--listen",
    metavar="HOST:PORT",
    default="127.0.0.1:8000",
    show_default=True,
    help="Where it listens.",
)
@option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="Seed of what is drawn where a call gives none.",
)
@option("--api-key", metavar="KEY", help="Answer 403 to any other key.")
@option(
    "--latency",
    type=click.FloatRange(min=0),
    default=0,
    show_default=True,
    metavar="MS",
    help="Added to every answer.",
)
@option(
    "--fault",
    multiple=True,
    metavar="SPEC",
    help="drive:every=10:status=503, drive:delay=2s, drive:drop, …",
)
@config_option
def command(
    listen: str, seed: int, api_key: str | None, latency: float, fault: tuple[str, ...]
) -> None:
    """Run a stand-in for the Inverted AI API, to develop against without a key.

    This is NOT the real model: its agents follow the lanes of small synthetic maps by simple rules.
    It answers every endpoint with every field, and the same request always gets the same answer.

    \b
    iai-proxy sandbox &
    IAI_DEV=1 IAI_DEV_URL=http://127.0.0.1:8000 python my_sim.py
    """
    from iai_proxy.cli.options import say
    from iai_proxy.sandbox.server import serve
    from iai_proxy.settings.listen import Address

    address = Address.parse(listen, "--listen")
    settings = settings_of(seed=seed, api_key=api_key, latency=latency, fault=fault)

    def ready(url: str) -> None:
        click.echo(url)
        say("this is a stand-in, not the real model; stop with Ctrl-C or SIGTERM")

    serve(settings, address.host, address.port, ready)


def settings_of(
    seed: int = 0,
    api_key: str | None = None,
    latency: float = 0,
    fault: Sequence[str] = (),
    listen: str | None = None,
) -> SandboxSettings:
    """Return the sandbox's settings, from the options' values.

    Raises:
        UsageError: a fault can't be read.
    """
    from iai_proxy.api.faults import FaultRule
    from iai_proxy.sandbox.server import SandboxSettings

    faults = tuple(FaultRule.parse(spec) for spec in fault)
    return SandboxSettings(seed=seed, api_key=api_key, latency_ms=latency, faults=faults)
