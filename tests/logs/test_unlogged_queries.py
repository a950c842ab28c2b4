"""What ``location_info`` calls of the C++ SDK asked for, which its log does not say."""

from __future__ import annotations

from typing import Any

from logs.log_bodies import log_body

from iai_proxy.api import Endpoint
from iai_proxy.logs.debug_log import PairedCall
from iai_proxy.logs.unlogged_queries import with_queries


def call(model: Endpoint, request: dict[str, Any], query: str = "", **answer: Any) -> PairedCall:
    return PairedCall(
        model,
        0,
        log_body(request, model, query=query),
        log_body(answer, model, is_answer=True) if answer else None,
        None,
        None,
    )


def lookup(query: str = "", **answer: Any) -> PairedCall:
    return call(Endpoint.LOCATION_INFO, {}, query, **answer)


def started(location: str) -> PairedCall:
    return call(Endpoint.INITIALIZE, {"location": location})


def queries(*calls: PairedCall) -> list[str]:
    found = [made.request for made in with_queries(calls)]
    return [body.query for body in found if body is not None]


def test_the_location_is_the_next_that_the_run_uses_or_else_the_last() -> None:
    asked = queries(lookup(), started("iai:a"), lookup(), started("iai:b"), lookup())
    assert [query.partition("&")[0] for query in asked if query] == [
        "?location=iai:a",
        "?location=iai:b",
        "?location=iai:b",
    ]


def test_the_map_was_asked_for_if_it_was_answered() -> None:
    assert queries(lookup(osm_map="<osm/>"), lookup(osm_map=None), started("a"))[:2] == [
        "?location=a&include_map_source=true",
        "?location=a&include_map_source=false",
    ]


def test_a_query_that_was_logged_stays_and_a_name_is_escaped() -> None:
    assert queries(lookup("?location=b"), lookup(), started("a b&c"))[:2] == [
        "?location=b",
        "?location=a%20b%26c&include_map_source=false",
    ]


def test_where_no_location_is_known_nothing_is_made_up() -> None:
    assert queries(lookup(), call(Endpoint.DRIVE, {"agent_states": []})) == ["", ""]
