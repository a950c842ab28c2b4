"""Columns to tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from iai_proxy.tables.schemas import schema_of


def table(name: str, columns: Mapping[str, Any]) -> pa.Table:
    """Return a table of this package.

    Args:
        name: of the table.
        columns: by name, as Arrow arrays, NumPy arrays, or lists. A number of a NumPy array that is
            not finite becomes null.
    """
    schema = schema_of(name)
    arrays = [_array(columns[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def repeated(text: str, rows: int) -> pa.Array:
    """Return a column that says the same in all its rows."""
    return pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), pa.array([_sound(text)]))


def chosen(codes: Any, texts: Sequence[str]) -> pa.Array:
    """Return a column of texts of which there are few.

    Args:
        codes: for each row the place of its text; -1 for none.
        texts: each once.
    """
    indices = pa.array(codes, pa.int32(), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(map(_sound, texts), pa.string()))


def joined(arrays: Iterable[Any], kind: Any) -> Any:
    """Return NumPy arrays as one; an empty one of a kind if there are none."""
    found = list(arrays)
    return np.concatenate(found) if found else np.empty(0, kind)


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    if isinstance(values, np.ndarray):
        lacking = ~np.isfinite(values) if values.dtype.kind == "f" else np.False_
        return pa.array(values, kind, mask=lacking if lacking.any() else None)  # else not copied
    if pa.types.is_dictionary(kind):
        return _encoded(values, pa.string()).dictionary_encode()
    return _encoded(values, kind)


def _encoded(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return a column of values that may have texts in them, however deep."""
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        return pa.array([_sound(value) for value in values], kind)


def _sound(value: Any) -> Any:
    """Return a value whose texts have no halves of characters, such as names of files may have."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list | tuple):
        return type(value)(map(_sound, value))
    if isinstance(value, dict):
        return {_sound(key): _sound(held) for key, held in value.items()}
    return value
