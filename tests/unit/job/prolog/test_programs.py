"""Programs as jobs: what directives and predicates say."""

import pytest

from airflow_unifyweaver import BatchJob

LINES = ':- dynamic_source(line/1, external(text, "a.log")).\n'
ROWS = ":- dynamic_source(row/2, external(csv, 'a.csv')).\n"
COUNT = "count(N) :- findall(1, line(_), L), length(L, N).\n"
PAIRS = "pairs(word(W, 1)) :- row(W, _).\n"


def job(tmp_path, text, name="job.pl"):
    (tmp_path / name).write_text(text, "utf-8")
    return BatchJob.from_file(tmp_path / name)


def given(tmp_path, text):
    return job(tmp_path, text).model_dump(mode="json", exclude_defaults=True)


def test_a_job_is_named_by_its_file_or_a_directive(tmp_path):
    assert job(tmp_path, LINES + COUNT, "count.errors.pl").name == "count.errors"
    assert job(tmp_path, f":- job_name(other).\n{LINES}{COUNT}").name == "other"


@pytest.mark.parametrize(
    ("directive", "source"),
    [
        ("dynamic_source(a/1, external(text, 'a.log'))", {"type": "text", "path": "a.log"}),
        ("dynamic_source(a/1, external(text, ['a', b]))", {"type": "text", "path": ["a", "b"]}),
        ("dynamic_source(a/1, external(csv, 'a.csv'))", {"type": "csv", "path": "a.csv", "header": False}),
        (
            "dynamic_source(a/1, [type(csv), csv_file('a.csv'), has_header(true)])",
            {"type": "csv", "path": "a.csv", "header": True},
        ),
        (
            "source(csv, users, [csv_file('u.csv'), columns([name, age]), delimiter(';'), quote_char(null)])",
            {"type": "csv", "path": "u.csv", "header": ["name", "age"], "delimiter": ";", "quotechar": ""},
        ),
        ("source(json, a, [json_file('a.json'), pointer('/a')])", {"type": "json", "path": "a.json", "pointer": "/a"}),
        (
            "source(sqlite, a, [sqlite_file('a.db'), query(\"SELECT 1\")])",
            {"type": "sql", "url": "sqlite:///a.db", "query": "SELECT 1"},
        ),
        (
            "dynamic_source(a/1, external(http, 'http://a/?p={{page}}'), [paginated(true), parallel_pages(8)])",
            {"type": "http", "url": "http://a/?p={{page}}", "paginated": True, "parallel_pages": 8},
        ),
        (
            "dynamic_source(a/1, external(awk, \"awk '{print $0}' /var/log/app.log\"))",
            {"type": "awk", "program": "{print $0}", "path": "/var/log/app.log", "stateless": True},
        ),
        (
            "dynamic_source(a/1, external(awk, \"awk '/x/ {print $2}' a.log b.log\"))",
            {"type": "awk", "program": "/x/ {print $2}", "path": ["a.log", "b.log"]},
        ),
        (
            "dynamic_source(a/1, external(awk, \"awk -F: '{print $1}' a | sort\"))",
            {"type": "command", "command": "awk -F: '{print $1}' a | sort"},
        ),
        (
            "source(awk, a, [awk_command('{print}'), input_file('a.log')])",
            {"type": "awk", "program": "{print}", "path": "a.log"},
        ),
    ],
)
def test_sources(tmp_path, directive, source):
    assert (
        job(tmp_path, f":- {directive}.\np(X) :- X = 1.\n").source
        == BatchJob.from_dict({"name": "a", "source": source, "work": {"command": "x"}}).source
    )


@pytest.mark.parametrize(
    ("directives", "part", "expected"),
    [
        (":- batch_config(batch_bytes(10_000_000)).", "batch", {"batch_bytes": 10_000_000}),
        (
            ":- parallel_config(backend(gnu_parallel), workers(4)).",
            "parallel",
            {"backend": "gnu_parallel", "workers": 4},
        ),
        (
            ":- parallel_config(backend(spark), master('spark://a:7077'), executor_memory('4g')).",
            "parallel",
            {"backend": "spark", "spark": {"master": "spark://a:7077", "executor_memory": "4g"}},
        ),
        (
            ":- parallel_config(hadoop_opts(['-D', 'a=b']), workers(min(2), max(8))).",
            "parallel",
            {"hadoop_streaming": {"hadoop_opts": ["-D", "a=b"]}, "workers": {"min": 2, "max": 8}},
        ),
        (":- parallel_config([preserve_order(true)]).", "parallel", {"preserve_order": True}),
        (":- set_parallel_backend(dask).", "parallel", {"backend": "dask"}),
        (":- retry_policy(max_attempts(3), backoff(linear)).", "retry", {"backoff": "linear"}),
        (':- failure_policy(budget("2%"), quarantine(record)).', "failure", {"budget": "2%", "quarantine": "record"}),
        (":- aggregation(set_union).", "aggregation", {"reduce": "set_union"}),
        (":- aggregation(reduce(avg), by_key(true)).", "aggregation", {"reduce": "avg", "by_key": True}),
        (":- output(path('a.csv')).", "output", {"path": "a.csv", "format": "csv"}),
        (
            ":- dag(schedule('@daily'), tags([a]), default_args([retries(2)]), params = {}).",
            "dag",
            {"schedule": "@daily", "tags": ["a"], "default_args": {"retries": 2}, "params": {}},
        ),
        (
            ":- on_event(batch_failed, ['m:f', webhook(url('http://a'), timeout(5))]).",
            "on_event",
            {"batch_failed": ["m:f", {"url": "http://a", "timeout": 5.0}]},
        ),
        (
            ":- on_event(batch_failed, [kafka(topic(t), bootstrap_servers('b:1')), rabbitmq([conn_id(c), queue(q)])]).",
            "on_event",
            {
                "batch_failed": [
                    {"kafka": {"bootstrap_servers": "b:1", "topic": "t"}},
                    {"rabbitmq": {"conn_id": "c", "queue": "q"}},
                ]
            },
        ),
        (":- batch_config(batch_size(9)).\n:- parallel(count/1, [batch_size(5)]).", "batch", {"batch_size": 5}),
        (":- parallel(count/1, [backend(dask)]).\n:- set_parallel_backend(spark).", "parallel", {"backend": "dask"}),
        (":- parallel(count/1, [batch_parallel(false)]).", "parallel", {"backend": "sequential"}),
        (":- parallel(count/1, [aggregation(concat)]).\n:- aggregation(reduce(sum)).", "aggregation", {}),
    ],
)
def test_directives(tmp_path, directives, part, expected):
    fields = given(tmp_path, f"{LINES}{directives}\n{COUNT}")
    assert fields.get(part, {}) == expected


def test_a_window_of_time(tmp_path):
    source = ":- dynamic_source(row/2, external(csv, 'a.csv'), [columns([time, x])]).\n"
    text = f"{source}:- batch_config(batch_window(seconds(5), column(time))).\np(X) :- row(X, _).\n"
    assert given(tmp_path, text)["batch"] == {"batch_window": {"seconds": 5.0, "column": "time"}}


def test_a_window_that_waits_for_late_messages(tmp_path):
    source = ":- dynamic_source(click/2, [type(kafka), bootstrap_servers('a:1'), topic(t), format(json)]).\n"
    window = ":- batch_config(batch_window(seconds(5), column(time), lateness(10))).\n"
    assert given(tmp_path, f"{source}{window}p(X) :- click(X, _).\n")["batch"] == {
        "batch_window": {"seconds": 5.0, "column": "time", "lateness": 10.0}
    }


@pytest.mark.parametrize("named", ["count/1", "count"])
def test_the_predicate_that_is_named_is_the_work(tmp_path, named):
    text = f"{LINES}:- parallel({named}, [mode(rel), time_limit(5)]).\n{COUNT}other(X) :- line(X).\n"
    assert given(tmp_path, text)["work"] == {
        "prolog": {"file": "job.pl", "predicate": "count/1", "mode": "rel", "time_limit": 5.0}
    }


def test_the_predicate_that_uses_the_source_is_the_work(tmp_path):
    text = f"{LINES}{COUNT}helper(1).\nunused(X) :- helper(X).\n"
    assert given(tmp_path, text)["work"] == {"prolog": {"file": "job.pl", "predicate": "count/1"}}


@pytest.mark.parametrize(
    ("body", "reduce"),
    [
        ("findall(1, line(_), L), length(L, N)", "sum"),
        ("aggregate_all(count, line(_), N)", "sum"),
        ("aggregate_all(max(X), line(X), N)", "max"),
        ("aggregate_all(bag(X), line(X), N)", "concat"),
        ("findall(X, line(X), L), min_list(L, N)", "min"),
        ("setof(X, line(X), L), max_list(L, N)", "max"),
        ("line(N)", "concat"),
        ("line(L), length(L, M), N = M", "concat"),
    ],
)
def test_totals_of_batches_are_merged_as_totals(tmp_path, body, reduce):
    assert job(tmp_path, f"{LINES}total(N) :- {body}.\n").aggregation.reduce == reduce


@pytest.mark.parametrize(
    ("reducer", "merges", "by_key"),
    [
        ("r(word(W, A), word(W, B), word(W, C)) :- C is A + B.", "pairs", True),
        ("r(A, B, C) :- C is max(A, B).", "values", False),
        ("r(A, B, A) :- A > B, !.\nr(_, B, B).", "values", False),
        ("r(A, B, C) :- append(A, B, D), sort(D, C).", "batches", False),
        ("r([], B, B).\nr([A|As], B, [A|C]) :- r(As, B, C).", "batches", False),
    ],
)
def test_what_a_reducer_is_given_is_told_by_its_clauses(tmp_path, reducer, merges, by_key):
    text = f"{ROWS}:- parallel(pairs/1, [aggregation(reduce(r/3))]).\n{PAIRS}{reducer}\n"
    aggregation = job(tmp_path, text).aggregation
    prolog = aggregation.reduce.prolog
    assert (prolog.file, prolog.predicate, prolog.merges, aggregation.by_key) == ("job.pl", "r/3", merges, by_key)


def test_of_several_arguments_the_pair_is_the_result(tmp_path):
    reducer = "r(word(W, A), word(W, B), word(W, C)) :- C is A + B.\n"
    text = f"{ROWS}:- aggregation(reduce(r/3)).\np(X, word(X, 1)) :- row(X, _).\n{reducer}"
    assert given(tmp_path, text)["work"]["prolog"]["result"] == [2]


def test_handlers_may_be_predicates_of_the_program(tmp_path):
    text = f"{LINES}:- on_event(batch_complete, log_it/1).\n{COUNT}log_it(E) :- print(E).\n"
    assert given(tmp_path, text)["on_event"] == {
        "batch_complete": [{"prolog": {"file": "job.pl", "predicate": "log_it/1"}}]
    }


def test_work_may_be_something_else(tmp_path):
    text = f'{LINES}:- work(command("grep -c ERROR"), ok_exit_codes([0, 1])).\n'
    assert given(tmp_path, text)["work"] == {"command": "grep -c ERROR", "ok_exit_codes": [0, 1]}


def test_nothing_of_a_program_is_executed(tmp_path):
    mark = tmp_path / "mark"
    text = f"{LINES}:- initialization(tell('{mark}')).\n:- tell('{mark}'), told.\n{COUNT}"
    job(tmp_path, text)
    assert not mark.exists()


def test_operators_of_a_program_are_known(tmp_path):
    operators = ":- op(700, xfx, ===>).\n:- use_module(library(clpfd)).\n"
    text = f"{LINES}{operators}count(N) :- line(X), N #= X, a ===> b.\na ===> b.\n"
    assert job(tmp_path, text).work.prolog.predicate == "count/1"
