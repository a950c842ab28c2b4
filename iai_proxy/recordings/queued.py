"""What is queued for the thread of a recording's writer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from enum import Enum
from typing import NamedTuple

from iai_proxy.api import Exchange, Request
from iai_proxy.recordings.foreseen import Ready
from iai_proxy.recordings.preparing import Prepared


class Job(NamedTuple):
    """An exchange to be made and committed, or, without ``make``, an attempt to write."""

    make: Callable[[], Exchange] | None
    future: Future[int]


class CodedJob(NamedTuple):
    """An exchange as it travelled, with the bytes that each body may have, decoded."""

    exchange: Exchange
    most: int
    future: Future[int]


class PreparedJob(NamedTuple):
    """What came of a large exchange elsewhere."""

    found: Prepared | Exception
    future: Future[int]


#: What makes calls of the recording.
Work = Job | CodedJob | PreparedJob


class Made(NamedTuple):
    """What is to be committed, if anything is, and who waits for it."""

    ready: Ready | None
    future: Future[int]


class Coming(NamedTuple):
    """A request that is under way."""

    request: Request


class Sign(Enum):
    """What else is queued for the writer's thread."""

    TURN = "it is time to pack, or to store what was packed"
    END = "nothing is appended any more"
