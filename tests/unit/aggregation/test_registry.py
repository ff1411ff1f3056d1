import operator
import pickle
import subprocess
import sys
from enum import StrEnum

import pytest

from airflow_unifyweaver.aggregation.registry import REDUCTIONS, aggregation_for
from airflow_unifyweaver.exceptions import JobError, WorkError
from airflow_unifyweaver.work.output import OutputLines


def reduced(reduce, by_key, batches, *, lines=False, custom=None):
    aggregation = pickle.loads(pickle.dumps(aggregation_for(reduce, by_key, lines=lines, custom=custom)))
    payloads = [aggregation.combine(batch) for batch in batches]
    assert [payload.results for payload in payloads] == [len(batch) for batch in batches]
    return b"".join(aggregation.merge(payload.data for payload in payloads)).decode()


NUMBERS = [[3, 1, 1.0], [], [2, 3]]
LINES = [OutputLines(b"3\n1\n01\n"), OutputLines(b""), OutputLines(b"2\n3\n")]


@pytest.mark.parametrize(
    ("reduce", "of_numbers", "of_lines"),
    [
        ("concat", "3\n1\n1.0\n2\n3\n", "3\n1\n01\n2\n3\n"),
        ("set_union", "1\n1.0\n2\n3\n", "01\n1\n2\n3\n"),
        ("sum", "10.0\n", "10\n"),
        ("count", "5\n", "5\n"),
        ("avg", "2.0\n", "2.0\n"),
        ("min", "1\n", "1\n"),
        ("max", "3\n", "3\n"),
        ("count_distinct", "4\n", "4\n"),
        ("operator:add", "10.0\n", '"310123"\n'),
    ],
)
def test_whole(reduce, of_numbers, of_lines):
    custom = operator.add if ":" in reduce else None
    assert reduced(reduce, False, NUMBERS, custom=custom) == of_numbers
    assert reduced(reduce, False, LINES, lines=True, custom=custom) == of_lines


PAIRS = [[("b", 2), ("a", 1)], [], [["b", 1], (1, 5), ("b", 2)]]
LINE_PAIRS = [OutputLines(b"b\t2\na\t1\n"), OutputLines(b""), OutputLines(b"b\t1\n1\t5\nb\t2\n")]


@pytest.mark.parametrize(
    ("reduce", "first", "a", "b"),
    [
        ("concat", "[5]", "[1]", "[2,1,2]"),
        ("set_union", "[5]", "[1]", "[1,2]"),
        ("sum", "5", "1", "5"),
        ("count", "1", "1", "3"),
        ("avg", "5.0", "1.0", "1.6666666666666667"),
        ("min", "5", "1", "1"),
        ("max", "5", "1", "2"),
        ("count_distinct", "1", "1", "2"),
        ("operator:add", "5", "1", "5"),
    ],
)
def test_by_key(reduce, first, a, b):
    custom = operator.add if ":" in reduce else None
    assert reduced(reduce, True, PAIRS, custom=custom) == f'[1,{first}]\n["a",{a}]\n["b",{b}]\n'
    if reduce in ("sum", "count", "avg", "min", "max", "count_distinct"):
        assert reduced(reduce, True, LINE_PAIRS, lines=True) == f'["1",{first}]\n["a",{a}]\n["b",{b}]\n'


def test_text_by_key():
    assert reduced("concat", True, LINE_PAIRS, lines=True) == '["1",["5"]]\n["a",["1"]]\n["b",["2","1","2"]]\n'
    assert reduced("set_union", True, LINE_PAIRS, lines=True) == '["1",["5"]]\n["a",["1"]]\n["b",["1","2"]]\n'
    assert reduced("m:f", True, LINE_PAIRS, lines=True, custom=operator.add) == '["1","5"]\n["a","1"]\n["b","212"]\n'
    assert reduced("count", True, [OutputLines(b"a\n\na\t1\n")], lines=True) == '["",1]\n["a",2]\n'


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize(
    ("reduce", "published"),
    [("concat", ""), ("set_union", ""), ("sum", "0\n"), ("count", "0\n"), ("avg", "null\n"), ("min", "null\n"),
     ("max", "null\n"), ("count_distinct", "0\n"), ("operator:add", "null\n")],
)  # fmt: skip
def test_nothing(reduce, published, lines):
    nothing = OutputLines(b"") if lines else []
    custom = operator.add if ":" in reduce else None
    for batches in ([], [nothing], [nothing, nothing]):
        assert reduced(reduce, False, batches, lines=lines, custom=custom) == published
        assert reduced(reduce, True, batches, lines=lines, custom=custom) == ""


@pytest.mark.parametrize("reduce", REDUCTIONS)
@pytest.mark.parametrize("lines", [False, True])
def test_raw_are_the_lines_of_commands_alone(reduce, lines):
    assert aggregation_for(reduce, False, lines=lines).raw == (lines and reduce in ("concat", "set_union"))
    assert not aggregation_for(reduce, True, lines=lines).raw


def test_bytes_of_commands_pass_untouched():
    concat = aggregation_for("concat", False, lines=True)
    output = OutputLines(b"\xff\x00\r\n\n")
    assert concat.combine(output).data is output.data
    assert list(concat.merge([output.data, b"", b"x\n"])) == [output.data, b"x\n"]


def test_keys_with_the_same_text_are_one():
    pairs = [[("\ud83d\ude00", 1), ("😀", 2)], [(1, 1), (True, 1), (1.0, 1), ((1,), 1), ([1], 1)]]
    assert reduced("sum", True, pairs) == '[true,1]\n[1,1]\n[1.0,1]\n["😀",3]\n[[1],2]\n'


class Level(StrEnum):
    ERROR = "error"


@pytest.mark.parametrize("reduce", ["sum", "max"])
def test_a_key_that_is_more_than_text_is_the_text(reduce):
    pairs = [[("error", 1), (Level.ERROR, 5)], [(Level.ERROR, 3)]]
    assert reduced(reduce, True, pairs) == f'["error",{9 if reduce == "sum" else 5}]\n'


def test_a_huge_integer_survives():
    huge = 10**10_000
    assert reduced("sum", False, [[huge], [huge + 1]]) == "2" + "0" * 9_999 + "1\n"
    assert reduced("max", True, [[("a", huge)], [("a", 1)]]) == '["a",1' + "0" * 10_000 + "]\n"


def test_an_unknown_reduction():
    with pytest.raises(JobError, match=r"no reduction 'total'; give one of concat, .*pkg\.mod:fn"):
        aggregation_for("total", False, lines=False)


@pytest.mark.parametrize(
    ("reduce", "by_key", "results", "message"),
    [
        ("sum", False, OutputLines(b"1\nx\n"), "sum needs numbers, but the command printed the line 'x'"),
        ("sum", True, OutputLines(b"1\n"), "sum by key needs lines of a key, a TAB and a value"),
        ("sum", False, ["x"], "sum needs numbers, but a result is 'x'"),
        ("sum", True, ["x"], "needs pairs"),
        ("set_union", False, [{1}], r"builtins\.set"),
        ("count", True, [({1}, 2)], r"builtins\.set"),
    ],
)
def test_results_that_do_not_fit(reduce, by_key, results, message):
    with pytest.raises(WorkError, match=message):
        aggregation_for(reduce, by_key, lines=isinstance(results, OutputLines)).combine(results)


def test_workers_do_not_import_the_job_model():
    program = (
        "import sys, airflow_unifyweaver.aggregation.registry; assert not {'pydantic', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
