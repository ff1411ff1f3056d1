"""Commands that are a program and its arguments: bash would only start it, and that takes as long as 1 MB of work."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from airflow_unifyweaver.processes import SHELL

_QUOTED = r"""'[^'\0]*'|"[^"$`\\\0]*\""""
_NAME = rf"(?:[\w%+,./:@^-]|{_QUOTED})+"
_WORD = rf"(?:[\w%+,./:@^=-]|{_QUOTED})+"
_WORDS = re.compile(rf"[ \t\n]*{_NAME}(?:[ \t]+{_WORD})*[ \t\n]*", re.ASCII)
"""Nothing but words, in which every character stands for itself; an assignment is none."""
_CHANGES_BASH = {"BASH_ENV", "SHELLOPTS", "BASHOPTS"}
"""Variables by which a user may have bash do anything before and around a command."""
_QUESTION = 'type -t -- "$1" && type -P -- "$1" && exec env -0'
_ELF = b"\x7fELF"


@dataclass(frozen=True)
class Program:
    """What bash would start.

    :param path: the program's file.
    :param arguments: its name, as the command calls it, and its arguments.
    :param environment: its environment.
    """

    path: str
    arguments: tuple[str, ...]
    environment: dict[str, str]


@lru_cache
def program_of(command: str, folder: str) -> Program | None:
    """Return the program that a line of bash is, or None when it takes bash to run it.

    Bash is asked once what the first word means to it, which may be a builtin or a function, and what it would have in
    the environment. Scripts are left to it: it also runs those that the kernel does not.

    :param command: the line.
    :param folder: where it is run.
    """
    if not _WORDS.fullmatch(command) or _CHANGES_BASH & os.environ.keys():
        return None
    arguments = shlex.split(command)
    question = [*SHELL, _QUESTION, "bash", arguments[0]]
    answer = subprocess.run(  # noqa: S603 - the user's program is not run by that
        question, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    kind, _, rest = answer.stdout.partition(b"\n")
    found, _, variables = rest.partition(b"\n")
    path = os.fsdecode(found)
    if answer.returncode or kind != b"file" or not _is_machine_code(Path(folder, path)):
        return None
    pairs = (os.fsdecode(variable).partition("=") for variable in variables.split(b"\0")[:-1])
    environment = {name: value for name, _, value in pairs}
    return Program(path, tuple(arguments), environment | {"_": path})


def _is_machine_code(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_ELF)) == _ELF
    except OSError:
        return False
