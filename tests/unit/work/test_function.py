"""References to functions: found beside the job or on the Python path, with errors that name the nearest."""

import pickle

import pytest

from airflow_unifyweaver.exceptions import JobError
from airflow_unifyweaver.work.function import FunctionReference


def write(folder, name, text):
    (folder / name).write_text(text)
    return str(folder)


def test_beside_the_job(tmp_path):
    folder = write(tmp_path, "mine.py", "def double(x): return 2 * x\n")
    for reference in ("mine:double", "mine.py:double"):
        assert FunctionReference(reference, folder)(21) == 42


def test_two_jobs_may_have_files_of_the_same_name(tmp_path):
    answers = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        folder = write(tmp_path / name, "work.py", f"def who(): return {name!r}\n")
        answers.append(FunctionReference("work:who", folder)())
    assert answers == ["one", "two"]


def test_on_the_python_path(tmp_path):
    assert FunctionReference("json:dumps", str(tmp_path))([1]) == "[1]"
    assert FunctionReference("builtins:len", str(tmp_path))("abc") == 3


def test_pickles_by_name(tmp_path):
    folder = write(tmp_path, "mine.py", "def one(): return 1\n")
    assert pickle.loads(pickle.dumps(FunctionReference("mine:one", folder)))() == 1


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("mine:dubble", "mine has no 'dubble'; did you mean 'double'"),
        ("absent_module:f", "no module 'absent_module', neither on the Python path nor beside the job in"),
        ("absent.py:f", "there is no file"),
        ("mine:NUMBER", "this is a int, not a function"),
        ("broken:f", "importing it raised SyntaxError"),
        ("raising:f", "importing it raised ZeroDivisionError"),
    ],
)
def test_errors(tmp_path, reference, message):
    write(tmp_path, "mine.py", "NUMBER = 1\ndef double(x): return 2 * x\n")
    write(tmp_path, "broken.py", "def f(:\n")
    folder = write(tmp_path, "raising.py", "1 / 0\n")
    with pytest.raises(JobError, match=message):
        FunctionReference(reference, folder).resolve()


def test_fingerprint_changes_with_the_code(tmp_path):
    prints = set()
    for number, text in enumerate(("def f(): return 1\n", "def f(): return 2\n")):
        (tmp_path / str(number)).mkdir()
        folder = write(tmp_path / str(number), "mine.py", text)
        prints.add(FunctionReference("mine:f", folder).fingerprint())
    assert len(prints) == 2
