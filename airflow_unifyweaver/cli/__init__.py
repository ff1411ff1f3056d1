"""The command line, ``unifyweaver``: a module for each command, which is imported when the command is given."""

from airflow_unifyweaver.cli.quick_imports import quick_imports

with quick_imports():
    from airflow_unifyweaver.cli.entry import main

__all__ = ["main"]
