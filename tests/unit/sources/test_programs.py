"""What awk and commands print as a source."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from airflow_unifyweaver.exceptions import SourceError
from airflow_unifyweaver.job.model import BatchJob
from airflow_unifyweaver.sources.awk import run_awk
from airflow_unifyweaver.sources.registry import plan_source, reader_for


@pytest.fixture
def plan(tmp_path):
    """Plan a source in a folder of its own, with a spool beside it."""
    (tmp_path / "folder").mkdir()

    def plan_job(source, **batch):
        fields = {"name": "x", "source": source, "batch": batch, "work": {"command": "cat"}}
        job = BatchJob.from_dict(fields, base_dir=tmp_path / "folder")
        return plan_source(job, 2, tmp_path / "spool")

    return plan_job


@pytest.fixture
def read(plan, tmp_path):
    def read_batches(source, **batch):
        planned = plan(source, **batch)
        recipes = list(planned.recipes)
        reader = reader_for(planned.manifest, tmp_path / "spool")
        return [reader.read(recipe) for recipe in recipes]

    return read_batches


@pytest.fixture
def write(tmp_path):
    def write_file(name, data):
        (tmp_path / "folder" / name).write_bytes(data)

    return write_file


def awk(program, path="*.txt", **more):
    return {"type": "awk", "program": program, "path": path, **more}


def command(line):
    return {"type": "command", "command": line}


def records(batches):
    return [list(batch) for batch in batches]


def bytes_of(batches):
    return b"".join(batch.bytes() for batch in batches)


def test_a_program_runs_once_over_all_files(read, write):
    write("a.txt", b"1\n2\n")
    write("b.txt", b"3\n")
    found = read(awk('{ sum += $1; print NR, FNR, $1 } END { print "sum", sum }'), batch_size=3)
    assert records(found) == [["1 1 1", "2 2 2", "3 1 3"], ["sum 6"]]


def test_a_stateless_program_runs_over_each_batch(read, write):
    write("a.txt", b"1\n2\n3\n")
    write("b.txt", b"4")
    found = read(awk("{ print NR, $1 }", stateless=True), batch_size=2)
    assert records(found) == [["1 1", "2 2"], ["1 3", "2 4"]]


@pytest.mark.parametrize("batch", [{"batch_size": 3}, {"batch_bytes": 10}, {}])
def test_either_way_gives_the_same_where_lines_stand_alone(read, write, batch):
    write("a.txt", "".join(f"é{number} x\n" for number in range(50)).encode() + b"last\xff x")
    write("b.txt", b"\xef\xbb\xbfmark x\n\nx\ty\r\n")
    program = 'NF > 1 { print length($1), $1; print "" }'
    expected = bytes_of(read(awk(program), **batch))
    assert expected.count(b"\n") == 2 * 53
    assert bytes_of(read(awk(program, stateless=True), **batch)) == expected


def test_a_batch_of_which_nothing_is_printed_is_empty(read, write):
    write("a.txt", b"a\nb\n")
    found = read(awk("/b/", stateless=True), batch_size=1)
    assert [batch.is_empty() for batch in found] == [True, False]


def test_printed_records_can_be_set_aside(read, write):
    write("a.txt", b"a\nb\n")
    (batch,) = read(awk("{ print $1, $1 }", stateless=True))
    places = batch.records()
    assert list(batch.pick(places[1:])) == ["b b"]
    assert batch.describe(places[1]) == {
        "file": batch.describe(places[0])["file"],
        "offset": 4,
        "length": 4,
        "content": "b b",
    }
    assert batch.describe(places[0])["file"].endswith("/a.txt")


def test_bytes_that_are_no_utf_8_pass_and_are_named_when_they_become_text(read, write):
    write("a.txt", b"ok\n\xff\n")
    for source in (awk("1"), awk("1", stateless=True), command("cat a.txt")):
        (batch,) = read(source, batch_size=10)
        assert batch.bytes() == b"ok\n\xff\n"
        with pytest.raises(SourceError, match="byte 3 cannot be decoded as utf-8"):
            list(batch)


def test_the_locale_of_the_machine_does_not_matter(read, write, monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.ISO-8859-1")
    write("a.txt", b"")
    (printed,) = records(read(awk('BEGIN { print ENVIRON["LC_ALL"], 1.5 }')))
    assert printed == ["C.UTF-8 1.5"]


def test_a_program_reads_files_of_any_name(read, write):
    write("a=b -v.txt", b"1\n")
    assert records(read(awk("{ print }"))) == [["1"]]
    assert records(read(awk("-1 { print }"))) == [["1"]]


@pytest.mark.parametrize("stateless", [False, True])
def test_a_wrong_program_is_shown_as_awk_sees_it(plan, write, stateless):
    write("a.txt", b"1\n")
    with pytest.raises(SourceError, match=r"source\.program exited with code [12].*standard error ends: g?awk: "):
        list(plan(awk("{ print", stateless=stateless)).recipes)


def test_a_program_that_fails_on_a_batch_fails_that_batch(plan, write, tmp_path):
    write("a.txt", b"1\n2\n")
    planned = plan(awk("$1 == 2 { exit 3 } { print }", stateless=True), batch_size=1)
    reader = reader_for(planned.manifest, tmp_path / "spool")
    first, second = planned.recipes
    assert list(reader.read(first)) == ["1"]
    with pytest.raises(SourceError, match=r"source\.program exited with code 3 \(output of awk for bytes 2 to 4 of "):
        reader.read(second)


@pytest.mark.parametrize("program", ['END { print "x" }', 'BEGIN { print "x" }'])
def test_a_program_that_prints_without_lines_is_not_stateless(plan, write, program):
    write("a.txt", b"1\n")
    with pytest.raises(SourceError, match=r"prints lines without any input.*set source\.stateless to false"):
        plan(awk(program, stateless=True))


def test_files_that_change_under_the_program_are_noticed(plan, write):
    write("a.txt", b"1\n")
    planned = plan(awk('END { system("echo 2 >> a.txt") }'))
    with pytest.raises(SourceError, match=r"a\.txt changed since it was planned"):
        list(planned.recipes)


def test_what_cannot_be_fed_to_awk_is_not_its_fault(tmp_path):
    def feed(_):
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    with pytest.raises(OSError, match="Stale file handle"):
        run_awk("1", feed, str(tmp_path), "output of awk")


def test_awk_that_is_not_installed_is_named(plan, write, monkeypatch):
    write("a.txt", b"1\n")
    monkeypatch.setenv("PATH", "/nowhere")
    for stateless in (False, True):
        with pytest.raises(SourceError, match=r"^source.program: awk cannot be run: No such file.*; install awk$"):
            list(plan(awk("1", stateless=stateless)).recipes)


def test_a_command_runs_in_the_folder_of_the_job_without_input(read, write):
    write("a.txt", b"2\n1\n")
    assert records(read(command("sort a.txt && cat && echo {{braces}} ${HOME:+x}"))) == [["1", "2", "{{braces}} x"]]


def test_a_command_that_prints_nothing_is_an_empty_source(read):
    assert read(command("true"), batch_size=1) == []


def test_lines_of_a_command_are_cut_by_key(read, tmp_path):
    found = read(command("printf 'b 1\\na 2\\nb 3'"), batch_key=1)
    assert records(found) == [["a 2"], ["b 1", "b 3"]]
    assert {path.name for path in (tmp_path / "spool" / "records").iterdir()} == {"by-key", "manifest.json"}


def test_a_command_runs_once_and_only_when_a_batch_is_asked_for(plan, tmp_path):
    line = "echo ran >> ran; cat ran"
    for _ in range(2):  # as a resume does
        plan(command(line))
    assert not (tmp_path / "folder" / "ran").exists()
    planned = plan(command(line))
    recipes = list(planned.recipes)
    reader = reader_for(planned.manifest, tmp_path / "spool")
    assert [list(reader.read(recipe)) for recipe in recipes * 2] == [["ran"]] * 2


def test_the_version_of_a_command_is_the_command(plan):
    assert plan(command("date")).manifest == plan(command("date")).manifest
    assert plan(command("date")).manifest != plan(command("date -u")).manifest


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("echo part; echo oh no >&2; exit 3", "exited with code 3, .*; standard error ends: oh no$"),
        ("false | cat", "exited with code 1, .*; standard error is empty$"),
        ("kill -9 $$", r"exited with code -9 \(SIGKILL\), "),
        ("yes | head -n 1", r"exited with code 141 \(SIGPIPE\), "),
    ],
)
def test_what_a_failed_command_printed_is_no_source(plan, tmp_path, line, message):
    with pytest.raises(SourceError, match=rf"^source\.command {message}"):
        list(plan(command(line)).recipes)
    assert not (tmp_path / "spool" / "manifest.json").exists()


def test_a_folder_that_is_gone_is_no_missing_program(plan, tmp_path):
    planned = plan(command("true"))
    (tmp_path / "folder").rmdir()
    with pytest.raises(SourceError, match=r"bash cannot be run: No such file or directory; look at"):
        list(planned.recipes)


def test_a_command_ends_with_the_process_that_plans(tmp_path):
    code = f"""
import signal, subprocess, sys
from pathlib import Path
from airflow_unifyweaver.sources.programs import Program

class Popen(subprocess.Popen):
    def wait(self, timeout=None):
        print("waiting", flush=True)
        return super().wait(timeout)

subprocess.Popen = Popen
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
Program("source.command", ["bash", "-c", "sleep 1000 & echo $! > pid; wait"], {str(tmp_path)!r}).run(Path("output"))
"""
    pid = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as planner:
        assert planner.stdout.readline() == "waiting\n"
        while not (pid.exists() and pid.read_text().endswith("\n")):
            time.sleep(0.01)
        planner.send_signal(signal.SIGTERM)
        planner.stdout.read()
    assert planner.returncode == 1
    while is_alive(int(pid.read_text())):
        time.sleep(0.01)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
