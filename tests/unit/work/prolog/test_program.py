"""What makes a program another one."""

import pytest

from airflow_unifyweaver.work.prolog.program import Program


@pytest.fixture
def program(tmp_path):
    (tmp_path / "main.pl").write_text(
        ":- use_module(rules, [a/1]).\n:- ['facts.pl', \"more.pl\"].\n:- use_module(library(lists)).\n"
    )
    (tmp_path / "rules.pl").write_text(":- module(rules, [a/1]).\n:- include('deep/inner').\n")
    (tmp_path / "deep").mkdir()
    for name in ("facts.pl", "more.pl", "deep/inner.pl", "other.pl"):
        (tmp_path / name).write_text("a(1).\n")
    return Program("main.pl", str(tmp_path), 1)


@pytest.mark.parametrize("name", ["main.pl", "rules.pl", "facts.pl", "more.pl", "deep/inner.pl"])
def test_what_it_loads_from_its_folder_belongs_to_it(program, tmp_path, name):
    before = program.fingerprint()
    with (tmp_path / name).open("a") as file:
        file.write("% changed\n")
    assert program.fingerprint() != before


def test_other_files_do_not(program, tmp_path):
    before = program.fingerprint()
    (tmp_path / "other.pl").write_text("b(1).\n")
    assert program.fingerprint() == before


def test_files_that_load_each_other(tmp_path):
    (tmp_path / "a.pl").write_text(":- consult(b).")
    (tmp_path / "b.pl").write_text(":- consult(a).")
    assert Program("a.pl", str(tmp_path), 1).fingerprint() == Program("a.pl", str(tmp_path), 1).fingerprint()
