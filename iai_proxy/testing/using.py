"""Uses a test's recording as its mode asks for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from iai_proxy.errors import UsageError
from iai_proxy.testing.api import Running, recording, replaying
from iai_proxy.testing.modes import Doing, doing


@dataclass
class Use:
    """One test's use of one recording.

    Attributes:
        path: the recording.
        mode: one of `iai_proxy.testing.modes.MODES`.
        options: keyword arguments of `iai_proxy.replaying`; `upstream` is for recording too.
        passed: whether the test has passed; to be said before the block of `used` ends.
        told: sentences of misses that a report has shown.
        running: the proxy, once there is one.
    """

    path: Path
    mode: str
    options: dict[str, Any]
    passed: bool = False
    told: set[str] = field(default_factory=set)
    running: Running | None = None

    @property
    def missed(self) -> list[str]:
        """The sentences of misses that no report has shown yet; none where misses are recorded."""
        if self.running is None or self.mode == "new_episodes":
            return []
        return [miss.sentence for miss in self.running.misses if miss.sentence not in self.told]

    @property
    def idle(self) -> bool:
        """Whether no call has come through the proxy."""
        running = self.running
        return running is not None and not (
            running.recorded or running.misses or running.served.total()
        )


@contextmanager
def used(use: Use) -> Iterator[Running]:
    """Record or replay while the block runs.

    Raises:
        InputError: there is no recording, or it can't be read.
        UsageError: the recording or the proxy can't be used as asked for.
    """
    upstream = use.options.get("upstream")
    if use.mode == "none" and use.options.get("until_step") is not None and not upstream:
        raise UsageError(
            "until_step goes on with the API, and --iai-record-mode=none is offline: give the "
            'marker an upstream, such as "sandbox", or choose another mode'
        )
    match doing(use.mode, use.path):
        case Doing.REPLAY:
            context = replaying(use.path, **use.options)
        case Doing.EXTEND:
            context = replaying(use.path, on_miss="record", **use.options)
        case Doing.REWRITE:
            context = _beside(use, upstream, only_if_passed=True)
        case Doing.RECORD:  # beside, too: another worker may look for it meanwhile
            context = _beside(use, upstream, only_if_passed=False)
        case Doing.APPEND:
            context = recording(use.path, append=True, upstream=upstream)
    try:
        use.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"can't make the folder {use.path.parent} for recordings: {error.strerror}"
        ) from error
    with context as running:
        use.running = replace(running, path=use.path, mode=use.mode)
        yield use.running


@contextmanager
def _beside(use: Use, upstream: str | None, *, only_if_passed: bool) -> Iterator[Running]:
    """Record into a file of our own, and give it the name when it is whole."""
    beside = use.path.with_name(f".{use.path.name}.{os.getpid()}.new")
    beside.unlink(missing_ok=True)  # of a run that was killed
    try:
        with recording(beside, upstream=upstream) as running:
            yield running
    finally:
        if beside.exists() and (use.passed or not only_if_passed):
            beside.replace(use.path)
        beside.unlink(missing_ok=True)
