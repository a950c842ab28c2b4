"""What a diagnosis finds in a file that is looked at, or why it finds nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from iai_proxy.cli.options import progress_bar
from iai_proxy.saying import say

if TYPE_CHECKING:
    from iai_proxy.diagnosis.check import Located


@dataclass(frozen=True, slots=True)
class Found:
    """Findings, and why there are none: empty if the file was checked."""

    located: Sequence[Located] = ()
    unchecked: str = ""


def findings_of(path: Path) -> Found:
    """Diagnose a file; say it if that can't be done. There are no findings in a scenario log."""
    from iai_proxy.diagnosis.registry import ALL
    from iai_proxy.diagnosis.runs import diagnosed
    from iai_proxy.recordings.files import is_recording
    from iai_proxy.scene.scenario_log import NOT_CHECKED

    if not is_recording(path):
        return Found(unchecked=NOT_CHECKED)
    with progress_bar(1000, "diagnosing") as bar:
        found = diagnosed(path, ALL, tell=lambda done, n: bar.update(1000 * done // n - bar.pos))
    if found.unchecked:
        say(f"could not be checked: {found.unchecked}")
    return Found(found.located, found.unchecked)
