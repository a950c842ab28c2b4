"""Layouts as Arrow schemas: units and meanings are in the metadata of fields."""

from __future__ import annotations

from functools import cache
from typing import Final

import pyarrow as pa

from iai_proxy.tables.fields import LAYOUTS, VERSION, Field

#: Metadata of a schema, and so of a Parquet file: the version of its layout, and the table's name.
VERSION_KEY: Final = b"iai-proxy:tables-version"
TABLE_KEY: Final = b"iai-proxy:table"

_KINDS: Final = {
    "int32": pa.int32(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "string": pa.string(),
    "category": pa.dictionary(pa.int32(), pa.string()),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "list<int32>": pa.list_(pa.int32()),
    "list<string>": pa.list_(pa.string()),
    "map<string, string>": pa.map_(pa.string(), pa.string()),
    "branches": pa.list_(
        pa.struct(
            [
                pa.field("branch", pa.int32(), nullable=False),
                pa.field("first_step", pa.int32(), nullable=False),
                pa.field("last_step", pa.int32(), nullable=False),
                pa.field("leaves_branch", pa.int32()),
                pa.field("leaves_at", pa.int32()),
            ]
        )
    ),
}


@cache
def schema_of(table: str) -> pa.Schema:
    """Return the schema of a table by its name."""
    fields = [_field(field) for field in LAYOUTS[table].fields]
    return pa.schema(fields, {VERSION_KEY: str(VERSION), TABLE_KEY: table})


def _field(field: Field) -> pa.Field:
    metadata = {"description": field.text} | ({"unit": field.unit} if field.unit else {})
    return pa.field(field.name, _KINDS[field.kind], nullable=field.nullable, metadata=metadata)
