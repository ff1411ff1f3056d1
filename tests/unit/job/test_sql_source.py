"""Fields of the sql source; no password gets into a job."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.job.sql_source import SqlSource


@pytest.mark.parametrize(
    ("key", "columns"),
    [("id", ("id",)), ("a, b", ("a", "b")), (["a", "b, c"], ("a", "b, c")), (" id ", ("id",))],
)
def test_a_key_is_a_column_or_several(key, columns):
    assert SqlSource(conn_id="db", query="q", key=key).key == columns


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("a,", "key[1]: wanted text that is not empty"),
        ([], "key: wanted a column"),
        (3, "key: wanted a column"),
        ({"a", "b"}, "key: wanted a column"),
        ("a, b, a", "key: names a more than once"),
    ],
)
def test_a_wrong_key_is_refused(key, message):
    with pytest.raises(JobError) as caught:
        SqlSource(conn_id="db", query="q", key=key)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user@host/db",
        "postgresql:///db?host=/run/postgresql",
        "sqlite:///file.db",
        "sqlite:////a:b@c.db",
        "postgresql://{{ var.value.host }}:5432/db",
        "postgresql://[::1]:5432/db",
        "postgresql://user@host/db?passfile=/run/pass&sslmode=require",
    ],
)
def test_a_url_without_a_password_is_taken(url):
    assert SqlSource(url=url, query="q").url == url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:geheim@host/db",
        "postgresql://host/db?user=u&password=geheim",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3DX%3BPWD%3Dgeheim",
        "postgresql://user:@host/db",
        "postgresql://user:ge#heim@host/db",
        "postgresql://user:ge?heim@host/db",
        "postgresql://user:ge/heim@host/db",
        "postgresql://host/db?sslpassword=geheim",
        "postgresql://host/db?sslmode=require&token=geheim",
        "snowflake://host/db?client_secret=geheim",
        "postgresql://host/db?private_key_passphrase=geheim",
    ],
)
def test_a_password_in_a_url_is_refused_and_not_shown(url):
    with pytest.raises(JobError) as caught:
        SqlSource(url=url, query="q")
    assert str(caught.value).startswith("url: no password in the URL, as a job is written down in places; give conn_id")
    assert "heim" not in str(caught.value)


@pytest.mark.parametrize("url", ["file.db", "postgresql://[user@host/db"])
def test_what_is_no_url_is_refused(url):
    with pytest.raises(JobError, match="url: wanted a URL such as"):
        SqlSource(url=url, query="q")


def test_exactly_one_place_names_the_database():
    with pytest.raises(JobError, match="give exactly one of url, url_from_env, conn_id; got none"):
        SqlSource(query="q")
    with pytest.raises(JobError, match="give exactly one of url, url_from_env, conn_id; got url_from_env and conn_id"):
        SqlSource(url_from_env="DB", conn_id="db", query="q")
    with pytest.raises(JobError, match="url_from_env: wanted the name of a variable, got 'a b'"):
        SqlSource(url_from_env="a b", query="q")
