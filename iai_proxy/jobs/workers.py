"""Where items are worked on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final, TypeAlias

#: The address of a cluster that is started here, and ends with the work.
LOCAL: Final = "local"


@dataclass(frozen=True, slots=True)
class Local:
    """Processes of this machine.

    Attributes:
        processes: how many; 1 is this process itself.
    """

    processes: int = 1


@dataclass(frozen=True, slots=True)
class Dask:
    """A Dask cluster, whose workers have this version of iai-proxy.

    Attributes:
        address: of its scheduler, such as ``tcp://10.0.0.5:8786``; ``local`` starts a cluster on
            this machine, which only this process can use.
        processes: how many workers a cluster that is started here has; None for one a core.
        patience_s: how long its scheduler, and a worker where there is none, are waited for.
    """

    address: str
    processes: int | None = None
    patience_s: float = 30.0


Workers: TypeAlias = Local | Dask


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
