"""The little language of ``--fault``."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.api.faults import ENDPOINTS, FaultPlan, FaultRule
from iai_proxy.errors import UsageError


def happens(spec: str, calls: int = 40) -> list[int]:
    rule = FaultRule.parse(spec)
    return [call for call in range(1, calls + 1) if rule.happens_at(call)]


def test_every_tenth_call_is_the_tenth_the_twentieth_and_so_on():
    assert happens("drive:every=10:status=503") == [10, 20, 30, 40]


def test_step_with_times_is_that_many_calls_in_a_row():
    assert happens("drive:step=30:status=500:times=3") == [30, 31, 32]


def test_step_alone_happens_once():
    assert happens("drive:step=7:drop") == [7]


def test_times_without_step_ends_the_repetition():
    assert happens("drive:every=5:status=503:times=2") == [5, 10]


def test_a_rule_without_when_is_for_every_call():
    assert happens("drive:delay=2s", 3) == [1, 2, 3]


@pytest.mark.parametrize(("text", "seconds"), [("2s", 2.0), ("250ms", 0.25), ("1.5s", 1.5)])
def test_a_delay_is_in_seconds_or_milliseconds(text, seconds):
    assert FaultRule.parse(f"drive:delay={text}").delay_s == seconds


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("", "there is no endpoint '', only location_info"),
        ("drove:drop", "there is no endpoint 'drove', only"),
        ("drive", "does not say what happens"),
        ("drive:every=10", "does not say what happens"),
        ("drive:every=0:drop", "every='0' is not a whole number from 1"),
        ("drive:step=-3:drop", "step='-3'"),
        ("drive:status=200", "status='200' is not a status of a failure"),
        ("drive:status=abc", "status='abc'"),
        ("drive:delay=2", "delay='2' is not a time such as 2s"),
        ("drive:delay=0s", "a delay is from 1ms"),
        ("drive:delay=9999s", "a delay is from 1ms"),
        ("drive:drop=1", "'drop=1' is no part of a fault"),
        ("drive:drop:drop", "'drop' is given twice"),
        ("drive:drop:status=500", "a dropped connection has no status"),
        ("drive:every=2:step=3:drop", "exclude each other"),
        ("drive:colour=red", "'colour=red' is no part of a fault"),
    ],
)
def test_a_wrong_rule_is_refused_with_what_is_wrong_and_a_right_one(spec, why):
    with pytest.raises(UsageError) as refused:
        FaultRule.parse(spec)
    assert why in str(refused.value)
    assert "drive:every=10:status=503" in str(refused.value)


COUNTS = st.none() | st.integers(1, 10**6)
RULES = st.builds(
    FaultRule,
    endpoint=st.sampled_from(ENDPOINTS),
    every=COUNTS,
    times=COUNTS,
    status=st.integers(400, 599),
    delay_s=st.integers(0, 3_600_000).map(lambda milliseconds: milliseconds / 1000),
) | st.builds(
    FaultRule, endpoint=st.sampled_from(ENDPOINTS), step=COUNTS, times=COUNTS, drop=st.just(True)
)


@given(RULES)
def test_what_a_rule_prints_is_read_back_as_the_same_rule(rule):
    assert FaultRule.parse(str(rule)) == rule


@given(st.text(max_size=40) | st.text("drive:every=10statuelmp*.s", max_size=40))
def test_any_text_is_either_read_or_refused(spec):
    try:
        rule = FaultRule.parse(spec)
    except UsageError:
        return
    assert FaultRule.parse(str(rule)) == rule


def test_each_endpoint_is_counted_by_itself_and_the_star_counts_all():
    plan = FaultPlan(
        [FaultRule.parse("drive:step=2:status=500"), FaultRule.parse("*:step=4:status=502")]
    )
    calls = ["drive", "initialize", "drive", "light", "drive"]
    assert [rule and rule.status for rule in map(plan.next_call, calls)] == [
        None,
        None,
        500,
        502,
        None,
    ]


def test_the_first_rule_that_happens_wins():
    plan = FaultPlan(
        [FaultRule.parse("drive:every=2:status=500"), FaultRule.parse("drive:status=503")]
    )
    assert [plan.next_call("drive").status for _ in range(4)] == [503, 500, 503, 500]


def test_counting_is_right_from_many_threads():
    plan = FaultPlan([FaultRule.parse("drive:every=10:status=503")])
    found = []

    def work():
        found.extend(rule for _ in range(1000) if (rule := plan.next_call("drive")))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 800
