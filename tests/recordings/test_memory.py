"""Memory that large bodies took is given back."""

from __future__ import annotations

import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from support.exchanges import exchange, response
from support.recordings import python

from iai_proxy.recordings import RecordingWriter
from iai_proxy.recordings.memory import UsedMemory

MB = 1_000_000


def test_a_writer_holds_no_body_of_a_call_that_is_stored(path: Path) -> None:
    tracemalloc.start()
    try:
        with RecordingWriter(path, packs_beside=True) as writer:
            writer.append(lambda: exchange(answer=response(bytes(40 * MB)))).result()
            until = time.monotonic() + 20
            while tracemalloc.get_traced_memory()[0] > 5 * MB and time.monotonic() < until:
                time.sleep(0.01)
            held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 5 * MB


def test_it_is_given_back_a_moment_after_the_last_large_body_and_again_later() -> None:
    used = UsedMemory()
    used.add(MB)
    assert used.turn() is None
    used.add(100 * MB)
    first_s = used.turn()
    assert first_s is not None
    assert 0 < first_s <= 1
    time.sleep(first_s)
    second_s = used.turn()
    assert second_s is not None
    assert 5 < second_s <= 9


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_small_pieces_took_goes_back_to_the_system() -> None:
    program = """
from pathlib import Path
from iai_proxy.recordings.memory import give_back

def held_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

before = held_mb()
pieces = [bytes(60_000) + bytes([n % 256]) for n in range(3000)]
last = pieces[-1]
taken = held_mb() - before
del pieces
give_back()
print(taken > 150, held_mb() - before < 30)
"""
    with python(program) as process:
        said, _ = process.communicate()
    assert said == "True True\n"
