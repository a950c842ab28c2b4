"""Large calls: ``large_drive`` and ``large_initialize``, which run in the client and never appear on the wire.

Pure: whole calls in, parts out, and back. Which exchanges belong together is
    :mod:`iai_proxy.lineage`'s to find.
"""

from iai_proxy.large.merge import (
    flat_initialize_request,
    merged_drive_answer,
    merged_drive_request,
    merged_initialize_answer,
    merged_initialize_request,
)
from iai_proxy.large.split import Share, SplitError, TooDenseError, split

__all__ = [
    "Share",
    "SplitError",
    "TooDenseError",
    "flat_initialize_request",
    "merged_drive_answer",
    "merged_drive_request",
    "merged_initialize_answer",
    "merged_initialize_request",
    "split",
]
