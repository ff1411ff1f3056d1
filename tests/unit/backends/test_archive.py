"""The archive of this package is all that a Python needs to run shards."""

import os
import subprocess
import sys
from importlib.metadata import version

import pytest

from airflow_unifyweaver.backends.archive import write_archive


@pytest.fixture
def bare(tmp_path):
    """Runs a Python that has the standard library and the archive."""
    write_archive(tmp_path / "a.zip")

    def bare(*arguments):
        command = [sys.executable, "-S", *arguments]
        environment = os.environ | {"PYTHONPATH": str(tmp_path / "a.zip")}
        return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    return bare


def test_shards_are_run_from_it(bare, tmp_path):
    done = bare("-m", "airflow_unifyweaver.backends.placed")
    assert done.stderr.splitlines()[-1].startswith("IndexError")  # it asks for the shard's work, having imported all
    assert f"{tmp_path}/a.zip/airflow_unifyweaver/backends/placed.py" in done.stderr


def test_it_knows_its_version(bare):
    done = bare("-c", "from importlib.metadata import version; print(version('airflow-unifyweaver'))")
    assert done.stdout.strip() == version("airflow-unifyweaver"), done.stderr
