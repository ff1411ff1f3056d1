"""Programs that are no jobs: one clear message for each mistake, with its place."""

import shutil

import pytest

from airflow_unifyweaver import BatchJob
from airflow_unifyweaver.exceptions import JobError

LINES = ':- dynamic_source(line/1, external(text, "a.log")).\n'
COUNT = "count(N) :- findall(1, line(_), L), length(L, N).\n"


def problems(tmp_path, text):
    file = tmp_path / "job.pl"
    file.write_text(text, "utf-8")
    with pytest.raises(JobError) as caught:
        BatchJob.from_file(file)
    return [line.removeprefix(f"{tmp_path}/") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    ("directive", "message"),
    [
        (":- batch_config(batch_sze(1)).", "1:17: unknown option batch_sze of batch_config; did you mean batch_size?"),
        (
            ":- batch_config(workers(4)).",
            "1:17: workers is no option of batch_config; it belongs in parallel or dynamic_source or source or ",
        ),
        (
            ":- batch_config(max_atempts(4)).",
            "1:17: unknown option max_atempts; did you mean max_attempts, which belongs in parallel or retry_policy?",
        ),
        (":- batch_config(100).", "1:17: wanted an option, as in batch_config(Option, ...), got 100"),
        (":- batch_config(batch_size(N)).", "1:28: wanted a value, got the variable N"),
        (":- batch_config(batch_size(2*5)).", "1:28: wanted a value, got 2*5"),
        (
            ":- batch_config(batch_size(1, 2)).",
            "1:17: wanted an option, as in batch_config(Option, ...), got batch_size",
        ),
        (":- batch_config(batch_size()).", "1:17: batch_size takes one value, got 0"),
        (":- batch_config(batch_size(1 2)).", "1:28: 1 2 has a space in it; is a comma missing?"),
        (
            ":- batch_config(batch_size(1), batch_size(2)).",
            "1:32: batch.batch_size is given twice; first at 1:17",
        ),
        (":- paralel(count/1).", "1:4: unknown directive paralel/1; did you mean parallel?"),
        (
            ":- on_event(batch_complete).",
            "1:4: on_event/1 is no directive; it is written on_event(Type, Handler)",
        ),
        (":- parallel(cuont/1).", "1:13: cuont/1 is not defined in this program; did you mean count/1?"),
        (":- parallel(5).", "1:13: wanted a predicate of this program as Name/Arity, got 5"),
        (":- aggregation(reduce(r/3)).", "1:16: r/3 is not defined in this program; known are count/1"),
        (":- aggregation(redcue(sum)).", "1:16: unknown option redcue of aggregation; did you mean reduce?"),
        (":- on_event(batch_complete, h/1).", "1:29: h/1 is not defined in this program; known are count/1"),
        (":- source(cvs, a, []).", "1:11: unknown type of source cvs; did you mean csv?"),
        (":- parallel_config(workers(eight)).", "1:20: parallel.workers: wanted a whole number of at least 1, auto, "),
        (":- parallel_config(backend(sprk)).", "1:20: parallel.backend: unknown value 'sprk'; did you mean spark?"),
        (":- parallel_config(spark(mastr(a))).", "1:26: parallel.spark.mastr: unknown field; did you mean master?"),
        (":- set_parallel_backend(5).", "1:4: parallel.backend: unknown value 5"),
        (":- on_event(batch_cmplete, 'm:f').", "1:28: on_event.batch_cmplete: unknown name; did you mean"),
        (":- batch_config(batch_size(1), batch_bytes(2)).", "1:17: batch: give at most one of batch_size"),
    ],
)
def test_a_wrong_directive(tmp_path, directive, message):
    (problem,) = problems(tmp_path, f"{directive}\n{LINES}{COUNT}")
    if problem != f"job.pl:{message}":
        assert problem.startswith(f"job.pl:{message}"), problem


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"{LINES}{COUNT}p(X) :- X = 'abc.\nq(Y) :- Y = 'def'.\nr(1).\n",
            "3:13: the quote ' that begins here is not closed",
        ),
        (f'{LINES}p(X) :- X = "abc.\nq(Y) :- Y = 1.\n{COUNT}', '2:13: the quote " that begins here is not closed'),
        (f"{LINES}p('it''s', \"a'b\", 0'a, x).\np(X) :- X = 'abc", "3:13: the quote ' that begins here is not closed"),
        (f"{LINES}p(1). /* never\nclosed\n{COUNT}", "2:7: the comment that begins here is not closed"),
        (f"{LINES}p(X) :- X = [1, 2.\n{COUNT}", "2:17: syntax error: "),
        (f"{LINES}p(X) :- foo X bar.\n{COUNT}", "2:12: syntax error: "),
        (
            f"{LINES}p(X) :- X = 1\n",
            "2:14: syntax error: the program ends within a sentence; is the last full stop missing?",
        ),
        (COUNT, "1:1: no source is given; add a directive such as "),
        (LINES, "2:1: nothing to run: define a predicate, or add a directive such as "),
        (
            f"{LINES}{COUNT}other(X) :- line(X).\n",
            "4:1: which of count/1, other/1 runs on batches? Add a directive such as ",
        ),
        (
            f"{LINES}:- aggregation(reduce(r/3)).\n{COUNT}r(A, B, C) :- s(A, B, C).\ns(_, _, 1).\n",
            "4:1: is this reducer given two results or two lists of results? Add merges(values) or ",
        ),
    ],
)
def test_a_wrong_program(tmp_path, text, message):
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(f"job.pl:{message}"), problem


DISTINCT = "n(N) :- findall(X, line(X), L), sort(L, S), length(S, N).\n"


@pytest.mark.parametrize(
    ("program", "dropping"),
    [
        (DISTINCT, "sort/2"),
        ("n(N) :- users(S), length(S, N).\nusers(S) :- setof(X, line(X), S).\n", "setof/3"),
        ("n(N) :- findall(X, line(X), L), list_to_set(L, S), sum_list(S, N).\n", "list_to_set/2"),
        ("n(N) :- aggregate_all(count, distinct(X, line(X)), N).\n", "distinct/2"),
    ],
)
def test_distinct_values_of_batches_are_not_added_up_unasked(tmp_path, program, dropping):
    (problem,) = problems(tmp_path, LINES + program)
    assert problem.startswith(f"job.pl:2:1: {dropping} leaves out equal values within one batch only; "), problem
    (tmp_path / "job.pl").write_text(f"{LINES}:- aggregation(reduce(sum)).\n{program}")
    assert BatchJob.from_file(tmp_path / "job.pl").aggregation.reduce == "sum"


def test_what_a_program_defines_itself_is_not_taken_for_what_the_library_has(tmp_path):
    program = "n(N) :- findall(X, line(X), L), list_to_set(L, S), length(S, N).\nlist_to_set(L, L).\n"
    (tmp_path / "job.pl").write_text(LINES + program)
    assert BatchJob.from_file(tmp_path / "job.pl").aggregation.reduce == "sum"


def test_all_wrong_options_are_told_at_once(tmp_path):
    text = f"{LINES}:- parallel_config(workers(0), backend(x)).\n:- batch_config(batch_size(-1)).\n{COUNT}"
    assert [line.split(": ")[0] for line in problems(tmp_path, text)] == ["job.pl:3:17", "job.pl:2:32", "job.pl:2:20"]


def test_a_field_that_is_set_from_outside_has_no_place(tmp_path):
    (tmp_path / "job.pl").write_text(f"{LINES}:- parallel_config(workers(2)).\n{COUNT}")
    with pytest.raises(JobError, match=r"job\.pl: parallel\.workers: wanted"):
        BatchJob.from_file(tmp_path / "job.pl", {"parallel.workers": "0"})


def test_without_swipl_its_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    (problem,) = problems(tmp_path, LINES + COUNT)
    assert problem == (
        "job.pl: SWI-Prolog is not installed: there is no swipl on the PATH; install the package swi-prolog-nox"
    )


def test_swipl_is_started_once_for_many_files(tmp_path, monkeypatch):
    real, log = shutil.which("swipl"), tmp_path / "starts"
    (tmp_path / "swipl").write_text(f'#!/bin/sh\necho started >> {log}\nexec {real} "$@"\n')
    (tmp_path / "swipl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    files = [tmp_path / f"{number}.pl" for number in range(30)]
    for file in files:
        file.write_text(LINES + COUNT)
    files[7].write_text("p('")
    jobs = BatchJob.from_files(files)
    assert [job.name for job in jobs if isinstance(job, BatchJob)] == [
        str(number) for number in range(30) if number != 7
    ]
    assert str(jobs[7]) == f"{files[7]}:1:3: the quote ' that begins here is not closed"
    assert log.read_text() == "started\n"


def test_a_program_that_is_nested_too_deeply_hides_no_other(tmp_path):
    deep, good = tmp_path / "deep.pl", tmp_path / "good.pl"
    deep.write_text(f"p({'f(' * 100_000}1{')' * 100_000}).\n")
    good.write_text(LINES + COUNT)
    wrong, right = BatchJob.from_files([deep, good])
    assert isinstance(wrong, JobError)
    assert right.name == "good"
