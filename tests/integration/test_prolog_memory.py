"""A process of Prolog stays as small as it began, however many batches it works on, and however large they are."""

from pathlib import Path

import pytest

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.work.registry import work_for

PROGRAM = """
:- dynamic_source(line/1, external(text, 'lines.txt')).
pid(_, Pid) :- current_prolog_flag(pid, Pid).
upper(Line, Upper) :- string_upper(Line, Upper), atom_string(_, Upper).
count(N) :- aggregate_all(count, (line(Line), sub_string(Line, _, _, _, "9")), N).
joined(N) :- aggregate_all(count, (line(Line), line(Line)), N).
"""


@pytest.fixture
def work(tmp_path):
    (tmp_path / "program.pl").write_text(PROGRAM)

    def work(predicate):
        fields = {
            "name": "memory",
            "source": {"type": "text", "path": "lines.txt"},
            "work": {"prolog": {"file": "program.pl", "predicate": predicate}},
        }
        return work_for(BatchJob.from_dict(fields, base_dir=tmp_path))

    return work


def resident_mb(work):
    """Return the memory of the process that has answered last."""
    pid = work.swipl._process._process.pid
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


def test_many_small_batches(work):
    upper = work("upper/2")
    for number in range(20_000):
        assert list(upper.run([f"line {number}"])) == [f"LINE {number}"]
        if number == 2_000:
            before = resident_mb(upper)
    assert resident_mb(upper) < before + 5


@pytest.mark.parametrize("predicate", ["count/1", "joined/1"])
def test_batches_leave_nothing(work, predicate):
    counting = work(predicate)
    lines = [f"line {number}" for number in range(20_000)]
    sizes = []
    for _ in range(40):
        list(counting.run(lines))
        sizes.append(resident_mb(counting))
    # One batch takes 4 MB. Prolog's collectors, threads that a busy machine lets wait, leave some of that for a while.
    assert max(sizes) < sizes[1] + 30, sizes


def test_a_scan_of_a_large_batch_takes_no_memory(work):
    counting = work("count/1")
    assert list(counting.run(["9"])) == [1]
    before = resident_mb(counting)
    lines = [f"line {number}" for number in range(300_000)]
    assert list(counting.run(lines)) == [sum(line.count("9") for line in lines)]
    assert resident_mb(counting) < before + 5
