"""The layouts of tables as Markdown, for ``docs/tables.md``."""

from __future__ import annotations

from collections.abc import Iterator

from iai_proxy.tables.fields import LAYOUTS, Field


def columns_markdown() -> str:
    """Return a section for each table, with its columns."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for name, layout in LAYOUTS.items():
        order = ", ".join(f"`{column}`" for column in layout.sorted_by)
        yield f"## {name}\n"
        yield f"{layout.text} The rows of a recording are sorted by {order}.\n"
        yield "| column | kind | unit | what it says |"
        yield "| --- | --- | --- | --- |"
        yield from map(_line, layout.fields)
        yield ""


def _line(field: Field) -> str:
    kind = f"`{field.kind}`, or null" if field.nullable else f"`{field.kind}`"
    return f"| `{field.name}` | {kind} | {field.unit} | {field.text} |"
