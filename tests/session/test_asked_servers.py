"""The development server of a client."""

from __future__ import annotations

import pytest

from iai_proxy.session.asked_servers import asked_servers


@pytest.mark.parametrize(
    ("environ", "servers"),
    [
        ({}, set()),
        ({"IAI_DEV": "0"}, set()),
        ({"IAI_DEV": "1"}, {("localhost", 8000)}),  # as the SDK has it
        ({"IAI_DEV": "1", "IAI_DEV_URL": "http://127.0.0.1:81/v0"}, {("127.0.0.1", 81)}),
        ({"IAI_DEV_URL": "https://dev.example"}, {("dev.example", 443)}),
        ({"IAI_DEV_URL": "nonsense"}, set()),
    ],
)
def test_the_development_server_of_a_client_is_asked_for(
    environ: dict[str, str], servers: set[tuple[str, int]]
) -> None:
    assert asked_servers(environ) == servers
