"""What awk and commands print is the same on every backend, however it is cut."""

import random

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.exceptions import JobFailedError, SourceError
from airflow_unifyweaver.runner import resume

NUMBERED = {"type": "awk", "program": "{ print NR, $2 } END { print NR + 1, NR }", "path": "*.txt"}
MARKED = {"type": "awk", "program": 'NF { print $0, "x"; print "" }', "path": "*.txt", "stateless": True}

JOBS = {
    "awk over all files": (NUMBERED, {"batch_size": 7}, {"command": "cat"}, "concat"),
    "awk, bytes": (NUMBERED, {"batch_bytes": 50}, {"command": "cut -d ' ' -f 2"}, "set_union"),
    "awk, by key": (NUMBERED, {"batch_key": 2, "batch_size": 30}, {"command": "cut -d ' ' -f 2 | uniq"}, "concat"),
    "stateless awk": (MARKED, {"batch_size": 7}, {"command": "cat"}, "concat"),
    "stateless awk, bytes": (MARKED, {"batch_bytes": 50}, {"command": "cat"}, "concat"),
    "command": ({"type": "command", "command": "sort *.txt | tr a-z A-Z"}, {}, {"command": "cat"}, "concat"),
    "command, by key": ({"type": "command", "command": "cat *.txt"}, {"batch_key": 2}, {"command": "sort"}, "concat"),
    "nothing": ({"type": "command", "command": "true"}, {}, {"command": "cat"}, "concat"),
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    generator = random.Random(11)
    for number in range(3):
        lines = [f"é{generator.randrange(99)} {generator.choice('abcde')}\n" for _ in range(60)]
        (folder / f"{number}.txt").write_text("".join(lines))
    return folder


@pytest.fixture(scope="module")
def lines(inputs):
    return [line for path in sorted(inputs.glob("*.txt")) for line in path.read_text().splitlines()]


def agreed(name, inputs, conformance):
    names = ("source", "batch", "work", "aggregation")
    return conformance.agreed(dict(zip(names, JOBS[name], strict=True)), inputs).decode().splitlines()


def upper(line):
    """As tr in any locale does, which knows the letters of ASCII."""
    return line.translate(dict(zip(map(ord, "abcde"), "ABCDE", strict=True)))


def numbered(lines):
    return [f"{number} {line.split()[1]}" for number, line in enumerate(lines, 1)] + [f"{len(lines) + 1} {len(lines)}"]


def test_awk_over_all_files_keeps_its_state(inputs, lines, conformance):
    assert agreed("awk over all files", inputs, conformance) == numbered(lines)


def test_awk_by_bytes(inputs, lines, conformance):
    assert sorted(agreed("awk, bytes", inputs, conformance)) == ["180", "a", "b", "c", "d", "e"]


def test_keys_of_awk_output_are_in_one_batch(inputs, lines, conformance):
    assert agreed("awk, by key", inputs, conformance) == ["180", "a", "b", "c", "d", "e"]


@pytest.mark.parametrize("name", ["stateless awk", "stateless awk, bytes"])
def test_stateless_awk_is_awk(name, inputs, lines, conformance):
    assert agreed(name, inputs, conformance) == [text for line in lines for text in (f"{line} x", "")]


def test_command(inputs, lines, conformance):
    assert sorted(agreed("command", inputs, conformance)) == sorted(upper(line) for line in lines)


def test_keys_of_a_command(inputs, lines, conformance):
    found = agreed("command, by key", inputs, conformance)
    assert [line.split()[1] for line in found] == sorted(line.split()[1] for line in lines)
    assert sorted(found) == sorted(lines)


def test_a_command_that_prints_nothing(inputs, conformance):
    assert agreed("nothing", inputs, conformance) == []


def test_a_resumed_run_goes_on_with_what_the_command_printed(tmp_path):
    fields = {
        "name": "resumed",
        "source": {"type": "command", "command": "echo ran >> log; cat log; seq 5"},
        "batch": {"batch_size": 2},
        "work": {"command": "test -e ready && cat"},
        "retry": {"max_attempts": 1},
    }
    job = BatchJob.from_dict(fields, base_dir=tmp_path)
    with pytest.raises(JobFailedError):
        run_job(job, tmp_path / "run")
    (tmp_path / "ready").touch()
    assert resume(tmp_path / "run").file.read_text().split() == ["ran", "1", "2", "3", "4", "5"]
    assert (tmp_path / "log").read_text() == "ran\n"


def test_a_run_that_was_not_planned_to_the_end_runs_the_command_anew(tmp_path):
    fields = {
        "name": "anew",
        "source": {"type": "command", "command": "echo ran >> log; cat log; test -e ready"},
        "work": {"command": "cat"},
    }
    job = BatchJob.from_dict(fields, base_dir=tmp_path)
    with pytest.raises(SourceError, match=r"^source\.command exited with code 1"):
        run_job(job, tmp_path / "run")
    (tmp_path / "ready").touch()
    assert run_job(job, tmp_path / "run").file.read_text().split() == ["ran", "ran"]
