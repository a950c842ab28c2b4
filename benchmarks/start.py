"""From the start of a command to the first call served.

``record`` against bare ``mitmdump``; ``replay`` of 1,000 calls of 100 agents against mitmproxy's
server replay and mockttp. Each is started anew in each round, and tried each 5 ms; ``ready`` is
when it listens, ``first`` when the client has the answer to its first call.
"""

from __future__ import annotations

import ssl
import tempfile
import time
from pathlib import Path

from bodies import Stored
from calling import Connection
from figures import Rows
from limits import Limits
from processes import running
from replaying import files
from upstream import upstream
from ways import Way, Ways, has_mockttp


def run(limits: Limits, folder: Path, *, tiny: bool = False) -> Rows:
    rows, made = Rows("start"), Ways(folder)
    stored, recording, flows = files(made, folder, tiny=tiny)
    with upstream(folder, stored=stored) as up:
        for _ in limits.rounds():
            with tempfile.TemporaryDirectory(dir=folder) as name:
                scratch = Path(name)
                ways = [made.mitmdump(up), made.record(up, scratch / "run.iairec")]
                ways += [made.server_replay(up, flows), made.replay(recording)]
                ways += [made.mockttp_replay(up, stored)] if has_mockttp() else []
                for way in ways:
                    rows.add(_started(way, stored, scratch), way=way.name)
    return rows


def _started(way: Way, stored: Path, scratch: Path) -> dict[str, float]:
    call = Stored(stored).call(0, 0)
    with running(way.command, way.port, scratch / "log") as proxy:
        context = ssl.create_default_context(cafile=str(way.roots))
        connection = Connection(way.calls(stored), context)
        connection.ask(call.endpoint, call.request, "0/0")
        first = time.perf_counter() - proxy.begun
        connection.close()
    return {"ready_s": proxy.ready_s, "first_s": first}
