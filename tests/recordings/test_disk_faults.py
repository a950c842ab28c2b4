"""What can't be written is refused, and what was answered before is kept: faults of real disks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.exchanges import exchange
from support.recordings import python, write
from support.tries import Tries

from iai_proxy.errors import UsageError
from iai_proxy.recordings import Recording, RecordingWriter, verify

#: Records until it is refused, says how many were answered, has room again, and records once more.
FAULT = """
    import resource, signal, sys
    from pathlib import Path
    from support.exchanges import exchange
    from iai_proxy.recordings import RecordingWriter
    from iai_proxy.recordings.writer import RecordingFailedError
    import os
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limit, low = getattr(resource, sys.argv[2]), int(sys.argv[3])
    hard = resource.getrlimit(limit)[1]
    writer = RecordingWriter(Path(sys.argv[1]), fsync=sys.argv[4] == "fsync")
    writer.append(lambda: exchange(b"first")).result()
    resource.setrlimit(limit, (low, hard))
    answered, refused = 1, 0
    for number in range(60):
        try:
            writer.append(lambda: exchange(os.urandom(30_000))).result()
            answered += 1
        except RecordingFailedError as error:
            refused += 1
            said = str(error)
    try:
        writer.check().result()
        print("accepts")
    except RecordingFailedError:
        print("refuses")
    resource.setrlimit(limit, (hard, hard))
    writer.append(lambda: exchange(b"last")).result()
    print(answered + 1, refused, flush=True)
    print(said if refused else "", flush=True)
    if sys.argv[5] == "close":
        writer.close()
    os._exit(0)
"""


@pytest.mark.parametrize("ending", ["close", "killed"])
@pytest.mark.parametrize("fsync", ["fsync", "no fsync"])
def test_where_the_disk_is_full_calls_are_refused_until_there_is_room(
    path: Path, fsync: str, ending: str, tries: Tries
) -> None:
    with python(FAULT, path, "RLIMIT_FSIZE", 600_000, fsync, ending) as process:
        said, _ = process.communicate(timeout=60)
    accepted, counts, sentence = said.splitlines()
    answered, refused = map(int, counts.split())
    assert accepted == "refuses"
    assert refused > 30
    assert "recording goes on as soon as it can be written again" in sentence
    with Recording(path) as recording:
        assert len(recording) == answered
        assert recording.exchange(answered).request.body == b"last"
    assert verify(path).whole
    tries.note("disk faults", refused)


def test_without_file_handles_a_recording_that_is_open_goes_on(path: Path, tries: Tries) -> None:
    with python(FAULT, path, "RLIMIT_NOFILE", 3, "no fsync", "close") as process:
        said, _ = process.communicate(timeout=60)
    accepted, counts, *_ = said.splitlines()
    assert (accepted, counts) == ("accepts", "62 0")
    with Recording(path) as recording:
        assert len(recording) == 62
    assert verify(path).whole
    tries.note("disk faults", 60)


def test_without_file_handles_none_is_begun(path: Path, tries: Tries) -> None:
    code = """
        import resource, sys
        from pathlib import Path
        from iai_proxy.errors import UsageError
        from iai_proxy.recordings import RecordingWriter, reader, writer
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 100))
        try:
            RecordingWriter(Path(sys.argv[1]))
        except UsageError as error:
            print(error)
    """
    with python(code, path) as process:
        said, _ = process.communicate(timeout=60)
    assert "can't write" in said
    assert list(path.parent.iterdir()) == []
    tries.note("disk faults", 1)


@pytest.mark.skipif(not os.getuid(), reason="root may write everywhere")
def test_what_may_only_be_read_is_not_continued(path: Path, tries: Tries) -> None:
    write(path, exchange())
    before = path.read_bytes()
    path.chmod(0o400)
    with pytest.raises(UsageError, match="can't write"):
        RecordingWriter(path, append=True)
    path.parent.chmod(0o500)
    try:
        for place in (path, path.with_name("new.iairec")):
            with pytest.raises(UsageError, match="can't write"):
                RecordingWriter(place, append=True)
    finally:
        path.parent.chmod(0o700)
    assert path.read_bytes() == before
    tries.note("disk faults", 3)


def test_with_fsync_each_commit_waits_for_the_disk(path: Path) -> None:
    """SQLite's FULL (2), where it is NORMAL (1) else."""
    for fsync, expected in ((True, 2), (False, 1)):
        made = path.with_name(f"{fsync}.iairec")
        with RecordingWriter(made, fsync=fsync) as writer:
            writer.append(exchange).result(20)
            assert writer._connection.execute("PRAGMA synchronous").fetchone() == (expected,)
        assert verify(made).whole
