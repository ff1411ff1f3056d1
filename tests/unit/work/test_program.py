"""What bash would only start is started without it, and nothing else is."""

import shutil
import subprocess

import pytest

from airflow_unifyweaver.exceptions import WorkError
from airflow_unifyweaver.processes import SHELL
from airflow_unifyweaver.work.command import CommandWork
from airflow_unifyweaver.work.program import program_of


@pytest.fixture(autouse=True)
def asked_anew():
    program_of.cache_clear()
    yield
    program_of.cache_clear()


class NoRecords:
    def feed(self, descriptor):
        pass


@pytest.mark.parametrize(
    "command",
    [
        "grep -c ERROR",
        "  grep\t-c   ERROR\n",
        """sed -e 's/a *[$`"]/!/' "two words" it''s '' a"b"'c'""",
        "awk '{ print $1, $2 }'",
        "cut -d, -f1-3",
        "env -i A=1",
        "grep -c 'Überlauf'",
        "wc '-l\n'",
    ],
)
def test_words_mean_what_bash_takes_them_for(tmp_path, command):
    program = program_of(command, str(tmp_path))
    name = program.arguments[0]
    shown = subprocess.run(
        [*SHELL, f"{name}() {{ printf '%s\\0' {name} \"$@\"; }}\n{command}"], capture_output=True, check=True
    ).stdout
    assert list(program.arguments) == shown.decode().split("\0")[:-1]


@pytest.mark.parametrize(
    "command",
    [
        "grep a | wc -l",
        "grep a; true",
        "grep a && true",
        "grep a &",
        "grep a > b",
        "grep $HOME",
        'grep "$HOME"',
        'grep "`id`"',
        "grep $(id)",
        "grep *.log",
        "grep [a]",
        "grep a?",
        "grep {a,b}",
        "grep ~",
        "grep a\\b",
        'grep "a\\b"',
        "grep a # b",
        "grep a\ngrep b",
        "LC_ALL=C grep a",
        "'A'=1 grep a",
        "grep 'a",
        "(grep a)",
        "! grep a",
        "echo a",
        "time grep a",
        "exec grep a",
        "nonesuch a",
        "cat\r",
        "\rcat",
        "\fcat\v",
        "'ca\0t'",
        '"ca\0t"',
        "",
    ],
)
def test_what_takes_bash_is_left_to_it(tmp_path, command):
    assert program_of(command, str(tmp_path)) is None


def test_functions_of_the_environment_are_called(tmp_path, monkeypatch):
    monkeypatch.setenv("BASH_FUNC_grep%%", "() { echo mine; }")
    assert list(CommandWork("grep -c a", (0,), str(tmp_path)).run(NoRecords())) == ["mine"]


@pytest.mark.parametrize("name", ["BASH_ENV", "SHELLOPTS", "BASHOPTS"])
def test_what_the_environment_tells_bash_to_do_is_done(tmp_path, monkeypatch, name):
    monkeypatch.setenv(name, "x")
    assert program_of("grep a", str(tmp_path)) is None


def test_scripts_are_left_to_bash(tmp_path):
    script = tmp_path / "script"
    script.write_text("echo no first line tells what runs this\n")
    script.chmod(0o755)
    assert list(CommandWork("./script", (0,), str(tmp_path)).run(NoRecords())) == ["no first line tells what runs this"]


def test_programs_of_the_folder_are_found(tmp_path):
    shutil.copy(shutil.which("cat"), tmp_path / "mine")
    assert program_of("./mine", str(tmp_path)) is not None
    assert list(CommandWork("./mine /dev/null", (0,), str(tmp_path)).run(NoRecords())) == []


@pytest.mark.parametrize("given", [{}, {"SHLVL": "3", "PWD": "/nowhere", "OLDPWD": "/nowhere", "EXTRA": "a\nb=c"}])
def test_the_environment_is_that_of_bash(tmp_path, monkeypatch, given):
    for name in ("SHLVL", "PWD", "OLDPWD", "_"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert program_of("env -0", str(tmp_path)) is not None
    ours = CommandWork("env -0", (0,), str(tmp_path)).run(NoRecords()).data.rstrip(b"\n")
    bash = subprocess.run([*SHELL, "env -0"], cwd=tmp_path, capture_output=True, check=True)
    assert sorted(ours.split(b"\0")) == sorted(bash.stdout.split(b"\0"))


def test_without_a_path_it_is_still_found_where_bash_finds_it(tmp_path, monkeypatch):
    monkeypatch.delenv("PATH")
    assert list(CommandWork("wc -c /dev/null", (0,), str(tmp_path)).run(NoRecords())) == ["0 /dev/null"]


def test_messages_call_the_program_as_the_command_does(tmp_path):
    with pytest.raises(WorkError, match="ends: cat: nonesuch: No such file or directory"):
        CommandWork("cat nonesuch", (0,), str(tmp_path)).run(NoRecords())


def test_bash_is_asked_before_the_first_batch(tmp_path):
    CommandWork("cat", (0,), str(tmp_path)).prepare()
    assert program_of.cache_info().misses == 1
    assert list(CommandWork("cat", (0,), str(tmp_path)).run(NoRecords())) == []
    assert program_of.cache_info().misses == 1


def test_a_folder_that_is_gone_is_told_by_the_batches(tmp_path):
    work = CommandWork("cat", (0,), str(tmp_path / "gone"))
    work.prepare()
    with pytest.raises(FileNotFoundError):
        work.run(NoRecords())
