"""Which endpoint a request is for. The table is `wire.md`'s."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.api import ENDPOINTS, api_path, endpoint_of, has_api_prefix

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
    assert endpoint_of(method, f"{prefix}{path}{ending}") == endpoint


def test_the_method_is_compared_without_case() -> None:
    assert endpoint_of("post", "/drive") == "drive"


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
def test_what_nobody_listed_is_other(method: str, target: str) -> None:
    assert endpoint_of(method, target) == "other"


@given(st.text(max_size=10), st.text(max_size=40))
def test_any_request_has_an_endpoint(method: str, target: str) -> None:
    assert endpoint_of(method, target) in ENDPOINTS


def test_every_endpoint_of_the_design_is_listed_once() -> None:
    assert sorted(ENDPOINTS) == sorted({endpoint for *_, endpoint in TABLE} | {"other"})


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
