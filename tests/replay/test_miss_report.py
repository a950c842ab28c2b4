"""Misses in words: what the SDK's user reads in an exception."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.exchanges import exchange, request
from support.replays import Replay
from support.worlds import Held, World

from iai_proxy.api import DEFAULT_IGNORED, Endpoint
from iai_proxy.replay import IncomingRequest, Miss, MissKind, miss_report
from iai_proxy.replay.miss_report import LONGEST_BYTES


def drive(body: bytes = b"{}", target: str = "/v0/aws/m1/drive") -> IncomingRequest:
    return IncomingRequest(Endpoint.DRIVE, "POST", target, body, DEFAULT_IGNORED)


def world() -> tuple[World, list[list[Held]]]:
    made = World()
    held = [made.initialize(3)]
    for _ in range(2):
        held.append(made.drive(held[-1]))
    held.append(made.drive(held[0]))  # a branch that ends at step 1
    return made, held


def misses() -> dict[MissKind, Miss]:
    """One of each kind, as a client would meet it."""
    made, held = world()
    made.exchange(
        "drive", "c1", {"location": "here", "agent_states": [[9.0] * 4]}, None, status=503
    )
    begun = made.initialize(4, random_seed=5)
    made.large_drive(begun, [([0, 1], [2]), ([2, 3], [1])])
    step, seedless, exact = Replay(made), Replay(made, "seedless"), Replay(made, "exact")
    strangers = [Held(0, agent.state, [7.0] * 4) for agent in held[1]]
    elsewhere = [
        Held(0, [agent.state[0] + 0.5, *agent.state[1:]], agent.recurrent) for agent in held[1]
    ]
    found = [
        step.ask("blame", {}),
        step.ask("initialize", {"location": "there", "agent_properties": [{}]}),
        step.initialize(3, location_of_interest=[1.0, 2.0]),
        step.drive([*held[1], made.newcomer()]),
        step.drive(elsewhere),
        step.drive(held[1], get_infractions=True),
        exact.drive(held[0]),
        seedless.ask("drive", {"location": "here", "agent_states": [[9.0] * 4]}),
        step.drive(held[2]),
        step.drive(held[3]),
        step.drive(strangers),
        step.drive(held[1], recurrent_states="lost"),
        step.drive(held[1], recurrent_states=None),
        step.drive(begun[::-1]),
        seedless.ask("drive", {"location": "here", "agent_states": [[8.0] * 4]}),
    ]
    assert all(isinstance(miss, Miss) for miss in found), found
    return {miss.kind: miss for miss in found if isinstance(miss, Miss)}


SAID = {
    MissKind.ENDPOINT: "holds no blame call; --on-miss record would ask the API",
    MissKind.LOCATION: "is for location there; here was recorded; --on-miss record would",
    MissKind.AGENTS: "has 4 agents, recorded 3: agent 3 is new here; --on-miss record would",
    MissKind.STATE: "differs from simulation 1, step 2: agent 0 x is",
    MissKind.FIELDS: "step 2, but asks for something else: get_infractions is true",
    MissKind.LEVEL: "does not match at this level; see #2; --match seedless accepts it",
    MissKind.FAILURE: "only as a failure (status 503), which is never replayed; see #5",
    MissKind.RUN_END: "last recorded step (simulation 1, step 3 is not recorded); --on-miss record",
    MissKind.BRANCH_END: "simulation 1 that ends at step 1 (another branch goes on to step 2)",
    MissKind.REGION: "(1, 2), where no region of here was recorded. get_regions_default without",
    MissKind.UNREADABLE: "recurrent_states is text, not a list. No such call is recorded",
    MissKind.RECURRENT: "step 2, but agent 0's recurrent state is null, where the recording has",
    MissKind.OWNER: "several of its calls answered agents 1, 2 differently, and nothing shows",
    MissKind.UNKNOWN: "recurrent states is recorded; closest by states is simulation 1, step 2",
    MissKind.REQUEST: "is not in the recording; see #2; --on-miss record",
}


@pytest.mark.parametrize("kind", MissKind)
def test_each_kind_has_a_sentence_of_its_own(kind: MissKind) -> None:
    found = misses()
    sentences = {
        found_kind: miss_report(drive(), miss, None, "run.iairec").sentence
        for found_kind, miss in found.items()
    }
    assert sentences[kind].startswith("no recorded answer to POST /drive: it ")
    assert [said for said, sentence in sentences.items() if SAID[kind] in sentence] == [kind]
    assert len(sentences[kind].encode()) < LONGEST_BYTES


@pytest.mark.parametrize("kind", MissKind)
def test_the_facts_say_the_same_as_the_sentence(kind: MissKind) -> None:
    miss = misses()[kind]
    facts = miss_report(drive(), miss, None, "run.iairec").facts
    assert json.loads(json.dumps(facts)) == facts
    assert (facts["kind"], facts["reason"], facts["nearest"]) == (
        kind.value,
        miss.reason,
        miss.nearest,
    )
    assert (facts["simulation"], facts["step"]) == (miss.where or (None, None))
    assert facts["accepted_by"] == miss.accepted_by


def test_the_closest_call_is_shown_with_its_differences_the_flag_and_the_command() -> None:
    recorded = replace(exchange(b'{"agent_states":[[1.0,2.0,0.5,3.0]],"random_seed":9}'), id=41)
    miss = Miss(
        MissKind.LEVEL, "is recorded, but does not match at this level", 41, "--match seedless"
    )
    request = drive(b'{"agent_states":[[1.0,2.5,0.5,3.0]],"random_seed":7}')
    report = miss_report(request, miss, recorded, "runs/a.iairec")
    assert report.sentence == (
        "no recorded answer to POST /drive: "
        "it is recorded, but does not match at this level; "
        "nearest #41 differs at: "
        "agent 0 y is 2.5, recorded 2.0, random_seed is 7, recorded 9; "
        "--match seedless accepts it. "
        "`iai-proxy call runs/a.iairec 41` shows the recorded call"
    )
    assert report.facts["differences"] == [
        {"field": "agent_states", "place": "agent 0 y", "present": "2.5", "recorded": "2.0"},
        {"field": "random_seed", "place": "random_seed", "present": "7", "recorded": "9"},
    ]


def test_what_was_compared_already_is_not_compared_again() -> None:
    recorded = replace(exchange(b'{"a":1}'), id=3)
    miss = Miss(
        MissKind.STATE, "differs from simulation 1, step 1: …", 3, "--tolerance 0.5", compared=True
    )
    report = miss_report(drive(b'{"a":2}'), miss, recorded, "r")
    assert "nearest #3 differs" not in report.sentence
    assert report.facts["differences"] == []


def test_three_differences_are_shown_and_twenty_kept() -> None:
    states = [[float(index), 0.0, 0.0, 0.0] for index in range(40)]
    recorded = replace(exchange(json.dumps({"agent_states": states}).encode()), id=3)
    body = json.dumps({"agent_states": [[9.5, 0.0, 0.0, 0.0]] * 40}).encode()
    report = miss_report(
        drive(body), Miss(MissKind.REQUEST, "is not in the recording", 3), recorded, "r"
    )
    assert report.sentence.count("is 9.5") == 3
    assert len(report.facts["differences"]) == 20


def test_the_path_is_shown_without_prefix_and_query() -> None:
    miss = Miss(MissKind.REQUEST, "is not in the recording")
    assert (
        miss_report(drive(target="/v0/aws/m1/drive?key=1"), miss, None, "r").facts["path"]
        == "/drive"
    )
    assert " POST /: it" in miss_report(drive(target="/v0/aws/m1"), miss, None, "r").sentence


def test_a_text_that_would_break_the_line_or_the_terminal_is_escaped() -> None:
    miss = Miss(MissKind.LOCATION, "is for location a\n\x1b[31mb\ud800; here was recorded")
    sentence = miss_report(drive(), miss, None, "r").sentence
    assert sentence.isprintable()
    assert r"a \x1b[31mb�; here" in sentence


long = st.text(max_size=30).flatmap(
    lambda text: st.sampled_from([1, 40, 400]).map(lambda times: text * times)
)


@given(
    st.sampled_from(MissKind),
    long,
    long,
    long,
    st.none() | st.integers(1, 10**9),
    st.sampled_from([None, "--match seedless", "--match nearest --tolerance 1234567"]),
    st.booleans(),
    st.dictionaries(long, long, max_size=4),
)
def test_any_sentence_is_one_short_line_and_names_the_flag(
    kind: MissKind,
    reason: str,
    path: str,
    recording: str,
    nearest: int | None,
    flag: str | None,
    compared: bool,
    members: dict[str, str],
) -> None:
    recorded = replace(exchange(request(b"{}")), id=nearest) if nearest else None
    incoming = drive(json.dumps(members).encode(), f"/drive/{path}")
    sentence = miss_report(
        incoming, Miss(kind, reason, nearest, flag, compared), recorded, recording
    ).sentence
    assert len(sentence.encode()) < 1000
    assert sentence.isprintable()
    assert sentence.startswith("no recorded answer to POST /drive")
    if flag:
        assert f"; {flag} accepts it" in sentence


@given(long, st.sampled_from(["initialize", "drive"]))
def test_a_long_location_does_not_make_it_longer(location: str, endpoint: str) -> None:
    made, _ = world()
    decision = Replay(made).ask(
        endpoint, {"location": location, "agent_states": [[0.0] * 4], "agent_properties": [{}]}
    )
    assert isinstance(decision, Miss)
    assert len(miss_report(drive(), decision, None, "run.iairec").sentence.encode()) < LONGEST_BYTES
