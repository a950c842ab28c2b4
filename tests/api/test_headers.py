"""Looking up header fields."""

from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.api import header


def test_the_first_header_of_a_name_counts_whatever_its_case() -> None:
    headers = (("Accept", "*/*"), ("X-API-Key", "first"), ("x-api-key", "second"))
    assert header(headers, "x-api-KEY") == "first"
    assert header(headers, "accept") == "*/*"
    assert header(headers, "cookie") is None
    assert header((), "accept") is None


@given(
    st.lists(st.tuples(st.sampled_from(["a", "A", "b", "B"]), st.text(max_size=3))),
    st.sampled_from(["a", "B"]),
)
def test_header_lookup_is_what_a_loop_finds(headers: list[tuple[str, str]], name: str) -> None:
    found = [value for key, value in headers if key.upper() == name.upper()]
    assert header(tuple(headers), name) == (found[0] if found else None)
