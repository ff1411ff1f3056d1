"""Runs in the file system that fsspec has in memory."""

import uuid

import pytest

from airflow_unifyweaver import settings
from airflow_unifyweaver.run.remote.addresses import run_at


@pytest.fixture
def url():
    """The URL of a folder that nobody else uses."""
    return f"memory://{uuid.uuid4().hex}/run"


@pytest.fixture
def run(url, tmp_path, monkeypatch):
    """A run at a URL."""
    monkeypatch.setenv(settings.STAGING_VARIABLE, str(tmp_path / "here"))
    return run_at(url)


@pytest.fixture
def elsewhere(run, tmp_path, monkeypatch):
    """The same run, as another machine sees it."""
    monkeypatch.setenv(settings.STAGING_VARIABLE, str(tmp_path / "elsewhere"))
    return run_at(run.url)
