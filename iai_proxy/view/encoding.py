"""What the page asks for of a run, encoded. For any thread."""

from __future__ import annotations

from functools import partial
from typing import Final

from iai_proxy.errors import UsageError
from iai_proxy.page.encode import chunk_of, media_type
from iai_proxy.scene import SimulationInfo
from iai_proxy.scene.growing import Changes
from iai_proxy.scene.opening import Run
from iai_proxy.view.kept import Kept, Steps
from iai_proxy.view.overviews import Overviews
from iai_proxy.view.texts import json_of

#: How many encoded chunks are kept: some 10 MB of 100 agents.
_CHUNKS: Final = 32


class Encoder:
    """Encodes parts of a run, and keeps them until they change."""

    def __init__(self) -> None:
        self._chunks: Kept[bytes] = Kept(_CHUNKS)
        self._overviews = Overviews()

    def overview(self, run: Run, simulation: int, branch: int) -> bytes:
        """Return the overview of a branch.

        Raises:
            IaiProxyError: there is no such branch, or it can't be read.
        """
        return json_of(self._overviews.of(run, _found(run, simulation, branch), branch))

    def chunk(self, run: Run, simulation: int, branch: int, steps: range) -> bytes:
        """Return steps of a branch.

        Raises:
            IaiProxyError: there are none of these steps, or they can't be read.
        """
        asked = Steps(simulation, branch, steps.start, steps.stop)
        return self._chunks.get(asked, partial(_chunk, run, asked))

    def drop(self, changes: Changes) -> None:
        """Forget what was made from steps that have changed."""
        self._chunks.drop(changes)
        self._overviews.pieces.drop(changes)

    def clear(self) -> None:
        """Forget all: it is another run."""
        self._chunks.clear()
        self._overviews.pieces.clear()


def picture_of(run: Run, simulation: int) -> tuple[bytes, str]:
    """Return the picture of the ground and its media type.

    Raises:
        IaiProxyError: there is none.
    """
    picture = run.scene(simulation, None, range(1), details=False).ground.picture
    if picture is None:
        raise UsageError(f"there is no picture of the ground of simulation {simulation}")
    return picture.data, media_type(picture.data)


def _found(run: Run, simulation: int, branch: int) -> SimulationInfo:
    for info in run.simulations:
        if info.number == simulation and branch in {known.number for known in info.branches}:
            return info
    raise UsageError(f"there is no branch {branch} of simulation {simulation}")


def _chunk(run: Run, steps: Steps) -> bytes:
    wanted = range(steps.start, steps.stop)
    return json_of(chunk_of(run.scene(steps.simulation, steps.branch, wanted)))
