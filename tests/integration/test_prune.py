"""`unifyweaver prune` as a user meets it."""

import subprocess
import sys

import pytest

from airflow_unifyweaver import BatchJob, run_job

UNIFYWEAVER = [sys.executable, "-m", "airflow_unifyweaver.cli", "prune"]


@pytest.fixture
def storage(tmp_path, monkeypatch):
    """A storage with three runs, two of which are old."""
    (tmp_path / "lines.txt").write_text("1\n2\n")
    source = {"type": "text", "path": str(tmp_path / "lines.txt")}
    job = BatchJob.from_dict({"name": "lines", "source": source, "work": {"command": "cat"}})
    storage = tmp_path / "storage"
    monkeypatch.setenv("UNIFYWEAVER_STORAGE", str(storage))
    for name in ("monday", "tuesday", "today"):
        run_job(job, storage / "lines" / name)
    for age, name in ((9, "monday"), (8, "tuesday")):
        subprocess.run(
            ["find", storage / "lines" / name, "-exec", "touch", "-d", f"{age} days ago", "{}", "+"], check=True
        )
    return storage / "lines"


def prune(*arguments):
    return subprocess.run([*UNIFYWEAVER, *arguments], capture_output=True, text=True, check=False)


def test_old_runs_are_removed(storage):
    tried = prune("--older-than", "7", "--dry-run")
    assert (tried.returncode, tried.stdout.split()) == (0, [str(storage / "monday"), str(storage / "tuesday")])
    assert tried.stderr.startswith("would remove 2 runs of 0.")
    assert len(list(storage.iterdir())) == 3
    done = prune("--older-than", "7", "--keep", "2", str(storage.parent))
    assert (done.returncode, done.stdout.split()) == (0, [str(storage / "monday")])
    assert prune("--older-than", "7").stdout.split() == [str(storage / "tuesday")]
    assert [path.name for path in storage.iterdir()] == ["today"]
    assert prune("--older-than", "7").stderr == "removed 0 runs of 0.0 MB\n"


def test_the_bytes_of_lists_are_counted(storage):
    run = storage.parent / "dag" / "run"
    run.mkdir(parents=True)
    (storage / "monday").rename(run / "lines")
    (run / "lines.items.jsonl").write_bytes(bytes(3_000_000))
    subprocess.run(["touch", "-d", "9 days ago", run / "lines.items.jsonl"], check=True)
    assert prune("--older-than", "9", "--dry-run").stderr.startswith("would remove 1 run of 3.")
    assert prune("--older-than", "9").stderr.startswith("removed 1 run of 3.")
    assert not run.exists()


def test_the_only_copy_of_messages_stays(storage):
    window = storage / "monday" / "spool" / "window"
    window.mkdir(parents=True)
    (window / "1.messages").write_text("order\n")
    marker = storage / "monday" / "result" / "_SUCCESS"
    published = marker.read_bytes()
    marker.unlink()
    subprocess.run(["find", storage / "monday", "-exec", "touch", "-d", "9 days ago", "{}", "+"], check=True)
    done = prune("--older-than", "7")
    assert done.stdout.split() == [str(storage / "tuesday")]
    assert done.stderr.endswith("; 1 run with the only copy of messages of a queue, to be resumed\n")
    marker.write_bytes(published)
    assert str(storage / "monday") in prune("--older-than", "0").stdout.split()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "error: the following arguments are required: --older-than; see unifyweaver prune --help"),
        (["--older-than", "-1"], "--older-than: wanted a whole number of at least 0, got '-1'"),
        (["--older-than", "1", "absent"], "error: absent: there is no such folder"),
        (["--older-than", "1", "s3://bucket/runs"], "error: s3://bucket/runs: only runs in a folder are pruned"),
    ],
)
def test_wrong_arguments_are_told_in_one_line(arguments, message):
    done = prune(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
