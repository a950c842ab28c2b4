"""Reading never changes a recording, and says plainly what is wrong with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from support.exchanges import START_NS, exchange, request, response
from support.recordings import change, reseal, write

from iai_proxy.api import Endpoint, Exchange, Request, Response, request_keys
from iai_proxy.errors import InputError, UsageError
from iai_proxy.lineage import Observation
from iai_proxy.recordings import Recording, RecordingWriter

STATES = [[[float(step), 1.0, 0.5, 2.0], [float(step), 9.0, 0.5, 2.0]] for step in range(4)]
RECURRENT = [[[step + 0.25, 1.0], [step + 0.75, 1.0]] for step in range(4)]

BODY = b'{"location":"iai:demo","random_seed":7}'


@pytest.fixture
def recorded(path: Path) -> Path:
    write(
        path,
        exchange(request(BODY, headers=(("x-client-version", "0.0.22"),)), b"answer"),
        exchange(
            request(b"", method="GET", target="/location_info?location=x"),
            response(b"[1]", status=404),
        ),
        exchange(BODY, None, failure="connection reset"),
    )
    return path


def test_the_calls_of_an_endpoint(recorded: Path) -> None:
    with Recording(recorded) as recording:
        found = [call.id for call in recording.calls(endpoint=Endpoint.LOCATION_INFO)]
        assert found == [2]
        assert [call.id for call in recording.calls(after=1, endpoint=Endpoint.DRIVE)] == [3]
        assert list(recording.calls(after=2, endpoint=Endpoint.LOCATION_INFO)) == []


def test_a_listing_needs_no_bodies(recorded: Path) -> None:
    with Recording(recorded) as recording:
        first, second, third = recording.calls()
        assert recording.call(2) == second
    assert (first.id, first.endpoint, first.status, first.sdk_version) == (
        1,
        "drive",
        200,
        "0.0.22",
    )
    assert (first.request_bytes, first.response_bytes) == (len(BODY), 6)
    assert first.request_hash == hashlib.sha256(BODY).digest()
    assert first.response_hash == hashlib.sha256(b"answer").digest()
    assert (
        first.started_ns,
        first.request_ended_ns,
        first.response_started_ns,
        first.ended_ns,
    ) == tuple(START_NS + ms * 1_000_000 for ms in (0, 1, 2, 4))
    assert (second.endpoint, second.method, second.target, second.status, second.sdk_version) == (
        "location_info", "GET", "/location_info?location=x", 404, None,
    )  # fmt: skip
    assert (third.status, third.failure, third.response_hash, third.response_bytes) == (
        None,
        "connection reset",
        None,
        0,
    )
    assert third.response_started_ns is None


def test_facts_are_read_by_name(recorded: Path) -> None:
    with Recording(recorded) as recording:
        assert len(recording.meta("salt")) == 16
        assert recording.meta("no such fact") is None
        assert recording.meta("writer") is None


def test_the_writer_is_named_while_it_writes(path: Path) -> None:
    with RecordingWriter(path), Recording(path) as recording:
        assert str(recording.meta("writer")).startswith("process ")
        assert len(recording) == 0


@pytest.mark.parametrize("number", [0, -1, 4, 2**63, -(2**64), 10**30])
def test_a_call_that_is_not_there_is_named_with_those_that_are(recorded: Path, number: int) -> None:
    with Recording(recorded) as recording:
        for ask in (recording.call, recording.exchange):
            with pytest.raises(
                UsageError, match=rf"run\.iairec has no call {number}: its calls are 1 to 3"
            ):
                ask(number)


def test_an_empty_recording_says_that_it_holds_nothing(path: Path) -> None:
    RecordingWriter(path).close()
    with Recording(path) as recording:
        assert len(recording) == 0
        assert list(recording.exchanges()) == []
        with pytest.raises(UsageError, match="has no call 1: it holds no calls"):
            recording.call(1)


def _text(path: Path) -> None:
    path.write_text("this is a text, longer than the header of an SQLite file " * 10)


def _short(path: Path) -> None:
    path.write_bytes(b"SQLite")


def _other(path: Path) -> None:
    change(path, "CREATE TABLE exchange (id INTEGER)")


def _without_wal(path: Path) -> None:
    """What is left of a recording that broke off when only this file is kept."""
    change(path, "PRAGMA journal_mode = WAL")


def _misspelt(path: Path) -> None:
    """SQLite quotes the damaged bytes of a schema."""
    RecordingWriter(path).close()
    data = path.read_bytes()
    name = b"sqlite_autoindex_body_1"
    assert name in data
    path.write_bytes(data.replace(name, name.replace(b"sqlite", b"sql\xbbte")))


def _nothing(path: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_nothing, "there is no recording "),
        (Path.mkdir, "is a folder, not a recording"),
        (Path.touch, "is empty, not a recording"),
        (_text, "is not a recording"),
        (_short, "is not a recording"),
        (_other, "is an SQLite file but not a recording of iai-proxy"),
        (_without_wal, "its calls are in run.iairec-wal, which belongs beside it"),
        (_misspelt, "is damaged"),
    ],
)
def test_what_is_no_recording_is_refused(
    path: Path, make: Callable[[Path], object], message: str
) -> None:
    make(path)
    with pytest.raises(InputError, match=message) as refused:
        Recording(path)
    assert str(path) in str(refused.value)
    assert refused.value.exit_code == 3


@pytest.mark.parametrize("name", ["file/run.iairec", "x" * 300])
def test_a_path_that_can_not_exist_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError):
        Recording(tmp_path / name)


def test_a_newer_format_is_refused_by_name(recorded: Path) -> None:
    change(recorded, "PRAGMA user_version = 5")
    with pytest.raises(
        InputError,
        match="has format 5, written by a newer iai-proxy; this one reads up to 4: upgrade",
    ):
        Recording(recorded)


def test_a_file_without_a_table_is_refused(recorded: Path) -> None:
    change(recorded, "DROP TABLE exchange")
    with pytest.raises(InputError, match=r"is damaged: its index 'exchange_large' is gone"):
        Recording(recorded)


def test_reading_changes_nothing(recorded: Path) -> None:
    before = recorded.read_bytes()
    with Recording(recorded) as recording:
        assert len(list(recording.exchanges())) == len(list(recording.request_keys())) == 3
        recording.integrity()
    assert recorded.read_bytes() == before
    assert list(recorded.parent.iterdir()) == [recorded]


def test_closing_twice_is_closing_once(recorded: Path) -> None:
    recording = Recording(recorded)
    recording.close()
    recording.close()


KEYS = [
    request_keys("POST", "/drive", BODY),
    request_keys("GET", "/location_info?location=x", b""),
    request_keys("POST", "/drive", BODY),
]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        "DELETE FROM request_key",
        "DELETE FROM request_key WHERE exchange = 2",
        "UPDATE request_key SET version = version - 1, exact = x'00', seedless = x'00'",
        "UPDATE request_key SET version = version + 1, exact = x'00' WHERE exchange = 3",
        "UPDATE request_key SET exact = 7",
    ],
)
def test_keys_that_are_missing_or_outdated_are_made(recorded: Path, statement: str) -> None:
    change(recorded, statement)
    with Recording(recorded) as recording:
        assert list(recording.request_keys()) == list(enumerate(KEYS, 1))


def test_keys_are_there_while_the_recording_is_written(path: Path) -> None:
    with RecordingWriter(path) as writer, Recording(path) as recording:
        for _ in range(20):
            writer.append(lambda: exchange(BODY)).result(10)
            assert {keys for _, keys in recording.request_keys()} == {KEYS[0]}


def test_an_unknown_codec_is_named_with_the_fix(recorded: Path) -> None:
    change(recorded, "UPDATE body SET codec = 'zstd-dict' WHERE size = 6")
    with (
        Recording(recorded) as recording,
        pytest.raises(InputError, match=r"packed with 'zstd-dict'.*upgrade"),
    ):
        recording.exchange(1)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("UPDATE body SET data = ? WHERE size = 6", (b"Answer",)),
        ("UPDATE body SET data = ? WHERE size = 6", (b"answer!",)),
        ("UPDATE body SET data = ? WHERE size = 6", ("answer",)),
        ("UPDATE body SET size = ? WHERE size = 6", (7,)),
        ("UPDATE body SET size = ? WHERE size = 6", ("x",)),
        ("UPDATE body SET codec = ? WHERE size = 6", ("zstd",)),
        ("UPDATE body SET codec = ? WHERE size = 6", (b"raw",)),
        ("DELETE FROM body WHERE size = 6", ()),
        ("UPDATE exchange SET response_hash = ? WHERE id = 1", ("text",)),
        ("UPDATE exchange SET response_hash = NULL WHERE id = 1", ()),
        ("UPDATE exchange SET response_headers = NULL WHERE id = 1", ()),
        ("UPDATE exchange SET request_headers = ? WHERE id = 1", ("[[1,2]]",)),
        ("UPDATE exchange SET request_headers = ? WHERE id = 1", ("[[",)),
        ("UPDATE exchange SET request_headers = ? WHERE id = 1", ("7",)),
        ("UPDATE exchange SET request_headers = ? WHERE id = 1", ('["abc"]',)),
        ("UPDATE exchange SET method = ? WHERE id = 1", (b"POST",)),
        ("UPDATE exchange SET ended_ns = ? WHERE id = 1", ("soon",)),
        ("UPDATE exchange SET status = ? WHERE id = 1", (1.5,)),
        ("UPDATE exchange SET status = ? WHERE id = 1", (None,)),
        ("UPDATE exchange SET target = CAST(x'ff' AS TEXT) WHERE id = ?", (1,)),
    ],
)
def test_a_damaged_row_is_an_input_error_and_the_others_are_whole(
    recorded: Path, statement: str, values: tuple[object, ...]
) -> None:
    change(recorded, statement, *values)
    with Recording(recorded) as recording:
        with pytest.raises(InputError):
            recording.exchange(1)
        assert recording.exchange(2).status == 404
        assert recording.exchange(3).failure == "connection reset"


def called(endpoint: str, number: int, asked: object, answer: object) -> Exchange:
    started, ended = 10 * number, 10 * number + 5
    request = Request(
        "POST", "https", "api.inverted.ai", 443, f"/v0/aws/m1/{endpoint}", "HTTP/1.1", (),
        json.dumps(asked).encode(), "", started, started,
    )  # fmt: skip
    response = Response(200, "OK", "HTTP/1.1", (), json.dumps(answer).encode(), "", started, ended)
    return Exchange("c1", "127.0.0.1:5000", request, response, None, ended)


@pytest.fixture
def run(path: Path) -> Path:
    held = [
        {"agent_states": states, "recurrent_states": recurrent}
        for states, recurrent in zip(STATES, RECURRENT, strict=True)
    ]
    drives = [
        called("drive", step, asked, answer)
        for step, (asked, answer) in enumerate(pairwise(held), 1)
    ]
    write(path, called("initialize", 0, {}, held[0]), *drives, called("blame", 5, {}, {}))
    return path


def observations(path: Path) -> list[Observation]:
    with Recording(path) as recording:
        return list(recording.observations())


def test_every_exchange_with_agents_has_an_observation_in_order(run: Path) -> None:
    found = observations(run)
    with Recording(run) as recording:
        assert [observation.call for observation in found] == [
            recording.call(number) for number in range(1, 5)
        ]
        (simulation,) = recording.lineage().simulations
    assert [step.numbers for step in simulation.trunk.steps] == [(1,), (2,), (3,), (4,)]
    assert {step.agents for step in simulation.steps} == {(0, 1)}


@pytest.mark.parametrize(
    "command",
    [
        "DELETE FROM observation WHERE exchange = 2",
        "UPDATE observation SET version = 0",
        "UPDATE observation SET version = 'x' WHERE exchange = 3",
        "UPDATE observation SET data = substr(data, 1, length(data) - 1)",
        "UPDATE observation SET data = x'ffffffff' WHERE exchange = 1",
        "UPDATE observation SET data = 'text' WHERE exchange = 1",
        "UPDATE observation SET data = 5 WHERE exchange = 4",
    ],
)
def test_what_is_no_observation_of_this_version_is_made_anew(run: Path, command: str) -> None:
    before = observations(run)
    assert change(run, command)
    assert observations(run) == before


@pytest.mark.parametrize(
    ("change_to", "message"),
    [
        ("endpoint = x'00'", "endpoint of a call is of type bytes"),
        ("request_started_ns = 1.5", "request_started_ns of a call is of type float"),
        ("response_hash = NULL", "half an answer is missing"),
        ("sdk_version = 7.5", None),  # a column of text makes it one
    ],
)
def test_a_row_that_no_writer_made_is_an_input_error(
    run: Path, change_to: str, message: str | None
) -> None:
    assert change(run, f"UPDATE exchange SET {change_to} WHERE id = 3")
    reseal(run)
    if message is None:
        assert len(observations(run)) == 4
        return
    with pytest.raises(InputError, match=message):
        observations(run)


def test_a_writer_leaves_no_side_files_while_a_reader_rests(path: Path) -> None:
    writer = RecordingWriter(path)
    writer.append(exchange).result(20)
    with Recording(path) as recording:
        assert len(recording) == 1
        recording.rest()
        writer.append(exchange).result(20)
        writer.close()
        assert list(path.parent.iterdir()) == [path]
        assert len(recording) == 2
        recording.rest()
        path.unlink()
        for _ in range(2):
            with pytest.raises(InputError, match="there is no recording"):
                len(recording)
