"""Runs as tables: Arrow in memory, Parquet on the disk."""
