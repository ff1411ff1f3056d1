"""Work of the conformance jobs. Marks stand beside this file, of which every run has its own."""

import os
from pathlib import Path

HERE = Path(__file__).parent


def words(batch):
    for line in batch:
        for word in line.split():
            yield word, 1


def lengths(batch):
    return [len(line) for line in batch]


def raw_size(batch):
    return len(batch.bytes())


def amounts_by_city(batch):
    for row in batch:
        yield row["city"], float(row["amount"])


def by_arrow(batch):
    table = batch.arrow()
    return list(zip(table["city"].to_pylist(), table["amount"].to_pylist(), strict=True))


def cities(batch):
    return [sorted({row["city"] for row in batch})]


def labelled(batch):
    return [row["city"] + "=" + row["amount"] for row in batch]


def spans(batch):
    times = [int(line.split()[4]) for line in batch]
    return [[min(times), max(times), len(times)]]


def rows(batch):
    return list(batch)


def lines(batch):
    return list(batch)


def nothing(batch):
    return None


def initials(batch):
    return [(line[:1], line) for line in batch]


def longer(earlier, later):
    return later if len(later) > len(earlier) else earlier


def refuses_nines(batch):
    for line in batch:
        if line.endswith("9"):
            raise ValueError(line)
        yield line


def fails_once(batch):
    """Fail the first attempt at every batch, by whichever record it begins with."""
    records = list(batch)
    mark = HERE / records[0].replace(" ", "_")
    if not mark.exists():
        mark.touch()
        raise RuntimeError("first attempt")
    return records


def dies_once(batch):
    """Kill the worker in the first attempt at the batch with line 50."""
    records = list(batch)
    mark = HERE / "died"
    if "line 50" in records and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), 9)
    return records


def nested(batch):
    """Start a parallel job from inside the worker, and return what that says."""
    from airflow_unifyweaver import BatchJob, run_job
    from airflow_unifyweaver.exceptions import NestedParallelismError

    job = {"name": "inner", "source": {"type": "text", "path": "lines.txt"}, "work": {"command": "cat"}}
    try:
        run_job(BatchJob.from_dict(job, base_dir=HERE))
    except NestedParallelismError as refusal:
        return str(refusal)
