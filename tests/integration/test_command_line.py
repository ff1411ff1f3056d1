"""The command line as a user meets it: output, exit codes, messages."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time

import pytest
from event_payloads import check_payload

UNIFYWEAVER = [sys.executable, "-m", "airflow_unifyweaver.cli"]
JOB = """
name: numbers
source: {type: text, path: numbers.txt}
batch: {batch_size: 10}
work: {python: "mine:double"}
parallel: {backend: bash_fork, workers: 2}
retry: {delay: 0}
aggregation: {reduce: sum}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "numbers.txt").write_text("".join(f"{number}\n" for number in range(100)))
    (tmp_path / "mine.py").write_text(
        "import time\n"
        "def double(batch): return [2 * int(line) for line in batch]\n"
        "def slow(batch): time.sleep(0.5); return double(batch)\n"
        "def fail(batch): raise ValueError('no luck')\n"
        "def show(event): open('events.txt', 'a').write(event['batch_id'] + '\\n')\n"
    )
    (tmp_path / "job.yaml").write_text(JOB)
    return tmp_path


def uw(folder, *arguments, **environment):
    return subprocess.run(
        [*UNIFYWEAVER, *map(str, arguments)],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_run_prints_the_result_alone_on_stdout(folder):
    done = uw(folder, "run", "job.yaml")
    assert (done.returncode, done.stdout) == (0, "9900\n")
    assert "10 batches in 1 shard on bash_fork" in done.stderr
    assert list((folder / ".unifyweaver" / "numbers").iterdir())


def test_export_prints_a_job_of_any_front_end_in_another(folder):
    exported = uw(folder, "export", "job.yaml", "--to", "pl")
    (folder / "other.pl").write_text(exported.stdout)
    done = uw(folder, "run", "other.pl")
    assert (exported.returncode, done.returncode, done.stdout) == (0, 0, "9900\n")
    assert (
        uw(folder, "export", "other.pl", "--to", "yaml").stdout
        == uw(folder, "export", "job.yaml", "--to", "yaml").stdout
    )


def test_set_overrides_a_field(folder):
    done = uw(folder, "run", "job.yaml", "--set", "aggregation.reduce=max", "--set", "parallel.workers=1")
    assert (done.returncode, done.stdout) == (0, "198\n")


def test_plan_shows_what_a_run_would_be_and_makes_none(folder):
    done = uw(folder, "plan", "job.yaml", "--set", "parallel.backend=gnu_parallel")
    lines = done.stdout.split("\n\n")[0].splitlines()
    facts = dict(line.split(maxsplit=1) for line in lines if not line.startswith("command"))
    assert facts["batches"] == "10"
    assert facts["backend"] == "gnu_parallel"
    assert "parallel --plain" in done.stdout
    assert not (folder / ".unifyweaver").exists()


def test_failed_job_exits_with_1_and_says_why(folder):
    done = uw(folder, "run", "job.yaml", "--set", "work.python=mine:fail", "--run-dir", "run")
    assert (done.returncode, done.stdout) == (1, "")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: batch_0")
    assert "failed after 3 attempts: ValueError: no luck" in last
    assert "Traceback" not in done.stderr
    assert not (folder / "run" / "result").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--set", "batch.batch_sise=3"], "job.yaml: batch.batch_sise: unknown field; did you mean batch_size?"),
        (["--set", "work.python=mine:dubble"], "mine:dubble: mine has no 'dubble'; did you mean 'double'?"),
        (["--set", "on_event.batch_failed=[mine:absent]"], "mine has no 'absent'"),
        (["--set", "nonsense"], "write FIELD=VALUE"),
    ],
)
def test_bad_job_exits_with_2_and_names_the_field(folder, change, message):
    done = uw(folder, "run", "job.yaml", *change)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "job.yaml", "--set", "source.path=absent.txt"], "absent.txt"),
        (["resume", "absent"], "this is not a run directory"),
        (["events", "absent"], "there is no plan here"),
        (["run", "job.yaml", "--run-dir", "numbers.txt"], "numbers.txt"),
    ],
)
def test_missing_things_are_named(folder, arguments, message):
    done = uw(folder, *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_validate_names_every_bad_job(folder):
    (folder / "bad.yaml").write_text(JOB.replace("double", "absent"))
    done = uw(folder, "validate", "job.yaml", "bad.yaml")
    assert (done.returncode, done.stdout) == (2, "job.yaml: ok\n")
    assert "mine has no 'absent'" in done.stderr
    assert uw(folder, "validate", "job.yaml").returncode == 0


def test_schema_is_json(folder):
    assert json.loads(uw(folder, "schema").stdout)["title"] == "airflow-unifyweaver job"


def test_events_are_json_lines_and_can_be_filtered(folder):
    uw(folder, "run", "job.yaml", "--run-dir", "run")
    events = [json.loads(line) for line in uw(folder, "events", "run").stdout.splitlines()]
    life = [event["event_type"] for event in events if event["batch_id"] == "batch_00007"]
    assert life == ["batch_ready", "batch_claimed", "batch_started", "batch_complete"]
    assert {event["event_type"] for event in events} == {
        "batch_ready",
        "batch_claimed",
        "batch_started",
        "batch_complete",
        "batches_complete",
    }
    complete = uw(folder, "events", "run", "--type", "batch_complete").stdout.splitlines()
    assert {json.loads(line)["batch_id"] for line in complete} == {f"batch_{number:05d}" for number in range(10)}
    assert "choose from" in uw(folder, "events", "run", "--type", "batch_done").stderr


def test_events_of_more_shards_than_a_process_may_open_at_first(folder):
    uw(folder, "run", "job.yaml", "--run-dir", "run", "--set", "parallel.map_tasks=100", "--set", "batch.batch_size=1")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
        told = uw(folder, "events", "run", "--type", "batches_complete")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (len(told.stdout.splitlines()), told.stderr) == (100, "")


def test_events_follow_a_run_to_its_end(folder):
    run = subprocess.Popen(
        [*UNIFYWEAVER, "run", "job.yaml", "--run-dir", "run", "--set", "work.python=mine:slow"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while not (folder / "run" / "plan" / "plan.json").exists():
        time.sleep(0.01)
    followed = uw(folder, "events", "run", "--follow")
    assert run.wait(30) == 0
    run.communicate()
    kinds = [json.loads(line)["event_type"] for line in followed.stdout.splitlines()]
    assert kinds.count("batch_complete") == 10
    assert kinds[-1] == "batches_complete"


@pytest.fixture
def followed(folder):
    """A run that takes its time, and what follows it."""
    command = [*UNIFYWEAVER, "run", "job.yaml", "--run-dir", "run", "--set", "work.python=mine:slow"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        while not (folder / "run" / "plan" / "plan.json").exists():
            time.sleep(0.01)
        command = [*UNIFYWEAVER, "events", "run", "--follow"]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as follower:
            yield follower
        run.kill()


def test_who_follows_can_be_interrupted_and_says_nothing(followed):
    assert followed.stdout.readline()
    followed.send_signal(signal.SIGINT)
    _, errors = followed.communicate(timeout=30)
    assert (followed.returncode, errors) == (130, b"")


def test_who_follows_ends_quietly_when_nobody_listens(followed):
    assert followed.stdout.readline()
    followed.stdout.close()
    assert followed.wait(30) == 0
    assert followed.stderr.read() == b""


def test_on_event_functions_hear_of_batches(folder):
    (folder / "job.yaml").write_text(JOB + 'on_event: {batch_complete: ["mine:show"]}\n')
    assert uw(folder, "run", "job.yaml").returncode == 0
    assert sorted((folder / "events.txt").read_text().split()) == [f"batch_{number:05d}" for number in range(10)]


def test_interrupted_run_says_so_and_resumes(folder):
    run = subprocess.Popen(
        [*UNIFYWEAVER, "run", "job.yaml", "--run-dir", "run", "--set", "work.python=mine:slow"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    journal = folder / "run" / "shards" / "0000" / "journal.jsonl"
    while not journal.exists() or b"batch_complete" not in journal.read_bytes():
        time.sleep(0.01)
    run.send_signal(signal.SIGTERM)
    output, errors = run.communicate(timeout=30)
    assert (run.returncode, output) == (130, "")
    command = f"unifyweaver resume {folder / 'run'}"
    assert errors.splitlines()[-1] == f"error: interrupted; {command} goes on where this run stopped"
    resumed = uw(folder, *command.split()[1:])
    assert (resumed.returncode, resumed.stdout) == (0, "9900\n")
    assert re.match(r"resuming: (\d idle, )?(\d (claimed|processing), )*[1-9] complete\n", resumed.stderr)
    again = uw(folder, "resume", "run")
    assert (again.returncode, again.stdout) == (0, "9900\n")


def test_who_interrupts_planning_hears_that_it_begins_anew(folder):
    source = '{type: command, command: "echo 1; touch began; exec sleep 60"}'
    (folder / "slow.yaml").write_text(f"name: slow\nsource: {source}\nwork: {{command: cat}}\n")
    command = [*UNIFYWEAVER, "run", "slow.yaml"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as run:
        while not (folder / "began").exists():
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=30)
    assert run.returncode == 130
    assert errors == "error: interrupted while the run was being planned; run the job again, and planning begins anew\n"


@pytest.mark.parametrize("shards", ["1", "3"])
def test_events_do_not_follow_a_run_that_nobody_works_on(folder, shards):
    failing = ["--set", "work.python=mine:fail", "--set", f"parallel.map_tasks={shards}"]
    uw(folder, "run", "job.yaml", *failing, "--run-dir", "run")
    followed = uw(folder, "events", "run", "--follow")
    assert followed.returncode == 0
    assert '"batch_failed"' in followed.stdout


def test_damaged_results_are_made_again(folder):
    uw(folder, "run", "job.yaml", "--run-dir", "run")
    for segment in (folder / "run" / "shards" / "0000" / "segments").iterdir():
        segment.write_bytes(segment.read_bytes()[:-2] + b"7\n")
    resumed = uw(folder, "resume", "run")
    assert (resumed.returncode, resumed.stdout) == (0, "9900\n")
    assert "are damaged" in resumed.stderr
    failed = uw(folder, "events", "run", "--type", "batch_failed").stdout.splitlines()
    assert 1 <= len(failed) <= 2  # the last batch of each worker


def test_a_run_goes_on_with_another_budget_on_another_backend(folder):
    (folder / "fail_one.py").write_text(
        "def work(batch):\n"
        "    lines = list(batch)\n"
        "    return 1 / (lines[0] != '50') and [2 * int(line) for line in lines]\n"
    )
    arguments = ["run", "job.yaml", "--run-dir", "run", "--set", "work.python=fail_one:work"]
    assert uw(folder, *arguments).returncode == 1
    changed = uw(folder, *arguments, "--set", "failure.budget=1", "--set", "parallel.backend=sequential")
    assert (changed.returncode, changed.stdout) == (0, f"{9900 - 2 * sum(range(50, 60))}\n")
    assert "warning: 1 of 10 batches failed" in changed.stderr
    assert json.loads((folder / "run" / "plan" / "plan.json").read_text())["backend"] == "sequential"
    assert uw(folder, "resume", "run").returncode == 0


@pytest.mark.parametrize(
    ("file", "addition", "message"),
    [
        ("numbers.txt", "100\n", "the input has changed since this run was planned"),
        ("mine.py", "\n# changed\n", "the job or the code of its work has changed since this run was planned"),
    ],
)
def test_resume_refuses_what_has_changed(folder, file, addition, message):
    uw(folder, "run", "job.yaml", "--run-dir", "run")
    with (folder / file).open("a") as changed:
        changed.write(addition)
    done = uw(folder, "resume", "run")
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr


def test_missing_parallel_degrades_aloud_or_fails_when_strict(folder, tmp_path):
    shells = tmp_path / "bin"
    shells.mkdir()
    (shells / "bash").symlink_to("/bin/bash")
    done = uw(folder, "run", "job.yaml", "--set", "parallel.backend=gnu_parallel", "--run-dir", "run", PATH=str(shells))
    assert (done.returncode, done.stdout) == (0, "9900\n")
    assert "gnu_parallel: GNU Parallel is not installed" in done.stderr
    assert "using bash_fork" in done.stderr
    degraded = json.loads(uw(folder, "events", "run", "--type", "backend_degraded").stdout)
    assert degraded["payload"]["chosen"] == "bash_fork"
    check_payload("backend_degraded", degraded["payload"])
    strict = ["--set", "parallel.backend=gnu_parallel", "--set", "parallel.strict=true"]
    done = uw(folder, "run", "job.yaml", *strict, PATH=str(shells))
    assert done.returncode == 1
    assert "parallel.strict is set" in done.stderr


@pytest.mark.parametrize(
    ("output", "content"),
    [
        ("{path: out/doubled.jsonl}", "".join(f"{2 * number}\n" for number in range(100))),
        ("{path: out/doubled.csv}", "value\r\n" + "".join(f"{2 * number}\r\n" for number in range(100))),
    ],
)
def test_output_file(folder, output, content):
    (folder / "job.yaml").write_text(JOB.replace("{reduce: sum}", "concat") + f"output: {output}\n")
    assert uw(folder, "run", "job.yaml").returncode == 0
    with next((folder / "out").iterdir()).open(newline="") as file:
        assert file.read() == content


def test_run_cut_short_by_head_is_quiet(folder):
    command = f"{sys.executable} -m airflow_unifyweaver.cli run job.yaml --set aggregation.reduce=concat | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
    assert "Traceback" not in done.stderr
    assert "Broken pipe" not in done.stderr
