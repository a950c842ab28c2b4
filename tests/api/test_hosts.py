"""Which hosts are the API's, and where its requests go. The addresses are from `docs/wire.md`."""

from __future__ import annotations

import pytest

from iai_proxy.api.hosts import Upstream, is_real_api
from iai_proxy.errors import UsageError

OURS = ["api.inverted.ai", "inverted.ai", "API.Inverted.AI", "eu.api.inverted.ai", "inverted.ai."]
OTHERS = [
    "example.com",
    "inverted.ai.example.com",
    "notinverted.ai",
    "inverted.air",
    "localhost",
    "",
]


@pytest.mark.parametrize("host", OURS)
def test_a_host_of_the_domain_is_the_api(host: str) -> None:
    assert is_real_api(host)


@pytest.mark.parametrize("host", [*OTHERS, "localhost", "127.0.0.1", "::1"])
def test_any_other_host_is_not(host: str) -> None:
    assert not is_real_api(host)


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
