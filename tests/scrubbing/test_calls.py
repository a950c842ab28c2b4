"""Exchanges: times, addresses, names and texts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from support.exchanges import START_NS, exchange, exchanges, request, response

from iai_proxy.api import FROM_LOG, NOT_LOGGED, Exchange
from iai_proxy.scrubbing import Disguise
from iai_proxy.scrubbing.calls import EPOCH_NS, Scrubber


def scrubber(**options: Any) -> Scrubber:
    return Scrubber(Disguise(7, **options), START_NS)


def scrubbed(made: Exchange, **options: Any) -> Exchange:
    return scrubber(**options).exchange(made)


def test_times_are_moved_to_the_year_2000_and_keep_their_distances() -> None:
    # date --utc --date @946684800: 2000-01-01 00:00:00
    assert EPOCH_NS == 946_684_800 * 10**9
    found = scrubbed(exchange())
    assert found.request.started_ns == EPOCH_NS
    assert found.request.ended_ns == EPOCH_NS + 1_000_000
    assert found.response
    assert found.response.started_ns == EPOCH_NS + 2_000_000
    assert found.response.ended_ns == EPOCH_NS + 3_000_000
    assert found.ended_ns == EPOCH_NS + 4_000_000


@pytest.mark.parametrize("time_ns", [-(2**63), 2**63 - 1])
def test_times_stay_such_as_a_recording_can_hold(time_ns: int) -> None:
    made = exchange()
    far = replace(made, request=replace(made.request, started_ns=time_ns), ended_ns=time_ns)
    found = Scrubber(Disguise(7), 0 if time_ns > 0 else 2**62).exchange(far)
    assert (found.request.started_ns, found.ended_ns) == (time_ns, time_ns)


def test_clients_and_connections_are_told_apart_and_no_more() -> None:
    rules = scrubber()
    made = [
        exchange(),
        replace(exchange(), connection="connection-2"),
        replace(exchange(), client="10.1.2.3:4"),
    ]
    found = [rules.exchange(one) for one in made]
    assert [one.connection for one in found] == ["connection-a", "connection-b", "connection-a"]
    assert [one.client for one in found] == ["client-a", "client-a", "client-b"]


def test_calls_of_logs_and_for_maps_stay_what_they_are() -> None:
    found = scrubbed(replace(exchange(), connection="log:elm.json", client=FROM_LOG))
    assert (found.connection, found.client) == ("log:log-a", FROM_LOG)
    assert scrubbed(replace(exchange(), connection="maps-77")).connection == "maps-connection-a"


@pytest.mark.parametrize(
    ("host", "kept"),
    [
        ("api.inverted.ai", "api.inverted.ai"),
        ("acme.inverted.ai", "api.inverted.ai"),
        ("10.1.2.3", "localhost"),
        ("elm.example", "localhost"),
    ],
)
def test_hosts_are_the_apis_or_none(host: str, kept: str) -> None:
    found = scrubbed(exchange(replace(request(), host=host, port=8123)))
    assert (found.request.host, found.request.port) == (kept, 443)


def test_addresses_and_times_are_kept_on_request() -> None:
    made = exchange(replace(request(), host="10.1.2.3", port=8123))
    found = scrubbed(made, keep=["addresses", "times"])
    assert found.request.url == made.request.url
    assert (found.client, found.connection) == (made.client, made.connection)
    assert found.ended_ns == made.ended_ns


def test_large_calls_and_their_parts_belong_together() -> None:
    rules = scrubber()
    tokens = ("elm-7", "elm-7", "elm-8", None)
    found = [rules.exchange(replace(exchange(), large=token)).large for token in tokens]
    assert found == ["large-a", "large-a", "large-b", None]


def test_why_a_call_failed_is_a_text_of_no_meaning() -> None:
    failed = exchange(answer=None, failure="can't connect to 10.1.2.3:8123")
    assert scrubbed(failed).failure == "text-a (removed by iai-proxy scrub)"
    assert scrubbed(failed, keep=["errors"]).failure == failed.failure
    assert scrubbed(replace(failed, failure=NOT_LOGGED)).failure == NOT_LOGGED


def test_reasons_are_those_of_the_standard() -> None:
    answer = replace(response(status=422), reason="no road near Elm Street")
    found = scrubbed(exchange(answer=answer)).response
    assert found
    assert found.reason == "Unprocessable Entity"


def test_nothing_stays_of_a_body_that_could_not_be_decoded() -> None:
    asked = replace(request(b"\x1f\x8bElm"), encoding="!gzip")
    found = scrubbed(exchange(asked)).request
    assert (found.body, found.encoding) == (b"", "")


@given(exchanges)
def test_any_exchange_can_be_scrubbed_twice(made: Exchange) -> None:
    again = scrubbed(scrubbed(made))
    assert again.status == made.status
    assert (again.failure is None) == (made.failure is None)
