"""A run of an offline replay and of a client, to be started where there is no way out.

``python -m support.no_route COUNT WORKER…``: starts WORKER (a replay with ``--ready-file
ready.json``), makes COUNT requests of all kinds, stops it, and prints how many were answered.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

#: Linux: SIOCSIFFLAGS, and the flag that brings an interface up (netdevice(7)).
_SET_FLAGS, _UP = 0x8914, 1
READY = Path("ready.json")
PREFIX = "/v0/aws/m1"


def bring_loopback_up() -> None:
    """Bring ``lo`` up, which a new network namespace has down; elsewhere it is up already."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket,
        contextlib.suppress(OSError),
    ):
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh", b"lo", _UP))


def request(listeners: dict[str, str], number: int) -> int:
    """Make one of a few kinds of requests; return the status."""
    forward, reverse = (listeners[name].split(":") for name in ("listen", "reverse_listen"))
    body = json.dumps({"location": "canada:drake_street", "agent_states": [[number, 0, 0, 1]]})
    kinds = (
        (forward, "GET", f"http://api.inverted.ai{PREFIX}/test"),
        (forward, "POST", f"http://api.inverted.ai{PREFIX}/drive"),
        (forward, "GET", "http://example.com/"),
        (forward, "GET", "http://localhost:22/"),
        (forward, "CONNECT", "api.inverted.ai:443"),
        (forward, "CONNECT", "example.com:443"),
        (reverse, "POST", "/initialize"),
        (reverse, "POST", "/large_drive"),
        (reverse, "GET", "/location_info?location=canada:drake_street"),
        (reverse, "GET", "/"),
    )
    (host, port), method, target = kinds[number % len(kinds)]
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    with contextlib.closing(connection):
        connection.putrequest(method, target)
        if method == "POST":
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body.encode() if method == "POST" else None)
        answer = http.client.HTTPResponse(connection.sock, method=method)
        answer.begin()
        return answer.status


def main(count: int, command: list[str]) -> None:
    bring_loopback_up()
    with subprocess.Popen(command, stdout=sys.stderr) as replay:
        for _ in range(600):
            if READY.exists() or replay.poll() is not None:
                break
            time.sleep(0.1)
        facts = json.loads(READY.read_text())
        answered = [request(facts, number) for number in range(count)]
        replay_id = facts["process"]
        subprocess.run(["kill", f"-{signal.SIGTERM.value}", str(replay_id)], check=True)
        replay.wait()
    print(len(answered), replay.returncode)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
