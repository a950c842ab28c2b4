"""Uses a test's recording as its mode asks for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from iai_proxy.errors import UsageError
from iai_proxy.recordings import RecordingWriter
from iai_proxy.settings.base import Settings
from iai_proxy.settings.option import settings_of
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.settings.replaying import ReplaySettings
from iai_proxy.settings.wording import PYTEST
from iai_proxy.testing.api import Running, opened_recording, opened_replay
from iai_proxy.testing.drafts import Draft
from iai_proxy.testing.modes import KEPT_IF_PASSED, Doing, doing, missing

#: A test has passed when each of these phases has.
_PHASES: Final = ("setup", "call", "teardown")


@dataclass
class Use:
    """One test's use of one recording.

    Attributes:
        path: the recording.
        mode: one of `iai_proxy.testing.modes.MODES`.
        options: keyword arguments of `iai_proxy.replaying` and `iai_proxy.recording`.
        phases: whether the test has passed, by phase, as far as it has come.
        reported: sentences of misses that a report has shown.
        running: the proxy, once there is one.
    """

    path: Path
    mode: str
    options: dict[str, Any]
    phases: dict[str, bool] = field(default_factory=dict)
    reported: set[str] = field(default_factory=set)
    running: Running | None = None
    _draft: Draft | None = None
    _is_closed: bool = False
    _is_over: bool = False

    @property
    def missed(self) -> list[str]:
        """The sentences of misses that no report has shown yet; none where misses are recorded."""
        if self.running is None or self.mode == "new_episodes":
            return []
        return [miss.sentence for miss in self.running.misses if miss.sentence not in self.reported]

    @property
    def idle(self) -> bool:
        """Whether no call came through the proxy, though it records or there is a recording."""
        running = self.running
        if running is None or (self.mode == "none" and not self.path.exists()):
            return False
        return not (running.recorded or running.misses or running.served.total())

    def options_of(self, model: type[Settings]) -> dict[str, Any]:
        """Return the options that a command has."""
        known = {setting.keyword for setting in settings_of(model).values()}
        return {name: value for name, value in self.options.items() if name in known}

    def settle(self) -> None:
        """Keep what was recorded, or drop it, now that the test is over.

        Raises:
            UsageError: it can't be put in its place.
        """
        self._is_over = True
        if self._is_closed:
            self._decide()

    @contextmanager
    def draft(self) -> Iterator[Running]:
        """Record into a file of our own, which takes the recording's place when it may."""
        self._draft = Draft(self.path)
        try:
            with opened_recording(
                self._draft.file, self.options_of(RecordSettings), place=PYTEST, is_draft=True
            ) as running:
                yield running
        finally:
            self._is_closed = True
            # A test that has passed so far can still fail in its teardown, which is under way; one
            # that was interrupted is over by now.
            if self._is_over or not self.phases.get("call"):
                self._decide()

    def _decide(self) -> None:
        draft, self._draft = self._draft, None
        if draft is None:
            return
        passed = all(self.phases.get(phase) for phase in _PHASES)
        if passed or self.mode not in KEPT_IF_PASSED:
            draft.keep()
            if self.running:
                self.running.log_left_over()
        else:
            draft.drop()


@contextmanager
def used(use: Use) -> Iterator[Running]:
    """Record or replay while the block runs.

    Raises:
        InputError: the recording can't be read.
        UsageError: the recording or the proxy can't be used as asked for.
    """
    options = use.options
    goes_on = options.get("until_step") is not None and not options.get("upstream")
    if use.mode == "none" and goes_on:
        raise UsageError(
            "until_step goes on with the API, and --iai-record-mode=none is offline: give the "
            'marker an upstream, such as "sandbox", or choose another mode'
        )
    with _context(use) as running:
        use.running = replace(running, path=use.path, mode=use.mode)
        yield use.running


def _context(use: Use) -> AbstractContextManager[Running]:
    """Return what the mode asks for."""
    replayed = use.options_of(ReplaySettings)
    match doing(use.mode, use.path):
        case Doing.REFUSE:
            return _refusing(use)
        case Doing.REPLAY:
            return opened_replay(use.path, replayed, place=PYTEST)
        case Doing.EXTEND:
            keywords = {**replayed, "on_miss": "record"}
            return opened_replay(use.path, keywords, place=PYTEST)
        case Doing.RECORD:
            return use.draft()
        case Doing.APPEND:
            keywords = {**use.options_of(RecordSettings), "append": True}
            return opened_recording(use.path, keywords, place=PYTEST)


@contextmanager
def _refusing(use: Use) -> Iterator[Running]:
    """Replay an empty recording: each call is told that there is none."""
    with tempfile.TemporaryDirectory(prefix="iai-proxy-") as folder:
        empty = Path(folder) / use.path.name
        with RecordingWriter(empty):
            pass
        with opened_replay(
            empty,
            use.options_of(ReplaySettings),
            place=PYTEST,
            of_misses=lambda _: missing(use.path),
        ) as running:
            yield running
