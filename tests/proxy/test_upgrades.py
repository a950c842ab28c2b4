"""Offers to switch protocols are left out of what reaches the API."""

from __future__ import annotations

import pytest
from mitmproxy.test import tutils

from iai_proxy.proxy.upgrades import without_offers


@pytest.mark.parametrize(
    ("connection", "left"),
    [
        (["Upgrade"], []),
        (["keep-alive, Upgrade, HTTP2-Settings"], ["keep-alive"]),
        (["upgrade", "TE"], ["TE"]),
        ([], []),
    ],
)
def test_an_offer_is_taken_out_with_what_names_it(connection: list[str], left: list[str]) -> None:
    request = tutils.treq()
    request.headers.update({"Upgrade": "h2c, websocket", "HTTP2-Settings": "AA"})
    request.headers.set_all("Connection", connection)
    without_offers(request)
    assert "upgrade" not in request.headers
    assert "http2-settings" not in request.headers
    assert request.headers.get_all("connection") == left


def test_other_headers_stay_as_they_are() -> None:
    request = tutils.treq()
    request.headers["Connection"] = "keep-alive , X-A"
    without_offers(request)
    assert request.headers["Connection"] == "keep-alive , X-A"
