"""Which hosts are the API's, and where its requests go. The addresses are from `docs/wire.md`."""

from __future__ import annotations

import re

import pytest

from iai_proxy.api.hosts import Upstream, is_api_host, is_real_api, opened_hosts
from iai_proxy.errors import UsageError

OURS = ["api.inverted.ai", "inverted.ai", "API.Inverted.AI", "eu.api.inverted.ai", "inverted.ai."]
OTHERS = ["example.com", "inverted.ai.example.com", "notinverted.ai", "inverted.air", ""]
LOCAL = ["localhost", "127.0.0.1", "::1"]


@pytest.mark.parametrize("host", OURS)
def test_a_host_of_the_domain_is_the_api(host: str) -> None:
    assert is_real_api(host)
    assert is_api_host(host)


@pytest.mark.parametrize("host", OTHERS)
def test_any_other_host_is_not(host: str) -> None:
    assert not is_real_api(host)
    assert not is_api_host(host)


@pytest.mark.parametrize("host", LOCAL)
def test_a_development_server_is_recorded_too(host: str) -> None:
    assert not is_real_api(host)
    assert is_api_host(host)


def is_opened(address: str, upstream: Upstream | None = None) -> bool:
    return any(re.search(pattern, address) for pattern in opened_hosts(upstream))


def test_only_tls_to_the_api_is_opened() -> None:
    assert all(is_opened(f"{host.lower()}:443") for host in OURS)
    assert not any(is_opened(f"{host}:443") for host in OTHERS)
    assert is_opened("[::1]:8443")


def test_tls_to_the_upstream_is_opened_at_its_port() -> None:
    upstream = Upstream.parse("https://staging.example.com:8443")
    assert is_opened("staging.example.com:8443", upstream)
    assert not is_opened("staging.example.com:443", upstream)
    assert not is_opened("stagingXexample.com:8443", upstream)


@pytest.mark.parametrize(
    ("url", "client_target", "target"),
    [
        ("https://api.inverted.ai", "/drive?a=b", "/v0/aws/m1/drive?a=b"),
        ("https://api.inverted.ai", "/v0/academic/m1/drive", "/v0/academic/m1/drive"),
        ("https://api.inverted.ai", "/", "/v0/aws/m1"),
        ("https://api.inverted.ai/v0/academic/m1/", "/v0/aws/m1/drive", "/v0/academic/m1/drive"),
        ("http://127.0.0.1:8000", "/v0/aws/m1/drive", "/drive"),
        ("http://127.0.0.1:8000", "/v0/aws/m1", "/"),
        ("http://127.0.0.1:8000/base", "/v0/aws/m1/drive", "/base/drive"),
    ],
)
def test_a_request_gets_the_prefix_that_its_upstream_has(
    url: str, client_target: str, target: str
) -> None:
    assert Upstream.parse(url).target(client_target) == target


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.inverted.ai/v0/aws/m1", "https://api.inverted.ai:443"),
        ("http://localhost", "http://localhost:80"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_origin_names_the_port(url: str, origin: str) -> None:
    assert Upstream.parse(url).origin == origin


@pytest.mark.parametrize("url", ["", "api.inverted.ai", "ftp://x", "http://", "http://x:port"])
def test_what_is_no_address_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(UsageError, match=r"a URL such as http://127\.0\.0\.1:8000, or sandbox"):
        Upstream.parse(url)
