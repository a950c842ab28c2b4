"""A recording at a glance. Percentiles are worked out by hand, by nearest rank."""

from dataclasses import replace

import orjson
import pytest
from support.exchanges import CALL, START_NS

from iai_proxy.api import FOR_MAPS, Call, Endpoint
from iai_proxy.report import overview, overview_text


def call(duration_ms: float, endpoint: str = "drive", **changes: object) -> Call:
    return replace(
        CALL, endpoint=Endpoint(endpoint), ended_ns=START_NS + round(duration_ms * 1e6), **changes
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("durations", "median", "p95", "largest"),
    [
        ([7], 7, 7, 7),
        ([2, 1], 1, 2, 2),
        ([3, 1, 2], 2, 3, 3),
        ([4, 3, 2, 1], 2, 4, 4),
        (list(range(1, 20)), 10, 19, 19),
        (list(range(1, 21)), 10, 19, 20),
        (list(range(20, 0, -1)), 10, 19, 20),
        (list(range(1, 22)), 11, 20, 21),
        (list(range(1, 101)), 50, 95, 100),
    ],
)
def test_percentiles_are_by_nearest_rank(
    durations: list[int], median: int, p95: int, largest: int
) -> None:
    facts = overview(call(duration) for duration in durations)
    assert facts["endpoints"] == {
        "drive": {"calls": len(durations), "median_ms": median, "p95_ms": p95, "max_ms": largest}
    }


def test_connections_over_which_only_maps_were_asked_for_are_none_of_a_client() -> None:
    calls = [call(5), call(6), call(7, "location_info", connection=f"{FOR_MAPS}1")]
    facts = overview(calls)
    assert (facts["calls"], facts["connections"]) == (3, 1)
    assert next(overview_text("run.iairec", facts)) == "run.iairec: 3 calls over 1 connection"


def test_everything_is_added_up() -> None:
    calls = [
        call(5, request_bytes=10, response_bytes=100),
        call(
            7,
            "initialize",
            request_bytes=1,
            response_bytes=2,
            connection="connection-2",
            sdk_version=None,
        ),
        call(9, status=503, started_ns=START_NS - 1_000_000_000, sdk_version="0.0.21"),
        call(1, status=None, failure="connection reset"),
        call(1, status=200, failure="cut short"),
        call(1, status=204),
    ]
    facts = overview(iter(calls))
    assert {name: value for name, value in facts.items() if name != "endpoints"} == {
        "calls": 6,
        "failed": 3,
        "first_ns": START_NS - 1_000_000_000,
        "last_ns": START_NS + 9_000_000,
        "connections": 2,
        "request_bytes": 11,
        "response_bytes": 102,
        "sdk_versions": {"0.0.22": 4, "0.0.21": 1},
        "outcomes": {
            "status 200": 2,
            "status 503": 1,
            "connection reset": 1,
            "cut short": 1,
            "status 204": 1,
        },
    }
    assert list(facts["endpoints"]) == ["drive", "initialize"]
    orjson.dumps(facts)


def test_an_empty_recording_has_one_line() -> None:
    facts = overview([])
    assert (facts["calls"], facts["first_ns"], facts["last_ns"], facts["endpoints"]) == (
        0,
        None,
        None,
        {},
    )
    assert list(overview_text("run.iairec", facts)) == ["run.iairec: 0 calls over 0 connections"]


def test_a_recording_at_a_glance() -> None:
    calls = [
        call(5.25, request_bytes=330_000, response_bytes=331_000),
        call(7, "initialize", status=422),
        call(4, status=None, failure="reset"),
    ]
    assert list(overview_text("run.iairec", overview(calls))) == [
        "run.iairec: 3 calls over 1 connection",
        "from 2023-11-14 22:13:20.000Z to 2023-11-14 22:13:20.007Z",
        "330 kB sent, 331 kB received",
        "SDK version: 0.0.22",
        "",
        "endpoint          calls   median ms   95th ms    max ms",
        "drive                 2         4.0       5.2       5.2",
        "initialize            1         7.0       7.0       7.0",
        "",
        "2 calls without success:",
        "  1 x status 422",
        "  1 x reset",
    ]


def test_a_client_that_names_no_version_is_said_to() -> None:
    assert "SDK version: not given" in list(
        overview_text("x", overview([call(1, sdk_version=None)]))
    )
