"""The live checks of a recording, which begin with its first call.

To import them and to start their process takes as long as all else of ``record``: a client would
wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mitmproxy import http

from iai_proxy.session.notices import Notices
from iai_proxy.session.traffic import Traffic
from iai_proxy.settings.recording import RecordSettings
from iai_proxy.text import plural

if TYPE_CHECKING:
    from iai_proxy.diagnosis.live_checks import LiveResult
    from iai_proxy.diagnosis.live_process import LiveChecksProcess


class Checking:
    """Addon that starts the checks after the first call.

    They start at once where a recording is continued, as they look only at what is new, and where
    checks are chosen, as there may be no such check.

    Args:
        path: the recording.
        settings: of the recording.
        notices: findings are shown by these.

    Raises:
        UsageError: there is no such check.
    """

    def __init__(self, path: Path, settings: RecordSettings, notices: Notices) -> None:
        self._path, self._settings, self._notices = path, settings, notices
        self._process: LiveChecksProcess | None = None
        self._starting: threading.Thread | None = None
        if path.exists() or settings.select or settings.ignore:
            self._start()

    def response(self, flow: http.HTTPFlow) -> None:
        """Start the checks, beside the next calls."""
        if self._starting is None and self._process is None:
            self._starting = threading.Thread(target=self._start, name="iai-proxy-start-checks")
            self._starting.start()

    error = response

    def show_in(self, traffic: Traffic) -> None:
        """Show how far the checks have come, and what they found."""
        traffic.steps = self._steps
        traffic.remarks = self._remarks

    def let_go(self) -> None:
        """Have the recording closed there, so that its writer can close it for good."""
        if self._starting:
            self._starting.join()
        if self._process:
            self._process.let_go()

    def finish(self) -> LiveResult | None:
        """Return what was found; None if there was no call."""
        return self._process.finish() if self._process else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process."""
        if self._starting:
            self._starting.join()
        if self._process:
            self._process.__exit__(kind, error, traceback)

    def _start(self) -> None:
        from iai_proxy.diagnosis.live_process import LiveChecksProcess
        from iai_proxy.proxy.check_notices import finding_notices

        settings, tell = self._settings, finding_notices(self._notices)
        # Begun late, they look at the calls that were there before as well.
        after = 0 if self._starting else None
        self._process = LiveChecksProcess(
            self._path, settings.chosen_checks, tell, settings.ego, after
        )

    def _steps(self) -> Mapping[int, int]:
        return self._process.steps if self._process else {}

    def _remarks(self) -> str:
        found = self._process.found if self._process else 0
        return plural(found, "finding") if found else ""
