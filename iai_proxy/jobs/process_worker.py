"""A process that works on one item after the other, until what started it is gone."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from iai_proxy import child_process
from iai_proxy.jobs.outcome import Outcome, outcome_of
from iai_proxy.jobs.pickled import pickled


def main() -> None:
    """Answer each item with what comes of it."""
    connection = child_process.parent()
    with suppress(EOFError, OSError):  # the parent is gone
        function = connection.recv()
        while True:
            outcome: Outcome[Any] = outcome_of(function, connection.recv())
            connection.send_bytes(pickled(outcome))


if __name__ == "__main__":
    main()
