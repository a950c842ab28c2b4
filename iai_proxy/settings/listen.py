"""Addresses to listen on. Loopback unless the user says otherwise and sets a password."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from iai_proxy.errors import UsageError

#: A name or an address; an IPv6 address may be in brackets.
_HOST: Final = re.compile(r"\[[\w:.%]+\]|[^\s\[\]@/?#]*")


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port; port 0 means any that is free."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``HOST:PORT``, ``[::1]:PORT``, ``:PORT`` or ``PORT``.

        Raises:
            UsageError: it is none of these.
        """
        host, _, port = text.rpartition(":")
        if not _HOST.fullmatch(host) or not port.isdecimal() or int(port) > 65535:
            raise UsageError("give an address HOST:PORT, such as 127.0.0.1:8080")
        return cls(host.strip("[]") or "127.0.0.1", int(port))

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def is_unspecified(self) -> bool:
        """Whether it stands for all addresses of this machine."""
        try:
            return ipaddress.ip_address(self.host).is_unspecified
        except ValueError:
            return False

    @property
    def url(self) -> str:
        """The address as an HTTP URL, for clients on this machine."""
        return f"http://{self}"

    def url_with(self, password: str | None) -> str:
        """The URL with ``user:password`` of the proxy, if it has one; clients decode it."""
        if not password:
            return self.url
        user, _, secret = password.partition(":")
        return f"http://{quote(user, safe='')}:{quote(secret, safe='')}@{self}"

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a proxy listens.

    Attributes:
        forward: an ordinary forward proxy, or None.
        reverse: plain HTTP for clients that know no proxy, or None.
        password: ``user:password`` that clients must give, or None.

    Raises:
        UsageError: an address is open to other machines and there is no password.
    """

    forward: Address | None
    reverse: Address | None
    password: str | None = None

    def __post_init__(self) -> None:
        for address in (self.forward, self.reverse):
            if address:
                refuse_open(address, self.password, "--proxy-password")


@dataclass(frozen=True, slots=True)
class Bound:
    """The addresses that are listened on; None if there is no such listener."""

    forward: Address | None
    reverse: Address | None


def cant_listen(address: Address, reason: str, flag: str) -> UsageError:
    """Return the error for an address that can't be listened on.

    Args:
        address: the one that was wanted.
        reason: as the system gives it.
        flag: the one that sets the address.
    """
    return UsageError(
        f"can't listen on {address} ({reason.lower()}): choose another address with {flag}; "
        "port 0 picks a free one"
    )


def refuse_open(address: Address, password: str | None, flag: str) -> None:
    """Refuse to listen for other machines without a password.

    Args:
        address: where to listen.
        password: what clients must give.
        flag: the one that sets it.

    Raises:
        UsageError: the address is open to other machines and there is no password.
    """
    if not address.is_loopback and not password:
        raise UsageError(
            f"{address} is open to other machines: give {flag} USER:PASSWORD as well, or listen "
            "on 127.0.0.1"
        )
