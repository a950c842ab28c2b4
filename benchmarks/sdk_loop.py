"""The loop of the real SDK, 100 agents for 50 steps: ms a step.

The ways take turns: ``direct`` TLS, through ``mitmdump -w``, through ``record``, from ``replay``,
and direct with the SDK's own debug log (``IAI_LOGGER_PATH``), whose time grows with the square of
the steps: that is measured in the first round alone. Import and ``initialize`` are not counted.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bodies import store
from figures import Rows
from limits import Limits
from processes import clean_environment, running
from upstream import Upstream, upstream
from ways import Ways

CLIENT = Path(__file__).parent / "sdk_client.py"
SIZES, TINY = (100, 50), (2, 2)


def run(limits: Limits, folder: Path, *, tiny: bool = False) -> Rows:
    rows = Rows("sdk_loop")
    agents, steps = TINY if tiny else SIZES
    stored = store(folder / "sdk_loop", agents, [steps])
    with upstream(folder, stored=stored) as up:
        loop = Loop(Ways(folder), up, agents, steps)
        for number in limits.rounds():
            with tempfile.TemporaryDirectory(dir=folder) as name:
                scratch = Path(name)
                for way, ms in loop.each_way(scratch):
                    rows.add({"ms": ms}, way=way)
                if not number:
                    rows.add({"ms": loop.logged_ms(scratch)}, way="the SDK's log")
    return rows


class Loop:
    """Runs the SDK's loop in several ways."""

    def __init__(self, made: Ways, up: Upstream, agents: int, steps: int) -> None:
        self._made, self._up, self._steps = made, up, steps
        self._client = [sys.executable, str(CLIENT), str(agents), str(steps)]
        self._clean = {**clean_environment(), **made.variables}
        self._direct = {
            **self._clean,
            "IAI_DEV": "1",
            "IAI_DEV_URL": up.url,
            "REQUESTS_CA_BUNDLE": str(up.certificate),
        }

    def each_way(self, scratch: Path) -> Iterator[tuple[str, float]]:
        """Yield the names of the ways, and ms a step."""
        recording = scratch / "run.iairec"
        yield "direct", self._ms(self._client, self._direct)
        with self._through_mitmdump(scratch) as environment:
            yield "mitmdump -w", self._ms(self._client, environment)
        yield "record", self._ms([*self.recording(recording), *self._client], self._clean)
        yield "replay", self._ms([*self.replaying(recording), *self._client], self._clean)

    def logged_ms(self, scratch: Path) -> float:
        """Return ms a step while the SDK writes its debug log."""
        return self._ms(self._client, {**self._direct, "IAI_LOGGER_PATH": str(scratch)})

    def recorded_and_logged(self, recording: Path, logs: Path) -> None:
        """Make one run that is recorded, and that the SDK logs itself."""
        environment = {**self._clean, "IAI_LOGGER_PATH": str(logs)}
        self._ms([*self.recording(recording), *self._client], environment)

    def recording(self, recording: Path) -> list[str]:
        to = self._made.to(self._up)
        return [sys.executable, "-m", "iai_proxy", "record", "-o", str(recording), *to, "--"]

    def replaying(self, recording: Path) -> list[str]:
        flags = ("--fail-on-miss", "--")
        return [sys.executable, "-m", "iai_proxy", "replay", str(recording), *flags]

    @contextlib.contextmanager
    def _through_mitmdump(self, scratch: Path) -> Iterator[dict[str, str]]:
        way = self._made.mitmdump_w(self._up, scratch / "run.flows")
        with running(way.command, way.port, scratch / "log"):
            proxy = f"http://127.0.0.1:{way.port}"
            roots = {"HTTPS_PROXY": proxy, "REQUESTS_CA_BUNDLE": str(way.roots)}
            yield {**self._direct, **roots}

    def _ms(self, command: list[str], environment: dict[str, str]) -> float:
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode()[-3000:]}")
        return float(done.stdout) / self._steps * 1e3
