"""Bodies read where they stand in a log, their recurrent states apart."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from iai_proxy.errors import InputError
from iai_proxy.logs.json_scan import Span
from iai_proxy.logs.log_file import LogFile, opened

BODY = {"agent_states": [[1.0, 2.0, 0.5, 3.0]], "recurrent_states": [[0.5, 1.5]], "seed": 7}
BEFORE = b'{"drive_requests": ['


def log(body: Any, *, in_string: bool = True) -> tuple[LogFile, Span]:
    """A log with a body, which the SDK puts into a string."""
    text = json.dumps(json.dumps(body) if in_string else body).encode()
    file = LogFile(io.BytesIO(BEFORE + text + b"]}"))
    return file, Span(len(BEFORE), len(BEFORE) + len(text))


@pytest.mark.parametrize("in_string", [True, False])
def test_a_body_is_read_without_its_recurrent_states_until_someone_asks(in_string: bool) -> None:
    file, span = log(BODY, in_string=in_string)
    place, body, text = file.cut(span)
    assert text == b"[[0.5, 1.5]]"
    assert file.raw(place.recurrent) == text
    assert len(place) == span.end - span.start
    assert body["agent_states"] == BODY["agent_states"]
    assert body.whole() == BODY
    assert file.body(place).whole() == BODY
    assert file.recurrent(place) == [[0.5, 1.5]]


def test_recurrent_states_that_were_expected_are_the_same_object() -> None:
    file, span = log(BODY)
    likely = bytes(bytearray(b"[[0.5, 1.5]]"))
    assert file.cut(span, likely)[2] is likely
    assert file.cut(span, b"[[0.5, 1.0]]")[2] == likely


@pytest.mark.parametrize("value", [None, "text", {"a": [1]}])
def test_recurrent_states_that_can_not_be_cut_out_stay_in_the_body(value: object) -> None:
    body = {**BODY, "recurrent_states": value}
    file, span = log(body)
    place, read, _ = file.cut(span)
    assert read.whole() == body
    assert file.body(place).whole() == body


def test_a_text_that_only_looks_like_recurrent_states_is_not_taken_for_them() -> None:
    body = {"location": 'x", "recurrent_states": [[9.0]], "y": "', "recurrent_states": [[0.5]]}
    file, span = log(body)
    place, read, _ = file.cut(span)
    assert (read.whole(), file.body(place).whole()) == (body, body)


@pytest.mark.parametrize("body", [[1], 7, "text"])
def test_what_is_no_object_is_no_body(body: object) -> None:
    file, span = log(body)
    with pytest.raises(ValueError, match="object"):
        file.cut(span)


def test_half_a_surrogate_pair_is_read_as_a_question_mark() -> None:
    file, span = log({"location": "\ud800"})
    assert json.loads(file.text(span)) in ({"location": "?"}, {"location": "\ud800"})


def test_a_log_that_is_not_there_is_refused_with_what_to_give(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"\(No such file or directory\): give the debug log of an"),
        opened(tmp_path / "log.json"),
    ):
        pass
