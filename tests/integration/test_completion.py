"""Completion of the command line by shells."""

import os
import subprocess
import sys

import pytest

UNIFYWEAVER = f'{sys.executable} -m airflow_unifyweaver.cli "$@"'


def completed(folder, line):
    """Return what bash completes a line to, in a folder that has the script which an installation makes."""
    program = folder / "bin" / "unifyweaver"
    program.parent.mkdir()
    program.write_text(f"#!/bin/bash\nexec {UNIFYWEAVER}\n")
    program.chmod(0o755)
    asked = (
        "source <(unifyweaver completion bash); COMP_LINE=$1; COMP_POINT=${#COMP_LINE}; "
        '_python_argcomplete unifyweaver; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    environment = os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-c", asked, "bash", line],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("unifyweaver re", ["resume"]),
        ("unifyweaver plan --s", ["--set", "--sample"]),
        ("unifyweaver events run --type batch_c", ["batch_claimed", "batch_complete"]),
        ("unifyweaver validate jo", ["job.yaml"]),
    ],
)
def test_bash_completes_commands_options_values_and_files(tmp_path, line, words):
    (tmp_path / "job.yaml").touch()
    assert completed(tmp_path, line) == words


@pytest.mark.parametrize(
    ("shell", "line"), [("zsh", "#compdef unifyweaver"), ("fish", "complete --command unifyweaver -f")]
)
def test_other_shells_get_their_own_script(shell, line):
    command = [sys.executable, "-m", "airflow_unifyweaver.cli", "completion", shell]
    assert line in subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
