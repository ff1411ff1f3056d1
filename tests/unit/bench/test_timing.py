import sys

import pytest

from bench.timing import interleaved, measure


def python(program):
    return [sys.executable, "-I", "-S", "-c", program]


def test_time_processor_time_and_memory_are_those_of_the_command():
    measurement = measure(python("import time; held = b'x' * 80_000_000; time.sleep(0.2); print('done')"))
    assert measurement.output == "done"
    assert measurement.seconds >= 0.2
    assert measurement.figures["cpu_seconds"] > 0
    assert measurement.figures["peak_mb"] > 80


def test_memory_of_the_benchmark_is_not_the_commands():
    held = b"x" * 200_000_000
    assert measure(["true"]).figures["peak_mb"] < len(held) / 4e6


def test_processes_of_the_command_count():
    measurement = measure(["bash", "-c", f"{sys.executable} -c \"b'x' * 80_000_000\" && echo done"])
    assert measurement.figures["peak_mb"] > 80


def test_figures_that_a_program_prints():
    measurement = measure(["echo", '{"open_ms": 3.5}'])
    assert measurement.figures["open_ms"] == 3.5
    assert not measurement.output


@pytest.mark.parametrize(("script", "code"), [("echo broken >&2; exit 3", 3), ("kill -9 $$", 9)])
def test_a_command_that_fails(script, code):
    with pytest.raises(RuntimeError, match=f"exited with code {code}"):
        measure(["bash", "-c", script])


def test_a_failure_shows_what_the_command_said():
    with pytest.raises(RuntimeError, match="no such file"):
        measure(["bash", "-c", "echo no such file >&2; false"])


def test_commands_run_in_turn(tmp_path):
    order = tmp_path / "order"
    commands = {name: ["bash", "-c", f"echo {name} >> {order}; echo same"] for name in "ab"}
    results = interleaved(commands, 2, warm_up=1, after_each=lambda: measure(["bash", "-c", f"echo - >> {order}"]))
    assert order.read_text().split() == ["a", "-", "b", "-"] * 3
    assert {name: len(runs) for name, runs in results.items()} == {"a": 2, "b": 2}


def test_answers_that_differ():
    commands = {"a": ["echo", "1"], "b": ["echo", "2"]}
    with pytest.raises(RuntimeError, match="answers differ"):
        interleaved(commands, 1)
    assert len(interleaved(commands, 1, same_answers=False)["b"]) == 1
