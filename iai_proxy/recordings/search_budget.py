"""How long a body may be searched for secrets: a stranger may have made it to take for ever.

Whatever is done at a time takes a few steps a byte. But streams within streams, and texts that may
encode others in several ways, can be made to unfold into any number of bytes.
"""

from __future__ import annotations

import time
from typing import Final

#: Processor time in seconds: for any body, and for each of its bytes. Usual bodies take 2 ns a byte
#: and pictures in base64 100 ns.
_AT_LEAST_S: Final = 5.0
_FOR_A_BYTE_S: Final = 1e-6


class SpentError(Exception):
    """A body takes longer to search than it may."""


class Budget:
    """The processor time that one body may take.

    Args:
        size: of the body, in bytes.
    """

    def __init__(self, size: int) -> None:
        self._until = time.thread_time() + _AT_LEAST_S + size * _FOR_A_BYTE_S

    def check(self) -> None:
        """Raise SpentError if it is spent; to be called again and again."""
        if time.thread_time() > self._until:
            raise SpentError
