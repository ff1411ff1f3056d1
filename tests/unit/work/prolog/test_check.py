"""What is said of a program before anything runs."""

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.work.prolog.check import check_prolog


def problems(job):
    with pytest.raises(JobError) as caught:
        check_prolog(job)
    return str(caught.value).replace(str(job.base_dir), "").splitlines()


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("p(L, X) :- X = [L.\n", "/program.pl:1:17: Syntax error: Operator expected"),
        ("a(1).\np(L, 'x) :- L = 1.\nb(2).\n", "/program.pl:2:1: Syntax error: End of file in quoted atom"),
        (":- nothing(1).\np(L, L).\n", "/program.pl:1: catch/3: Unknown procedure: nothing/1"),
        (":- fail.\np(L, L).\n", "/program.pl:1: Goal (directive) failed: user:fail"),
        (":- throw(ball).\np(L, L).\n", "it threw ball"),
        (":- use_module(nowhere).\np(L, L).\n", "/program.pl:1: source_sink `nowhere' does not exist"),
        ("other(L, L).\np(L).\n", "the program has no p/2; did you mean p/1?"),
        ("", "the program has no p/2, nor any other"),
        (
            "good(_).\np(L, X) :- q(L, X).\nq(L, X) :- forall(good(L), god(L)), X = L.\n",
            "/program.pl:3: q/2 calls god/1, which is not defined; did you mean good/1?",
        ),
        (
            ":- halt.\np(L, L).\n",
            "the Prolog process exited with code 0, as halt/0 and halt/1 make it; standard error is empty",
        ),
    ],
)
def test_what_is_wrong_with_a_program(job_of, program, message):
    assert problems(job_of(program, "p/2")) == [f"work.prolog: {message}"]


def test_what_the_predicate_cannot_reach_may_be_undefined(job_of):
    check_prolog(job_of("p(L, L).\nother(X) :- nothing(X).\n", "p/2"))


def test_predicates_of_libraries_are_predicates(job_of):
    check_prolog(job_of('p(L, X) :- split_string(L, " ", "", Ws), last(Ws, X), format(\'~w\', [X]).\n', "p/2"))
    check_prolog(job_of("", "string_length/2"))


def test_modules(job_of, tmp_path):
    (tmp_path / "helper.pl").write_text(":- module(helper, [twice/2]).\ntwice(X, Y) :- missing(X, Y).\n")
    job = job_of(":- module(main, [p/2]).\n:- use_module(helper).\np(L, X) :- twice(L, X).\n", "p/2")
    message = "/helper.pl:2: twice/2 calls missing/2, which is not defined; define it, or load the file that does"
    assert problems(job) == [f"work.prolog: {message}"]


@pytest.mark.parametrize(
    ("program", "options", "message"),
    [
        (
            "p(1).\n",
            {"mode": "rel"},
            "p/1 shall be called in mode rel, but the program has no dynamic_source; name the",
        ),
        ("p(1).\n", {"source": "line/2", "mode": "rel"}, "line/2 has 2 arguments, but a record has 1 fields; name"),
        (
            ":- dynamic_source(a/1, x).\n:- dynamic_source(b/1, y).\np(X) :- a(X), b(X).\n",
            {},
            "p/1 makes use of several sources, [a/1,b/1]; name the one",
        ),
    ],
)
def test_modes_that_cannot_be(job_of, program, options, message):
    (problem,) = problems(job_of(program, "p/1", **options))
    assert problem.startswith(f"work.prolog: {message}")


def test_reducers_and_handlers_are_looked_at(job_of):
    reduce = {"prolog": {"file": "program.pl", "predicate": "merge_al/3"}}
    job = job_of("merge_all(A, B, [A, B]).\np(L, L).\n", "p/2", aggregation={"reduce": reduce})
    assert problems(job) == ["aggregation.reduce.prolog: the program has no merge_al/3; did you mean merge_all/3?"]
    handler = {"prolog": {"file": "program.pl", "predicate": "heard/1"}}
    job = job.model_copy(update={"aggregation": job.aggregation.model_copy(update={"reduce": "concat"})})
    fields = job.to_dict() | {"on_event": {"batch_complete": [handler]}}
    job = type(job).from_dict(fields, base_dir=job.base_dir)
    assert problems(job) == [
        "on_event.batch_complete[0].prolog: the program has no heard/1; known are merge_all/3, p/2"
    ]


def test_no_file(job_of):
    job = job_of("", "p/1")
    (job.base_dir / "program.pl").unlink()
    assert problems(job) == ["work.prolog.file: there is no file /program.pl"]


def test_no_swipl(job_of, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert problems(job_of("p(L, L).\n", "p/2")) == [
        "work.prolog: SWI-Prolog is not installed: there is no swipl on the PATH; install the package swi-prolog-nox"
    ]
