"""The errors that iai-proxy raises on purpose; ``cli`` gives each its message and exit code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

#: How a sentence ends about what needs more memory than there is.
NO_MEMORY: Final = "there is not enough memory for it"
#: How a sentence about a fault of ours ends.
PLEASE_REPORT: Final = "please report it"


class IaiProxyError(Exception):
    """Base of all errors. Its text is one plain sentence that says what, why and what to do."""

    exit_code: ClassVar[int] = 1


class UsageError(IaiProxyError):
    """What was asked can't be done: a wrong option, a port in use, a file in the way."""

    exit_code = 2


class InputError(IaiProxyError):
    """An input can't be read: missing, truncated, of another format, or newer than this program."""

    exit_code = 3


class RecordingWarning(UserWarning):
    """What is to be said of a recording that can be read. The command line says it in a line."""


def unexpected(what: str, error: Exception) -> str:
    """Return a sentence about an error that nothing expected: a fault of ours, or no memory left.

    Args:
        what: could not be done, as the sentence begins.
        error: it.
    """
    if isinstance(error, MemoryError):
        return f"{what}: {NO_MEMORY}"
    return f"{what} ({error!r}): {PLEASE_REPORT}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` (did you mean 'x'?)`` for the closest known word, or nothing."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
