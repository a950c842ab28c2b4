"""Which endpoint a request is for. The table is that of `docs/wire.md`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.api import Endpoint, api_path, has_api_prefix

PREFIXES = ["", "/v0/aws/m1", "/v0/academic/m1", "/v1/aws/m2", "/v12/some-other_one/m10"]
TABLE = [
    ("GET", "/location_info", "location_info"),
    ("POST", "/initialize", "initialize"),
    ("POST", "/drive", "drive"),
    ("POST", "/blame", "blame"),
    ("GET", "/light", "light"),
    ("GET", "/test", "test"),
    ("GET", "", "key_check"),
    ("POST", "/large_initialize", "large_initialize"),
    ("POST", "/large_drive", "large_drive"),
    ("GET", "/regions", "regions"),
]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("ending", ["", "/", "?", "?a=b", "/?a=/drive&b=%2Finitialize"])
@pytest.mark.parametrize(("method", "path", "endpoint"), TABLE)
def test_each_endpoint_is_known_under_each_prefix(
    prefix: str, ending: str, method: str, path: str, endpoint: str
) -> None:
    assert Endpoint.of(method, f"{prefix}{path}{ending}") == endpoint


def test_the_method_is_compared_without_case() -> None:
    assert Endpoint.of("post", "/drive") == "drive"


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/drive"),
        ("POST", "/location_info"),
        ("POST", "/v0/aws/m1"),
        ("HEAD", "/test"),
        ("OPTIONS", "/drive"),
        ("OPTIONS", "*"),
        ("POST", "/drive2"),
        ("POST", "/Drive"),
        ("POST", "/drive/extra"),
        ("POST", "/v0/aws/drive"),
        ("POST", "/v0/aws/m1x/drive"),
        ("POST", "/x/v0/aws/m1/drive"),
        ("POST", "/v0/aws/m1/v0/aws/m1/drive"),
        ("GET", "/favicon.ico"),
        ("CONNECT", "api.inverted.ai:443"),
        ("", ""),
    ],
)
def test_what_no_one_listed_is_other(method: str, target: str) -> None:
    assert Endpoint.of(method, target) == "other"


@given(st.text(max_size=10), st.text(max_size=40))
def test_any_request_has_an_endpoint(method: str, target: str) -> None:
    assert isinstance(Endpoint.of(method, target), Endpoint)


def test_every_endpoint_but_other_has_a_path() -> None:
    assert sorted(Endpoint) == sorted({endpoint for *_, endpoint in TABLE} | {"other"})


def test_a_name_that_a_newer_version_stored_is_other() -> None:
    assert Endpoint("rewind") is Endpoint.OTHER


@pytest.mark.parametrize(
    ("endpoint", "of_parts", "is_large"),
    [
        ("initialize", "initialize", False),
        ("large_initialize", "initialize", True),
        ("drive", "drive", False),
        ("large_drive", "drive", True),
        ("regions", "regions", True),
        ("blame", "blame", False),
    ],
)
def test_large_calls_are_made_of_others(endpoint: str, of_parts: str, is_large: bool) -> None:
    assert Endpoint(endpoint).of_parts == of_parts
    assert Endpoint(endpoint).is_large is is_large
    assert Endpoint(endpoint).is_stepping is (of_parts in {"initialize", "drive"})


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/v0/aws/m1/drive?x=/v0/aws/m1", "/drive?x=/v0/aws/m1"),
        ("/v0/academic/m1", ""),
        ("/v0/aws/m1?x=1", "?x=1"),
        ("/drive", "/drive"),
        ("/v0/aws/m1x/drive", "/v0/aws/m1x/drive"),
    ],
)
def test_the_prefix_alone_is_taken_off(target: str, path: str) -> None:
    assert api_path(target) == path
    assert has_api_prefix(target) == (target != path)
