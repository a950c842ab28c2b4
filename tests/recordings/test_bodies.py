"""Many bodies, unpacked on all cores."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import zstandard
from support.cli import Cli
from support.exchanges import exchange
from support.recordings import change, write

from iai_proxy.errors import InputError
from iai_proxy.recordings import Recording
from iai_proxy.recordings.codecs import referring
from iai_proxy.recordings.codecs.referring import References
from iai_proxy.recordings.codecs.source import source_of
from iai_proxy.recordings.codecs.written import Kind, Run, Written


def test_bodies_come_in_the_order_asked_for_and_an_empty_one_for_none(path: Path) -> None:
    bodies = [b'{"number":%d,"text":"%s"}' % (number, b"abc" * 300) for number in range(12)]
    write(path, *(exchange(body, b"answer") for body in bodies))
    with Recording(path) as recording:
        digests = [hashlib.sha256(body).digest() for body in bodies]
        assert list(recording.bodies([])) == []
        batches = [[], [None, digests[3], digests[3]], [*reversed(digests), None]]
        found = [[], [b"", bodies[3], bodies[3]], [*reversed(bodies), b""]]
        assert list(recording.bodies(batches)) == found
        assert list(recording.bodies(reversed(batches))) == found[::-1]


def test_of_lazy_bodies_recurrent_states_are_read_only_when_they_are_looked_at(path: Path) -> None:
    """Answers, requests that send them back or change them, and bodies of another kind."""
    answers = [answer_of(step) for step in range(4)]
    requests = [{"states_history": []}, *(sent_back(answer) for answer in answers[:2]), answers[0]]
    requests[2]["recurrent_states"][1][0] = 0.125
    bodies = [
        json.dumps(body).encode() for pair in zip(requests, answers, strict=True) for body in pair
    ]
    write(path, *(exchange(*bodies[at : at + 2]) for at in range(0, len(bodies), 2)))
    digests = [hashlib.sha256(body).digest() for body in bodies]
    with Recording(path) as recording:
        (lazy,) = recording.lazy_bodies([digests])
        assert [body.without_recurrent() for body in lazy] == [
            {name: value for name, value in json.loads(body).items() if name != "recurrent_states"}
            for body in bodies
        ]
        assert [body.whole() for body in lazy] == list(map(json.loads, bodies))
        change(path, "UPDATE body SET data = x'00' WHERE codec = 'agents'")
        (later,) = recording.lazy_bodies([digests[:1]])
        assert later[0].whole() == requests[0]
        with pytest.raises(InputError, match="damaged"):
            list(recording.lazy_bodies([digests]))


def answer_of(step: int) -> dict[str, Any]:
    numbers = random.Random(step)
    recurrent = [[numbers.gauss(0, 1) for _ in range(152)] for _ in range(5)]
    return {"agent_states": [[step, 1.5, 0, 2]] * 5, "recurrent_states": recurrent, "seen": True}


def sent_back(answer: dict[str, Any]) -> dict[str, Any]:
    return {"location": "a", **copy.deepcopy(answer), "random_seed": 7}


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("UPDATE body SET data = ?, codec = 'raw' WHERE size = ?", (b"x" * 900, 900)),
        (
            "UPDATE body SET data = ?, codec = 'zstd' WHERE size = ?",
            (zstandard.compress(b"x" * 900), 900),
        ),
        ("UPDATE body SET data = substr(data, 1, length(data) - 4) WHERE size = ?", (900,)),
        ("DELETE FROM body WHERE size = ?", (900,)),
    ],
)
@pytest.mark.parametrize("others", [0, 8])  # one by one, and on threads
def test_a_damaged_body_among_many_is_an_input_error(
    path: Path, others: int, statement: str, values: tuple[object, ...]
) -> None:
    bodies = [b"a" * 900, *(b"b" * (500 + number) for number in range(others))]
    write(path, *(exchange(body, b"answer") for body in bodies))
    change(path, statement, *values)
    with Recording(path) as recording, pytest.raises(InputError, match="damaged"):
        list(recording.bodies([[hashlib.sha256(body).digest() for body in bodies]]))


# Bodies that refer to others

ROW = b"[0.5,0.25]"
TEXT = b'{"recurrent_states":[%s]}'


def agents(*needed: bytes, rows: bytes = ROW, repeated: bytes | None = None) -> bytes:
    """Pack a body whose rows are those of others that are needed."""
    runs = tuple(Run(Kind.COPIED + 2 * number, 0, 0) for number in range(len(needed)))
    head, tail = TEXT.split(b"[%s]")
    return referring.pack(
        References(needed, repeated),
        Written(head, tail, python=False, spaced=False, runs=runs),
        lambda _: source_of(TEXT % rows),
    )


def store(path: Path, bodies: dict[bytes, tuple[str, bytes, int]]) -> None:
    write(path)
    for digest, (codec, data, size) in bodies.items():
        change(path, "INSERT INTO body VALUES (?, ?, ?, ?)", digest, codec, size, data)


def name(number: int) -> bytes:
    return bytes([number]) * 32


SIZE = len(TEXT % ROW)


@pytest.mark.parametrize(
    "bodies",
    [
        {name(1): ("agents", agents(name(1)), SIZE)},
        {name(1): ("agents", agents(repeated=name(1)), SIZE)},
        {name(n): ("agents", agents(name(3 - n)), SIZE) for n in (1, 2)},
        {name(n): ("agents", agents(name(n % 9 + 1)), SIZE) for n in range(1, 10)},
        {name(n): ("agents", agents(*map(name, range(1, 60))), SIZE) for n in range(1, 60)},
    ],
)
def test_bodies_that_refer_in_a_circle_are_damage(
    path: Path, bodies: dict[bytes, tuple[str, bytes, int]]
) -> None:
    store(path, bodies)
    with Recording(path) as recording:
        for read in (recording.body, lambda digest: list(recording.bodies([[digest] * 5]))):
            with pytest.raises(InputError, match=r"is damaged: the body .* in a circle, or too"):
                read(name(1))


def test_a_long_row_of_bodies_that_refer_to_the_next_is_damage(path: Path) -> None:
    store(path, {name(n): ("agents", agents(name(n + 1)), SIZE) for n in range(1, 40)})
    with Recording(path) as recording, pytest.raises(InputError, match="damaged"):
        recording.body(name(1))


def test_a_body_that_is_referred_to_and_missing_is_named(path: Path) -> None:
    store(path, {name(1): ("agents", agents(name(2)), SIZE)})
    with (
        Recording(path) as recording,
        pytest.raises(InputError, match="the body 020202020202 is missing"),
    ):
        recording.body(name(1))


def test_more_than_the_stored_size_is_never_put_together(path: Path) -> None:
    """255 copies of a megabyte each, in a body that says it has 40 bytes."""
    rows = b",".join([ROW] * 100_000)
    long = TEXT % rows
    digest = hashlib.sha256(long).digest()
    packed = agents(*[digest] * 255, rows=rows)
    store(path, {digest: ("raw", long, len(long)), name(1): ("agents", packed, 40)})
    tracemalloc.start()
    with Recording(path) as recording, pytest.raises(InputError, match="damaged"):
        recording.body(name(1))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 40 * len(long)


@pytest.mark.parametrize("other", [b"", b"{}", b'{"recurrent_states":7}', b"x" * 50])
def test_a_body_without_rows_can_not_be_referred_to(path: Path, other: bytes) -> None:
    digest = hashlib.sha256(other).digest()
    store(path, {digest: ("raw", other, len(other)), name(1): ("agents", agents(digest), SIZE)})
    with Recording(path) as recording, pytest.raises(InputError, match="damaged"):
        recording.body(name(1))


def test_bodies_that_refer_to_far_more_than_any_call_has_are_damage(path: Path) -> None:
    huge = (1 << 29) + 1
    store(path, {name(1): ("agents", agents(name(2)), SIZE), name(2): ("zstd", b"", huge)})
    with Recording(path) as recording, pytest.raises(InputError, match="too many others"):
        recording.body(name(1))


@pytest.mark.parametrize("command", ["pack", "export debug-log -o out.json", "call 2"])
def test_a_damaged_body_is_said_with_its_file_its_call_and_what_saves_the_rest(
    cli: Cli, command: str
) -> None:
    calls = [exchange(b"%d" % number * 3000, b"yes") for number in range(3)]
    write(cli.folder / "run.iairec", *calls)
    packed = "hash = (SELECT request_hash FROM exchange WHERE id = 2)"
    change(cli.folder / "run.iairec", f"UPDATE body SET size = 7 WHERE {packed}")
    verb, *rest = command.split()
    words = [rest.pop(0)] if verb == "export" else []
    done = cli.invoke(verb, *words, "run.iairec", *rest)
    assert done.exit_code == 3
    assert "run.iairec is damaged" in done.stderr
    assert "of call 2" in done.stderr
    assert "`iai-proxy verify run.iairec --salvage OUT`" in done.stderr
    assert "another file with -o" not in done.stderr
