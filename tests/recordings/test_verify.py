"""Damage is reported, always as our own error, and what is whole can be saved."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from support.exchanges import KEY, exchange, request
from support.recordings import chained, change, reseal, rows, write

from iai_proxy.api import Exchange
from iai_proxy.errors import IaiProxyError, InputError, UsageError
from iai_proxy.recordings import Recording, RecordingWriter, salvage, verify
from iai_proxy.recordings.files import is_recording
from iai_proxy.recordings.queries import TABLES
from iai_proxy.recordings.writer import RecordingFailedError
from iai_proxy.report import call_json, call_text, calls_text, overview, overview_text

CALLS = 12


def body(number: int) -> bytes:
    return f'{{"number":{number},"states":{[number + 0.25] * 40}}}'.encode()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve calls; some bodies are long enough to be packed, or to overflow a page."""
    path = tmp_path_factory.mktemp("small") / "small.iairec"
    random = Random(1)
    asked = [request(body(number), headers=(("x-api-key", KEY),)) for number in range(1, CALLS + 1)]
    answers = [random.randbytes(random.choice([10, 3000, 40_000])) for _ in asked]
    write(path, *map(exchange, asked, answers))
    return path


@pytest.fixture(scope="module")
def whole(small: Path) -> dict[int, Exchange]:
    with Recording(small) as recording:
        return {made.id: made for made in recording.exchanges()}


def bodies_of(made: Exchange) -> tuple[bytes, bytes | None]:
    return made.request.body, made.response.body if made.response else None


def read_all(path: Path) -> None:
    """Everything that a command does with a recording."""
    with Recording(path) as recording:
        len(recording)
        list(overview_text(str(path), overview(recording.calls())))
        list(calls_text(recording.calls(), {}))
        list(recording.request_keys())
        for made in recording.exchanges():
            call_json(made)
            list(call_text(made))


def examine(path: Path, whole: dict[int, Exchange]) -> bool:
    """Read, verify and salvage a damaged file; only our own errors may come of it.

    Returns whether it was found whole.
    """
    with suppress(IaiProxyError):
        read_all(path)
    try:
        result = verify(path)
    except InputError:
        return False
    saved = path.with_name("saved.iairec")
    saved.unlink(missing_ok=True)
    assert salvage(path, saved) == result.exchanges
    with Recording(saved) as recording:
        kept = list(recording.exchanges())
    assert len(kept) == result.exchanges
    if result.whole:
        assert [replace(made, id=0) for made in kept] == [
            replace(made, id=0) for made in whole.values()
        ]
    return result.whole


def test_a_whole_recording_has_no_problems(small: Path) -> None:
    result = verify(small)
    assert (result.whole, result.exchanges, result.problems, result.path) == (
        True,
        CALLS,
        (),
        small,
    )


def test_a_recording_that_is_still_written_can_be_verified(path: Path) -> None:
    with RecordingWriter(path) as writer:
        writer.append(exchange).result(10)
        assert verify(path).exchanges == 1


def lengths(size: int) -> Iterator[int]:
    yield from range(0, 120)
    yield from range(120, size, 997)
    for page in range(16384, size, 16384):
        yield from (page - 1, page, page + 1)
    yield size - 1


def test_every_truncation_is_reported(small: Path, whole: dict[int, Exchange], path: Path) -> None:
    content = small.read_bytes()
    for length in lengths(len(content)):
        path.write_bytes(content[:length])
        assert not examine(path, whole), f"cut to {length} bytes"


def test_a_recording_that_was_cut_short_still_gives_the_calls_before(
    path: Path,
) -> None:
    random = Random(3)
    made = [
        exchange(
            f'{{"number":{number}}}'.encode(),
            bytes(byte | 128 for byte in random.randbytes(20_000)),
        )
        for number in range(60)
    ]
    write(path, *made)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
    with pytest.raises(
        InputError, match=r"is damaged .*`iai-proxy verify .*run\.iairec` says what is whole"
    ):
        Recording(path)
    saved = path.with_name("saved.iairec")
    assert not verify(path).whole
    assert salvage(path, saved) >= 20
    with Recording(saved) as recording:
        for kept in recording.exchanges():
            assert (kept.request, kept.response) in [
                (before.request, before.response) for before in made
            ]
    assert verify(saved).whole
    assert path.read_bytes() == content[: len(content) * 3 // 4]


def test_flipped_bytes_never_raise_anything_but_our_errors(
    small: Path, whole: dict[int, Exchange], path: Path
) -> None:
    content = small.read_bytes()
    random = Random(20240229)
    for _ in range(100):
        damaged = bytearray(content)
        for _ in range(random.choice([1, 1, 2, 8])):
            damaged[random.randrange(len(damaged))] ^= random.randrange(1, 256)
        path.write_bytes(damaged)
        examine(path, whole)


def test_flipped_bytes_where_the_tables_are_never_raise_anything_but_our_errors(
    small: Path, whole: dict[int, Exchange], path: Path
) -> None:
    """In the headers of rows and pages, with their types, lengths and numbers."""
    content = small.read_bytes()
    places = [
        place for place in range(len(content)) if content[place : place + 12] == b"connection-1"
    ]
    random = Random(7)
    for _ in range(100):
        damaged = bytearray(content)
        place = random.choice(places) + random.randrange(-60, 400)
        damaged[place] ^= 1 << random.randrange(8)
        path.write_bytes(damaged)
        examine(path, whole)


def test_a_page_of_noise_never_raises_anything_but_our_errors(
    small: Path, whole: dict[int, Exchange], path: Path
) -> None:
    content = small.read_bytes()
    for start in range(0, len(content), 16384):
        damaged = content[:start] + Random(start).randbytes(16384) + content[start + 16384 :]
        path.write_bytes(damaged[: len(content)])
        assert not examine(path, whole)


def copy(small: Path, path: Path) -> Path:
    path.write_bytes(small.read_bytes())
    return path


def test_a_body_that_changed_is_a_problem_of_its_call(small: Path, path: Path) -> None:
    copy(small, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        digest, data = connection.execute(
            "SELECT hash, data FROM body JOIN exchange ON response_hash = hash WHERE id = 3"
        ).fetchone()
        connection.execute(
            "UPDATE body SET data = ? WHERE hash = ?", (data[:-1] + bytes([data[-1] ^ 1]), digest)
        )
    (problem,) = verify(path).problems
    assert problem.place == "call 3"
    assert "is not what was recorded" in problem.message
    assert verify(path).exchanges == CALLS - 1


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("size", "'abc'", "str"),
        ("size", "1.5", "float"),
        ("size", "x'00'", "bytes"),
        ("codec", "x'00'", "bytes"),
        ("data", "'abc'", "str"),
        ("data", "7", "int"),
    ],
)
def test_a_body_with_a_column_of_another_type_is_a_problem_of_its_call(
    small: Path, path: Path, column: str, value: str, kind: str
) -> None:
    asked = "(SELECT request_hash FROM exchange WHERE id = 5)"
    change(copy(small, path), f"UPDATE body SET {column} = {value} WHERE hash = {asked}")
    (problem,) = verify(path).problems
    assert problem.place == "call 5"
    assert f"is stored with a {column} of type {kind}" in problem.message


@pytest.mark.parametrize(
    ("table", "column"), [(table, name) for table, names in TABLES.items() for name in names]
)
def test_whatever_is_changed_in_a_row_is_found_and_not_continued(
    path: Path, table: str, column: str
) -> None:
    write(path, *chained(3))
    (key,) = rows(path, f"SELECT {TABLES[table][0]} FROM {table} LIMIT 1")[0]
    (kind,) = rows(path, f"SELECT typeof({column}) FROM {table} LIMIT 1")[0]
    other = {"integer": "77", "blob": "x'00'"}.get(str(kind), "'other'")
    change(path, f"UPDATE {table} SET {column} = {other} WHERE {TABLES[table][0]} = ?", key)
    result = verify(path)
    assert not result.whole
    with pytest.raises(InputError, match="damaged"):
        write(path, exchange(), append=True)


@pytest.mark.parametrize("table", ["request_key", "observation"])
def test_what_is_derived_of_a_call_that_is_not_there_is_found(path: Path, table: str) -> None:
    write(path, *chained(2))
    change(path, f"UPDATE {table} SET exchange = 9 WHERE exchange = 2")
    reseal(path)
    assert ("there is no such call") in {problem.message for problem in verify(path).problems}


def test_a_checksum_that_is_missing_is_found(path: Path) -> None:
    write(path, *chained(2))
    for table in TABLES:
        copied = path.with_name(f"{table}.iairec")
        copy(path, copied)
        change(copied, f"UPDATE {table} SET checksum = NULL")
        assert not verify(copied).whole


def test_a_body_of_no_call_is_checked_too(path: Path) -> None:
    write(path, *chained(2))
    change(path, "INSERT INTO body VALUES (zeroblob(32), 'raw', 3, x'010203')")
    (problem,) = verify(path).problems
    assert (problem.place, problem.message.endswith("is not what was recorded")) == (
        "body 000000000000",
        True,
    )


def test_missing_calls_are_named(small: Path, path: Path) -> None:
    change(copy(small, path), "DELETE FROM exchange WHERE id IN (1, 5, 6, 7)")
    problems = verify(path).problems
    assert [(problem.place, problem.message) for problem in problems] == [
        ("call 1", "it is missing"),
        ("calls 5 to 7", "they are missing"),
    ]


def test_a_huge_number_is_one_gap(small: Path, path: Path) -> None:
    change(copy(small, path), "UPDATE exchange SET id = 9223372036854775807 WHERE id = 12")
    result = verify(path)
    assert result.exchanges == CALLS - 1
    assert [problem.place for problem in result.problems if "calls" in problem.place] == [
        f"calls 12 to {2**63 - 2}"
    ]


def test_what_is_whole_is_saved_with_its_marks(
    small: Path, whole: dict[int, Exchange], path: Path
) -> None:
    change(copy(small, path), "UPDATE exchange SET request_headers = '[' WHERE id = 4")
    saved = path.with_name("saved.iairec")
    assert salvage(path, saved) == CALLS - 1
    with Recording(saved) as recording:
        kept = list(recording.exchanges())
    before = [made for number, made in whole.items() if number != 4]
    assert [made.request for made in kept] == [made.request for made in before]
    assert [made.response for made in kept] == [made.response for made in before]
    assert verify(saved).whole


def test_what_is_saved_keeps_the_large_call_that_it_is_a_part_of(path: Path) -> None:
    saved = path.with_name("saved.iairec")
    large_call = replace(exchange(request(target="/large_drive")), large="a")
    write(path, replace(exchange(), large="a"), large_call)
    assert salvage(path, saved) == 2
    with Recording(saved) as recording:
        part, again = recording.exchanges()
        assert (part.large, again.large) == ("a", "a")
        assert recording.large_call_of(part) == 2
        assert recording.large_call_of(again) is None
        assert [call.is_large_call for call in recording.calls()] == [False, True]


def test_nothing_is_saved_over_an_existing_file(small: Path, path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(UsageError, match="exists: give another file, which --salvage makes"):
        salvage(small, path)
    assert path.read_text() == "precious"


@pytest.mark.filterwarnings("ignore::iai_proxy.errors.RecordingWarning")  # one cut to nothing
def test_a_damaged_log_beside_the_file_costs_no_more_than_its_own_calls(
    small: Path, whole: dict[int, Exchange], path: Path
) -> None:
    copy(small, path)
    with RecordingWriter(path, append=True) as writer:
        writer.append(lambda: exchange(b"new")).result(10)
        crashed = path.with_name("crashed.iairec")
        for suffix in ("", "-wal"):
            crashed.with_name(crashed.name + suffix).write_bytes(
                path.with_name(path.name + suffix).read_bytes()
            )
    log = crashed.with_name(crashed.name + "-wal")
    content = log.read_bytes()
    for length in (0, 10, 32, 100, len(content) // 2, len(content)):
        log.write_bytes(content[:length])
        crashed.with_name(crashed.name + "-shm").unlink(missing_ok=True)
        assert verify(crashed).exchanges >= CALLS
        assert verify(crashed).whole


# Bodies that refer to others


def stored(path: Path) -> list[tuple[int, str, str]]:
    """Of each call: its number, and the codecs of its bodies."""
    return rows(
        path,
        "SELECT e.id, asked.codec, answer.codec FROM exchange e "
        "JOIN body asked ON asked.hash = request_hash "
        "JOIN body answer ON answer.hash = response_hash ORDER BY e.id",
    )


def test_a_damaged_body_is_a_problem_of_each_call_that_needs_it(path: Path) -> None:
    made = chained(6)
    write(path, *made)
    assert stored(path) == [(number, "agents", "agents") for number in range(1, 7)]
    assert verify(path).whole
    change(
        path,
        "UPDATE body SET data = substr(data, 1, length(data) - 1) "
        "WHERE hash = (SELECT response_hash FROM exchange WHERE id = 3)",
    )
    result = verify(path)
    own, other = result.problems
    assert (own.place, other.place) == ("call 3", "call 4")
    assert " is not what was recorded: a packed body is damaged: " in own.message
    assert other.message == f"a body that this one refers to can't be read: {own.message}"
    saved = path.with_name("saved.iairec")
    assert salvage(path, saved) == result.exchanges == 4
    with Recording(saved) as recording:
        kept = list(recording.exchanges())
    whole = [made[number] for number in (0, 1, 4, 5)]
    assert list(map(bodies_of, kept)) == list(map(bodies_of, whole))
    assert verify(saved).whole


def test_without_the_request_that_others_repeat_their_calls_are_not_whole(path: Path) -> None:
    made = [with_sizes(call) for call in chained(5)]
    write(path, *made)
    change(
        path,
        "DELETE FROM body WHERE hash = (SELECT request_hash FROM exchange WHERE id = 1)",
    )
    assert [problem.place for problem in verify(path).problems] == [
        f"call {number}" for number in (1, 2, 3, 4, 5)
    ]


def with_sizes(call: Exchange) -> Exchange:
    asked = json.loads(call.request.body)
    asked["agent_properties"] = [{"length": 4.5 + agent, "width": 1.8} for agent in range(3)]
    return replace(call, request=replace(call.request, body=json.dumps(asked).encode()))


@pytest.mark.parametrize("way", ["emptied", "deleted"])
def test_a_recording_that_was_emptied_while_it_was_written_is_saved_from_its_log(
    path: Path, way: str
) -> None:
    bodies = [b"%d" % number * 3000 for number in range(12)]
    writer = RecordingWriter(path)
    for body in bodies:
        writer.append(lambda body=body: exchange(body)).result(20)
    if way == "emptied":
        os.truncate(path, 0)
    else:
        path.unlink()
    with pytest.raises(RecordingFailedError, match=r"verify .*--salvage OUT` saves what is left"):
        writer.append(exchange).result(20)
    writer.close()
    looks = [Recording, RecordingWriter, *([is_recording] if way == "emptied" else [])]
    for look in looks:
        with pytest.raises(InputError, match=r"calls of it are in .*--salvage OUT` saves them"):
            look(path, append=True) if look is RecordingWriter else look(path)
    found = verify(path)
    assert found.exchanges == 12
    assert [problem.place for problem in found.problems] == ["file"]
    assert salvage(path, path.with_name("saved.iairec")) == 12
    with Recording(path.with_name("saved.iairec")) as saved:
        assert [made.request.body for made in saved.exchanges()] == bodies
    assert verify(path).exchanges == 12  # nothing of it was taken away
