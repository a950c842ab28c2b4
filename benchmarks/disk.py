"""What a call of 100 agents takes on the disk, and whether all bytes come back.

One run of the real SDK, 50 steps, is recorded while the SDK writes its own debug log. Calls of the
client without think time are recorded and packed: against each body packed by itself with zstd
(level 3), and against the recording that was made of these same calls before its codec knew the
traffic. Every body is read back and compared with what was sent.
"""

from __future__ import annotations

from pathlib import Path

import zstandard
from bodies import Stored, store
from figures import Rows
from limits import Limits
from recorded import all_called, packed
from sdk_loop import SIZES, Loop
from upstream import upstream
from ways import Ways

from iai_proxy.recordings import Recording

CALLS, TINY = 200, 3
#: What these 200 calls took with format 2, by measurement: the same for each run, as they are.
FORMAT_2_KB = 299.5


def run(_limits: Limits, folder: Path, *, tiny: bool = False) -> Rows:
    """Measure once: sizes don't change from round to round."""
    rows, made = Rows("disk"), Ways(folder)
    agents, steps = (2, 2) if tiny else SIZES
    stored = store(folder / "disk", agents, [steps])
    recording, logs = folder / "sdk.iairec", folder / "logs"
    logs.mkdir()
    with upstream(folder, stored=stored) as up:
        Loop(made, up, agents, steps).recorded_and_logged(recording, logs)
    logged = sum(path.stat().st_size for path in logs.iterdir())
    rows.add({"kb": recording.stat().st_size / steps / 1e3}, what="SDK run, recorded")
    rows.add({"kb": logged / steps / 1e3}, what="SDK run, its log")
    _without_think_time(rows, made, folder, TINY if tiny else CALLS)
    return rows


def _without_think_time(rows: Rows, made: Ways, folder: Path, calls: int) -> None:
    stored = store(folder / "bytes", SIZES[0], [calls])
    recording = folder / "bytes.iairec"
    with upstream(folder, stored=stored) as up:
        all_called(made.record(up, recording), stored, folder)
    zstd = zstandard.ZstdCompressor(level=3)
    sent = list(Stored(stored).calls_of(0))
    alone = sum(len(zstd.compress(body)) for call in sent for body in call[1:])
    rows.add({"kb": recording.stat().st_size / calls / 1e3}, what="calls, as `record` leaves them")
    packed(recording)
    rows.add({"kb": recording.stat().st_size / calls / 1e3}, what="calls, recorded")
    rows.add({"kb": alone / calls / 1e3}, what="calls, zstd of each body")
    size = sum(len(body) for call in sent for body in call[1:])
    rows.add({"kb": size / calls / 1e3}, what="calls, as they are")
    if calls == CALLS:
        rows.add({"kb": FORMAT_2_KB}, what="calls, recorded without knowing the traffic")
    with Recording(recording) as opened:
        kept = [
            (each.request.body, each.response and each.response.body) for each in opened.exchanges()
        ]
    same = sum(call[1:] == bodies for call, bodies in zip(sent, kept, strict=True))
    rows.add({"share": same / len(sent)}, what="calls whose bytes come back")
