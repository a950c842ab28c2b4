"""The settings that all commands with a proxy have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from iai_proxy.api.bounds import MB, MOST_BODY, MOST_DECODED, Bounds
from iai_proxy.errors import UsageError
from iai_proxy.settings import values
from iai_proxy.settings.base import READY_FILE, CaSettings
from iai_proxy.settings.listen import Address, Listening
from iai_proxy.settings.option import Option


class ProxySettings(CaSettings):
    """What the commands that run a proxy have in common."""

    upstream: Annotated[
        values.Upstream | None,
        Option(
            "Send the calls for the API elsewhere; 'sandbox' starts a stand-in for the API.",
            metavar="URL|sandbox",
            addon="upstream",
            marker=True,
        ),
    ] = None
    upstream_ca: Annotated[
        Path | None,
        Option("Root certificates to check the upstream's certificate against.", metavar="FILE"),
    ] = None
    listen: Annotated[
        values.Listener | None,
        Option(
            "Address of the forward proxy, or 'none'.",
            metavar="HOST:PORT",
            default="127.0.0.1:8080; with a client command, any free port",
        ),
    ] = None
    reverse_listen: Annotated[
        values.Address | None,
        Option(
            "Listen here for plain HTTP from clients that can't use a proxy; 127.0.0.1:8000 suits "
            "the C++ SDK and CARLA.",
            metavar="HOST:PORT",
        ),
    ] = None
    proxy_password: Annotated[
        values.Password | None,
        Option(
            "What clients must give; needed to listen on anything but loopback.",
            metavar="USER:PASS",
            secret=True,
        ),
    ] = None
    grace: Annotated[
        values.NumberFrom0,
        Option(
            "How long calls under way may take to end when the proxy is stopped, in seconds, from "
            "0.",
            metavar="S",
            addon="grace",
        ),
    ] = 60.0
    ready_file: Annotated[Path | None, READY_FILE] = None
    python_seed: Annotated[
        int | None,
        Option(
            "Seed Python's random in the client command, and in each Python process that it "
            "starts.",
            metavar="N",
        ),
    ] = None
    max_body: Annotated[
        values.WholeNumberFrom1,
        Option(
            "Refuse requests and answers whose body is larger, in MB (status 413).",
            metavar="MB",
            addon="max_body",
        ),
    ] = MOST_BODY // MB
    max_decoded: Annotated[
        values.WholeNumberFrom1,
        Option(
            "Refuse those that are larger once their content coding (gzip, say) is undone.",
            metavar="MB",
            addon="max_decoded",
        ),
    ] = MOST_DECODED // MB
    verbose: Annotated[bool, Option("Show the proxy's own log as well.")] = False

    @property
    def bounds(self) -> Bounds:
        """How large bodies may be."""
        return Bounds.of_mb(self.max_body, self.max_decoded)

    def tunnels(self, *, wrapped: bool) -> bool:
        """Return whether hosts other than the API may be passed through.

        What replays refuses them by itself.

        Args:
            wrapped: there is a client command.
        """
        return True

    def listening(self, *, wrapped: bool) -> Listening:
        """Return where to listen.

        Args:
            wrapped: there is a client command, which is told the address: any port will do.

        Raises:
            UsageError: an address is open to others without a password, or there is none at all.
        """
        if self.listen != values.NONE:
            forward = self.listen or Address("127.0.0.1", 0 if wrapped else 8080)
            return Listening(forward, self.reverse_listen, self.proxy_password)
        if self.reverse_listen:
            return Listening(None, self.reverse_listen, self.proxy_password)
        raise UsageError(
            "--listen none leaves nothing to listen on: give --reverse-listen HOST:PORT as well"
        )
