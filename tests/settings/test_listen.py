"""Addresses to listen on."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import requests

from iai_proxy.errors import UsageError
from iai_proxy.settings.listen import Address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080),
        ("[::1]:8080", "::1", 8080),
        (":8080", "127.0.0.1", 8080),
        ("0", "127.0.0.1", 0),
        ("proxy.example:65535", "proxy.example", 65535),
    ],
)
def test_a_host_may_be_left_out_and_ipv6_stands_in_brackets(
    text: str, host: str, port: int
) -> None:
    assert Address.parse(text) == Address(host, port)


@pytest.mark.parametrize(
    "text",
    ["nonsense", "127.0.0.1:", "127.0.0.1:65536", "localhost:-1", "", "[::1", "[::1]", "a b:1"],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match=r"such as 127\.0\.0\.1:8080"):
        Address.parse(text)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("a.b", False)],
)
def test_loopback_is_this_machine_alone(host: str, expected: bool) -> None:
    assert Address(host, 1).is_loopback is expected


def test_a_url_has_brackets_and_the_password_where_they_are_needed() -> None:
    assert Address("::1", 8080).url == "http://[::1]:8080"
    assert Address("127.0.0.1", 1).url_with("me:pass") == "http://me:pass@127.0.0.1:1"
    assert Address("127.0.0.1", 1).url_with(None) == "http://127.0.0.1:1"


def test_a_password_of_any_characters_is_one_that_clients_read_out_of_the_url() -> None:
    secret = "@me#:a@b:c/d?e#f%20 g"
    url = requests.utils.get_auth_from_url(Address("::1", 8080).url_with(secret))
    assert url == ("@me#", "a@b:c/d?e#f%20 g")
    assert urlsplit(Address("::1", 8080).url_with(secret)).port == 8080
