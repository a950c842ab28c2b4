"""The child process of ``spawned_sandbox``; people use ``iai-proxy sandbox``.

It reads one line of settings from standard input, writes the URL to standard output, and stops when
standard input ends.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from iai_proxy.sandbox.server import serve
from iai_proxy.saying import show_exactly
from iai_proxy.settings.serving import SandboxSettings


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m iai_proxy.sandbox", description=__doc__)
    parser.add_argument("--listen", metavar="HOST:PORT", default="127.0.0.1:0")
    host, _, port = parser.parse_args().listen.rpartition(":")
    settings = SandboxSettings.model_validate_json(sys.stdin.readline())

    def ready(url: str) -> None:
        show_exactly(url)
        threading.Thread(target=_stop_at_the_end_of_input, daemon=True).start()

    serve(settings, host, int(port), ready)


def _stop_at_the_end_of_input() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
