"""The proxies that are compared, each as a command and what a client must know of it."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calling import Calls
from processes import free_port
from upstream import Upstream

from iai_proxy.client.authority import Authority

API = ("api.inverted.ai", 443)
PEERS = Path(__file__).parent / "peers"
NO_MOCKTTP = "mockttp is left out: `make bench` found no node and npm to run it with."


@dataclass(frozen=True)
class Way:
    """One way from a client to the upstream, or to a recording.

    Attributes:
        name: as tables have it.
        command: what runs the proxy; empty for none.
        port: where it listens.
        target: the host and port for which a client's calls are.
        roots: what the client trusts.
    """

    name: str
    command: tuple[str, ...]
    port: int
    target: tuple[str, int]
    roots: Path

    def calls(self, stored: Path | None = None, **more: Any) -> Calls:
        """Return what a client does over this way; see `Calls` for `more`."""
        place = str(stored) if stored else ""
        return Calls(*self.target, self.port, str(self.roots), place, **more)


def has_mockttp() -> bool:
    """Whether mockttp is installed, and node is there."""
    return bool(shutil.which("node")) and (PEERS / "node_modules" / "mockttp").is_dir()


class Ways:
    """Makes ways; each has a new port.

    Args:
        folder: for the certificates of all.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ours = Authority.ensure(folder / "ca")

    def direct(self, upstream: Upstream) -> Way:
        return Way("direct", (), 0, ("localhost", upstream.port), upstream.certificate)

    def record(self, upstream: Upstream, recording: Path, *flags: str) -> Way:
        command: tuple[str, ...] = ("record", "-o", str(recording), *flags)
        return self._way_of_ours(" ".join(("record", *flags)), *command, *self.to(upstream))

    def replay(self, recording: Path, *flags: str) -> Way:
        return self._way_of_ours(" ".join(("replay", *flags)), "replay", str(recording), *flags)

    def to(self, upstream: Upstream) -> tuple[str, ...]:
        """Return the flags that send the API's calls to an upstream."""
        return ("--upstream", upstream.url, "--upstream-ca", str(upstream.certificate))

    @property
    def variables(self) -> dict[str, str]:
        """What a command of ours needs in its environment."""
        return {"IAI_PROXY_CA_DIR": str(self._ours.folder)}

    def _way_of_ours(self, name: str, *arguments: str) -> Way:
        port = free_port()
        command: tuple[str, ...] = (
            sys.executable,
            "-m",
            "iai_proxy",
            *arguments,
            "--listen",
            f"127.0.0.1:{port}",
        )
        command += ("--ca-dir", str(self._ours.folder))
        return Way(name, command, port, API, self._ours.path)

    def mitmdump(self, upstream: Upstream, *flags: str, name: str = "mitmdump") -> Way:
        port = free_port()
        command: tuple[str, ...] = (str(Path(sys.executable).parent / "mitmdump"), "--quiet")
        command += ("--listen-host", "127.0.0.1", "--listen-port", str(port))
        command += ("--set", f"confdir={self._folder / 'mitmproxy'}")
        command += ("--set", f"ssl_verify_upstream_trusted_ca={upstream.certificate}")
        roots = self._folder / "mitmproxy" / "mitmproxy-ca-cert.pem"
        return Way(name, (*command, *flags), port, ("localhost", upstream.port), roots)

    def mitmdump_w(self, upstream: Upstream, flows: Path) -> Way:
        return self.mitmdump(upstream, "-w", str(flows), name="mitmdump -w")

    def server_replay(self, upstream: Upstream, flows: Path) -> Way:
        flags: tuple[str, ...] = (
            "--server-replay",
            str(flows),
            "--set",
            "server_replay_reuse=true",
        )
        flags += ("--set", "server_replay_extra=kill", "--set", "server_replay_refresh=false")
        flags += ("--set", "connection_strategy=lazy")
        # Each section has an upstream of its own: the flows were recorded with another port.
        flags += ("--set", "server_replay_ignore_port=true")
        return self.mitmdump(upstream, *flags, name="server replay")

    def mockttp(self, upstream: Upstream) -> Way:
        return self._mockttp(upstream, "pass")

    def mockttp_replay(self, upstream: Upstream, stored: Path) -> Way:
        return self._mockttp(upstream, "replay", str(stored))

    def _mockttp(self, upstream: Upstream, *arguments: str) -> Way:
        port = free_port()
        command = ("node", str(PEERS / "mockttp.mjs"), str(port), str(self._folder), *arguments)
        target = ("localhost", upstream.port)
        return Way("mockttp", command, port, target, self._folder / "mockttp.pem")
