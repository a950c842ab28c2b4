"""A draft gets to its place as a whole, or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from support.exchanges import exchange

from iai_proxy.recordings import Recording, RecordingWriter, verify
from iai_proxy.recordings.files import has_log
from iai_proxy.testing.drafts import Draft


def test_calls_that_could_not_be_folded_in_are_kept(tmp_path: Path) -> None:
    """A reader that stays in the way keeps the log beside the file."""
    path = tmp_path / "kept" / "run.iairec"
    draft = Draft(path)
    with RecordingWriter(draft.file) as writer:
        writer.append(exchange).result(20)
        with closing(sqlite3.connect(draft.file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM exchange").fetchall()
            writer.append(lambda: exchange(b"later")).result(20)
            writer.close()
            assert has_log(draft.file)
            draft.keep()
    with Recording(path) as recording:
        assert [made.request.body for made in recording.exchanges()][1:] == [b"later"]
    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o600
    assert verify(path).whole
