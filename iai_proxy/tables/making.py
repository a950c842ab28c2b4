"""Tables of an open recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from iai_proxy.errors import UsageError
from iai_proxy.extras import require
from iai_proxy.recordings.reader import Recording
from iai_proxy.tables.fields import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

    from iai_proxy.diagnosis.runs import Shown

#: What packages of the extra a table needs.
_PACKAGES: Final = ("numpy", "pyarrow")


def table_of(
    name: str, recording: Recording, *, source: str, shown: Shown | None = None
) -> pa.Table:
    """Return one table of a recording.

    Args:
        name: of :data:`~iai_proxy.tables.fields.TABLES`.
        recording: must stay open meanwhile.
        source: the value of its column ``recording``.
        shown: what of the recording counts; None for all that is there by now.

    Raises:
        InputError: the recording is damaged. Bodies that are only leave out what they tell.
        UsageError: the extra is not installed, or there is no such table.
    """
    if name not in TABLES:
        raise UsageError(f"there is no table {name}: give one of {', '.join(TABLES)}")
    require_packages("a table")
    from iai_proxy.tables.recorded import made

    (table,) = made((name,), recording, source, shown).tables.values()
    return table


def require_packages(what: str) -> None:
    """Look whether what tables need is installed.

    Raises:
        UsageError: it is not.
    """
    for package in _PACKAGES:
        require(package, extra="table", what=what)
