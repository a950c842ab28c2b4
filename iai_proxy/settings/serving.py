"""The settings of the other servers, and of what waits for them and points clients at them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from iai_proxy.settings import values
from iai_proxy.settings.base import READY_FILE, CaSettings, Settings
from iai_proxy.settings.checking import CheckSettings
from iai_proxy.settings.listen import Address, refuse_open
from iai_proxy.settings.option import Option

SHELLS: Final = ("posix", "fish", "powershell")


class EnvSettings(CaSettings):
    """``iai-proxy env``."""

    listen: Annotated[values.Address, Option("Where the proxy listens.", metavar="HOST:PORT")] = (
        Address("127.0.0.1", 8080)
    )
    proxy_password: Annotated[
        values.Password | None,
        Option("The proxy's password, if it has one.", metavar="USER:PASS", secret=True),
    ] = None


class WaitSettings(Settings):
    """``iai-proxy wait``."""

    listen: Annotated[
        values.Address, Option("Where the proxy, or the sandbox, listens.", metavar="HOST:PORT")
    ] = Address("127.0.0.1", 8080)
    ready_file: Annotated[
        Path | None,
        Option(
            "Wait for this --ready-file of a proxy instead, and print the address in it.",
            metavar="PATH",
        ),
    ] = None
    timeout: Annotated[
        values.NumberFrom0, Option("How long to wait, in seconds, from 0.", metavar="S")
    ] = 30.0


class ViewSettings(CheckSettings):
    """``iai-proxy view``."""

    listen: Annotated[
        values.Address,
        Option(
            "Where it listens; port 0 for any that is free.",
            metavar="HOST:PORT",
            variable="IAI_PROXY_VIEW_LISTEN",  # a proxy's address is in the other variable
        ),
    ] = Address("127.0.0.1", 8090)
    password: Annotated[
        values.Password | None,
        Option(
            "What browsers must give; needed to listen on anything but loopback.",
            metavar="USER:PASS",
            secret=True,
            variable="IAI_PROXY_VIEW_PASSWORD",
        ),
    ] = None
    open: Annotated[bool, Option("Open it in the browser.")] = False
    check: Annotated[
        bool,
        Option("Look for what the client does wrong as well, in a process of the lowest priority."),
    ] = True
    ready_file: Annotated[Path | None, READY_FILE] = None

    @property
    def address(self) -> Address:
        """Where to listen.

        Raises:
            UsageError: it is open to other machines and there is no password.
        """
        refuse_open(self.listen, self.password, "--password")
        return self.listen


class SandboxSettings(Settings):
    """``iai-proxy sandbox``. Two servers with equal settings give equal answers."""

    listen: Annotated[values.Address, Option("Where it listens.", metavar="HOST:PORT")] = Address(
        "127.0.0.1", 8000
    )
    ready_file: Annotated[Path | None, READY_FILE] = None
    seed: Annotated[int, Option("Seed for the calls that give none.", metavar="N")] = 0
    api_key: Annotated[
        str | None, Option("Answer any other key with 403.", metavar="KEY", secret=True)
    ] = None
    latency_ms: Annotated[
        values.NumberFrom0,
        Option(
            "Added to the time that each answer takes, in ms, from 0.", name="latency", metavar="MS"
        ),
    ] = 0.0
    faults: Annotated[
        values.Faults,
        Option(
            "Make calls fail: drive:every=10:status=503, drive:delay=2s, drive:drop, …",
            name="fault",
            metavar="SPEC",
            repeats=True,
        ),
    ] = ()
    #: Compress answers for clients that accept it; costs some milliseconds a call.
    gzip: bool = False
