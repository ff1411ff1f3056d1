"""A disk that is full at any step of a run: one clear error, no half result, and a resume completes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.plan import Plan
from airflow_unifyweaver.run.publish import MARKER
from airflow_unifyweaver.run.state import ShardState

BACKENDS = ["sequential", "bash_fork", "gnu_parallel"]
UNIFYWEAVER = [sys.executable, "-m", "airflow_unifyweaver.cli"]
FULL = "No space left on device; make space, and resume the run: what is committed is kept"
DISK_KILOBYTES = 4096
WORK = """
    import os
    from pathlib import Path

    HERE = Path(__file__).parent


    def fill(line):
        '''Take all space of the disk when the work comes to a line, as another program might.'''
        if line == "line 5" and (HERE / "fill").exists():
            with (HERE / "disk" / "ballast").open("ab", buffering=0) as ballast:
                try:
                    while True:
                        ballast.write(bytes(4096))
                except OSError:
                    pass


    def long(batch):
        (line,) = batch
        fill(line)
        return [line * 4000]


    def late(batch):
        '''Return nothing up to the moment when the disk is full: then only the journal grows.'''
        (line,) = batch
        fill(line)
        return [line] if int(line.split()[1]) > 100 else []
"""


class Disk:
    """A small tmpfs in a mount namespace of its own: any user may make one, and none outlives the test.

    :param place: where it is mounted, for processes that are started by :meth:`run`.
    """

    def __init__(self, place):
        apart = ["unshare", "--mount", "--propagation", "unchanged"]
        self._enter = ["nsenter", "--mount", "--root", "--wd"]
        if os.geteuid() != 0:
            apart.append("--map-root-user")
            self._enter += ["--user", "--preserve-credentials"]
        # Where / is no mount of its own, as in a chroot, nothing can be made private, and nothing need be.
        mount = (
            "mount --make-rprivate / 2>/dev/null; "
            'mount -t tmpfs -o "size=$1k" none "$2" && echo mounted && exec sleep infinity'
        )
        self._holder = subprocess.Popen(
            [*apart, "sh", "-c", mount, "sh", str(DISK_KILOBYTES), place], stdout=subprocess.PIPE
        )
        assert self._holder.stdout.readline() == b"mounted\n"
        self.place = place
        self.seen_from_outside = Path(f"/proc/{self._holder.pid}/root{place}")
        self.ballast = self.seen_from_outside / "ballast"

    def run(self, *arguments, stdout=subprocess.PIPE):
        """Run unifyweaver in a place where the disk is."""
        command = [*self._enter, f"--target={self._holder.pid}", "--", *UNIFYWEAVER, *map(str, arguments)]
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, timeout=120, check=False
        )

    def leave(self, kilobytes):
        """Take all space but so much."""
        space = os.statvfs(self.seen_from_outside)
        with self.ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, space.f_bavail * space.f_frsize - kilobytes * 1024)

    def free(self):
        """Give the space back."""
        self.ballast.unlink()

    def close(self):
        """End the namespace, and the disk with it."""
        self._holder.kill()
        self._holder.communicate()


@pytest.fixture
def disk(tmp_path):
    (tmp_path / "disk").mkdir()
    disk = Disk(tmp_path / "disk")
    yield disk
    disk.close()


@pytest.fixture
def run(disk):
    """The run directory on the disk, as it is seen from outside."""
    return RunDirectory(disk.seen_from_outside / "run")


def write_job(folder, lines, work, **fields):
    (folder / "lines.txt").write_text("".join(f"line {number}\n" for number in range(lines)))
    (folder / "work.py").write_text(dedent(WORK))
    job = {
        "name": "full_disk",
        "source": {"type": "text", "path": "lines.txt"},
        "batch": {"batch_size": 1},
        "work": {"python": f"work:{work}"},
        "retry": {"delay": 0},
    }
    (folder / "job.json").write_text(json.dumps(job | fields))
    return folder / "job.json"


def on(backend, workers):
    return {"backend": backend, "workers": workers, "strict": True}


def long_result(lines):
    return "".join(json.dumps(f"line {number}" * 4000) + "\n" for number in range(lines)).encode()


def assert_one_clear_error(done, what):
    errors = done.stderr.decode()
    assert done.returncode == 1, errors
    assert not done.stdout
    assert "Traceback" not in errors
    (error,) = (line for line in errors.splitlines() if line.startswith("error: "))
    assert re.fullmatch(f"error: cannot write {what}: {re.escape(FULL)}", error), error
    return error


def assert_no_result(run):
    assert not run.result.exists() or not list(run.result.iterdir())


def assert_complete(done, run, result, batches, results):
    """The answer is right, and every batch is committed once."""
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == result
    assert (run.result / MARKER).exists()
    state = ShardState.load(run.shard(0).journal)
    assert (sorted(state.commits), state.results) == (list(range(batches)), results)
    assert Plan.require(run).batches == batches


@pytest.mark.parametrize(("space", "what"), [(0, "job.json"), (128, "plan/batches.jsonl")])
def test_plan(disk, run, tmp_path, space, what):
    job = write_job(tmp_path, 3000, "late", parallel=on("bash_fork", 2))
    disk.leave(space)
    done = disk.run("run", job, "--run-dir", disk.place / "run")
    error = assert_one_clear_error(done, disk.place / "run" / what)
    assert not run.plan_file.exists()
    assert_no_result(run)
    disk.free()
    done = disk.run("run", job, "--run-dir", disk.place / "run")
    result = "".join(f'"line {number}"\n' for number in range(101, 3000)).encode()
    assert_complete(done, run, result, 3000, 2899)
    print(f"\nplan, {space} kB left: {error}")


@pytest.mark.parametrize("backend", BACKENDS)
def test_segment(disk, run, tmp_path, backend):
    (tmp_path / "fill").touch()
    # One worker: the coordinator has nothing to write while the work fills the disk, so that the segment is next.
    job = write_job(tmp_path, 10, "long", parallel=on(backend, 1))
    done = disk.run("run", job, "--run-dir", disk.place / "run")
    error = assert_one_clear_error(done, rf"results to {disk.place}/run/shards/0000/segments/slot_01_\w+\.segment")
    print(f"\nsegment, {backend}: {error}")
    assert_stopped_run_resumes(disk, run, tmp_path, range(5), long_result(10), 10, 10)


@pytest.mark.parametrize("backend", BACKENDS)
def test_journal(disk, run, tmp_path, backend):
    (tmp_path / "fill").touch()
    job = write_job(tmp_path, 200, "late", parallel=on(backend, 2))
    done = disk.run("run", job, "--run-dir", disk.place / "run")
    error = assert_one_clear_error(done, disk.place / "run/shards/0000/journal.jsonl")
    committed = ShardState.load(run.shard(0).journal).commits
    assert 0 < len(committed) < 100
    print(f"\njournal, {backend}, after {len(committed)} commits: {error}")
    result = "".join(f'"line {number}"\n' for number in range(101, 200)).encode()
    assert_stopped_run_resumes(disk, run, tmp_path, committed, result, 200, 99)


def assert_stopped_run_resumes(disk, run, folder, committed, result, batches, results):
    assert_no_result(run)
    assert set(ShardState.load(run.shard(0).journal).commits) == set(committed)
    assert_one_clear_error(disk.run("resume", disk.place / "run"), disk.place / "run/job.json")  # no space made yet
    (folder / "fill").unlink()
    disk.free()
    before = ShardState.load(run.shard(0).journal).commits
    assert set(before) == set(committed)
    assert_complete(disk.run("resume", disk.place / "run"), run, result, batches, results)
    after = ShardState.load(run.shard(0).journal).commits
    assert {index: after[index] for index in before} == before


def test_result(disk, run, tmp_path):
    job = write_job(tmp_path, 50, "long", parallel=on("sequential", 1))
    result = long_result(50)
    disk.leave(3 * len(result) // 2 // 1024)  # enough for the segments, and for half of the result
    done = disk.run("run", job, "--run-dir", disk.place / "run")
    error = assert_one_clear_error(done, disk.place / "run/result/result.jsonl")
    assert_no_result(run)
    assert ShardState.load(run.shard(0).journal).finished
    disk.free()
    assert_complete(disk.run("resume", disk.place / "run"), run, result, 50, 50)
    print(f"\nresult: {error}")


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_output_file(disk, run, tmp_path, suffix):
    target = disk.seen_from_outside / f"out.{suffix}"
    job = write_job(tmp_path, 10, "long", parallel=on("sequential", 1), output={"path": f"disk/out.{suffix}"})
    result = long_result(10)
    disk.leave(5 * len(result) // 2 // 1024)
    done = disk.run("run", job, "--run-dir", disk.place / "run")
    error = assert_one_clear_error(done, disk.place / f"out.{suffix}")
    assert sorted(path.name for path in disk.seen_from_outside.iterdir()) == ["ballast", "run"]
    disk.free()
    assert_complete(disk.run("resume", disk.place / "run"), run, result, 10, 10)
    assert target.stat().st_size > len(result) * 0.9
    print(f"\noutput: {error}")


def test_standard_output(disk, run, tmp_path):
    job = write_job(tmp_path, 10, "long", parallel=on("sequential", 1))
    with Path("/dev/full").open("wb") as full:
        done = disk.run("run", job, "--run-dir", disk.place / "run", stdout=full)
    errors = done.stderr.decode()
    assert done.returncode == 1
    place = disk.place / "run/result/result.jsonl"
    assert errors.endswith(
        f"\nerror: cannot write to standard output: No space left on device; the result stands in {place}\n"
    )
    assert errors.count("error:") == 1
    assert_complete(disk.run("resume", disk.place / "run"), run, long_result(10), 10, 10)
