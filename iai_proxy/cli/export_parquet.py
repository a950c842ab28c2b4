"""``iai-proxy export parquet``."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from iai_proxy.cli.options import files_argument
from iai_proxy.cli.workers import outcomes, reachable, workers_options
from iai_proxy.saying import say
from iai_proxy.tables.fields import TABLES

if TYPE_CHECKING:
    from iai_proxy.jobs import Workers
    from iai_proxy.sources import Source


@click.command("parquet")
@files_argument
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
@workers_options
def command(
    sources: tuple[Source, ...], output: Path, tables: tuple[str, ...], on: Workers
) -> None:
    """Write recordings as tables, for SQL and notebooks.

    The tables are agents (a row an agent and step), calls, lights, findings and simulations;
    docs/tables.md has their columns, docs/analyse.md queries. Tables that are in DIR already are
    replaced; nothing else in it is touched. A recording that can't be read is a row of findings,
    and gives exit code 3; the others are written all the same. If none can be read, the tables that
    are there stay.

    \b
    iai-proxy export parquet -j 2 runs/ -o tables
    duckdb -c "SELECT location, count(*) FROM 'tables/simulations/*.parquet' GROUP BY location"
    """
    from iai_proxy.tables.making import require_packages

    require_packages("export parquet")
    from iai_proxy.tables.exporting import export_tables
    from iai_proxy.text import plural

    chosen = [table for table in TABLES if table in tables] or list(TABLES)
    each = partial(outcomes, on=on, label="writing tables")
    found = export_tables(reachable(sources, on), output, chosen, each)
    for problem in found.problems:
        say(problem)
    if not found.is_written:
        say(f"no recording could be read: the tables in {output} stay as they were")
        sys.exit(3)
    rows = ", ".join(f"{table} {count}" for table, count in found.rows.items())
    count = plural(len(sources), "recording")
    read = count if found.read == len(sources) else f"{found.read} of {count}"
    say(f"wrote {read} to {output}; rows: {rows}")
    if found.problems:
        sys.exit(3)
