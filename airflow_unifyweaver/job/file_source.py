"""Sources that are files: text, csv, json, parquet."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, Strict, model_validator

from airflow_unifyweaver.job.encoding import Encoding
from airflow_unifyweaver.job.file_paths import FILES, FilePaths
from airflow_unifyweaver.job.source_part import ColumnKind, SourcePart
from airflow_unifyweaver.job.values import IN_ORDER, Flag, Pointer, Text, wanted

ColumnNames = Annotated[tuple[Text, ...], IN_ORDER, Field(min_length=1)]
_Character = Annotated[str, Strict(), Field(pattern=r"^[^\r\n]$"), wanted('one character (a tab is "\\t")')]
_Quote = Annotated[
    str,
    Strict(),
    Field(pattern=r"^[^\r\n]?$"),
    BeforeValidator(lambda value: "" if value is None else value, json_schema_input_type=str | None),
    wanted("one character, or null for no quoting"),
]


class TextSource(SourcePart):
    """Lines of text files; a record is one line without its line end."""

    type: Literal["text"] = Field(default="text", description="Kind of source.")
    path: FilePaths = Field(description=FILES)
    encoding: Encoding = Field(default="utf-8", description="Text encoding of the files, as Python names it.")

    def column_kinds(self) -> tuple[ColumnKind, ...]:
        """Return how columns are named: by number."""
        return ("number",)


class CsvSource(SourcePart):
    """Rows of CSV files; a record is a mapping of column names to text."""

    type: Literal["csv"] = Field(default="csv", description="Kind of source.")
    path: FilePaths = Field(description=FILES)
    encoding: Encoding = Field(default="utf-8", description="Text encoding of the files, as Python names it.")
    delimiter: _Character = Field(default=",", description="The character between two fields of a row.")
    quotechar: _Quote = Field(default='"', description="The character around quoted fields; null when none are quoted.")
    header: Annotated[Flag | ColumnNames, wanted("true, false or a list of column names")] = Field(
        default=True,
        description="Whether the first row of each file names the columns; or the names, for files without such a row.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.delimiter == self.quotechar:
            raise ValueError(f"delimiter and quotechar are both {self.delimiter!r}; they must differ")
        _check_distinct("header", self.header)
        return self

    def column_kinds(self) -> tuple[ColumnKind, ...]:
        """Return how columns are named: by number or name."""
        return ("number", "name")


def _check_distinct(field: str, given: Any) -> None:
    names = list(given) if isinstance(given, tuple) else []
    repeated = {name for name in names if names.count(name) > 1}
    if repeated:
        raise ValueError(f"{field} names {', '.join(sorted(repeated))} more than once; column names must differ")


class JsonSource(SourcePart):
    """Values of JSON files: one a line, or the items of an array inside a document."""

    type: Literal["json"] = Field(default="json", description="Kind of source.")
    path: FilePaths = Field(description=FILES)
    pointer: Pointer | None = Field(
        default=None,
        description="Where in each document the array of records is (a JSON pointer, RFC 6901): /data/items, or an "
        "empty text when the document is the array. Without it, each line is a record.",
    )

    def column_kinds(self) -> tuple[ColumnKind, ...]:
        """Return how columns are named: by the name of a member."""
        return ("name",)


class ParquetSource(SourcePart):
    """Rows of Parquet files; a record is a mapping of column names to values."""

    type: Literal["parquet"] = Field(default="parquet", description="Kind of source.")
    path: FilePaths = Field(description=FILES)
    columns: ColumnNames | None = Field(default=None, description="Columns to read, in this order; all if absent.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_distinct("columns", self.columns)
        return self
