"""How mitmproxy is set up inside this process, and what its log shows."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from iai_proxy.client.authority import Authority
from iai_proxy.errors import UsageError
from iai_proxy.proxy.background import background_proxy
from iai_proxy.proxy.embed import MitmproxyLog, ProxySpec
from iai_proxy.settings.listen import Address, Listening

FREE = Address("127.0.0.1", 0)


@pytest.fixture
def taken() -> Iterator[Address]:
    """An address that someone else listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield Address(*server.getsockname())


@pytest.mark.parametrize("flag", ["--listen", "--reverse-listen"])
def test_an_address_that_is_taken_is_refused_with_its_flag(
    authority: Authority, taken: Address, flag: str
) -> None:
    pair = (taken, FREE) if flag == "--listen" else (FREE, taken)
    reason = "address already in use"
    with (
        pytest.raises(
            UsageError,
            match=rf"^can't listen on {taken} \({reason}\): choose another address with {flag}; ",
        ),
        background_proxy(ProxySpec(Listening(*pair), authority.folder), list),
    ):
        pass


@pytest.mark.parametrize("listening", [Listening(FREE, None), Listening(None, FREE)])
def test_only_what_was_asked_for_is_listened_on(authority: Authority, listening: Listening) -> None:
    with background_proxy(ProxySpec(listening, authority.folder), list) as bound:
        assert (bound.forward is None) == (listening.forward is None)
        assert (bound.reverse is None) == (listening.reverse is None)
        (address,) = filter(None, (bound.forward, bound.reverse))
        socket.create_connection((address.host, address.port)).close()


@pytest.mark.parametrize(("verbose", "shown"), [(False, 0), (True, 1)])
def test_what_is_no_error_is_shown_only_if_it_is_asked_for(verbose: bool, shown: int) -> None:
    said: list[str] = []
    handler = MitmproxyLog(said.append, verbose=verbose)
    logger = logging.Logger("mitmproxy.test")
    logger.addHandler(handler)
    logger.info("connected")
    assert len(said) == shown
