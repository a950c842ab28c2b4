"""What can be iterated over, or taken as a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
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
