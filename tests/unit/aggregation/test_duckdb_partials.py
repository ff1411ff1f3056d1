import itertools
import logging
import tempfile
from pathlib import Path

import duckdb
import pytest

from airflow_unifyweaver.aggregation import duckdb_partials, external_merge
from airflow_unifyweaver.aggregation.duckdb_partials import merge_with_duckdb
from airflow_unifyweaver.aggregation.partials import Partials
from airflow_unifyweaver.aggregation.strategies import Sum
from airflow_unifyweaver.exceptions import RunError


@pytest.fixture
def queries(monkeypatch):
    """Have DuckDB add up whatever it can take; return the list of its connections."""
    monkeypatch.setattr(duckdb_partials, "LEAST_BYTES", 1)
    connections = []
    connect = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda **options: connections.append(options) or connect(**options))
    return connections


def merged(*payloads):
    return b"".join(merge_with_duckdb(payloads, lambda: Partials(Sum())))


def test_keys_are_in_the_order_of_their_text(queries):
    keys = sorted(["", " ", "a", "a ", "a!", "a b", "ab", "ä", "€", "😀", "#", ",", "'", "\x7f", "\x85", "\u2028"])
    lines = [b'"%b"\t1\n' % key.encode() for key in reversed(keys)]
    assert merged(b"".join(lines), b"".join(lines)) == b"".join(b'"%b"\t2\n' % key.encode() for key in keys)
    assert len(queries) == 1


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63)])
def test_sums_beyond_64_bits(queries, number):
    assert merged(*[b'"a"\t%d\n' % number] * 5) == b'"a"\t%d\n' % (5 * number)
    assert len(queries) == 1


@pytest.mark.parametrize(
    ("line", "total"),
    [
        (b'"\\n"\t3\n', None),
        (b"1\t3\n", None),
        (b"1.5\t3\n", None),
        (b"null\t3\n", None),
        (b'["a"]\t3\n', None),
        (b'"a"\t9223372036854775808\n', b"9223372036854775809"),
        (b'"a"\t"0x1p-1"\n', b'"0x3p-1"'),
        (b'"a"\tInfinity\n', b"Infinity"),
        (b'"a"\tNaN\n', b"NaN"),
    ],
)
@pytest.mark.parametrize("more", [b"", b'"z"\t1\n'])
def test_what_is_not_for_duckdb_is_added_up_in_python(queries, line, total, more):
    payloads = [b'"a"\t1\n"z"\t2\n', line + more]
    assert merged(*payloads) == b"".join(external_merge.merge_external(payloads, Partials(Sum())))
    if total is not None:
        assert merged(*payloads).startswith(b'"a"\t' + total + b"\n")
    assert queries


def test_each_spill_is_added_up_apart(queries, monkeypatch):
    monkeypatch.setattr(external_merge, "MEMORY_LIMIT", 20)
    payloads = [b'"%d"\t1\n"b"\t%d\n' % (number, number) for number in range(8)]
    assert merged(*payloads) == b"".join(b'"%d"\t1\n' % number for number in range(8)) + b'"b"\t28\n'
    assert len(queries) > 2


def test_too_little_memory_for_duckdb_is_no_error(queries, monkeypatch, caplog):
    monkeypatch.setattr(duckdb_partials, "MEMORY_LIMIT", 10**6)
    caplog.set_level(logging.INFO)
    assert merged(b'"b"\t1\n"a"\t1\n', b'"a"\t1\n') == b'"a"\t2\n"b"\t1\n'
    assert len(queries) == 1
    assert "results by key are added up in Python, not by DuckDB: Out of Memory Error" in caplog.text


def test_little_is_not_worth_a_query(monkeypatch):
    monkeypatch.setattr(duckdb, "connect", None)
    assert merged(b'"b"\t1\n', b'"b"\t1\n') == b'"b"\t2\n'


def test_nothing_is_left_when_given_up(queries, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    merging = merge_with_duckdb(iter([b'"a"\t1\n', b'"b"\t1\n']), lambda: Partials(Sum()))
    assert next(merging) == b'"a"\t1\n"b"\t1\n'
    assert list(tmp_path.iterdir()) == []
    merging.close()


def test_payloads_that_cannot_be_read_end_it(queries, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def payloads():
        yield from itertools.repeat(b'"a"\t1\n', 3)
        raise ValueError("damaged")

    with pytest.raises(ValueError, match="damaged"):
        merged(*payloads())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file", ["SpooledTemporaryFile", "TemporaryFile"])
def test_full_disk_is_named(queries, monkeypatch, file):
    monkeypatch.setattr(tempfile, file, lambda *_, **__: Path("/dev/full").open("w+b"))  # noqa: SIM115 - closed by whoever opened it
    with pytest.raises(RunError, match=f"cannot write temporary files in {tempfile.gettempdir()}: No space left"):
        merged(b'"a"\t1\n' * 10)
