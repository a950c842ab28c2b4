"""What comes of an item."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from iai_proxy.errors import NO_MEMORY, IaiProxyError, InputError, unexpected

Result = TypeVar("Result")
#: Called with how many items are done, and how many there are.
Tell = Callable[[int, int], object]

#: Of an item that no process was done with.
DEADLY: Final = (
    "each process that worked on it ended without an answer, and it was tried again and again: "
    "it may need more memory than there is"
)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result]):
    """What a function returned for an item, or why it did not.

    Attributes:
        result: what it returned; None with an error.
        error: a sentence that says why there is no result; None if there is one.
        exit_code: of a command that has this outcome alone: that of the error, or 0.
    """

    result: Result | None
    error: str | None = None
    exit_code: int = 0


def outcome_of(function: Callable[[Any], Result], item: Any) -> Outcome[Result]:
    """Return what comes of an item; no error of it is raised."""
    try:
        return Outcome(function(item))
    except IaiProxyError as error:
        return Outcome(None, str(error), error.exit_code)
    except OSError as error:
        what = error.strerror or repr(error)
        where = "" if error.filename is None else f": {error.filename}"
        return failed(f"{what}{where}", InputError.exit_code)
    except MemoryError:
        return failed(NO_MEMORY)
    except Exception as error:
        return failed(unexpected("could not go on", error))


def failed(sentence: str, exit_code: int = IaiProxyError.exit_code) -> Outcome[Any]:
    """Return the outcome of an item that has no result."""
    return Outcome(None, sentence, exit_code)
