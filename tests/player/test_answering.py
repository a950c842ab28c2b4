"""Whatever a client sends to an offline replay gets an answer of ours or the recorded one."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.exchanges import exchange, request, response
from support.recordings import write

from iai_proxy.api import DEFAULT_IGNORED, Request, header
from iai_proxy.api.faults import FaultRule
from iai_proxy.player import Answering, Answers, Peer, Player, PlayerSettings
from iai_proxy.player.recorded_calls import replayer_for
from iai_proxy.recordings import Recording
from iai_proxy.replay import Decision, IncomingRequest, MatchRules, Replayer
from iai_proxy.session.notices import Notices
from iai_proxy.session.traffic import Traffic

BODY = b'{"random_seed": 7}'
ANSWER = b'{"answer": 1}'
RULES = MatchRules("seedless", DEFAULT_IGNORED)
PEER = Peer("c", ("127.0.0.1", 5), ("127.0.0.1", 8080))
SENT = replace(request(BODY, target="/v0/aws/m1/drive"), host="api.inverted.ai")


class Broken(Replayer):
    def __init__(self) -> None:
        super().__init__([], RULES)

    def decide(self, request: IncomingRequest) -> Decision:
        raise ZeroDivisionError("a bug")


class Played:
    """Answers from a recording of one call, and keeps what is said."""

    def __init__(self, path: Path) -> None:
        write(path, exchange(SENT, response(ANSWER)))
        self.path = path
        self.said: list[str] = []
        self.traffic = Traffic()
        self.player: Player

    def answering(self, replayer: Replayer | None = None, **settings: Any) -> Answers:
        recording = Recording(self.path)
        chosen = replayer or replayer_for(recording, RULES)
        obeyed = PlayerSettings(wrapped=True, **settings)
        self.player = Player(recording, chosen, Notices(self.said.append), obeyed)
        return Answering(self.player, self.traffic)


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    made = Played(tmp_path / "run.iairec")
    yield made
    made.player.close()


def test_a_recorded_call_is_answered_and_counted(played: Played) -> None:
    answer = played.answering().answer(SENT, PEER)
    assert (answer.status, answer.body, answer.delay_s) == (200, ANSWER, 0.0)
    now = played.traffic.now()
    assert (now.calls, now.failed, now.body_bytes) == (1, 0, len(BODY) + len(ANSWER))


def test_a_bug_of_ours_is_a_refusal(played: Played) -> None:
    answer = played.answering(Broken()).answer(SENT, PEER)
    assert (answer.status, answer.refused) == (424, True)
    assert b"an error in replay: ZeroDivisionError('a bug'); please report it" in answer.body


def test_a_request_after_the_end_is_a_refusal(played: Played) -> None:
    answering = played.answering()
    played.player.close()
    assert answering.answer(SENT, PEER).status == 424


def test_that_the_api_is_to_answer_is_a_fault_of_ours(played: Played) -> None:
    unknown = replace(SENT, body=b'{"other": 1}')
    answer = played.answering(forwards=True).answer(unknown, PEER)
    assert (answer.status, answer.refused) == (424, True)
    assert b"an offline replay can't ask the API" in answer.body


@pytest.mark.parametrize(("reverse", "status"), [(False, 404), (True, 200)])
def test_another_host_is_refused_unless_it_came_to_a_reverse_listener(
    played: Played, reverse: bool, status: int
) -> None:
    elsewhere = replace(SENT, host="example.org")
    answer = played.answering().answer(elsewhere, replace(PEER, reverse=reverse))
    assert answer.status == status
    assert (b"replay is offline: example.org:443 is not" in answer.body) is not reverse


def test_a_tunnel_to_another_host_is_refused(played: Played) -> None:
    answering = played.answering()
    assert answering.refused_host("api.inverted.ai", 443) is None
    refused = answering.refused_host("example.org", 443)
    assert refused is not None
    assert refused.status == 404


def test_a_missed_head_has_the_length_and_no_body(played: Played) -> None:
    answer = played.answering().answer(replace(SENT, method="HEAD"), PEER)
    assert (answer.status, answer.body) == (404, b"")
    assert int(header(answer.headers, "content-length") or 0) > 50


def test_a_large_call_by_another_method_is_told_the_right_one(played: Played) -> None:
    answer = played.answering().answer(
        replace(SENT, method="GET", target="/v0/aws/m1/large_drive"), PEER
    )
    assert (answer.status, header(answer.headers, "allow")) == (405, "POST")


@pytest.mark.parametrize(
    ("fault", "status", "drop", "delay_s"),
    [
        ("drive:status=503", 503, False, 0.0),
        ("drive:status=503:delay=2s", 503, False, 2.0),
        ("drive:drop", 0, True, 0.0),
        ("drive:delay=3s", 200, False, 3.0),
        ("light:status=503", 200, False, 0.0),
    ],
)
def test_faults_happen_as_told(
    played: Played, fault: str, status: int, drop: bool, delay_s: float
) -> None:
    answering = played.answering(faults=(FaultRule.parse(fault),))
    answer = answering.answer(SENT, PEER)
    assert (answer.status, answer.drop, answer.delay_s) == (status, drop, delay_s)
    assert played.player.faulty == (not fault.startswith("light"))


def test_the_recorded_time_is_waited_for_less_what_has_passed(played: Played) -> None:
    with Recording(played.path) as recording:
        took_s = recording.call(1).duration_ms / 1000
    asked = replace(SENT, started_ns=time.time_ns() - 1_000_000_000)
    answer = played.answering(latency=1000.0).answer(asked, PEER)
    assert answer.delay_s == pytest.approx(took_s * 1000 - 1, abs=0.5)


def test_a_coded_request_is_the_same_request(played: Played) -> None:
    import gzip

    coded: Request = replace(SENT, body=gzip.compress(BODY), encoding="gzip")
    assert header(played.answering().answer(coded, PEER).headers, "x-iai-proxy-match") == "exact"


def test_a_request_that_holds_too_much_once_decoded_is_refused(played: Played) -> None:
    asked = replace(SENT, body=gzip.compress(bytes(2000)), encoding="gzip")
    reply = played.answering(most_decoded=1000).answer(asked, PEER)
    assert reply.status == 413
    assert b"more than 1 kB once its content coding is undone: --max-decoded" in reply.body
    assert played.answering(most_decoded=2000).answer(asked, PEER).status == 404
