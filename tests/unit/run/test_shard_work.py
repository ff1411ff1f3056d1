"""The work on a shard as a value."""

import pickle
from contextlib import nullcontext

import pytest

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.backends.bash_fork import BashForkBackend
from airflow_unifyweaver.events.bus import Bus
from airflow_unifyweaver.run.coordinator import ShardSummary
from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.lock import is_locked
from airflow_unifyweaver.run.shard_work import work_on
from airflow_unifyweaver.runner import plan_run, shard_work


@pytest.fixture
def work_of(tmp_path):
    """Returns the work on the one shard of a job, with what is given of it in the place of ordinary batches."""

    def plan(**fields):
        (tmp_path / "lines.txt").write_text("".join(f"line {number}\n" for number in range(6)))
        job = BatchJob.from_dict(
            {
                "name": "shard",
                "source": {"type": "text", "path": "lines.txt"},
                "batch": {"batch_size": 2},
                "work": {"command": "cat"},
                "parallel": {"workers": 2},
            }
            | fields,
            base_dir=tmp_path,
        )
        run = RunDirectory(tmp_path / "run")
        return shard_work(job, run, plan_run(job, run, map_tasks=1), 0)

    return plan


def no_handlers():
    return nullcontext(Bus())


class Unused:
    def init(self, *_):
        raise AssertionError("it was started")

    def shutdown(self):
        pass


@pytest.mark.parametrize(
    "fields", [{}, {"batch": {"adaptive": {"target_seconds": 1.0}}}, {"parallel": {"priority": {"file": "newest"}}}]
)
def test_another_process_can_do_what_it_gets_in_a_pickle(work_of, fields):
    work = pickle.loads(pickle.dumps(work_of(**fields)))
    assert work.finished() is None
    summary = work_on(work, BashForkBackend(), no_handlers)
    assert summary.completed == summary.batches > 0
    assert work.finished() == summary
    assert not is_locked(work.run.shard(0).lock)


def test_a_finished_shard_needs_no_backend(work_of):
    work = work_of()
    work_on(work, BashForkBackend(), no_handlers)
    assert work_on(work, Unused(), no_handlers) == ShardSummary(3, 3, 0, 6)
