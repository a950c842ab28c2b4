"""``iai-proxy export parquet``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from iai_proxy.saying import say
from iai_proxy.tables.fields import TABLES


@click.command("parquet")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder; each table gets a folder in it.",
)
@click.option(
    "--table",
    "tables",
    multiple=True,
    type=click.Choice(TABLES),
    help="Only this table; may be repeated. All of them by default.",
)
def command(files: tuple[str, ...], output: Path, tables: tuple[str, ...]) -> None:
    """Write recordings as tables, for SQL and notebooks.

    The tables are agents (a row an agent and step), calls, lights, findings and simulations; their
    columns are in docs/tables.md, and queries in docs/analyse.md. FILE is a recording, a folder or
    a glob. Tables that are in DIR already are replaced; nothing else in it is touched. A recording
    that can't be read is a row of findings, and gives exit code 3; the others are written all the
    same.

    \b
    iai-proxy export parquet runs/ -o tables
    duckdb -c "SELECT location, count(*) FROM 'tables/simulations/*.parquet' GROUP BY location"
    """
    from iai_proxy.sources import named
    from iai_proxy.tables.making import require_packages

    require_packages("export parquet")
    from iai_proxy.tables.exporting import export_tables, here
    from iai_proxy.text import plural

    wanted = [table for table in TABLES if table in tables] or list(TABLES)
    sources = named(files)
    found = export_tables(sources, output, wanted, here)
    for problem in found.problems:
        say(problem)
    rows = ", ".join(f"{count} {table}" for table, count in found.rows.items())
    say(f"wrote {plural(len(sources), 'recording')} to {output}: {rows}")
    if found.problems:
        sys.exit(3)
