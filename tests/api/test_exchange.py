"""The values: URLs, success, what a listing shows."""

from dataclasses import replace

import pytest
from support.exchanges import CALL, exchange, request


@pytest.mark.parametrize(
    ("scheme", "host", "port", "url"),
    [
        ("https", "api.inverted.ai", 443, "https://api.inverted.ai/drive?a=b"),
        ("http", "api.inverted.ai", 80, "http://api.inverted.ai/drive?a=b"),
        ("https", "api.inverted.ai", 80, "https://api.inverted.ai:80/drive?a=b"),
        ("http", "localhost", 443, "http://localhost:443/drive?a=b"),
        ("http", "127.0.0.1", 8000, "http://127.0.0.1:8000/drive?a=b"),
        ("http", "::1", 8000, "http://[::1]:8000/drive?a=b"),
        ("https", "fe80::1%eth0", 443, "https://[fe80::1%eth0]/drive?a=b"),
    ],
)
def test_a_url_names_the_port_only_where_the_scheme_does_not(
    scheme: str, host: str, port: int, url: str
) -> None:
    assert replace(request(target="/drive?a=b"), scheme=scheme, host=host, port=port).url == url


def test_an_exchange_without_an_answer_has_no_status() -> None:
    assert exchange(answer=None, failure="connection reset").status is None
    assert exchange().status == 200
    assert exchange().endpoint == "drive"


@pytest.mark.parametrize(
    ("status", "failure", "succeeded"),
    [
        (200, None, True),
        (299, None, True),
        (300, None, False),
        (199, None, False),
        (200, "cut", False),
        (None, "x", False),
    ],
)
def test_a_call_succeeds_with_a_whole_answer_of_2xx(
    status: int | None, failure: str | None, succeeded: bool
) -> None:
    assert replace(CALL, status=status, failure=failure).succeeded is succeeded


def test_a_listing_has_the_fields_that_are_promised() -> None:
    line = replace(CALL, request_bytes=7, response_bytes=9).as_json()
    promised = [
        "id", "endpoint", "method", "path", "status", "started_ns", "duration_ms", "request_bytes",
        "response_bytes", "simulation", "step",
    ]  # fmt: skip
    assert list(line)[: len(promised)] == promised
    assert [line[name] for name in promised] == [
        1, "drive", "POST", "/v0/aws/m1/drive", 200, 1_700_000_000_000_000_000, 4.0, 7, 9,
        None, None,
    ]  # fmt: skip


def test_values_can_not_be_changed() -> None:
    with pytest.raises(AttributeError):
        exchange().request.body = b""  # type: ignore[misc]
