"""Sources that are what a program prints: an awk program over files, any command."""

from typing import Annotated, Literal

from pydantic import Field, Strict

from airflow_unifyweaver.job.file_paths import FILES, FilePaths
from airflow_unifyweaver.job.source_part import ColumnKind, SourcePart
from airflow_unifyweaver.job.values import Flag, Text, wanted


class AwkSource(SourcePart):
    """Lines that an awk program prints for text files."""

    type: Literal["awk"] = Field(default="awk", description="Kind of source.")
    program: Text = Field(description="The awk program.")
    path: FilePaths = Field(description=FILES)
    stateless: Flag = Field(
        default=False,
        description="Whether the program treats every line by itself, with no NR, no END and nothing kept from other "
        "lines. Then the workers run it, each on its part of a file; otherwise it runs once, over all files, before "
        "the first batch.",
    )

    def column_kinds(self) -> tuple[ColumnKind, ...]:
        """Return how columns are named: by number in what is printed before the first batch."""
        return () if self.stateless else ("number",)


class CommandSource(SourcePart):
    """Lines that a bash command prints."""

    type: Literal["command"] = Field(default="command", description="Kind of source.")
    command: Annotated[str, Strict(), Field(pattern=r"\S"), wanted("a bash command")] = Field(
        description="Bash command; it runs once, in the job's folder, before the first batch."
    )

    def column_kinds(self) -> tuple[ColumnKind, ...]:
        """Return how columns are named: by number."""
        return ("number",)
