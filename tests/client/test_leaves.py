"""Certificates of hosts: OpenSSL, through ``ssl``, is the client."""

from __future__ import annotations

import contextlib
import ssl

import pytest

from iai_proxy.client.authority import Authority
from iai_proxy.client.leaves import Leaves


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.ensure(tmp_path_factory.mktemp("ca"))


def shake_hands(
    leaves: Leaves, host: str, name: str, *, strict: bool = True
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Connect a client that asks for a name to a server with the certificate of a host."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.load_verify_locations(leaves._authority.path)
    if strict:  # as from Python 3.13 on
        trusting.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    trusting.set_alpn_protocols(["h2", "http/1.1"])
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server, server_hostname=name)
    server = leaves.context(host).wrap_bio(to_server, to_client, server_side=True)
    for end in (client, server, client, server):
        with contextlib.suppress(ssl.SSLWantReadError):
            end.do_handshake()
    return client, server


@pytest.mark.parametrize(
    "host",
    [
        "api.inverted.ai",
        "API.Inverted.AI.",
        "localhost",
        "127.0.0.1",
        "127.9.9.9",
        "::1",
        f"{'a' * 60}.{'b' * 60}.inverted.ai",
    ],
)
def test_clients_take_the_certificates_of_hosts_that_are_the_apis(
    authority: Authority, host: str
) -> None:
    client, _ = shake_hands(Leaves(authority), host, host.rstrip("."))
    assert client.selected_alpn_protocol() == "http/1.1"


def test_a_client_gets_the_certificate_of_the_server_that_it_names(authority: Authority) -> None:
    leaves = Leaves(authority)
    client, server = shake_hands(leaves, "127.0.0.1", "dev.inverted.ai")
    assert client.getpeercert()["subjectAltName"] == (("DNS", "dev.inverted.ai"),)  # type: ignore[index]
    assert leaves.host_of(server.context) == "dev.inverted.ai"
    assert server.context is leaves.context("DEV.inverted.ai")  # it was kept


@pytest.mark.parametrize("host", ["example.com", "inverted.ai.example.com", "0.0.0.0", "10.0.0.1"])
def test_no_other_host_is_signed_for(authority: Authority, host: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for|mismatch"):
        shake_hands(Leaves(authority), host, host)


def test_certificates_are_not_kept_without_end(authority: Authority) -> None:
    leaves = Leaves(authority)
    first = leaves.context("a.inverted.ai")
    for number in range(100):
        leaves.context(f"{number}.inverted.ai")
    assert leaves.host_of(first) == ""
    shake_hands(leaves, "a.inverted.ai", "a.inverted.ai")
