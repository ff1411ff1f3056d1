"""Whatever a predicate does, it is one failed attempt with one clear message, and the run and its slot go on."""

import json
import multiprocessing
import time
from pathlib import Path

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.events.schema import EventType
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.history import run_events
from airflow_unifyweaver.run.plan import Plan

PROGRAM = """
work(Line, Line) :- split_string(Line, " ", "", [_]), !.
work(Line, Line) :- split_string(Line, " ", "", [_, Name]), atom_string(Fault, Name), call(Fault).

undefined :- Name = nowhere, call(Name).
raise :- X is foo + 1, print(X).
halts :- halt.
endless :- repeat, fail.
deep :- deep(1, _).
deep(N, M) :- M1 is N + 1, deep(M1, L), M is L + 1.
hungry :- numlist(1, 20000000, L), msort(L, M), hungry(M).
hungry(M) :- repeat, M == [].
killed :- current_prolog_flag(pid, Pid), format(atom(Command), 'kill -9 ~w', [Pid]), shell(Command), sleep(9).
segv :- current_prolog_flag(pid, Pid), format(atom(Command), 'kill -11 ~w', [Pid]), shell(Command), sleep(9).
"""
FAULTS = {
    "undefined": "record 4 of the batch: undefined/0: Unknown procedure: nowhere/0",
    "raise": "record 4 of the batch: is/2: Arithmetic: `foo/0' is not a function",
    "halts": "the Prolog process exited with code 0, as halt/0 and halt/1 make it; standard error is empty",
    "endless": "timed out after 3 s (retry.timeout); its worker was killed",
    "deep": "record 4 of the batch: Stack limit (9.5Mb) exceeded",
    "killed": "the Prolog process exited with code -9 (SIGKILL); standard error is empty",
    "segv": "the Prolog process exited with code",
}
LINES = 100


def make_job(folder, faults, **parts):
    lines = [f"{number}" for number in range(LINES)]
    for number, fault in enumerate(faults):
        lines[10 * number + 3] += f" {fault}"
    (folder / "lines.txt").write_text("".join(f"{line}\n" for line in lines))
    (folder / "program.pl").write_text(PROGRAM)
    fields = {
        "name": "faults",
        "source": {"type": "text", "path": "lines.txt"},
        "batch": {"batch_size": 10},
        "work": {"prolog": {"file": "program.pl", "predicate": "work/2", "stack_limit": 10_000_000}},
        "parallel": {"backend": "bash_fork", "workers": 2, "strict": True, "preserve_order": True},
        "retry": {"max_attempts": 1, "timeout": 3},
        "failure": {"budget": len(faults)},
    }
    return BatchJob.from_dict(fields | parts, base_dir=folder), lines


def errors(run):
    events = run_events(run, Plan.require(run), {EventType.BATCH_FAILED})
    return {event.batch_id: event.payload["error"] for event in events}


def ended(folder):
    """Tell whether the processes end soon whose current folder this is: those of Prolog."""
    deadline = time.monotonic() + 10
    while processes_in(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not processes_in(folder)


def processes_in(folder):
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            found += [link.parent.name] if link.readlink() == folder else []
        except OSError:
            continue
    return found


def test_each_fault_is_one_failed_attempt(tmp_path):
    job, lines = make_job(tmp_path, FAULTS)
    run = RunDirectory(tmp_path / "run")
    found = run_job(job, run.path).file.read_text().splitlines()
    assert [json.loads(line) for line in found] == lines[10 * len(FAULTS) :]
    told = errors(run)
    assert sorted(told) == [f"batch_{number:05d}" for number in range(len(FAULTS))]
    for (fault, message), error in zip(FAULTS.items(), map(told.get, sorted(told)), strict=True):
        assert error.startswith(message), fault
    assert ended(tmp_path)


def test_records_with_faults_are_set_aside(tmp_path):
    faults = [fault for fault in FAULTS if fault != "endless"]
    job, lines = make_job(tmp_path, faults, failure={"quarantine": "record"})
    result = run_job(job, tmp_path / "run")
    found = [json.loads(line) for line in result.file.read_text().splitlines()]
    assert found == [line for line in lines if " " not in line]
    assert result.quarantined == len(faults)


def test_memory_of_prolog_counts(tmp_path):
    work = {"prolog": {"file": "program.pl", "predicate": "work/2"}}
    batch = {"batch_size": 10, "max_batch_memory": 300_000_000}
    job, _ = make_job(tmp_path, ["hungry"], work=work, batch=batch, retry={"max_attempts": 1, "timeout": 240})
    run = RunDirectory(tmp_path / "run")
    # In a process of its own: slots are forked from it, and what it has in memory counts as theirs.
    process = multiprocessing.get_context("spawn").Process(target=run_job, args=(job, run.path))
    process.start()
    process.join()
    (error,) = errors(run).values()
    assert "MB of memory and was killed; batch.max_batch_memory allows 300 MB" in error
    assert ended(tmp_path)


@pytest.mark.parametrize("backend", ["sequential", "gnu_parallel"])
def test_prolog_ends_with_a_slot_that_hangs(tmp_path, backend):
    parallel = {"backend": backend, "workers": 1, "strict": True}
    job, _ = make_job(tmp_path, ["endless"], parallel=parallel, retry={"max_attempts": 1, "timeout": 1})
    run = RunDirectory(tmp_path / "run")
    run_job(job, run.path)
    assert list(errors(run).values()) == ["timed out after 1 s (retry.timeout); its worker was killed"]
    assert ended(tmp_path)
