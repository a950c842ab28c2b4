"""Many bodies, unpacked on all cores."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import zstandard
from support.exchanges import exchange
from support.recordings import change, write

from iai_proxy.errors import InputError
from iai_proxy.recordings import Recording


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
