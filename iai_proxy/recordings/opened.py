"""A recording's file, open for reading, and closed while no one reads it."""

from __future__ import annotations

import contextlib
import sqlite3
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

from iai_proxy.errors import InputError, RecordingWarning, UsageError
from iai_proxy.input_files import refuse_special
from iai_proxy.recordings import schema
from iai_proxy.recordings.bodies import Bodies, DamagedBodyError
from iai_proxy.recordings.connecting import connect, plain_errors
from iai_proxy.recordings.files import refuse_emptied, what_is_left
from iai_proxy.recordings.held_responses import HeldResponses
from iai_proxy.recordings.holders import refuse_other_name
from iai_proxy.recordings.log_rest import require_all_read
from iai_proxy.recordings.logged_pages import LoggedPages
from iai_proxy.recordings.missing_log import missing_log
from iai_proxy.recordings.observed import StoredAgents, queries_of
from iai_proxy.recordings.structure import require_sound

_LARGEST_NUMBER: Final = 2**63 - 1


class OpenRecording:
    """A recording that is read. What is read of it is in its subclasses.

    May be handed from one thread to another, but not used by two at once.

    Args:
        path: the recording.
        agents: holds what its calls sent and received, for several that read one file; None for
            one of its own.
        damaged: open a file that is known to be damaged, to read what is whole of it; only the
            calls whose pages are gone can't be read then. Else one that was cut short is refused.
        sound: that its calls are all there need not be checked: whoever writes it did so.

    Attributes:
        left: says what is left of a file that was emptied or deleted; None for others.

    Raises:
        InputError: missing, not a recording, damaged, or newer than this program.
    """

    def __init__(
        self,
        path: Path,
        *,
        agents: StoredAgents | None = None,
        damaged: bool = False,
        sound: bool = False,
    ) -> None:
        self.path = path
        self._damaged = damaged
        self._agents = StoredAgents(path) if agents is None else agents
        self._is_open = self._is_resting = False
        self._is_sound = sound
        self._logged: LoggedPages | None = None
        with self._plain_errors():
            self._open()

    def _open(self) -> None:
        self.left = what_is_left(self.path) if self._damaged else None
        if self.left is None:
            _refuse_no_file(self.path)
        else:
            self._logged = LoggedPages(self.path)
        place = self._logged.path if self._logged else self.path
        self._connection = connect(place, "ro", damaged=self._damaged)
        self._bodies = Bodies(self._connection, self.path)
        self._responses = HeldResponses()
        try:
            self._check_format()
            self._queries = queries_of(self._connection)
            is_ours = self._is_sound
            if not self._damaged and not is_ours:
                require_sound(self._connection)
                require_all_read(self.path)
                self._is_sound = True
            if not is_ours and (missing := self.missing_log()):
                warnings.warn(missing, RecordingWarning, stacklevel=2)
        except BaseException:
            self._connection.close()
            self._forget_logged()
            raise
        self._agents.__enter__()
        self._is_open, self._is_resting = True, False

    def _check_format(self) -> None:
        try:
            schema.check_format(self._connection, self.path)
        except InputError:
            require_all_read(self.path)  # its tables may be in what is not
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._shut()
        self._is_resting = False

    def rest(self) -> None:
        """Close the file until it is read the next time.

        A writer that ends while no one has it open leaves no side files behind.
        """
        self._shut()
        self._is_resting = True

    def _shut(self) -> None:
        if self._is_open:
            self._is_open = False
            self._connection.close()
            self._agents.__exit__()
            self._forget_logged()

    def _forget_logged(self) -> None:
        if self._logged:
            self._logged.close()
            self._logged = None

    def __len__(self) -> int:
        """The number of exchanges."""
        with self._reading():
            count: int = self._connection.execute("SELECT count(*) FROM exchange").fetchone()[0]
            return count

    def missing_log(self) -> str | None:
        """Say that there is no log beside a file that was not closed, if so."""
        with contextlib.suppress(sqlite3.Error):  # a damaged file
            return None if self._logged else missing_log(self.path, self._connection)
        return None

    @property
    def format(self) -> int:
        """The version of its format."""
        with self._reading():
            return schema.version_of(self._connection)

    @property
    def latest(self) -> int:
        """The number of the last exchange; 0 if there is none."""
        with self._reading():
            (number,) = self._connection.execute("SELECT max(id) FROM exchange").fetchone()
            return number or 0

    def _row(self, query: str, number: int) -> tuple[Any, ...]:
        if abs(number) <= _LARGEST_NUMBER:
            row: tuple[Any, ...] | None = self._connection.execute(query, (number,)).fetchone()
            if row is not None:
                return row
        count = len(self)
        if 1 <= number <= count:
            raise InputError(f"{self.path} is damaged: call {number} is missing")
        held = f"its calls are 1 to {count}" if count else "it holds no calls"
        raise UsageError(f"{self.path} has no call {number}: {held}")

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        with self._plain_errors():
            if self._is_resting:
                self._open()
            try:
                yield
            except DamagedBodyError as error:
                if self._damaged:
                    raise
                raise InputError(f"{error}{self._call_of(error.digest)}{self._hint()}") from error

    def _call_of(self, digest: bytes) -> str:
        """Name the first call that a body belongs to."""
        query = "SELECT min(id) FROM exchange WHERE request_hash = ? OR response_hash = ?"
        (number,) = self._connection.execute(query, (digest, digest)).fetchone()
        return f", of call {number}" if number else ""

    def _hint(self) -> str:
        return f"; `iai-proxy verify {self.path} --salvage OUT` saves what is whole"

    def _plain_errors(self) -> contextlib.AbstractContextManager[None]:
        return plain_errors(self.path, name_verify=not self._damaged)


def _refuse_no_file(path: Path) -> None:
    refuse_emptied(path)
    if not path.exists():
        raise InputError(f"there is no recording {path}")
    if path.is_dir():
        raise InputError(f"{path} is a folder, not a recording")
    refuse_special(path)
    if not path.stat().st_size:
        raise InputError(f"{path} is empty, not a recording")
    refuse_other_name(path)
