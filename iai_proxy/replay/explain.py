"""A miss in words: one short paragraph, which the SDK's user sees as the text of an exception."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from iai_proxy.api import Difference, Exchange, api_path, differences
from iai_proxy.replay.decisions import Miss, MissKind
from iai_proxy.replay.question import Question

#: A paragraph stays below 1 kB, so that no client, log or terminal cuts it.
LONGEST_BYTES: Final = 1000
_DIFFERENCES_KEPT: Final = 20
_DIFFERENCES_SHOWN: Final = 3
#: What only the API can answer.
_BEYOND: Final = frozenset(
    {
        MissKind.ENDPOINT,
        MissKind.LOCATION,
        MissKind.AGENTS,
        MissKind.RUN_END,
        MissKind.BRANCH_END,
        MissKind.REQUEST,
    }
)


@dataclass(frozen=True, slots=True)
class MissReport:
    """A miss, worked out.

    Attributes:
        sentence: the paragraph.
        facts: the same as a JSON value, for ``--explain``.
    """

    sentence: str
    facts: dict[str, Any]


def explained(
    question: Question, miss: Miss, nearest: Exchange | None, recording: str
) -> MissReport:
    """Say what was asked, how far matching got, what comes closest, what would accept it and what shows more.

    Args:
        question: what was asked.
        miss: what was decided.
        nearest: the exchange that ``miss.nearest`` names, where one is named.
        recording: the recording's path, as the user gave it.
    """
    path = api_path(question.target).partition("?")[0] or "/"
    found = _differences(question, nearest) if nearest and not miss.compared else []
    begin = f"no recorded answer to {_cut(question.method, 20)} {_cut(path, 80)}: it {_cut(miss.reason, 500)}"
    closest = (_closest(miss, found[:shown]) for shown in range(_DIFFERENCES_SHOWN, -1, -1))
    mend = _mend(miss)
    sentence = begin + next((one for one in closest if _fits(begin + one + mend)), "") + mend
    more = f". `iai-proxy call {_printable(recording)} {miss.nearest}` shows the recorded call"
    if miss.nearest is not None and _fits(sentence + more):
        sentence += more
    facts = {
        "kind": miss.kind.value,
        "endpoint": question.endpoint,
        "method": question.method,
        "path": path,
        "simulation": miss.where[0] if miss.where else None,
        "step": miss.where[1] if miss.where else None,
        "reason": miss.reason,
        "nearest": miss.nearest,
        "differences": [
            {
                "field": one.field,
                "place": one.place,
                "present": one.present,
                "recorded": one.recorded,
            }
            for one in found
        ],
        "accepted_by": miss.accepted_by,
        "message": sentence,
    }
    return MissReport(sentence, facts)


def _differences(question: Question, nearest: Exchange) -> list[Difference]:
    recorded = nearest.request
    found = differences(question.target, question.body, recorded.target, recorded.body)
    return list(islice(found, _DIFFERENCES_KEPT))


def _closest(miss: Miss, found: Sequence[Difference]) -> str:
    if not found:
        return f"; see #{miss.nearest}" if miss.nearest is not None and not miss.compared else ""
    shown = _printable(", ".join(map(str, found)))
    return f"; nearest #{miss.nearest} differs at: {shown}"


def _mend(miss: Miss) -> str:
    if miss.accepted_by:
        return f"; {miss.accepted_by} accepts it"
    return (
        "; --on-miss record would ask the API and keep its answer" if miss.kind in _BEYOND else ""
    )


def _fits(text: str) -> bool:
    return len(text.encode()) < LONGEST_BYTES


def _cut(text: str, longest: int) -> str:
    """Return a text of at most so many bytes that can be shown."""
    text = _printable(text)
    if len(text.encode()) <= longest:
        return text
    return text.encode()[: longest - len("…".encode())].decode(errors="ignore") + "…"


def _printable(text: str) -> str:
    """Replace what would break a line or a terminal: the client may have sent anything."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
