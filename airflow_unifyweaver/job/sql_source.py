"""The source that is the rows of a database query."""

import re
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, Strict, model_validator

from airflow_unifyweaver.job.part import require_one
from airflow_unifyweaver.job.source_part import ColumnKind, SourcePart
from airflow_unifyweaver.job.values import IN_ORDER, Text, VariableName, wanted

# As SQLAlchemy reads it: a password goes on to the @, even over "/", "?" and "#", where urlsplit ends all that it looks
# into for one.
_PASSWORD = re.compile(r"[^:/]+://[^:/]*:[^@]*@")
_SECRET_OPTION = re.compile(r"(password|passwd|passphrase|pwd|secret|token)\w*\s*=", re.IGNORECASE)


def _check_url(url: str) -> str:
    """Check that a URL names a database and holds no password, as a job is written down in places.

    :raises ValueError: when it does not, without showing it.
    """
    if _PASSWORD.match(url) or _SECRET_OPTION.search(unquote(url.partition("?")[2])):
        raise ValueError(
            "no password in the URL, as a job is written down in places; give conn_id, or url_from_env with the name "
            "of a variable that holds the whole URL, or leave the password to the database's own ways (PGPASSFILE)"
        )
    if "://" not in url or not _is_readable(url):
        raise ValueError("wanted a URL such as postgresql://user@host/database or sqlite:///file.db")
    return url


def _is_readable(url: str) -> bool:
    try:
        urlsplit(url)
    except ValueError:  # of a host in brackets
        return False
    return True


def _check_key(key: tuple[str, ...]) -> tuple[str, ...]:
    repeated = sorted({name for name in key if key.count(name) > 1})
    if repeated:
        raise ValueError(f"names {', '.join(repeated)} more than once")
    return key


def _names(value: Any) -> Any:
    return [name.strip() for name in value.split(",")] if isinstance(value, str) else value


_Url = Annotated[str, Strict(), Field(min_length=1), wanted("the URL of a database"), AfterValidator(_check_url)]
_Key = Annotated[
    tuple[Text, ...],
    IN_ORDER,
    Field(min_length=1),
    wanted("a column, or several as a list or with commas between them"),
    AfterValidator(_check_key),
    BeforeValidator(_names, json_schema_input_type=str | tuple[str, ...]),
]


class SqlSource(SourcePart):
    """Rows of a database query; a record is a mapping of column names to values."""

    type: Literal["sql"] = Field(default="sql", description="Kind of source.")
    url: _Url | None = Field(
        default=None,
        description="Address of the database, without a password: postgresql://user@host/database, sqlite:///file.db.",
    )
    url_from_env: VariableName | None = Field(
        default=None, description="Environment variable that holds the address, which may have a password in it."
    )
    conn_id: Text | None = Field(default=None, description="Airflow connection to the database.")
    query: Text = Field(description="The query whose rows are the records: one statement that changes nothing.")
    key: _Key | None = Field(
        default=None,
        description="Column, or columns, that no two rows have alike: rows come in its order, and PostgreSQL's are "
        "read by ranges of it in parallel.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        require_one(self, "url", "url_from_env", "conn_id")
        return self

    def column_kinds(self) -> tuple[ColumnKind, ...]:
        """Return how columns are named: by name."""
        return ("name",)
