"""What a test's report says of its misses: the sentence that the client got, once."""

from __future__ import annotations

import re
import urllib.request
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from iai_proxy.testing.using import Use

_SECTION: Final = "iai-proxy"
_API: Final = "api.inverted.ai"


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
