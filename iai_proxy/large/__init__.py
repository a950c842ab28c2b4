"""Large calls: ``large_drive`` and ``large_initialize``, which run in the client.

They never appear on the wire; their parts do. Pure: a large call in, its parts out, and back. Which
exchanges belong together is for :mod:`iai_proxy.lineage` to find.
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
