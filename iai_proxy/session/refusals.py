"""What a client is told where it gets no answer of the API's."""

from __future__ import annotations

import logging
from typing import Final

from iai_proxy.api.bounds import TOO_LARGE, TooLargeError
from iai_proxy.errors import NO_MEMORY, PLEASE_REPORT, IaiProxyError
from iai_proxy.text import one_line

logger = logging.getLogger(__name__)

#: Status of a fault of ours. The SDK does not retry it, so the user sees the sentence instead of a
#: silent hang.
FAULT: Final = 424
#: Status if we can't read a payload.
UNREADABLE: Final = 422
#: Status if no recorded exchange answers.
MISS: Final = 404
#: Status of a call with another method than its endpoint has.
WRONG_METHOD: Final = 405

#: What a call is told that comes when the proxy has been asked to end.
ENDING: Final = "this proxy is ending and takes no more calls: start it again"

#: Marks a refusal as ours.
REFUSED_HEADER: Final = "x-iai-proxy"
TEXT: Final = "text/plain; charset=utf-8"
JSON: Final = "application/json"


def refusal_text(sentence: str) -> str:
    """Return a refusal's body, which the SDK shows in its exception."""
    return f"iai-proxy: {one_line(sentence)}"


def fault_status(error: Exception) -> int:
    """Return the status of what went wrong on our side: 413 where a body is too large, else 424."""
    return TOO_LARGE if isinstance(error, TooLargeError) else FAULT


def fault_sentence(error: Exception, where: str) -> str:
    """Say what went wrong on our side; what is not told by an error of ours is logged too.

    Args:
        error: as it was caught.
        where: what we were doing, as a word.
    """
    if isinstance(error, IaiProxyError):
        return str(error)
    logger.error("error in %s", where, exc_info=error)
    if isinstance(error, MemoryError):
        return f"an error in {where}: {NO_MEMORY}"
    return f"an error in {where}: {error!r}; {PLEASE_REPORT}"
