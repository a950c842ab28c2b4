"""A client that does not trust our CA is told of."""

from __future__ import annotations

import pytest
from mitmproxy import tls
from mitmproxy.proxy.context import Context
from mitmproxy.test import taddons, tflow

from iai_proxy.proxy.distrust import DistrustNotice
from iai_proxy.session.notices import Notices
from iai_proxy.settings.wording import MITMPROXY, PYTEST, PYTHON, Place


@pytest.mark.parametrize(
    ("sni", "address", "host"),
    [
        ("api.inverted.ai", ("10.0.0.1", 443), "api.inverted.ai"),
        (None, ("10.0.0.1", 443), "10.0.0.1"),
        (None, None, "the API"),
    ],
)
def test_a_client_that_does_not_trust_us_is_told_of_once_with_the_host_and_the_fix(
    sni: str | None, address: tuple[str, int] | None, host: str
) -> None:
    said: list[str] = []
    notice = DistrustNotice(Notices(said.append))
    with taddons.context() as running:
        context = Context(tflow.tclient_conn(), running.options)
    context.client.sni = sni
    context.server.address = address
    for _ in range(3):
        notice.tls_failed_client(tls.TlsData(context.client, context))
    (text,) = said
    assert text.startswith(f"a client broke off the TLS handshake for {host} ")
    assert "`iai-proxy record … -- CLIENT…`" in text


@pytest.mark.parametrize("place", [PYTHON, PYTEST, MITMPROXY])
def test_where_no_command_starts_the_client_the_fix_is_another(place: Place) -> None:
    said: list[str] = []
    notice = DistrustNotice(Notices(said.append, place))
    with taddons.context() as running:
        context = Context(tflow.tclient_conn(), running.options)
    notice.tls_failed_client(tls.TlsData(context.client, context))
    assert "-- CLIENT" not in said[0]
    assert "SSL_CERT_FILE" in said[0]


def test_the_fix_names_the_command_that_runs() -> None:
    said: list[str] = []
    notice = DistrustNotice(Notices(said.append), "replay")
    with taddons.context() as running:
        context = Context(tflow.tclient_conn(), running.options)
    notice.tls_failed_client(tls.TlsData(context.client, context))
    assert "`iai-proxy replay … -- CLIENT…`" in said[0]
    assert "iai-proxy record" not in said[0]
