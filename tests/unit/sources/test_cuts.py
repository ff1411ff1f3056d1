import pytest

from airflow_unifyweaver.job.batch import Batch
from airflow_unifyweaver.sources.blocks import PlainBlock
from airflow_unifyweaver.sources.cuts import (
    LARGEST_DEFAULT,
    MarkedBlock,
    batch_bytes,
    default_batch_bytes,
    ends_by_bytes,
    ends_by_count,
    spans,
)


def marked(*parts):
    start = 0
    for part in parts:
        yield MarkedBlock(PlainBlock(start), part)
        start += len(part)


@pytest.mark.parametrize(
    ("size", "workers", "memory", "expected"),
    [
        (0, 4, None, 1000),
        (160_000, 4, None, 10_000),
        (1 << 40, 4, None, LARGEST_DEFAULT),
        (1 << 40, 4, 160 << 20, 5 << 20),
        (1 << 40, 4, 1 << 50, LARGEST_DEFAULT),
        (160_000, 4, 160 << 20, 10_000),
        (160_000, 4, 1, 1),
    ],
)
def test_batches_fit_the_source_the_workers_and_the_memory(size, workers, memory, expected):
    assert default_batch_bytes(size, workers, memory) == expected


def test_the_last_batch_takes_what_follows_the_last_record():
    assert list(spans(3, 20, [7, 12])) == [(3, 7), (7, 20)]
    assert list(spans(3, 20, [])) == []


def test_records_are_counted_across_blocks():
    assert list(ends_by_count(marked(b"a\nb\n", b"c\nd\ne\n"), 2, 10)) == [4, 8, 10]
    assert list(ends_by_count(marked(b"a\nb\n"), 2, 4)) == [4]


@pytest.mark.parametrize("count", [1, 31, 33, 1000, 4097, 20_000])
def test_many_records_are_counted_exactly(count):
    data = b"ab\n" * 5000 + b"\n" * 5000 + b"c" * 10_000 + b"\n"
    ends = [index + 1 for index, byte in enumerate(data) if byte == 10]
    expected = ends[count - 1 :: count] + ([len(data)] if len(ends) % count else [])
    assert list(ends_by_count(marked(data[:14_998], data[14_998:]), count, len(data))) == expected


def test_bytes_end_with_the_first_record_that_reaches_them():
    blocks = [b"aa\nb\n", b"cccccc\n", b"d\ne\n"]
    assert list(ends_by_bytes(marked(*blocks), 0, 4, 16)) == [5, 12, 16]
    assert list(ends_by_bytes(marked(*blocks), 0, 3, 16)) == [3, 12, 16]
    assert list(ends_by_bytes(marked(*blocks), 0, 1, 16)) == [3, 5, 12, 14, 16]
    assert list(ends_by_bytes(marked(*blocks), 0, 100, 16)) == [16]
    assert list(ends_by_bytes(marked(), 0, 100, 0)) == []


@pytest.mark.parametrize(
    ("size", "piece"),
    [(0, 16), (50_000, 16), (10**6, 100), (10**8, 10_000), (10**9, 50_000), (10**13, LARGEST_DEFAULT)],
)
def test_pieces_of_adaptive_batches_are_many_but_not_too_many(size, piece):
    assert batch_bytes(Batch(adaptive={}), size, 2) == piece


def test_other_measures_are_what_the_job_says_or_fit_the_workers():
    assert batch_bytes(Batch(batch_bytes=7), 10**6, 2) == 7
    assert batch_bytes(Batch(), 10**6, 2) == 125_000
