"""How long ``unifyweaver run`` would take on a backend, by what is known of its work.

The model is a sum:

- *run*: what every run takes, :data:`RUN_SECONDS`;
- *start*: what a backend takes until its workers work, :data:`START_SECONDS`, for each mapped task instance, as these
  follow one another on the command line;
- *work*: batches are taken for equal and dealt out in rounds, so 5 batches on 2 workers take the time of 3;
- *handing out*: the coordinator's share of a batch, :data:`HANDOUT_SECONDS`;
- *merge*: the bytes of all results, at :data:`MERGE_BYTES_PER_SECOND`.

It knows nothing of workers in each other's way: more of them than processors make work that computes no faster, and
it takes all work for work that waits. A backend's own runs in the past are therefore the best measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from airflow_unifyweaver.run.experience import Measured

RUN_SECONDS = 0.4
"""From the start of the interpreter to the published result: a run of one line on ``sequential``, on two cores."""
START_SECONDS = {
    "sequential": 0.0,
    "bash_fork": 0.0,
    "gnu_parallel": 0.4,
    "dask": 0.8,
    "spark": 6.0,
    "hadoop_streaming": 10.0,
}
"""How much longer a run of one line takes elsewhere: Dask in threads, Spark as ``local[2]``, YARN with one node on the
same machine."""
HANDOUT_SECONDS = 0.0001
"""What each of 10,000 batches of work that does nothing adds to a run on ``bash_fork``."""
MERGE_BYTES_PER_SECOND = {False: 100e6, True: 10e6}
"""How fast results are merged, as a whole and by key: sums of 20,000 keys in 15 MB of results."""


@dataclass(frozen=True)
class Load:
    """What there is to do in a run.

    :param batches: how many batches there are.
    :param tasks: how many mapped task instances they are divided among.
    :param seconds: how long one worker would take for all of them.
    :param written: how many bytes of results come of them.
    """

    batches: int
    tasks: int
    seconds: float
    written: float

    @classmethod
    def of(cls, measured: Sequence[Measured], size: int, batches: int, tasks: int) -> Load | None:
        """Return what there is to do if all of a source is as some of it was; None when that is not known.

        :param measured: batches of the source, or of an earlier state of it.
        :param size: bytes of the source.
        :param batches: how many batches it is cut into.
        :param tasks: how many mapped task instances there shall be at most.
        """
        share = sum(batch.size for batch in measured) / size if size else 0
        if not share or not batches:
            return None
        seconds, written = sum(batch.seconds for batch in measured), sum(batch.written for batch in measured)
        return cls(batches, min(tasks, batches), seconds / share, written / share)


def run_seconds(backend: str, workers: int, load: Load, *, by_key: bool) -> float:
    """Return how long a run would take, in seconds.

    :param backend: where it runs.
    :param workers: how many batches are worked on at a time.
    :param load: what there is to do.
    :param by_key: whether results are merged by key.
    """
    rounds = load.tasks * -(-load.batches // (load.tasks * workers))
    work = load.seconds * rounds / load.batches
    merge = load.written / MERGE_BYTES_PER_SECOND[by_key]
    return RUN_SECONDS + START_SECONDS[backend] * load.tasks + work + HANDOUT_SECONDS * load.batches + merge
