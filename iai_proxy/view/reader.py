"""Reads one file, which may still grow, be there later, or be gone.

Everything here blocks. One thread looks; meanwhile another one may ask.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

from iai_proxy.diagnosis.check import Located
from iai_proxy.errors import IaiProxyError, InputError, unexpected
from iai_proxy.recordings.lock import is_being_written
from iai_proxy.scene.growing import GrowingRun
from iai_proxy.scene.palette import LIGHT, Theme
from iai_proxy.view.encoding import Encoder, picture_of
from iai_proxy.view.indexing import index_of_run, summary_of_run
from iai_proxy.view.runs import FollowedRun, Identity, open_followed
from iai_proxy.view.small_pictures import small_picture_of
from iai_proxy.view.texts import json_of

#: Other numbers than those of a server that ran before.
_EDITIONS: Final = count(time.time_ns() // 1_000_000)


class Reader:
    """One file.

    Attributes:
        path: the file.
        looked: whether it has been looked at.
        edition: another number whenever the file was opened: another one may have its name.
        trouble: a sentence that says why there is nothing new to be seen; None without trouble.
        is_live: whether it is being written.
        located: the findings that are known.
        unchecked: a sentence that says why it could not be checked; empty if it was, or is not yet.
        not_yet: what the page says until it is; while it is recorded, findings come one by one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.looked = False
        self.edition = 0
        self.trouble: str | None = None
        self.is_live = False
        self.located: Sequence[Located] = ()
        self.unchecked = ""
        self.not_yet = "the checks are still running"
        self._is_checked = False
        self._growth = 0  # how often something was read
        self._told = 0  # how often findings were told
        self._index: bytes | None = None
        self._facts: dict[str, Any] = {}
        self._run: FollowedRun | None = None
        self._identity: Identity | None = None
        self._encoder = Encoder()

    @property
    def more(self) -> bool:
        """Whether there is more to read at once."""
        return self._run is not None and self._run.more and not self.trouble

    @property
    def has_calls(self) -> bool:
        """Whether it is a recording, so that it can be checked."""
        return isinstance(self._run, GrowingRun)

    @property
    def stamp(self) -> tuple[int, int]:
        """Another one after whatever was read."""
        return self.edition, self._growth

    @property
    def run(self) -> FollowedRun:
        """What is to be seen of it.

        Raises:
            InputError: nothing yet.
        """
        if self._run is None:
            raise InputError(self.trouble or f"nothing of {self.path} has been read yet")
        return self._run

    @property
    def state(self) -> dict[str, Any]:
        """What the page must know besides the run."""
        return {
            "edition": self.edition,
            "version": self._growth + self._told,
            "live": self.is_live,
            "reading": self.more,
            "trouble": self.trouble,
        }

    def look(self) -> bool:
        """Read a batch of what has come in; tell whether there is anything new to be seen."""
        before = self.state
        grew = False
        try:
            grew = self._look()
            self.trouble = None
        except IaiProxyError as error:
            self.trouble = str(error)
        except OSError as error:
            self.trouble = f"{self.path} can't be read ({error.strerror})"
        except Exception as error:
            self.trouble = unexpected(f"reading {self.path} could not go on", error)
        self.looked = True
        return grew or self.state != before

    def index(self) -> bytes:
        """Return the index; one without simulations while there is nothing to be seen.

        While the file can't be read, it is the last one.
        """
        try:
            state = self.state  # if anything comes meanwhile, the page will ask again
            live = self.is_live
            index = index_of_run(
                self._run, self.path.name, self.located, live=live, unchecked=self._why_unchecked
            )
        except IaiProxyError:
            if self._index is None:
                raise
            return self._index
        self._index = json_of({**index, "state": state})
        return self._index

    @property
    def _why_unchecked(self) -> str:
        is_told = self._is_checked or self.is_live or not self.has_calls
        return self.unchecked or ("" if is_told else self.not_yet)

    def overview(self, simulation: int, branch: int) -> bytes:
        """Return the overview of a branch.

        Raises:
            IaiProxyError: there is no such branch, or it can't be read.
        """
        return self._encoder.overview(self.run, simulation, branch)

    def chunk(self, simulation: int, branch: int, steps: range) -> bytes:
        """Return steps of a branch.

        Raises:
            IaiProxyError: there are none of these steps, or they can't be read.
        """
        return self._encoder.chunk(self.run, simulation, branch, steps)

    def picture(self, simulation: int) -> tuple[bytes, str]:
        """Return the picture of the ground and its media type.

        Raises:
            IaiProxyError: there is none.
        """
        return picture_of(self.run, simulation)

    def small_picture(self, theme: Theme = LIGHT) -> bytes:
        """Return a small picture of the run, in these colours.

        Raises:
            IaiProxyError: there is nothing to be seen.
        """
        return small_picture_of(self.run, theme)

    def take(self, located: Sequence[Located], is_all: bool, unchecked: str = "") -> None:
        """Take the findings known by now, whether these are all, and why there are none."""
        self.located = located
        self.unchecked = unchecked
        self._is_checked = is_all
        self._told += 1

    def summary(self) -> dict[str, Any]:
        """Return what the start page says of it, as JSON values: what was last known."""
        located = self.located if self._is_checked else None
        with contextlib.suppress(IaiProxyError):  # the state tells why it can't be read
            self._facts = summary_of_run(self._run, located)
        return {**self._facts, **self.state, "unchecked": self.unchecked}

    def close(self) -> None:
        """Close the file."""
        run, identity = self._run, self._identity
        self._run = self._identity = None
        if run:
            run.close()
        if identity:
            identity.close()

    def _look(self) -> bool:
        self.is_live = is_being_written(self.path)
        if not (self._identity and self._is_the_same(self._identity)):
            self._open()
        run = self.run
        if not run.poll():
            return False
        self._growth += 1
        if isinstance(run, GrowingRun):
            self._encoder.drop(run.changes)
        return True

    def _is_the_same(self, identity: Identity) -> bool:
        """Whether the file that is read still has its name.

        Raises:
            InputError: there is no file of that name any more.
        """
        try:
            return identity.holds()
        except FileNotFoundError:
            raise InputError(
                f"{self.path} was deleted or moved away; what is shown was read before"
            ) from None

    def _open(self) -> None:
        """Open the file that has the name now, and forget another one.

        Raises:
            InputError: there is none, or it can't be read.
            OSError: likewise.
        """
        self.close()
        if not self.path.exists():
            raise InputError(f"waiting for {self.path}: there is no such file yet")
        identity = Identity(self.path)
        try:
            run = open_followed(self.path)
        except BaseException:  # such as while its writer makes it
            identity.close()
            raise
        self._encoder.clear()
        self.take((), is_all=False)
        self._index = None
        self.edition = next(_EDITIONS)
        self._identity, self._run = identity, run
