"""What a test's report says of its misses: the sentence that the client got, once."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from iai_proxy.testing.using import Use

_SECTION: Final = "iai-proxy"
_API: Final = "api.inverted.ai"
_NOT_IN_NAMES: Final = re.compile(r"[^\w.-]+")


def fail_on_misses(use: Use) -> None:
    """Fail with the sentences of the misses that no report has shown."""
    if missed := use.missed:
        pytest.fail("\n".join(f"iai-proxy: {sentence}" for sentence in missed), pytrace=False)


def tell(report: pytest.TestReport, use: Use) -> None:
    """Add the misses to the report of a test that did not pass, unless it names them already."""
    shown = _plain(report.longreprtext)
    if missed := [sentence for sentence in use.missed if _plain(sentence) not in shown]:
        report.sections.append((_SECTION, "\n".join(missed)))
    use.reported.update(use.missed)


def explain(use: Use, folder: Path, name: str) -> None:
    """Write what a test missed into a file, as ``replay --explain`` does; none without misses.

    Args:
        use: the test's use of its recording.
        folder: it is made if it is missing.
        name: of the test, which the file's name is made from.

    Raises:
        UsageError: it can't be written.
    """
    if use.running is None or not use.running.misses:
        return
    from iai_proxy.private_files import make_private_folder
    from iai_proxy.recordings.files import atomic_output

    make_private_folder(folder)
    report = folder / f"{_NOT_IN_NAMES.sub('-', name)}.json"
    with atomic_output(report, option="--iai-explain") as stream:
        stream.write(json.dumps([miss.as_json for miss in use.running.misses], indent=2) + "\n")


def warn_if_idle(item: pytest.Item, use: Use) -> None:
    """Warn of a recording that got no call: the test may not be replayed at all."""
    if not use.idle:
        return
    if urllib.request.proxy_bypass_environment(_API):  # type: ignore[attr-defined]
        why = f"NO_PROXY exempts {_API} by now, so that calls pass it by: leave that variable alone"
    else:
        why = "the test made none, or its client takes no proxy from the environment"
    item.warn(pytest.PytestWarning(f"no call came through the proxy of {use.path.name}: {why}"))


def _plain(text: str) -> str:
    """Return text without what pytest puts at the start of a line, and with single spaces."""
    return " ".join(re.sub(r"(?m)^E(?=\s)", "", text).split())
