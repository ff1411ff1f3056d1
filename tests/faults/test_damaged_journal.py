"""Journals and segments damaged at any byte: no committed result is lost from the answer, and no commit is invented."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from airflow_unifyweaver import runner
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.state import ShardState

SEED = int(os.environ.get("UNIFYWEAVER_FAULT_SEED", "20261123"))
RESUMES = int(os.environ.get("UNIFYWEAVER_DAMAGED_RESUMES", "20"))
BATCHES = 6
LINES = 5
"""How many lines of the journal are damaged, from its end; in both runs one of them at least is a commit."""
MASKS = (0x01, 0x20, 0x80, 0xFF)
"""What is flipped of a byte: one bit, the bit that tells a from A, the bit that leaves ASCII, all."""
UNIFYWEAVER = [sys.executable, "-m", "airflow_unifyweaver.cli"]
WORK = """
import time
from pathlib import Path
from pathlib import Path

def upper(batch):
    lines = list(batch)
    while "line 12" in lines and Path(__file__).with_name("hang").exists():
        time.sleep(0.01)
    return [line.upper() for line in lines]
"""
EXPECTED = b"".join(b'"LINE %d"\n' % number for number in range(3 * BATCHES))


@pytest.fixture(scope="module")
def job_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("job")
    (folder / "lines.txt").write_text("".join(f"line {number}\n" for number in range(3 * BATCHES)))
    (folder / "damaged_work.py").write_text(WORK)
    (folder / "job.yaml").write_text(
        "name: damaged\nsource: {type: text, path: lines.txt}\nbatch: {batch_size: 3}\n"
        "work: {python: 'damaged_work:upper'}\nretry: {delay: 0}\nparallel: {backend: sequential}\n"
    )
    return folder


@pytest.fixture(scope="module")
def runs(job_folder):
    """Two run directories: of a run that has ended, and of one whose coordinator was killed at its fifth batch."""
    finished, half = RunDirectory(job_folder / "finished"), RunDirectory(job_folder / "half")
    done = subprocess.run(
        [*UNIFYWEAVER, "run", job_folder / "job.yaml", "--run-dir", finished.path],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0
    (job_folder / "hang").touch()
    process = subprocess.Popen([*UNIFYWEAVER, "run", job_folder / "job.yaml", "--run-dir", half.path])
    deadline = time.monotonic() + 60
    while not (half.shard(0).journal.exists() and half.shard(0).journal.read_bytes().count(b"batch_started") == 5):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    while is_in_use(half.path):  # its slot would go on, and commit, if it were let go before it is killed as well
        assert time.monotonic() < deadline
        time.sleep(0.01)
    (job_folder / "hang").unlink()
    return {"finished": finished, "half": half}


def is_in_use(folder):
    """Tell whether a process has a file in a folder open."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if link.readlink().is_relative_to(folder):
                return True
        except OSError:  # the process has ended, or the file was closed
            continue
    return False


def damages(journal):
    """Yield what becomes of a journal that is cut, or in which a byte is flipped, anywhere in its last lines."""
    start = len(b"".join(journal.splitlines(keepends=True)[:-LINES]))
    for place in range(start, len(journal)):
        yield f"cut at {place}", journal[:place]
        for mask in MASKS:
            flipped = bytes([journal[place] ^ mask])
            yield f"{place} flipped by {mask:#04x}", journal[:place] + flipped + journal[place + 1 :]


@pytest.mark.parametrize("kind", ["finished", "half"])
def test_damage_at_every_byte_of_the_last_lines_of_the_journal(kind, runs, tmp_path):
    generator = random.Random(f"{SEED} journal {kind}")
    whole = runs[kind].shard(0).journal.read_bytes()
    original = ShardState.load(runs[kind].shard(0).journal).commits
    assert len(original) == {"finished": BATCHES, "half": 4}[kind]
    journal = tmp_path / "journal.jsonl"
    cases = dict(damages(whole))
    forgotten = {}
    for name, data in cases.items():
        journal.write_bytes(data)
        state = ShardState.load(journal)
        assert state.commits.items() <= original.items(), name
        assert not state.finished or len(state.commits) == BATCHES, name
        forgotten[name] = len(original) - len(state.commits)
    assert 0 < max(forgotten.values()) <= 2  # so few lines hold two commits at most
    # Half of the resumed ones, where there are so many, have forgotten a commit: that is where one could be lost.
    by_loss = [[name for name in cases if bool(forgotten[name]) is lost] for lost in (True, False)]
    chosen = [name for names in by_loss for name in generator.sample(names, min(RESUMES // 2, len(names)))]
    for number, name in enumerate(chosen):
        run = copy(runs[kind], tmp_path / f"run_{number}")
        run.shard(0).journal.write_bytes(cases[name])
        resume(run, name)
    print(
        f"\n{kind} run: {len(cases)} damaged journals, no commit invented; {len(chosen)} of them resumed, "
        f"{sum(forgotten[name] for name in chosen)} forgotten commits made again, results identical"
    )


@pytest.mark.parametrize("kind", ["finished", "half"])
def test_damage_at_random_bytes_of_segments(kind, runs, tmp_path):
    generator = random.Random(f"{SEED} segments {kind}")
    revoked = 0
    for number in range(RESUMES):
        run = copy(runs[kind], tmp_path / f"run_{number}")
        segment = generator.choice([path for path in run.shard(0).segments.iterdir() if path.stat().st_size])
        data = bytearray(segment.read_bytes())
        place, mask = generator.randrange(len(data)), generator.randrange(1, 256)
        data[place] ^= mask
        segment.write_bytes(data[: place if generator.random() < 0.2 else None])
        resume(run, f"{place} of {segment.name} flipped by {mask:#04x}")
        revoked += run.shard(0).journal.read_bytes().count(b'"revoked":true')
    print(f"\n{kind} run: {RESUMES} damaged segments, {revoked} commits revoked and made again, results identical")
    assert revoked >= RESUMES


def copy(run, path):
    shutil.copytree(run.path, path)
    return RunDirectory(path)


def resume(run, name):
    """Bring a run to its end: the result is the undisturbed one, and every batch is committed."""
    result = runner.resume(run.path)
    assert result.file.read_bytes() == EXPECTED, name
    assert result.results == 3 * BATCHES, name
    assert set(ShardState.load(run.shard(0).journal).commits) == set(range(BATCHES)), name
