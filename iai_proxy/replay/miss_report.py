"""A miss as one short paragraph, which the SDK's user sees as the text of an exception.

The reason in it is worded in :mod:`iai_proxy.replay.misses`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Final

from iai_proxy.api import Difference, Exchange, api_path, differences
from iai_proxy.replay.decisions import Miss, MissKind
from iai_proxy.replay.request import IncomingRequest
from iai_proxy.text import printable

#: A paragraph stays below 1 kB, so that no client, log or terminal cuts it.
LONGEST_BYTES: Final = 1000
_DIFFERENCES_KEPT: Final = 20
_DIFFERENCES_SHOWN: Final = 3
#: Misses that only the API can answer.
_ONLY_LIVE: Final = frozenset(
    {
        MissKind.ENDPOINT,
        MissKind.LOCATION,
        MissKind.REGION,
        MissKind.AGENTS,
        MissKind.RUN_END,
        MissKind.BRANCH_END,
        MissKind.REQUEST,
    }
)


@dataclass(frozen=True, slots=True)
class MissReport:
    """A miss for people and for programs.

    Attributes:
        sentence: the paragraph.
        facts: the same as a JSON value, for ``--explain``.
    """

    sentence: str
    facts: dict[str, Any]


@dataclass(slots=True)
class SeenMiss:
    """A distinct miss, and how many requests it refused."""

    report: MissReport
    count: int = 0

    @property
    def sentence(self) -> str:
        """What the client was told."""
        return self.report.sentence

    @property
    def as_json(self) -> dict[str, Any]:
        """The miss as ``--explain`` shows it."""
        return {**self.report.facts, "count": self.count}


def miss_report(
    request: IncomingRequest,
    miss: Miss,
    nearest: Exchange | None,
    recording: str,
    *,
    forwarded: bool = False,
) -> MissReport:
    """Say what was asked for, what the recording lacks, and what would answer it or show more.

    Args:
        request: what was asked for.
        miss: the decision.
        nearest: the exchange with number ``miss.nearest``, if there is one.
        recording: the recording's path, as the user gave it.
        forwarded: the API is asked already, so that there is no need to say how to.
    """
    path = api_path(request.target).partition("?")[0] or "/"
    found = _differences(request, nearest) if nearest and not miss.compared else []
    sentence = _sentence(
        f"{_cut(request.method, 20)} {_cut(path, 80)}", miss, found, recording, forwarded=forwarded
    )
    facts = {
        "kind": miss.kind.value,
        "endpoint": request.endpoint,
        "method": request.method,
        "path": path,
        "simulation": miss.where[0] if miss.where else None,
        "step": miss.where[1] if miss.where else None,
        "reason": miss.reason,
        "nearest": miss.nearest,
        "differences": [asdict(difference) for difference in found],
        "accepted_by": miss.accepted_by,
        "message": sentence,
    }
    return MissReport(sentence, facts)


def _sentence(
    call: str, miss: Miss, found: Sequence[Difference], recording: str, *, forwarded: bool
) -> str:
    """Put the paragraph together, with as many differences as it has room for."""
    begin = f"no recorded answer to {call}: it {_cut(miss.reason, 500)}"
    remedy = "" if forwarded and not miss.accepted_by else _remedy(miss)
    sentence = begin + remedy
    for count in range(_DIFFERENCES_SHOWN, -1, -1):
        nearest = _nearest(miss, found[:count])
        if _fits(begin + nearest + remedy):
            sentence = begin + nearest + remedy
            break
    if miss.nearest is not None:
        command = f"`iai-proxy call {printable(recording)} {miss.nearest}`"
        longer = f"{sentence}. {command} shows the recorded call"
        return longer if _fits(longer) else sentence
    return sentence


def _differences(request: IncomingRequest, nearest: Exchange) -> list[Difference]:
    recorded = nearest.request
    found = differences(request.target, request.body, recorded.target, recorded.body)
    return list(islice(found, _DIFFERENCES_KEPT))


def _nearest(miss: Miss, found: Sequence[Difference]) -> str:
    if found:
        shown = printable(", ".join(map(str, found)))
        return f"; nearest #{miss.nearest} differs at: {shown}"
    if miss.nearest is None or miss.compared:
        return ""
    return f"; see #{miss.nearest}"


def _remedy(miss: Miss) -> str:
    if miss.accepted_by:
        return f"; {miss.accepted_by} accepts it"
    if miss.kind in _ONLY_LIVE:
        return "; --on-miss record would ask the API and keep its answer"
    return ""


def _fits(text: str) -> bool:
    return len(text.encode()) < LONGEST_BYTES


def _cut(text: str, longest: int) -> str:
    """Return a printable text of at most ``longest`` bytes."""
    shown = printable(text)
    if len(shown.encode()) <= longest:
        return shown
    return shown.encode()[: longest - len("…".encode())].decode(errors="ignore") + "…"
