"""A damaged compressed file is one clear error, and never a result that looks whole."""

import json
import os
import subprocess
import sys

import pytest
from compressors import FORMATS, compress

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.runner import resume

DATA = b"".join(b"%d\n" % number for number in range(200_000))


def write_job(folder, path, **parts):
    job = {"name": "packed", "source": {"type": "text", "path": path}, "work": {"command": "wc -l"}}
    (folder / "job.json").write_text(json.dumps(job | {"aggregation": {"reduce": "sum"}} | parts))


def uw(folder, *arguments):
    command = [sys.executable, "-m", "airflow_unifyweaver.cli", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("form", FORMATS)
def test_a_truncated_file(form, tmp_path):
    name = f"lines{FORMATS[form]}"
    packed = compress(DATA, form, 50_000)
    (tmp_path / name).write_bytes(packed[: len(packed) * 2 // 3])
    write_job(tmp_path, name)
    done = uw(tmp_path, "run", "job.json", "--run-dir", "run")
    assert (done.returncode, done.stdout) == (1, "")
    (message,) = done.stderr.splitlines()
    assert f"{tmp_path / name}: its {form.split()[-1]} data is damaged or cut off near byte " in message
    assert "copy it again from where it came from" in message
    assert not (tmp_path / "run" / "result").exists()


def test_a_block_that_is_damaged_fails_its_batch(tmp_path):
    packed = bytearray(compress(DATA, "bgzf", 50_000))
    packed[len(packed) // 2] ^= 1
    (tmp_path / "lines.gz").write_bytes(packed)
    write_job(tmp_path, "lines.gz", retry={"max_attempts": 1})
    done = uw(tmp_path, "run", "job.json", "--run-dir", "run")
    assert (done.returncode, done.stdout) == (1, "")
    assert "lines.gz: its bgzf data is damaged or cut off near byte" in done.stderr
    assert not (tmp_path / "run" / "result").exists()


@pytest.mark.parametrize("form", FORMATS)
def test_a_finished_plan_unpacks_nothing_again(form, tmp_path):
    name = f"lines{FORMATS[form]}"
    (tmp_path / name).write_bytes(compress(DATA, form, 50_000))
    write_job(tmp_path, name)
    run_job(BatchJob.from_file(tmp_path / "job.json"), tmp_path / "run")
    (kept,) = (tmp_path / "run" / "spool").iterdir()
    os.utime(kept, ns=(7, 7))
    assert json.loads(resume(tmp_path / "run").file.read_text()) == 200_000
    assert [path.stat().st_mtime_ns for path in (tmp_path / "run" / "spool").iterdir()] == [7]
