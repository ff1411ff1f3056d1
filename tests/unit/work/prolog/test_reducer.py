"""Reducers in Prolog: over values, whole pairs and batches, of any work."""

import pytest

from airflow_unifyweaver.exceptions import WorkError
from airflow_unifyweaver.runner import aggregation_of
from airflow_unifyweaver.work.registry import work_for

PROGRAM = """
value(L, L).
size(L, N) :- string_length(L, N).
atoms(L, A) :- atom_string(A, L).
word(L, word(W, 1)) :- split_string(L, " ", "", Ws), member(W, Ws).

join(A, B, C) :- string_concat(A, B, C).
plus_one(A, B, C) :- C is A + B + 1.
sum(word(W, A), word(W, B), word(W, C)) :- C is A + B.
union(A, B, C) :- append(A, B, Both), sort(Both, C).
only_atoms(A, B, C) :- atom(A), atom(B), atom_concat(A, B, C).
never(_, _, _) :- fail.
"""


def reduced(job_of, predicate, reducer, *batches, by_key=False, merges="values", work=None):
    """Combine each batch, and merge what comes of them."""
    reduce = {"prolog": {"file": "program.pl", "predicate": reducer, "merges": merges}}
    job = job_of(PROGRAM, predicate, aggregation={"reduce": reduce, "by_key": by_key})
    if work is not None:
        job = job.model_copy(
            update={"work": job.work.model_copy(update={"prolog": None, "python": "operator:itemgetter"})}
        )
    aggregation, work = aggregation_of(job), work or work_for(job).run
    payloads = [aggregation.combine(work(batch)) for batch in batches]
    assert [payload.results for payload in payloads] == [len(list(work(batch))) for batch in batches]
    return b"".join(aggregation.merge([payload.data for payload in payloads])).decode().splitlines()


def test_values_are_merged_in_order_within_batches_and_across(job_of):
    assert reduced(job_of, "value/2", "join/3", ["a", "b"], ["c"], [], ["d", "e", "f"]) == ['"abcdef"']


def test_one_value_is_not_merged_with_anything(job_of):
    assert reduced(job_of, "size/2", "plus_one/3", ["abc"]) == ["3"]


def test_many_batches(job_of):
    assert reduced(job_of, "size/2", "plus_one/3", *[["ab"]] * 100) == ["299"]


def test_nothing(job_of):
    assert reduced(job_of, "size/2", "plus_one/3", []) == ["null"]


def test_terms_reach_the_reducer_as_they_are(job_of):
    assert reduced(job_of, "atoms/2", "only_atoms/3", ["it's", "A"], ["b\t"]) == ['"it\'sAb\\t"']


def test_whole_pairs_by_key(job_of):
    found = reduced(job_of, "word/2", "sum/3", ["a b", "a"], ["b c"], ["a"], by_key=True, merges="pairs")
    assert found == ['["a",3]', '["b",2]', '["c",1]']


def test_values_by_key(job_of):
    found = reduced(job_of, "word/2", "plus_one/3", ["a b", "a"], ["b c"], ["a"], by_key=True)
    assert found == ['["a",5]', '["b",3]', '["c",1]']


def test_batches(job_of):
    assert reduced(job_of, "value/2", "union/3", ["b", "a"], ["c", "a"], merges="batches") == ['["a","b","c"]']


def test_values_of_other_work(job_of):
    values = [[{"a": 1.5}], [None, "é"]]
    found = reduced(job_of, "value/2", "union/3", *values, merges="batches", work=lambda batch: batch)
    assert found == ['["é",null,{"a":1.5}]']


def test_a_reducer_without_a_solution_is_an_error(job_of):
    with pytest.raises(WorkError, match='never/3 has no solution for "a" and "b"'):
        reduced(job_of, "value/2", "never/3", ["a", "b"])
