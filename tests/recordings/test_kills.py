"""A recorder that is killed, at whatever moment, has lost no call that counted."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from random import Random

from support.recordings import python
from support.tries import Tries

from iai_proxy.recordings import Recording, verify

#: For each line that it is given, a process that records one call after another into the file, and
#: says of each when it counts. Each continues the file. They are forked, as starting takes long.
#: Each line is written at once: `print` may be killed between a number and the end of its line.
RECORDERS = """
    import itertools, os, sys
    from pathlib import Path
    from support.recordings import chained
    from iai_proxy.recordings import RecordingWriter
    calls = chained(400)
    def say(what):
        os.write(1, f"{what}\\n".encode())
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            with RecordingWriter(Path(sys.argv[1]), append=True, packs_beside=True) as writer:
                say(os.getpid())
                for call in itertools.cycle(calls):  # until it is killed
                    say(writer.append(lambda: call).result())
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say("killed" if os.WIFSIGNALED(status) else "ended")
"""


def test_no_call_that_counted_is_lost_whenever_the_recorder_is_killed(
    path: Path, tries: Tries
) -> None:
    """In a file that grows from kill to kill, and begins anew when it is long."""
    random = Random(22)
    rounds = tries.rounds(usual=30, soak=200)
    last = 0
    with python(RECORDERS, path) as recorders:
        for _ in range(rounds):
            counted = recorded_until_killed(recorders, random.random() / 10)
            with Recording(path) as recording:
                now = len(recording)
            # One more may be there: it was committed, and that was not said yet.
            assert last + counted <= now <= last + counted + 1
            last = now
            if now > 500:
                assert verify(path).whole
                for suffix in ("", "-wal", "-shm", "-lock"):
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
                last = 0
        recorders.communicate(timeout=20)
    assert not path.exists() or verify(path).whole
    tries.note("kills", rounds)


def recorded_until_killed(recorders: subprocess.Popen[str], after_s: float) -> int:
    """Return how many calls a recorder said to count before it was killed."""
    assert recorders.stdin
    assert recorders.stdout
    recorders.stdin.write("\n")
    recorders.stdin.flush()
    recorder = int(recorders.stdout.readline())
    time.sleep(after_s)
    os.kill(recorder, signal.SIGKILL)
    counted = 0
    while (line := recorders.stdout.readline()) != "killed\n":
        assert line.strip().isdigit(), "the recorder ended before it was killed"
        counted += 1
    return counted
