"""What was seen of a request before its answer counts only while it still holds."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from support.exchanges import KEY, exchange, request, response

from iai_proxy.recordings import Recording, RecordingWriter, verify
from iai_proxy.recordings.foreseen import Foreseen
from iai_proxy.recordings.redactor import Redactor

BODY = b'{"agents":1}' * 100


def test_a_request_is_hashed_while_its_answer_is_awaited() -> None:
    foreseen = Foreseen(Redactor(b"salt"))
    asked = request(BODY)
    foreseen.look(asked)
    ready = foreseen.ready(exchange(asked))
    assert ready.request_hash == hashlib.sha256(BODY).digest()
    assert ready.exchange.request.body is BODY


def test_an_equal_body_of_another_request_is_not_taken_for_it() -> None:
    foreseen = Foreseen(Redactor(b"salt"))
    foreseen.look(request(BODY))
    assert foreseen.ready(exchange(request(bytes(bytearray(BODY))))).request_hash is None


def test_a_body_with_a_secret_is_hashed_without_it() -> None:
    foreseen = Foreseen(Redactor(b"salt"))
    asked = request(KEY.encode(), headers=(("x-api-key", KEY),))
    foreseen.look(asked)
    ready = foreseen.ready(exchange(asked))
    assert ready.request_hash is None
    assert KEY.encode() not in ready.exchange.request.body


def test_a_secret_that_only_the_answer_reveals_is_replaced_in_the_request_too() -> None:
    foreseen = Foreseen(Redactor(b"salt"))
    asked = request(b'{"said":"%s"}' % KEY.encode())
    foreseen.look(asked)
    answer = replace(response(b"x"), headers=(("x-api-key", KEY),))
    ready = foreseen.ready(exchange(asked, answer))
    assert ready.request_hash is None
    assert KEY.encode() not in ready.exchange.request.body


def test_a_coded_body_is_left_for_later() -> None:
    foreseen = Foreseen(Redactor(b"salt"))
    asked = replace(request(BODY), encoding="gzip")
    foreseen.look(asked)
    assert foreseen.ready(exchange(asked)).request_hash is None


def test_calls_without_an_answer_do_not_add_up() -> None:
    foreseen = Foreseen(Redactor(b"salt"))
    asked = [request(str(number).encode()) for number in range(200)]
    for each in asked:
        foreseen.look(each)
    found = [foreseen.ready(exchange(each)).request_hash is not None for each in asked]
    assert found == [False] * 136 + [True] * 64


def test_what_is_foreseen_is_recorded_like_all_else(path: Path) -> None:
    asked = [request(b"%d" % number * 9000) for number in range(20)]
    with RecordingWriter(path) as writer:
        for number, each in enumerate(asked):
            if number % 3:
                writer.foresee(each)
            writer.append(lambda each=each: exchange(each)).result(10)  # type: ignore[misc]
    with Recording(path) as recording:
        assert [stored.request.body for stored in recording.exchanges()] == [
            each.body for each in asked
        ]
    assert verify(path).whole
