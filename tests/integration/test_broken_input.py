"""Input that is broken: one clear error with file and offset, or just the bad records set aside if the job says so."""

import json
import os
import subprocess
import sys

import pytest

UNIFYWEAVER = [sys.executable, "-m", "airflow_unifyweaver.cli"]
WORK = """
def rows(batch):
    return list(batch)

def x(batch):
    return [row["x"] for row in batch]
"""

TEXT = {"type": "text", "path": "input"}
CSV = {"type": "csv", "path": "input"}
LINES = {"type": "json", "path": "input"}
ARRAY = {"type": "json", "path": "input", "pointer": ""}

NOT_UTF8 = "cannot be decoded as utf-8 (invalid continuation byte)"

BROKEN_RECORDS = {
    "text, invalid UTF-8": (TEXT, b"one\ntw\xe9\nthree\n", "byte 6 " + NOT_UTF8, (1, 4), ["one", "three"]),
    "csv, invalid UTF-8": (
        CSV,
        b"x,y\n1,a\n2,\xe9\n3,c\n",
        "byte 10 " + NOT_UTF8,
        (1, 8),
        [{"x": "1", "y": "a"}, {"x": "3", "y": "c"}],
    ),
    "csv, too few fields": (
        CSV,
        b"x,y\n1,a\n2\n3,c\n",
        "the row at byte 8 has 1 field for 2 columns",
        (1, 8),
        [{"x": "1", "y": "a"}, {"x": "3", "y": "c"}],
    ),
    "csv, too many fields": (
        CSV,
        b"x,y\n1,a\n2,b\n3,c,d\n",
        "the row at byte 12 has 3 fields for 2 columns",
        (2, 12),
        [{"x": "1", "y": "a"}, {"x": "2", "y": "b"}],
    ),
    "json lines, invalid UTF-8": (LINES, b'[1]\n"\xe9"\n2\n', "byte 5 " + NOT_UTF8, (1, 4), [[1], 2]),
    "json lines, a value that breaks off": (
        LINES,
        b'{"x": 1}\n\n{"x": \n3\n',
        "byte 16 cannot be read as JSON (expecting value)",
        (1, 10),
        [{"x": 1}, 3],
    ),
    "json lines, two values": (LINES, b"1\n2 3\n4", "byte 4 cannot be read as JSON (extra data)", (1, 2), [1, 4]),
    "json lines, NUL bytes": (LINES, b"1\n\0\n4", "byte 2 cannot be read as JSON (expecting value)", (1, 2), [1, 4]),
    "json lines, a document": (
        LINES,
        b"[\n1\n]",
        "set source.pointer if the file is one document",
        None,
        None,
    ),
}

BROKEN_FILES = {
    "json array, trailing garbage": (
        ARRAY,
        b"[1, 2] x",
        "byte 7 cannot be read as JSON (something follows the document)",
    ),
    "json array, breaks off": (ARRAY, b"[1, {", "the JSON document breaks off at byte 5"),
    "json array, invalid UTF-8": (ARRAY, b'[1, "\xe9"]', "byte 5 " + NOT_UTF8),
    "json array, NUL bytes": (ARRAY, b"[1, \0]", "byte 4 cannot be read as JSON (expecting value)"),
    "json array, elsewhere": (ARRAY | {"pointer": "/rows"}, b'{"row": []}', "has no 'rows'; did you mean row?"),
    "csv, open quote": (CSV, b'x,y\n1,"a\n', "the quote at byte 6 is never closed"),
    "csv, header of invalid UTF-8": (CSV, b"x,\xe9\n1,2\n", "byte 2 " + NOT_UTF8),
}

DATA = {
    "text": (TEXT, b"a\0b\n\0\n", ["a\0b", "\0"]),
    "csv": (CSV, b'x,y\n\0,"a\0"\n', [{"x": "\0", "y": "a\0"}]),
}


@pytest.fixture
def run(tmp_path):
    """Run a job over an input on the command line."""

    def run_job(source, content, **parts):
        (tmp_path / "input").write_bytes(content)
        (tmp_path / "mine.py").write_text(WORK)
        fields = {
            "name": "broken",
            "source": source,
            "batch": {"batch_size": 2},
            "work": {"python": "mine:rows"},
            "parallel": {"backend": "bash_fork", "workers": 2, "preserve_order": True},
            "retry": {"max_attempts": 1},
        }
        (tmp_path / "job.json").write_text(json.dumps(fields | parts))
        return subprocess.run(
            [*UNIFYWEAVER, "run", "job.json", "--run-dir", "run"],
            cwd=tmp_path,
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
        )

    return run_job


def check_error(done, message, code=1):
    assert (done.returncode, done.stdout) == (code, "")
    *_, last = done.stderr.splitlines()
    assert last.startswith("error: ")
    assert last.count(message) == 1
    assert done.stderr.count("error: ") == 1
    assert "Traceback" not in done.stderr


def results(done):
    assert done.returncode == 0, done.stderr
    return list(map(json.loads, done.stdout.splitlines()))


@pytest.mark.parametrize("name", BROKEN_RECORDS)
def test_a_broken_record_fails_the_run_with_its_file_and_offset(run, tmp_path, name):
    source, content, message, *_ = BROKEN_RECORDS[name]
    done = run(source, content)
    check_error(done, message)
    assert f"{tmp_path / 'input'}: " in done.stderr.splitlines()[-1]
    assert not (tmp_path / "run" / "result").exists()


@pytest.mark.parametrize("name", [name for name, (*_, good) in BROKEN_RECORDS.items() if good])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_broken_record_is_set_aside_and_no_other(run, tmp_path, name, workers):
    source, content, message, (number, offset), good = BROKEN_RECORDS[name]
    parallel = {"backend": "bash_fork", "workers": workers, "preserve_order": True}
    done = run(source, content, parallel=parallel, batch={"batch_size": 10}, failure={"quarantine": "record"})
    assert results(done) == good
    (line,) = (tmp_path / "run" / "shards" / "0000" / "quarantine.jsonl").read_text().splitlines()
    entry = json.loads(line)
    assert (entry["record"], entry["file"], entry["offset"]) == (number, str(tmp_path / "input"), offset)
    assert message in entry["error"]
    assert "warning: 1 record set aside" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("failure", [{}, {"quarantine": "record"}])
@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_file_whose_records_cannot_be_told_apart_is_refused(run, tmp_path, name, failure):
    source, content, message = BROKEN_FILES[name]
    done = run(source, content, failure=failure)
    check_error(done, message)
    assert f"error: {tmp_path / 'input'}: " in done.stderr


@pytest.mark.parametrize("name", DATA)
def test_nul_bytes_are_data(run, name):
    source, content, expected = DATA[name]
    assert results(run(source, content)) == expected


def test_a_command_gets_nul_bytes(run):
    done = run(TEXT, b"a\0b\n\0\n", work={"command": "tr '\\0' '0'"})
    assert (done.returncode, done.stdout) == (0, "a0b\n0\n")


def test_a_column_that_the_file_does_not_have_is_named_with_the_file(run, tmp_path):
    done = run(CSV, b"X,y\n1,2\n", work={"python": "mine:x"})
    check_error(done, f"{tmp_path / 'input'}: there is no column 'x'; did you mean X?")


def test_a_member_that_some_values_do_not_have_is_set_aside_with_its_place(run, tmp_path):
    content = b'{"x": 1}\n{"y": 2}\n{"x": 3}\n'
    done = run(LINES, content, work={"python": "mine:x"}, failure={"quarantine": "record"})
    assert results(done) == [1, 3]
    entry = json.loads((tmp_path / "run" / "shards" / "0000" / "quarantine.jsonl").read_text())
    assert (entry["offset"], entry["content"]) == (9, '{"y": 2}')
    assert entry["error"].startswith("KeyError: 'x' (")


@pytest.mark.parametrize(("source", "content"), [(CSV, b"X,y\n1,2\n"), (LINES, b'{"y": 2}\n')])
def test_a_priority_by_a_column_that_is_missing_is_a_bad_job(run, source, content):
    done = run(source, content, parallel={"priority": {"column": "x"}})
    check_error(done, "parallel.priority.column: the records of batch_00000 have no 'x'", code=2)


def test_a_priority_by_a_column_does_not_stumble_over_a_broken_record(run):
    parallel = {"backend": "bash_fork", "workers": 1, "priority": {"column": "x"}}
    done = run(LINES, b'{\n{"x": 1}\n{"x": 2}\n{"x": 3}\n', parallel=parallel, failure={"quarantine": "record"})
    assert sorted(row["x"] for row in results(done)) == [1, 2, 3]
