"""The likely next answer is read while the client works on the last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.exchanges import exchange, request, response
from support.recordings import write

from iai_proxy.api import DEFAULT_IGNORED, Response
from iai_proxy.player import Answering, Peer, Player
from iai_proxy.player.read_ahead import ReadAhead
from iai_proxy.player.recorded_calls import replayer_for
from iai_proxy.recordings import Recording
from iai_proxy.replay import MatchRules
from iai_proxy.session.notices import Notices

PEER = Peer("c", ("127.0.0.1", 5), ("127.0.0.1", 8080))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], None),
        ([1], None),
        ([1, 2], None),
        ([1, 2, 3], 4),
        ([5, 7, 9], 11),  # another client's calls were recorded in between
        ([1, 2, 3, 9], None),
        ([1, 2, 3, 9, 10, 11], 12),
        ([3, 2, 1], None),
        ([4, 4, 4], None),
        ([0, 1000, 2000], None),
    ],
)
def test_what_follows_is_expected_once_answers_have_followed_one_another(
    given: list[int], expected: int | None
) -> None:
    ahead = ReadAhead()
    for number in given:
        ahead.given("c", number)
        ahead.given("other", 7)
    assert ahead.next_of("c") == expected
    ahead.forget("c")
    assert ahead.next_of("c") is None


class Noting(Recording):
    """A recording that notes which answers are read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.read: list[int] = []

    def response(self, number: int) -> Response | None:
        self.read.append(number)
        return super().response(number)


def test_the_next_answer_is_read_once_the_last_was_sent(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    bodies = [b'{"n": %d}' % number for number in range(5)]
    sent = [replace(request(body, target="/drive"), host="api.inverted.ai") for body in bodies]
    write(path, *(exchange(call, response(call.body)) for call in sent))
    recording = Noting(path)
    rules = MatchRules("exact", DEFAULT_IGNORED)
    player = Player(recording, replayer_for(recording, rules), Notices(print))
    answering = Answering(player)
    for call in sent:
        recording.read.clear()
        assert answering.answer(call, PEER).body == call.body
        answering.sent(PEER)
    assert recording.read == [5, 6]  # there is no sixth, which disturbs no one
    recording.read.clear()
    answering.disconnected(PEER)
    answering.sent(PEER)
    player.close()
    answering.sent(PEER)
    assert recording.read == []
