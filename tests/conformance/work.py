"""Work of the conformance jobs."""

import os
from pathlib import Path


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


def rows(batch):
    return list(batch)


def nothing(batch):
    return None


def longer(earlier, later):
    return later if len(later) > len(earlier) else earlier


def lines(batch):
    return list(batch)


def refuses_nines(batch):
    for line in batch:
        if line.endswith("9"):
            raise ValueError(line)
        yield line


def fails_once(batch):
    """Fail the first attempt at every batch: the marks stand beside the input, as workers share nothing else."""
    records = list(batch)
    mark = Path(os.environ["CONFORMANCE_MARKS"], records[0].replace(" ", "_"))
    if not mark.exists():
        mark.touch()
        raise RuntimeError("first attempt")
    return records


def dies_once(batch):
    """Kill the worker in the first attempt at the batch with line 50."""
    records = list(batch)
    mark = Path(os.environ["CONFORMANCE_MARKS"], "died")
    if "line 50" in records and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), 9)
    return records
