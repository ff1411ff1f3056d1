"""A predicate over a batch: both modes, and what is a result."""

import json
import pickle

import pytest

from airflow_unifyweaver.exceptions import WorkError
from airflow_unifyweaver.work.output import OutputLines
from airflow_unifyweaver.work.prolog.records import as_data
from airflow_unifyweaver.work.registry import work_for

COUNT = """
:- dynamic_source(line/1, external(text, 'lines.txt'), [batch_size(10)]).
count(N) :- findall(x, line(_), Found), length(Found, N).
"""
WORDS = 'word(Line, Word) :- split_string(Line, " ", "", Words), member(Word, Words).\n'


def test_a_program_that_uses_its_source_is_called_once_a_batch(results):
    assert results(["a", "b c"], COUNT, "count/1") == [2]


def test_any_other_predicate_is_called_for_each_record(results):
    assert results(["a", "b c"], COUNT + WORDS, "word/2") == ["a", "b", "c"]


def test_a_source_that_is_used_by_way_of_others_is_used(results):
    program = COUNT + "twice(N) :- maplist(counted, [2], [N]).\ncounted(K, N) :- count(M), N is K * M."
    assert results(["a", "b c"], program, "twice/1") == [4]


def test_the_mode_can_be_said(results):
    program = "line(own).\nseen(X) :- line(X).\n:- dynamic line/1.\n"
    assert results(["a"], "p(A, A).\n", "p/2", mode="row") == ["a"]
    assert results(["a", "b"], "seen(X) :- line(X).\n", "seen/1", mode="rel", source="line/1") == ["a", "b"]
    assert results(["a"], program, "seen/1", mode="rel", source="line/1") == ["own", "a"]


@pytest.mark.parametrize("body", ["line(A), line(B)", "line(A), B = b, line(B)", "once(line(A)), line(B)", "line(B)"])
def test_the_source_can_be_asked_again(results, body):
    lines = ["a", "b", "c"]
    expected = {
        "line(A), line(B)": [[a, b] for a in lines for b in lines],
        "line(A), B = b, line(B)": [],
        "once(line(A)), line(B)": [["a", b] for b in lines],
        "line(B)": [[None, b] for b in lines],
    }
    assert results(lines, f"p(A, B) :- {body}.\n", "p/2", source="line/1") == expected[body]


def test_an_empty_batch_has_no_facts_however_often_they_are_asked_for(results):
    assert results([], "p(A) :- line(A) ; line(A).\n", "p/1", source="line/1") == []


def test_batches_do_not_see_each_other(job_of):
    work = work_for(job_of(COUNT + "pairs(N) :- findall(x, (line(_), line(_)), L), length(L, N).\n", "pairs/1"))
    assert [list(work.run(["x"] * n)) for n in (3, 2, 1, 3)] == [[9], [4], [1], [9]]


def test_arguments_that_the_record_does_not_give_are_the_result(results):
    program = "p(L, N, f(L)) :- string_length(L, N).\n"
    assert results(["ab"], program, "p/3") == [[2, {"functor": "f", "args": ["ab"]}]]
    assert results(["ab"], program, "p/3", result=[2]) == [2]
    assert results(["ab"], program, "p/3", result=[2, 1]) == [[2, "ab"]]


def test_a_predicate_that_gives_nothing_selects_records(results):
    assert results(["a", "ba", "b"], 'p(L) :- sub_string(L, 0, _, _, "b").\n', "p/1") == ["ba", "b"]
    rows = [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]
    assert results(rows, "p(A, _) :- A > 1.\n", "p/2", of="csv") == [[2, "y"]]


def test_what_a_predicate_without_arguments_prints_are_lines(job_of):
    program = "p :- line(L), format('<~w>~n', [L]), fail.\np :- write(end).\n"
    lines = work_for(job_of(program, "p/0", source="line/1")).run(["a", "b"])
    assert isinstance(lines, OutputLines)
    assert lines.data == b"<a>\n<b>\nend\n"


def test_columns_are_arguments_and_numbers_are_numbers(results):
    row = {"a": "1", "b": "-2.5", "c": "007", "d": 'x\n"y\\', "e": ""}
    program = "p(A, B, C, D, E, [A, B, C, D, E]).\n"
    assert results([row], program, "p/6", of="csv") == [[1, -2.5, "007", 'x\n"y\\', ""]]
    assert results([row], "p(A, B, [A, B]).\n", "p/3", of="csv", columns=["c", "a"]) == [["007", 1]]


def test_what_no_float_can_hold_stays_text(results):
    row = {"a": "5e123456", "b": "-1e-400", "c": "1e3", "d": "0e-400"}
    program = "p(A, B, C, D, [A, B, C, D]).\n"
    assert results([row], program, "p/5", of="csv") == [["5e123456", "-1e-400", 1000.0, 0.0]]


def test_floats_are_written_without_blanks_and_as_they_are(job_of):
    floats = [0.1, -2.5, 1e22, 5e-324, 0.30000000000000004, 1.7976931348623157e308, -0.0]
    work = work_for(job_of("p(L, L).\n", "p/2", of="json"))
    output = work.swipl.run(("run", work.form, []), as_data([floats], work.form, None))
    assert json.loads(output) == floats
    assert b" " not in output


def test_json_records_are_terms(results):
    record = {"a": [1, None, True], "b": {"c d": "é"}, "e": {}}
    assert results([record], "p(R, R).\n", "p/2", of="json") == [record]
    assert results([record], "p(R, X) :- X = R.b.'c d'.\n", "p/2", of="json") == ["é"]
    assert results([record], "p(A, X) :- A = [X|_].\n", "p/2", of="json", columns=["a"]) == [1]


def test_by_key_a_solution_is_a_pair(results):
    count = {"reduce": "sum", "by_key": True}
    program = "two(L, L, 1).\nterm(L, word(L, 1)).\nkeyed(L, L-1).\none(_, 1).\n"
    for predicate in ("two/3", "term/2", "keyed/2"):
        assert results(["a"], program, predicate, aggregation=count) == [["a", 1]]
    with pytest.raises(WorkError, match=r"record 1 of the batch: by key a result is a pair, .* this one is 1"):
        results(["a"], program, "one/2", aggregation=count)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("X is foo + L", "record 2 of the batch: is/2: .*`foo/0' is not a function"),
        ("nothing(L, X)", "record 2 of the batch: .*Unknown procedure: nothing/2"),
        ("throw(oops(L, X))", 'record 2 of the batch: it threw oops\\("b",_'),
        ("halt, X = L", "the Prolog process exited with code 0, as halt/0 and halt/1 make it; standard error is empty"),
        ("X = L, print_message_lines(user_error, '', [hello-[], nl]), halt(3)", "exited with code 3, .*hello"),
        ("deep(L, X)", "record 2 of the batch: Stack limit .* exceeded"),
        ("X = f(X, L)", "record 2 of the batch: a result is a cyclic term, which has no end"),
        ("endless(L, X)", r"record 2 of the batch: a call took longer than 0.2 s \(work.prolog.time_limit\)"),
    ],
)
def test_errors_name_the_record_and_the_next_batch_is_worked_on(job_of, body, message):
    program = f"""
        p("b", X) :- L = "b", !, {body}.
        p(L, L).
        deep(L, X) :- deep(f(L), Y), X = f(Y).
        endless(L, X) :- endless(L, X).
    """
    work = work_for(job_of(program, "p/2", time_limit=0.2 if "endless" in body else None, stack_limit=10_000_000))
    with pytest.raises(WorkError, match=message):
        list(work.run(["a", "b", "c"]))
    assert list(work.run(["a", "c"])) == ["a", "c"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"predicate": "two/2"}, "two/2 has fewer arguments than a record has fields; name the columns it wants in"),
        ({"predicate": "all/3", "source": "row/2"}, "row/2 has 2 arguments, but a record has 3 fields"),
        ({"predicate": "two/2", "columns": ["z"]}, "work.prolog.columns: a record has no column 'z'; it has a, b, c"),
        ({"predicate": "two/2", "columns": ["a"], "result": [3]}, "work.prolog.result: two/2 has no argument 3"),
        (
            {"predicate": "two/2", "columns": ["a", "b", "c"]},
            "two/2 has fewer arguments than a record has fields, .* 3",
        ),
    ],
)
def test_records_that_do_not_fit(results, fields, message):
    program = ":- dynamic row/2.\ntwo(A, A).\nall(A, B, C) :- row(A, B), C = B.\n"
    with pytest.raises(WorkError, match=message):
        results([{"a": "1", "b": "2", "c": "3"}], program, of="csv", **fields)


def test_what_predicates_print_is_no_result_and_programs_cannot_read_requests(results):
    program = "p(L, X) :- format('~w~n', [L]), read(user_input, X).\n"
    assert results(["a"], program, "p/2") == ["end_of_file"]


def test_work_travels_and_starts_anew(job_of):
    work = work_for(job_of(WORDS, "word/2"))
    assert list(work.run(["a b"])) == ["a", "b"]
    again = pickle.loads(pickle.dumps(work))
    assert again == work
    assert list(again.run(["a b"])) == ["a", "b"]


def test_the_process_stays_and_another_comes_when_it_died(job_of):
    work = work_for(job_of("p(_, P) :- current_prolog_flag(pid, P).\n", "p/2"))
    first, second = (list(work.run(["x"])) for _ in range(2))
    assert first == second
    work.swipl.close()
    assert list(work.run(["x"])) != first


def test_the_programs_directives_are_declarations(results):
    program = """
        :- parallel(p/2, [batch_size(1)]).
        :- batch_config(batch_size(2)).
        :- parallel_config(backend(bash_fork), workers(2)).
        :- aggregation(concat).
        :- set_parallel_backend(gnu_parallel).
        :- retry_policy(max_attempts(3), backoff(exponential)).
        :- on_event(batch_complete, log/1).
        :- source(csv, users, [csv_file('users.csv')]).
        p(L, L).
    """
    assert results(["a"], program, "p/2") == ["a"]
