"""The last lines of a command, as they stand on the terminal."""

from collections import Counter
from pathlib import Path

from iai_proxy.replay import Tally
from iai_proxy.report import (
    left_over,
    never_reached,
    recording_summary,
    replay_summary,
    verify_summary,
)

RUN = Path("run.iairec")


def test_a_recording_session_is_summed_up() -> None:
    assert list(recording_summary(RUN, 52, 0, 1_234_567, None)) == [
        "recorded 52 calls into run.iairec (1.23 MB)"
    ]
    assert list(recording_summary(RUN, 1, 0, 900, None)) == [
        "recorded 1 call into run.iairec (900 B)"
    ]


def test_calls_that_could_not_be_recorded_are_counted() -> None:
    assert list(recording_summary(RUN, 3, 2, 900, None))[1:] == [
        "2 calls could not be recorded and got a refusal instead of an answer"
    ]


def test_what_there_was_no_time_for_is_said_with_the_command_that_does_it() -> None:
    assert left_over(RUN, 0, 8192) is None
    end = "`iai-proxy pack run.iairec` makes the file smaller"
    assert left_over(RUN, 12, 0) == f"there was no time to pack 12 calls: {end}"
    freed = "give back 121 MB that packing has freed"
    assert left_over(RUN, 0, 121_000_000) == f"there was no time to {freed}: {end}"
    assert (
        left_over(RUN, 1, 121_000_000) == f"there was no time to pack 1 call or to {freed}: {end}"
    )


def test_an_empty_recording_says_why() -> None:
    assert list(recording_summary(RUN, 0, 0, 900, "IAI_MOCK_API is set")) == [
        "recorded 0 calls into run.iairec (900 B)",
        "IAI_MOCK_API is set",
    ]


def test_a_replay_is_summed_up_by_level() -> None:
    tally = Tally(Counter({"exact": 50, "location": 1, "key-check": 1}), 0, 0, [], 0)
    assert list(replay_summary(tally)) == [
        "served 52 calls (50 exact, 1 location, 1 key-check)",
        "0 misses",
        "every recorded answer was used",
    ]


def test_the_first_distinct_misses_are_told_with_their_reason() -> None:
    tally = Tally(Counter(), 13, 0, [], 0)
    told = [f"no recorded answer to POST /initialize: it is {number}" for number in range(5)]
    misses = [(sentence, 1) for sentence in told]
    assert list(replay_summary(tally, misses=misses[:2]))[1:4] == [
        "13 misses:", f"  {told[0]}", f"  {told[1]}",
    ]  # fmt: skip
    assert list(replay_summary(tally, misses=misses))[4:6] == [
        f"  {told[2]}", "  and 2 other distinct misses; --explain FILE writes all of them",
    ]  # fmt: skip


def test_a_miss_that_came_several_times_says_how_often() -> None:
    tally = Tally(Counter(), 3, 0, [], 0)
    misses = [("no recorded answer to POST /drive", 2), ("no recorded answer to GET /blame", 1)]
    assert list(replay_summary(tally, misses=misses))[1:4] == [
        "3 misses:",
        "  2 times: no recorded answer to POST /drive",
        "  no recorded answer to GET /blame",
    ]


def test_recorded_calls_that_need_not_be_asked_for_are_named() -> None:
    tally = Tally(Counter(exact=20), 0, 0, [22, 23], 1, [1, 21])
    assert list(replay_summary(tally))[2:] == [
        "never used: 2 recorded calls (22-23)",
        "not needed: 2 recorded key checks or maps (1, 21)",
        "1 recorded failure left out",
    ]


def test_a_replay_with_misses_unused_answers_and_failures_says_so() -> None:
    assert list(
        replay_summary(
            Tally(Counter(), 1, 0, [2, 3, 4, 9], 1), [("drive", [2, 3, 4]), ("blame", [9])]
        )
    ) == [
        "served 0 calls",
        "1 miss",
        "never used: 4 recorded calls (drive 2-4; blame 9)",
        "1 recorded failure left out",
    ]
    assert list(replay_summary(Tally(Counter(exact=1), 2, 0, [7], 3)))[1:] == [
        "2 misses",
        "never used: 1 recorded call (7)",
        "3 recorded failures left out",
    ]


def test_clients_that_were_given_the_same_simulations_are_told_why() -> None:
    tally = Tally(Counter(seedless=25), 0, 0, [6], 0)
    told = list(replay_summary(tally, same_start=3))
    assert told[3].startswith("3 clients were given the same simulations: each process is a client")
    assert "`iai-proxy replay FILE -- COMMAND`" in told[3]
    assert len(list(replay_summary(Tally(Counter(), 0, 0, [], 0), same_start=3))) == 3


def test_only_what_the_api_answered_counts_as_answered() -> None:
    tally = Tally(Counter(exact=1), 3, 4, [], 0)
    assert list(replay_summary(tally, forwarded={"drive": 1, "blame": 1}, live=3))[1:3] == [
        "3 misses: the API answered 2 (1 drive, 1 blame)",
        "4 calls after the recorded steps: the API answered 3",
    ]
    assert list(replay_summary(tally, forwarded={}))[1:3] == [
        "3 misses: the API answered 0",
        "4 calls after the recorded steps: the API answered 0",
    ]


def test_a_step_that_was_never_reached_is_named_beside_those_there_are() -> None:
    reached = "step 30 was never reached: the recording has"
    assert never_reached(30, 10) == f"{reached} steps 0 to 10"
    assert never_reached(30, None) == f"{reached} no steps"
    assert never_reached(5, 10) == "no call came after step 5, so none went to the API"


def test_an_intact_recording_is_called_intact() -> None:
    assert list(verify_summary(RUN, 1, ())) == ["run.iairec is intact: 1 call"]


def test_each_problem_of_a_damaged_recording_has_a_line() -> None:
    problems = (("call 3", "the body is gone"), ("file", "row 3 missing from index"))
    assert list(verify_summary(RUN, 2, problems)) == [
        "run.iairec is damaged: 2 calls intact, 2 problems",
        "  call 3: the body is gone",
        "  file: row 3 missing from index",
    ]
    assert list(verify_summary(RUN, 2, [("file", "Tree 2:\nbtree page")]))[1:] == [
        "  file: Tree 2:",
        "    btree page",
    ]
    assert (
        next(iter(verify_summary(RUN, 1, problems[:1])))
        == "run.iairec is damaged: 1 call intact, 1 problem"
    )
