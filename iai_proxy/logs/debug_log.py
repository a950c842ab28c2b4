"""What a debug log says, as it was read: its calls, and what is odd about it."""

from __future__ import annotations

from dataclasses import dataclass, field

from iai_proxy.api import Endpoint
from iai_proxy.logs.bodies import LogBody
from iai_proxy.logs.log_file import LogFile


@dataclass(frozen=True, slots=True)
class PairedCall:
    """A request of a debug log and the response that belongs to it.

    Attributes:
        model: what was called.
        position: of the request in its list, from 0.
        request: None if it is missing or can't be read.
        response: None if there is none or it can't be read.
        request_ns: the logged time, since 1970, UTC; None where it is not logged. ``response_ns``
            likewise.
        is_repaired: whether the log's positions pair it otherwise.
        is_doubtful: whether the response may belong to another request.
        started_ns: ``request_ns``, made up where it is not logged or can't be true; ``ended_ns``
            likewise.
    """

    model: Endpoint
    position: int
    request: LogBody | None
    response: LogBody | None
    request_ns: int | None
    response_ns: int | None
    is_repaired: bool = False
    is_doubtful: bool = False
    started_ns: int = 0
    ended_ns: int = 0


@dataclass(slots=True)
class DebugLog:
    """What a debug log says.

    Attributes:
        file: where the bodies are read from.
        is_cut: whether the log breaks off: what has no response may have had one.
        calls: in the order of their requests, all of which can be read. Large calls are among them
            only if the log lacks the calls that they were made of.
        gaps: for each call whose request is missing or can't be read, how many of ``calls`` were
            made before it.
        orphans: how many responses fit no request.
        redundant: how many large calls were left out.
        problems: what could not be read, a sentence each; empty for a sound log.
        unequal: a sentence for each model with more requests than responses or fewer.
        remarks: a sentence for what else is odd: times that are missing, lists of other names.
    """

    file: LogFile
    is_cut: bool = False
    calls: list[PairedCall] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    orphans: int = 0
    redundant: int = 0
    problems: list[str] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
