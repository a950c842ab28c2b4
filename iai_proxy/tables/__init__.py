"""Runs as tables: Arrow in memory, Parquet on the disk.

Needs the extra ``table``. Without it the package can be imported all the same.

    fields      which columns the tables have: names, kinds, units, what they mean, their version
    making      one table of an open recording
    exporting   tables of many recordings, as folders of Parquet files

How a table comes about:

    run_data    a recording's steps, each with the branch that it belongs to, and who is who
    body_pass   all bodies read once, for findings and for what only they tell
    looking     what only bodies tell of a step
    sizes       what agents are and how large they are, as arrays that steps share
    agents, calls, lights, findings, simulations   the columns of each table
    columns     columns to a table with its schema (schemas)
    recorded    tables of an open recording
    files       tables of several recordings to the bytes of Parquet files
    folder      such files put in place of those that were there
    hidden      where they are written, and what is left of it by a process that was killed
"""

from iai_proxy.tables.fields import TABLES, VERSION
from iai_proxy.tables.making import table_of

__all__ = ["TABLES", "VERSION", "table_of"]
