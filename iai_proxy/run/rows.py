"""What can be iterated over, or taken as a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from iai_proxy.extras import require

if TYPE_CHECKING:
    import pandas
    import pyarrow

    from iai_proxy.run.reading import Reading

Row_co = TypeVar("Row_co", covariant=True)


class Rows(ABC, Generic[Row_co]):
    """Rows of one kind. Iterating reads them from the file a few at a time."""

    #: The table that has them, by the name that ``iai-proxy export parquet`` gives it.
    _table: ClassVar[str]

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    @abstractmethod
    def __iter__(self) -> Iterator[Row_co]:
        """Iterate over the rows, in order."""

    def __repr__(self) -> str:
        return f"<{self._table} of {self._reading.name}>"

    def arrow(self) -> pyarrow.Table:
        """Return all rows as a table of Arrow, as ``iai-proxy export parquet`` writes them.

        Columns, units and the version of the schema stand in its metadata. It is read anew, and of
        a recording that grows it has all that is there by now.

        Raises:
            UsageError: the extra ``table`` is not installed.
        """
        require("pyarrow", extra="table", what="a table of Arrow")
        from iai_proxy.tables import table_of

        with self._reading.recording() as recording:
            return table_of(self._table, recording, source=self._reading.name)

    def pandas(self) -> pandas.DataFrame:
        """Return all rows as a data frame; see :meth:`arrow`. Maps, such as labels, are dicts.

        Raises:
            UsageError: the extra ``table`` is not installed.
        """
        require("pandas", extra="table", what="a data frame of pandas")
        return self.arrow().to_pandas(maps_as_pydicts="strict")
