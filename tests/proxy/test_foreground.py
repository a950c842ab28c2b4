"""What a command shows while its proxy runs."""

from __future__ import annotations

import logging

import pytest

from iai_proxy.proxy.foreground import mitmproxy_log


@pytest.mark.parametrize(
    ("verbose", "shown"),
    [
        (False, ["mitmproxy.proxy: broken"]),
        (True, ["mitmproxy.proxy: connected", "mitmproxy.proxy: broken"]),
    ],
)
def test_of_mitmproxys_log_errors_are_shown_or_everything(verbose: bool, shown: list[str]) -> None:
    said: list[str] = []
    logger = logging.getLogger("mitmproxy.proxy")
    with mitmproxy_log(said.append, verbose=verbose):
        logger.info("connected")
        logger.error("broken")
    assert said == shown


def test_afterwards_mitmproxys_log_is_as_it_was() -> None:
    said: list[str] = []
    logger = logging.getLogger("mitmproxy")
    before = (list(logger.handlers), logger.level, logger.propagate)
    with pytest.raises(ZeroDivisionError), mitmproxy_log(said.append, verbose=True):
        said.append(str(1 / 0))
    assert (list(logger.handlers), logger.level, logger.propagate) == before
    assert said == []


def test_that_an_address_can_not_be_listened_on_is_said_in_our_own_words_only() -> None:
    said: list[str] = []
    with mitmproxy_log(said.append, verbose=True):
        logging.getLogger("mitmproxy.addons.proxyserver").error("failed to listen")
    assert said == []
