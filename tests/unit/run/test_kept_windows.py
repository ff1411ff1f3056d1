"""Where runs of a job keep what they take off a queue."""

import pytest

from airflow_unifyweaver.run.directory import RunDirectory
from airflow_unifyweaver.run.kept_windows import RunWindows


@pytest.fixture(params=["path", "memory"])
def make_run(request, tmp_path):
    """Makes runs below a folder, or at a URL."""

    def make_run(name):
        if request.param == "path":
            return RunDirectory(tmp_path / name)
        return RunDirectory(tmp_path / "staged" / name, f"memory://{tmp_path.name}/{name}")

    return make_run


def keep(run):
    RunWindows(run).own().write("kept", run.path.name.encode())
    return RunWindows(run).own().address


def test_a_window_is_in_the_spool_of_its_run(make_run):
    run = make_run("dag/run/job")
    RunWindows(run).own().write("kept", b"x")
    assert RunWindows(run).own().read("kept") == b"x"
    assert RunWindows(run).own().address == f"{run.place}/spool/window"


@pytest.mark.parametrize(
    ("own", "others"),
    [
        ("dag/today/job", ["dag/yesterday/job", "dag/today/other", "dag/today/job.superseded-1"]),
        ("job/2", ["job/1", "job/3"]),
    ],
)
def test_windows_of_other_runs_are_found_where_airflow_and_the_command_line_have_them(make_run, own, others):
    kept = {keep(make_run(name)) for name in others}
    keep(make_run(own))
    earlier = RunWindows(make_run(own)).earlier()
    assert {folder.address for folder in earlier if folder.files()} == kept


def test_the_first_run_finds_nothing(make_run):
    windows = RunWindows(make_run("dag/run/job"))
    assert not [folder for folder in windows.earlier() if folder.files()]
    assert windows.inherited() == []


def test_the_last_run_that_was_set_aside_is_the_first_to_inherit(make_run):
    for number in (1, 9, 10):
        keep(make_run(f"dag/run/job.superseded-{number}"))
    keep(make_run("dag/run/job2"))
    inherited = RunWindows(make_run("dag/run/job")).inherited()
    assert [folder.read("kept") for folder in inherited] == [b"job.superseded-%d" % number for number in (10, 9, 1)]
