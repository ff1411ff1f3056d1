"""Airflow connections as URLs of databases."""

import json

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.hooks.database import connection_url


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        (
            {"conn_type": "postgres", "host": "db", "port": 5433, "login": "u", "password": "p@:/", "schema": "shop"},
            "postgresql+psycopg://u:p%40%3A%2F@db:5433/shop",
        ),
        (
            {"conn_type": "postgres", "host": "db", "extra": {"sslmode": "require", "keepalives": 1}},
            "postgresql+psycopg://db?sslmode=require",
        ),
        ({"conn_type": "sqlite", "host": "/srv/shop.db"}, "sqlite:////srv/shop.db"),
        (
            {"conn_type": "mysql", "host": "db", "schema": "shop", "extra": {"sqlalchemy_scheme": "mysql+pymysql"}},
            "mysql+pymysql://db/shop",
        ),
    ],
)
def test_a_connection_is_a_url(monkeypatch, fields, url):
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps(fields))
    assert connection_url("shop") == url


def test_a_connection_in_the_form_of_a_url_is_one(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", "postgresql://u:p%40@db:5/shop?sslmode=require")
    assert connection_url("shop") == "postgresql+psycopg://u:p%40@db:5/shop?sslmode=require"
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", "sqlite:////srv/shop.db")
    assert connection_url("shop") == "sqlite:////srv/shop.db"


def test_a_connection_to_something_else_is_refused(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "http", "host": "db", "password": "geheim"}))
    with pytest.raises(JobError, match="connection shop is of type http, which is none of postgres, sqlite") as caught:
        connection_url("shop")
    assert "geheim" not in str(caught.value)
