"""Shell commands as work."""

import os

import pytest

from airflow_unifyweaver.exceptions import WorkError
from airflow_unifyweaver.work.command import CommandWork


class Bytes:
    """A batch that feeds given bytes."""

    def __init__(self, data):
        self.data = data

    def feed(self, descriptor):
        with open(descriptor, "wb", closefd=False) as file:
            file.write(self.data)


def run(command, data=b"", ok=(0,), folder="/"):
    return CommandWork(command, ok, folder).run(Bytes(data))


def test_records_go_in_and_lines_come_out():
    lines = run("tr a-z A-Z", b"one\ntwo\n")
    assert list(lines) == ["ONE", "TWO"]
    assert len(lines) == 2


def test_last_line_without_newline_is_a_line():
    assert run("printf 'a\\nb'").data == b"a\nb\n"


def test_no_output_is_no_result():
    assert len(run("true")) == 0


def test_large_batches_and_outputs_do_not_block():
    data = b"x" * 99 + b"\n"
    assert run("cat", data * 100_000).data == data * 100_000


def test_a_command_that_reads_only_the_beginning_is_content():
    assert list(run("head -n 1", b"line\n" * 1_000_000)) == ["line"]


def test_accepted_exit_code():
    assert list(run("grep -c x", b"a\n", ok=(0, 1))) == ["0"]


def test_other_exit_code_shows_code_and_end_of_stderr():
    with pytest.raises(WorkError, match=r"exited with code 3, work.ok_exit_codes accepts 0, 1; .* ends: oh no$"):
        run("echo partial; echo oh no >&2; exit 3", ok=(0, 1))


def test_long_stderr_is_cut_to_its_end():
    with pytest.raises(WorkError) as caught:
        run("seq 100000 >&2; exit 1")
    assert str(caught.value).endswith("100000")
    assert len(str(caught.value)) < 2_500


def test_any_part_of_a_pipeline_may_fail_it():
    with pytest.raises(WorkError, match="code 1,"):
        run("false | cat")


def test_death_by_signal_is_named():
    with pytest.raises(WorkError, match="SIGKILL"):
        run("kill -9 $$")


def test_runs_in_the_folder_of_the_job(tmp_path):
    assert list(run("pwd -P", folder=str(tmp_path))) == [os.path.realpath(tmp_path)]


def test_any_bytes_pass_through():
    data = bytes(range(256)) + b"\n"
    assert run("cat", data).data == data
    assert "".join(run("cat", b"\xff\n")).encode("utf-8", "surrogateescape") == b"\xff"


def test_fingerprint_changes_with_command_and_codes():
    prints = {CommandWork(*given).fingerprint() for given in (("a", (0,), "/"), ("b", (0,), "/"), ("a", (0, 1), "/"))}
    assert len(prints) == 3


def test_all_output_is_taken_however_little_the_system_gives_in_one_call(monkeypatch):
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda descriptor, size, offset: pread(descriptor, min(size, 3), offset))
    assert run("cat", b"more than three\n").data == b"more than three\n"
