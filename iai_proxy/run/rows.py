"""What can be iterated over, or taken as a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from iai_proxy.diagnosis.runs import Shown
from iai_proxy.extras import require
from iai_proxy.lineage import JoinedStep

if TYPE_CHECKING:
    import pandas
    import pyarrow

    from iai_proxy.run.reading import Reading

Row_co = TypeVar("Row_co", covariant=True)


class Rows(ABC, Generic[Row_co]):
    """Rows of one kind. Iterating reads them from the file a few at a time."""

    #: The table that has them, by the name that ``iai-proxy export parquet`` gives it.
    _table: ClassVar[str]

    def __init__(
        self,
        reading: Reading,
        steps: Sequence[JoinedStep] | None = None,
        egos: Collection[int] | None = None,
    ) -> None:
        """Take what of a run counts as it is now, however it grows.

        Args:
            reading: the run.
            steps: all of them if they are known.
            egos: indices of agents that someone named as the client's own; None if no one did.
        """
        self._reading = reading
        self._shown = Shown(reading.latest, steps, egos)

    @abstractmethod
    def __iter__(self) -> Iterator[Row_co]:
        """Iterate over the rows, in order."""

    def __repr__(self) -> str:
        return f"<{self._table} of {self._reading.name}>"

    def arrow(self) -> pyarrow.Table:
        """Return all rows as a table of Arrow, as ``iai-proxy export parquet`` writes them.

        Columns, units and the version of the schema stand in its metadata. Of a recording that
        grows it has what is iterated over, and no more.

        Raises:
            UsageError: the extra ``table`` is not installed.
        """
        require("pyarrow", extra="table", what="a table of Arrow")
        from iai_proxy.tables import table_of

        with self._reading.recording() as recording:
            return table_of(self._table, recording, source=self._reading.name, shown=self._shown)

    def pandas(self) -> pandas.DataFrame:
        """Return all rows as a data frame; see :meth:`arrow`. Maps, such as labels, are dicts.

        Raises:
            UsageError: the extra ``table`` is not installed.
        """
        require("pandas", extra="table", what="a data frame of pandas")
        return self.arrow().to_pandas(maps_as_pydicts="strict")
