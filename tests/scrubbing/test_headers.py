"""Header fields."""

from __future__ import annotations

from typing import Any

from iai_proxy.api import Headers, header
from iai_proxy.scrubbing import Disguise
from iai_proxy.scrubbing.headers import scrubbed_headers

SENT = (
    ("Host", "10.1.2.3:8000"),
    ("User-Agent", "acme-fleet/7"),
    ("x-client-version", "0.0.22"),
    ("Content-Type", "application/json; boundary=elm"),
    ("x-api-key", "[redacted:00000001]"),
    ("api-key", "hunter2"),
    ("Cookie", "[redacted]"),
    ("X-Forwarded-For", "10.1.2.3"),
    ("x-iai-proxy-part", "3/8"),
)


def scrubbed(headers: Headers, **options: Any) -> Headers:
    return scrubbed_headers(Disguise(7, **options), headers)


def test_only_what_something_depends_on_stays() -> None:
    found = scrubbed(SENT)
    assert [name for name, _ in found] == [
        "x-client-version",
        "Content-Type",
        "x-api-key",
        "x-iai-proxy-part",
    ]
    assert header(found, "content-type") == "application/json"


def test_marks_of_keys_are_made_anew() -> None:
    mark = header(scrubbed(SENT), "x-api-key")
    assert mark
    assert mark.startswith("[redacted:")
    assert "00000001" not in mark


def test_odd_values_go() -> None:
    assert scrubbed((("x-client-version", "built by ann"), ("Content-Type", "é"))) == ()


def test_what_went_is_counted() -> None:
    rules = Disguise(7)
    scrubbed_headers(rules, SENT)
    assert rules.counts["headers"] == 5


def test_headers_are_kept_on_request_but_for_marks() -> None:
    found = scrubbed(SENT, keep=["headers"])
    assert [name for name, _ in found] == [name for name, _ in SENT]
    assert header(found, "user-agent") == "acme-fleet/7"
    assert header(found, "x-api-key") != "[redacted:00000001]"
