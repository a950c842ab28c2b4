"""How large bodies may be: what is larger is refused before it takes memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from iai_proxy.errors import IaiProxyError
from iai_proxy.text import size

#: Status of what is too large (RFC 9110, section 15.5.14). The SDK does not repeat it.
TOO_LARGE: Final = 413
#: Bytes that a body may have on its way: a thousand calls of 100 agents.
MOST_BODY: Final = 256_000_000
#: Bytes that it may have once its content coding is undone.
MOST_DECODED: Final = 1_000_000_000
#: SQLite stores no row of more than 1,000,000,000 bytes (SQLITE_MAX_LENGTH).
_MOST_STORED: Final = 999_000_000
MB: Final = 1_000_000
#: The flags that allow more: of a body as it travels, and with its content coding undone.
BODY_FLAG: Final = "--max-body"
DECODED_FLAG: Final = "--max-decoded"
_ALLOWS_MORE: Final = " MB allows more"


class TooLargeError(IaiProxyError):
    """A body has more bytes than it may have."""

    @classmethod
    def decoded(cls, most: int) -> Self:
        """Say that a body holds more than it may, once its content coding is undone."""
        return cls(
            f"its body holds more than {size(most)} once its content coding is undone: "
            f"{DECODED_FLAG}{_ALLOWS_MORE}"
        )

    @classmethod
    def sent(cls, most: int, length: int = 0) -> Self:
        """Say that a body is too large as it travels.

        Args:
            most: bytes that it may have.
            length: how many it has; 0 where that is not known yet.
        """
        has = f"its body has {size(length)}, and" if length else "its body is too large:"
        return cls(f"{has} {size(most)} are taken at most; {BODY_FLAG}{_ALLOWS_MORE}")


def limiting_flag(failure: str | None) -> str | None:
    """Return the flag whose limit a call failed by, as its failure says; None for another."""
    for flag in (BODY_FLAG, DECODED_FLAG):
        if failure and failure.endswith(f"{flag}{_ALLOWS_MORE}"):
            return flag
    return None


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many bytes a body may have: as it travels, and with its content coding undone."""

    body: int = MOST_BODY
    decoded: int = MOST_DECODED

    @classmethod
    def of_mb(cls, body: int, decoded: int) -> Self:
        """Return bounds that are given in MB; no body is larger than what can be stored."""
        return cls(min(body * MB, _MOST_STORED), min(decoded * MB, _MOST_STORED))
